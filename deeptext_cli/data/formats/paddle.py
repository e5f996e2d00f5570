"""PaddleOCR label files: detection (`path TAB [json]`) and recognition (`path TAB text`)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Region,
    Unit,
    is_image,
    split_of_name,
)
from deeptext_cli.data.formats.pages_jsonl import points
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_lines

IGNORED = ("###", "*")


class PaddleDet:
    """`Label.txt`: a page a line, `[{"transcription": ..., "points": [[x, y], ...]}]`."""

    name = "paddle-det"
    title = "PaddleOCR detection labels"

    def detect(self, listing: Listing) -> str | None:
        found = self._files(listing)
        return f"{found[0]} has a JSON list with transcriptions a line" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for name in self._files(listing):
            yield from encoding_fault(listing.path(name), name)
            for number, line in numbered_lines(listing.path(name)):
                if line.strip():
                    yield _page(listing, name, number, line)

    def _files(self, listing: Listing) -> list[str]:
        out = []
        for p in listing.find("*.txt", "*.tsv"):
            for _, line in islice(numbered_lines(listing.path(p)), 1):
                _, _, rest = line.partition("\t")
                if rest.startswith("[{") and '"transcription"' in rest:
                    out.append(p)
        return out


class PaddleRec:
    """`rec_gt_train.txt`: paths from the folder that the training was started in; a JSON list of
    paths gives each of them the same text."""

    name = "paddle-rec"
    title = "PaddleOCR recognition labels (rec_gt*.txt)"

    def detect(self, listing: Listing) -> str | None:
        found = self._files(listing)
        return f"{found[0]} is named as PaddleOCR names its labels" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for name in self._files(listing):
            yield from encoding_fault(listing.path(name), name)
            for number, line in numbered_lines(listing.path(name)):
                if line.strip():
                    yield from _line(listing, name, number, line)

    def _files(self, listing: Listing) -> list[str]:
        return [p for p in listing.find("rec_gt*.txt", "rec_*_label*.txt")
                if any("\t" in line for _, line in islice(numbered_lines(listing.path(p)), 5))]


def _line(listing: Listing, name: str, number: int, line: str) -> Iterator[Unit | Fault]:
    where = f"{name}:{number}"
    image, tab, text = line.partition("\t")
    if not tab:
        yield Fault("bad-row", where, "no tab between path and text")
        return
    paths = [image]
    if image.startswith("["):
        try:
            paths = [str(p) for p in json.loads(image)]
        except (ValueError, RecursionError, TypeError) as e:
            yield Fault("bad-row", where, f"not a JSON list of paths: {e}")
            return
    for p in paths:
        path = _resolve(listing, name, p)
        yield Unit(FileImage(str(listing.root), path), path, where, text,
                   split=split_of_name(name))


def _page(listing: Listing, name: str, number: int, line: str) -> Unit | Fault:
    where = f"{name}:{number}"
    image, _, rest = line.partition("\t")
    try:
        regions = tuple(_region(r, f"{where} box {i}")
                        for i, r in enumerate(json.loads(rest), 1))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        return Fault("bad-row", where, f"not PaddleOCR's JSON: {type(e).__name__}: {e}", image)
    path = _resolve(listing, name, image)
    return Unit(FileImage(str(listing.root), path), path, where, regions=regions,
                split=split_of_name(name))


def _region(row: Any, where: str) -> Region:
    text = str(row["transcription"])
    try:
        corners = points(row["points"])
    except (ValueError, TypeError) as e:
        return Region(text, where=where, error=str(e))
    quad = corners if corners is not None and len(corners) == 4 else None
    return Region(text, quad, corners if quad is None else None,
                  ignore=text in IGNORED or bool(row.get("difficult")), where=where)


def _resolve(listing: Listing, name: str, image: str) -> str:
    """Paths count from the data folder, which may lie above: leading folders are tried without."""
    image = image.strip().replace("\\", "/")
    folder = os.path.dirname(name)
    parts = image.split("/")
    if not image.startswith("/") and ".." not in parts:
        for skip in range(min(len(parts), 4)):
            rest = "/".join(parts[skip:])
            for base in dict.fromkeys((folder, os.path.dirname(folder), "")):
                path = os.path.normpath(os.path.join(base, rest))
                if is_image(path) and listing.path(path).is_file():
                    return path
    return os.path.normpath(os.path.join(folder, image))
