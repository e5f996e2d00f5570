"""The working folder of `prepare`: finished chunks, so that a killed run goes on where it was.

A chunk is a fixed slice of the input in reading order. `chunk-N.bin` holds the image bytes one
after another, `chunk-N.json` what is known about each; the latter is written last and atomically,
so a chunk either counts as done or is made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deeptext_cli.data.files import write_atomic
from deeptext_cli.data.formats.base import Fault
from deeptext_cli.engine.lock import FileLock
from deeptext_cli.errors import DataError, UsageError

FOLDER = ".prepare"
VERSION = 1  # raise when chunks of older versions cannot be taken over


@dataclass(frozen=True)
class Item:
    """One line, ready to be written. Hashes are hexadecimal; `size` is that of the image bytes."""

    key: str
    text: str
    where: str
    group: str
    split: str | None
    size: int
    content: str
    perceptual: str
    width: int
    height: int


@dataclass(frozen=True)
class Chunk:
    """What one finished chunk holds.

    pages: records of `preparer_pages`. thumbs: number of a fault, and a PNG of it in base64.
    """

    index: int
    source: int
    fingerprint: str
    items: tuple[Item, ...]
    faults: tuple[Fault, ...]
    ignored: int = 0
    pages: tuple[str, ...] = ()
    thumbs: tuple[tuple[int, str], ...] = ()


def fingerprint(value: Any) -> str:
    """A short hash of anything with a faithful repr."""
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogateescape"),
                           digest_size=16).hexdigest()


def check_out(out: Path, ours: set[str]) -> None:
    """Refuse a folder that holds files but none of `ours`: they would be written over."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is a file", remedy="-o names a folder")
    if out.is_dir():
        names = {p.name for p in out.iterdir()}
        if names and not names & ours:
            raise UsageError(f"{out}: the folder holds other files",
                             remedy="give -o a new folder")


class Staging:
    """The folder `<out>/.prepare`, locked while a run works in it.

    Raises UsageError where another process works in it.
    """

    def __init__(self, out: Path, purpose: str) -> None:
        self.folder = out / FOLDER
        self._lock = FileLock(self.folder / "lock", f"{out} is written").acquire()
        marker = self.folder / "purpose"
        if not marker.is_file() or marker.read_text() != purpose:
            for p in self.folder.glob("chunk-*"):
                p.unlink()
            write_atomic(marker, purpose.encode(), sync=False)

    def has(self, index: int, wanted: str) -> bool:
        """Whether chunk `index` is done, and was made from the same units."""
        try:
            with open(self._path(index, "json"), encoding="utf-8") as f:
                return f.readline().rstrip("\n") == wanted
        except OSError:
            return False

    def read(self, index: int) -> Chunk:
        """A finished chunk without its image bytes."""
        return read_chunk(self._path(index, "json"))

    def images(self, chunk: Chunk) -> Iterator[tuple[Item, bytes]]:
        """The items of a chunk with their image bytes."""
        with open(self._path(chunk.index, "bin"), "rb") as f:
            for item in chunk.items:
                data = f.read(item.size)
                if len(data) != item.size:
                    raise DataError(f"{f.name}: cut short", remedy="remove it and start again")
                yield item, data

    def remove(self) -> None:
        """Delete the folder; the data set is complete."""
        with suppress(OSError):
            for p in self.folder.iterdir():
                if p != self._lock.path:
                    p.unlink()
        self._lock.release()
        with suppress(OSError):  # the next run has begun to work in it
            self.folder.rmdir()

    def release(self) -> None:
        """Unlock, keeping the chunks for the next run."""
        self._lock.release()

    def _path(self, index: int, suffix: str) -> Path:
        return self.folder / f"chunk-{index:08d}.{suffix}"


def write_chunk(folder: Path, chunk: Chunk, blobs: list[bytes]) -> None:
    """Write both files of a chunk; the description last."""
    stem = folder / f"chunk-{chunk.index:08d}"
    write_atomic(stem.with_suffix(".bin"), b"".join(blobs), sync=False)
    body = {"index": chunk.index, "source": chunk.source, "ignored": chunk.ignored,
            "pages": chunk.pages, "thumbs": chunk.thumbs,
            "items": [list(asdict(i).values()) for i in chunk.items],
            "faults": [list(asdict(f).values()) for f in chunk.faults]}
    text = chunk.fingerprint + "\n" + json.dumps(body, ensure_ascii=True)
    write_atomic(stem.with_suffix(".json"), text.encode(), sync=False)


def read_chunk(path: Path) -> Chunk:
    """The description of a chunk."""
    with open(path, encoding="utf-8") as f:
        first = f.readline().rstrip("\n")
        body = json.load(f)
    return Chunk(body["index"], body["source"], first,
                 tuple(Item(*row) for row in body["items"]),
                 tuple(Fault(*row) for row in body["faults"]),
                 body["ignored"], tuple(body["pages"]),
                 tuple((i, png) for i, png in body["thumbs"]))
