"""What every format reader gives: units to prepare, and faults; and how it sees a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

from deeptext_cli.data.images import IMAGE_SUFFIXES
from deeptext_cli.errors import DataError

Point = tuple[float, float]
Points = tuple[Point, ...]


@dataclass(frozen=True)
class FileImage:
    """An image file: `path` is relative to `root`, and must stay below it."""

    root: str
    path: str


@dataclass(frozen=True)
class LmdbImage:
    """An image stored under `key` of the LMDB in `folder`."""

    folder: str
    key: str


@dataclass(frozen=True)
class ParquetImage:
    """An image in row `row` of row group `group` of a Parquet file."""

    file: str
    root: str
    column: str
    group: int
    row: int


ImageRef = FileImage | LmdbImage | ParquetImage


@dataclass(frozen=True)
class Region:
    """One line or word on a page, in pixels of the page as stored (origin top left).

    quad: four corners clockwise from the top left of the reading direction. polygon: outline.
    baseline: polyline in reading direction. At least one of them is given, or else `error` says
    why there is none.
    """

    text: str
    quad: Points | None = None
    polygon: Points | None = None
    baseline: Points | None = None
    ignore: bool = False
    kind: Literal["line", "word"] = "line"
    where: str = ""
    error: str = ""


@dataclass(frozen=True)
class Unit:
    """One image to prepare: a line with its `text`, or a page with its `regions`.

    key: names the image within its source. where: file and line that state the label. split: as
    the source defines it, or None. frame: (width, height) of the coordinate system of the regions
    where that may not be the image's own. group: what must not be torn over splits (the writer);
    the image itself where it is None.
    """

    image: ImageRef
    key: str
    where: str
    text: str | None = None
    regions: tuple[Region, ...] | None = None
    split: str | None = None
    frame: tuple[float, float] | None = None
    group: str | None = None


@dataclass(frozen=True)
class Fault:
    """Something wrong with one item. `kept_out` items are not in the data set, others are."""

    code: str
    where: str
    message: str
    key: str = ""
    kept_out: bool = True

    def __str__(self) -> str:
        about = f"{self.key}: " if self.key and self.key not in self.where else ""
        return f"{self.where}: {about}{self.message}"


@dataclass(frozen=True)
class Listing:
    """A folder, or one file of it, as the readers see it. Never follows links out of the folder."""

    root: Path
    only: Path | None = None  # set where the input is a single file of `root`
    text_column: str | None = None  # what `--text-column` says
    _cache: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, path: str | Path, text_column: str | None = None) -> Listing:
        """The listing of an existing folder or file."""
        p = Path(path)
        return cls(p, None, text_column) if p.is_dir() else cls(p.parent, p, text_column)

    @cached_property
    def sample(self) -> tuple[str, ...]:
        """Up to 5,000 relative paths, enough to tell a format by."""
        return tuple(islice(self.walk(), 5000))

    @cached_property
    def stems(self) -> frozenset[str]:
        """Lower-case stems of the images of the sample, or of those beside a single file."""
        try:
            sample = self.sample if self.only is None else Listing(self.root).sample
        except DataError:
            if self.only is None:
                raise
            sample = ()  # what lies beside a single file, and cannot be read, is no matter
        return frozenset(PurePosixPath(p).stem.lower() for p in sample if is_image(p))

    @cached_property
    def top(self) -> tuple[str, ...]:
        """Names directly in the folder, folders with a slash at the end."""
        if self.only is not None:
            return (self.only.name,)
        with os.scandir(self.root) as entries:
            return tuple(sorted(e.name + ("/" if e.is_dir() else "") for e in entries
                                if not e.name.startswith(".")))

    def walk(self) -> Iterator[str]:
        """All files as relative posix paths: sorted, hidden ones and linked folders left out."""
        if self.only is not None:
            yield self.only.name
            return
        for folder, folders, files in os.walk(self.root, onerror=_unreadable):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            here = os.path.relpath(folder, self.root).replace(os.sep, "/")
            prefix = "" if here == "." else here + "/"
            for name in sorted(files):
                if not name.startswith("."):
                    yield prefix + name

    def images(self) -> Iterator[str]:
        """The image files of `walk`, by suffix."""
        return (p for p in self.walk() if is_image(p))

    def find(self, *patterns: str) -> list[str]:
        """Paths of the sample that match a glob, shallow ones first."""
        hits = [p for p in self.sample if any(PurePosixPath(p).match(g) for g in patterns)]
        return sorted(hits, key=lambda p: (p.count("/"), p))

    def path(self, relative: str) -> Path:
        """The file's path on disk."""
        return self.root / relative


class Format(Protocol):
    """A reader of one format."""

    name: str
    title: str

    def detect(self, listing: Listing) -> str | None:
        """Why this is the format of `listing`, in words; None where it is not."""

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        """Units and faults in a fixed order."""


def _unreadable(error: OSError) -> None:
    raise DataError(f"{error.filename}: {error.strerror}", remedy="its files would be left out")


def is_image(path: str) -> bool:
    """Whether the suffix is that of an image."""
    return os.path.splitext(path)[1].lower() in IMAGE_SUFFIXES


def is_about(path: str) -> bool:
    """Whether the name is that of a text about the set, which labels nothing."""
    stem = os.path.basename(path).lower().split(".")[0]
    return stem.startswith("readme") or stem in ("license", "licence", "copying")


def quad_of_box(x0: float, y0: float, x1: float, y1: float) -> Points:
    """Corners of an upright box, clockwise from the top left."""
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


_SPLITS = {"train": "train", "training": "train", "training_data": "train", "val": "val",
           "valid": "val", "validation": "val", "dev": "val", "eval": "val", "test": "test",
           "testing": "test", "testing_data": "test"}


def split_of_word(word: str) -> str | None:
    """The split that a word stands for (`validation`: val), or None."""
    return _SPLITS.get(word.strip().lower())


def odd_splits(where: str, words: list[str]) -> Iterator[Fault]:
    """A remark where a source names splits that are none."""
    if words:
        rows = f"{len(words)} rows name" if len(words) > 1 else "1 row names"
        yield Fault("odd-split", where, f"{rows} a split that is none of train, val and test, as "
                    f"{words[0]!r}", kept_out=False)


def split_of_path(path: str) -> str | None:
    """The split that a folder name in `path` stands for (`training/a.png`: train), or None."""
    for part in path.split("/")[:-1]:
        if part.lower() in _SPLITS:
            return _SPLITS[part.lower()]
    return None


def split_of_name(name: str) -> str | None:
    """The split named at the start or end of a file's stem (`annotation_val.txt`), or None."""
    stem = name.rsplit("/", 1)[-1].split(".")[0].lower()
    for part in stem.replace("-", "_").split("_"):
        if part in _SPLITS:
            return _SPLITS[part]
    return split_of_path(name)
