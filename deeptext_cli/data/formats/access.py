"""Get at the bytes of a unit's image, without ever leaving the folders that were given."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from deeptext_cli.data import images
from deeptext_cli.data.environments import open_readonly
from deeptext_cli.data.formats.base import FileImage, ImageRef, LmdbImage
from deeptext_cli.errors import ImageError, ImageUnreadable

MAX_FILE = 1 << 30  # bytes; a larger image file is a mistake


class OutsideFolder(ImageError):
    """A path leads out of the folder that was given; the file was not opened."""

    code = "outside-folder"


class ImageMissing(ImageError):
    """A label names an image that is not there."""

    code = "missing-image"


def read_image(ref: ImageRef) -> bytes:
    """The encoded image. Raises an ImageError that says what is wrong."""
    if isinstance(ref, FileImage):
        return _read_file(inside(ref.root, ref.path))
    if isinstance(ref, LmdbImage):
        with open_readonly(ref.folder).begin() as txn:
            value = txn.get(ref.key.encode())
        if value is None:
            raise ImageMissing(f"{ref.key} is not in the LMDB")
        return bytes(value)
    value = _parquet_column(ref.file, ref.column, ref.group)[ref.row]
    if isinstance(value, dict):
        if value.get("bytes") is None and value.get("path"):
            return _read_file(inside(ref.root, value["path"]))
        value = value.get("bytes")
    if not value:
        raise ImageMissing("the row holds no image")
    return bytes(value)


def inside(root: str, relative: str) -> str:
    """The real path of `root/relative`. Raises OutsideFolder where that is not below `root`."""
    relative = relative.replace("\\", "/") if os.sep != "\\" and "\\" in relative and \
        not os.path.lexists(os.path.join(root, relative)) else relative
    if "\0" in relative:
        raise OutsideFolder("the path holds a NUL character")
    if os.path.isabs(relative) or re.match("[A-Za-z]:/", relative):
        raise OutsideFolder(f"the path lies outside {root}; put the labels beside the images, or "
                            "prepare the file of labels itself from the folder it was written in")
    base = _real(root)
    parent, name = os.path.split(os.path.join(root, relative))
    path = os.path.join(_real(parent), name)
    if name in ("", ".", "..") or os.path.islink(path):
        path = os.path.realpath(path)
    if not (path + os.sep).startswith(base.rstrip(os.sep) + os.sep):
        raise OutsideFolder("the path leads out of the given folder")
    return path


def _read_file(path: str) -> bytes:
    if not os.path.isfile(path):
        if os.path.exists(path):
            raise ImageUnreadable("not a plain file")
        raise ImageMissing("no such image")
    if os.path.getsize(path) > MAX_FILE:
        raise ImageUnreadable(f"the file is larger than {MAX_FILE >> 20} MiB")
    return images.read_bytes(path)


@lru_cache(maxsize=4096)
def _real(folder: str) -> str:
    return os.path.realpath(folder)


@lru_cache(maxsize=2)
def _parquet_column(file: str, column: str, group: int) -> list[Any]:
    from deeptext_cli.data.formats.parquet import pyarrow_parquet

    with pyarrow_parquet().ParquetFile(Path(file)) as table:
        return list(table.read_row_group(group, columns=[column]).column(0).to_pylist())
