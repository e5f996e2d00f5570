"""A folder of images and a labels file: tsv, csv or space separated, header or not."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Points,
    Region,
    Unit,
    is_about,
    is_image,
    odd_splits,
    quad_of_box,
    split_of_name,
    split_of_path,
    split_of_word,
)
from deeptext_cli.data.formats.dialect import Dialect, rows, sniff
from deeptext_cli.data.formats.find_images import Images, unlabelled
from deeptext_cli.data.formats.textfile import encoding_fault
from deeptext_cli.errors import DataError

_NAMES = ("labels", "label", "gt", "metadata", "annotations", "annotation", "transcriptions",
          "words", "data", "train", "val", "test", "dataset")
_SUFFIXES = (".tsv", ".csv", ".txt", ".lst")


class LabelsFile:
    """`labels.tsv`, `labels.csv`, `labels.txt`, `gt.txt`, `metadata.csv`, ... beside images."""

    name = "labels"
    title = "images and a labels file (tsv, csv, space separated)"

    def detect(self, listing: Listing) -> str | None:
        found = list(self._files(listing))
        if not found:
            return None
        name, dialect = found[0]
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return f"{name}{more} names image files ({dialect.words})"

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        files = list(self._files(listing))
        for name, dialect in files:
            _check_clear(listing, name, dialect)
        seen: set[str] = set()
        for name, dialect in files:
            table = _Table(listing, name, dialect)
            yield from table.boxed() if dialect.box else table.units()
            yield from table.remarks()
            seen |= table.seen
        if files:
            yield from unlabelled(listing, files[0][0], seen)

    def _files(self, listing: Listing) -> Iterator[tuple[str, Dialect]]:
        for name in candidates(listing):
            dialect = sniff(listing, name)
            if dialect:
                yield name, dialect


class _Table:
    """The rows of one file of labels."""

    def __init__(self, listing: Listing, name: str, dialect: Dialect) -> None:
        self.listing, self.name, self.dialect = listing, name, dialect
        self.images = Images(listing, name, self._paths)
        self.seen: set[str] = set()
        self._own = split_of_name(name)
        self._odd_splits: list[str] = []

    def units(self) -> Iterator[Unit | Fault]:
        """A unit a row."""
        yield from encoding_fault(self.listing.path(self.name), self.name)
        for row in self._rows():
            if isinstance(row, Fault):
                yield row
                continue
            where, cells, image, text = row
            yield Unit(image, image.path, where, text, split=self._split(cells, image))

    def boxed(self) -> Iterator[Unit | Fault]:
        """A page an image, with the boxes of its rows."""
        yield from encoding_fault(self.listing.path(self.name), self.name)
        pages: dict[str, tuple[str, FileImage, str | None, list[Region]]] = {}
        for row in self._rows():
            if isinstance(row, Fault):
                yield row
                continue
            where, cells, image, text = row
            quad = self._quad(cells)
            page = pages.setdefault(image.path, (where, image, self._split(cells, image), []))
            page[3].append(Region(text, quad, where=where, error="" if quad else
                                  "the box is not four numbers"))
        for where, image, split, regions in pages.values():
            yield Unit(image, image.path, where, regions=tuple(regions), split=split)

    def remarks(self) -> Iterator[Fault]:
        """What is to be said about the file as a whole, once it is read."""
        yield from self.images.remarks()
        yield from odd_splits(self.name, self._odd_splits)

    def _rows(self) -> Iterator[tuple[str, list[str], FileImage, str] | Fault]:
        for number, cells in rows(self.listing, self.name, self.dialect):
            where = f"{self.name}:{number}"
            file = self.dialect.cell(cells or [], self.dialect.file)
            if cells is None or not file:
                yield Fault("bad-row", where, "no image name in this line")
                continue
            text = self.dialect.text(cells)
            image = self.images(file)
            self.seen.add(image.path)
            if text is None:
                yield Fault("bad-row", where, f"{len(cells)} cells below a header of "
                            f"{len(self.dialect.head)}: put texts with delimiters into quotes",
                            image.path)
            elif not text and not is_image(image.path):
                yield Fault("bad-row", where, "no image name and text in this line")
            else:
                yield where, cells, image, text

    def _paths(self) -> Iterator[str]:
        for _, cells in rows(self.listing, self.name, self.dialect):
            yield self.dialect.cell(cells or [], self.dialect.file)

    def _split(self, cells: list[str], image: FileImage) -> str | None:
        word = self.dialect.cell(cells, self.dialect.split)
        if word and split_of_word(word) is None:
            self._odd_splits.append(word)
        return split_of_word(word) or self._own or split_of_path(image.path)

    def _quad(self, cells: list[str]) -> Points | None:
        assert self.dialect.box is not None
        columns, sized = self.dialect.box
        try:
            x0, y0, x1, y1 = (float(self.dialect.cell(cells, c)) for c in columns)
        except ValueError:
            return None
        if sized:
            x1, y1 = x0 + x1, y0 + y1
        return quad_of_box(x0, y0, x1, y1) if all(map(math.isfinite, (x0, y0, x1, y1))) else None


def _check_clear(listing: Listing, name: str, dialect: Dialect) -> None:
    """Raises DataError where it cannot be known which column is the text."""
    if dialect.first is not None:
        return
    wanted = listing.text_column
    columns = [c for i, c in enumerate(dialect.head) if c and i != dialect.file]
    if columns:
        raise DataError(
            f"{listing.path(name)}: " + (
                f"no column {wanted!r} beside the image's" if wanted else
                f"which column is the text? {', '.join(columns)}"),
            remedy=f"say --text-column {columns[-1]}, for example")
    raise DataError(
        f"{listing.path(name)}: no header, and it is not clear which of "
        f"{dialect.columns or 'the'} columns is the text",
        remedy="say --text-column 2 for the second, or 2- for all of the line from there on")


def candidates(listing: Listing, suffixes: tuple[str, ...] = _SUFFIXES) -> list[str]:
    """Files that may hold labels: all in the folder, of nested ones those with a usual name."""
    out = []
    for p in listing.sample:
        stem, suffix = os.path.splitext(os.path.basename(p).lower())
        usual = any(stem == n or stem.startswith((n + "_", n + "-")) or stem.endswith("_" + n)
                    for n in _NAMES)
        if suffix in suffixes and ("/" not in p or usual) and not is_about(p):
            out.append((not usual, p.count("/"), p))
    names = [p for _, _, p in sorted(out)]
    usual_ones = [p for strange, _, p in sorted(out) if not strange]
    return usual_ones or names
