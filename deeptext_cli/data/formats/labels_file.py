"""A folder of images and a labels file: tsv, csv or space separated, header or not."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from deeptext_cli.data.formats.base import (
    Fault,
    Listing,
    Unit,
    is_about,
    is_image,
    located,
    split_of_name,
    split_of_path,
)
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_cells, numbered_lines

_NAMES = ("labels", "label", "gt", "metadata", "annotations", "annotation", "transcriptions",
          "words", "data", "train", "val", "test", "dataset")
_SUFFIXES = (".tsv", ".csv", ".txt", ".lst")
FILE_COLUMNS = ("file_name", "filename", "file", "image", "image_path", "path", "img", "name",
                 "image_name", "image_file", "id")
TEXT_COLUMNS = ("text", "label", "transcription", "words", "ground_truth", "gt", "plate",
                 "identity", "value", "captcha", "content")
_READING = {"level", "line_num", "word_num"}  # a word a row: `reading_tsv` puts them together
_PROBE = 50


@dataclass(frozen=True)
class Dialect:
    """How a labels file is written: `file` and `text` are the columns.

    columns: how many the header names, 0 without one. suffix: added to names without one, where
    the images need it.
    """

    delimiter: str
    file: int = 0
    text: int = 1
    columns: int = 0
    suffix: str = ""

    @property
    def header(self) -> bool:
        """Whether the first line names the columns."""
        return self.columns > 0

    @property
    def quoted(self) -> bool:
        """Whether it is read as CSV proper; without header the text is the rest of the line."""
        return self.header and self.delimiter in ",;"

    @property
    def words(self) -> str:
        kind = {"\t": "tab", ",": "comma", ";": "semicolon", " ": "space"}[self.delimiter]
        return f"{kind} separated{', with header' if self.header else ''}"


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
        for name, dialect in self._files(listing):
            yield from self._rows(listing, name, dialect)

    def _files(self, listing: Listing) -> Iterator[tuple[str, Dialect]]:
        for name in candidates(listing):
            dialect = sniff(listing, name)
            if dialect:
                yield name, dialect

    def _rows(self, listing: Listing, name: str, dialect: Dialect) -> Iterator[Unit | Fault]:
        yield from encoding_fault(listing.path(name), name)
        folder = os.path.dirname(name)
        own = split_of_name(name)
        for number, cells in rows(listing, name, dialect):
            if dialect.header and number == 1:
                continue
            where = f"{name}:{number}"
            file = cells[dialect.file].strip().strip('"') if cells is not None and \
                len(cells) > dialect.file else ""
            if cells is None or not file:
                yield Fault("bad-row", where, "no image name in this line")
                continue
            text = cells[dialect.text] if len(cells) > dialect.text else ""
            if not text and not is_image(file + dialect.suffix):
                yield Fault("bad-row", where, "no image name and text in this line")
                continue
            image = located(listing, folder, file + dialect.suffix)
            yield Unit(image, image.path, where, text, split=own or split_of_path(image.path))


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


def rows(listing: Listing, name: str, dialect: Dialect) -> Iterator[tuple[int, list[str] | None]]:
    """Cells of the non-empty lines, with line numbers."""
    if dialect.quoted:
        for number, cells in numbered_cells(listing.path(name), dialect.delimiter):
            yield number, None if cells is None else _surplus_joined(cells, dialect)
        return
    for number, line in numbered_lines(listing.path(name)):
        if not line.strip():
            continue
        if dialect.header:
            yield number, _surplus_joined(line.split(dialect.delimiter), dialect)
        elif dialect.delimiter == " ":
            yield number, line.strip().split(None, 1)
        else:
            file, *rest = line.split(dialect.delimiter, 1)
            yield number, [file, *(_unquoted(r, dialect.delimiter) for r in rest)]


def _unquoted(text: str, delimiter: str) -> str:
    stripped = text.strip()
    if delimiter in ",;" and len(stripped) >= 2 and stripped[0] == stripped[-1] == '"':
        return stripped[1:-1].replace('""', '"')
    return text


def _surplus_joined(cells: list[str], dialect: Dialect) -> list[str]:
    """Where the text comes last, what looks like further columns are its own delimiters."""
    last = dialect.columns - 1
    if dialect.text == last and len(cells) > dialect.columns:
        return [*cells[:last], dialect.delimiter.join(cells[last:])]
    return cells


def sniff(listing: Listing, name: str) -> Dialect | None:
    """The dialect under which most of the first lines name an existing image; None if none does."""
    lines = [line for _, line in islice(numbered_lines(listing.path(name)), _PROBE) if line.strip()]
    if not lines or _READING.issubset(re.split('[\t,;" ]+', lines[0].lower())):
        return None
    folder = os.path.dirname(name)
    best: tuple[float, Dialect] | None = None
    for delimiter in ("\t", ",", ";", " "):
        for dialect in _dialects(lines, delimiter):
            body = lines[1:] if dialect.header else lines
            named = [_file_cell(line, dialect) for line in body]
            hits = sum(exists(listing, folder, n + dialect.suffix) for n in named if n)
            looks = 0 if dialect.suffix else sum(bool(n) and is_image(n) for n in named)
            # images that are missing are faults of the rows, not of the format
            share = max(hits, 0.9 * looks if looks == len(body) else 0) / max(1, len(body))
            if share >= 0.5 and (best is None or share > best[0]):
                best = (share, dialect)
    return best[1] if best else None


def _dialects(lines: list[str], delimiter: str) -> Iterator[Dialect]:
    if delimiter != " " and not any(delimiter in line for line in lines):
        return
    head = [c.strip().strip('"').lower() for c in lines[0].split(delimiter)]
    file = next((head.index(c) for c in FILE_COLUMNS if c in head), None)
    text = next((head.index(c) for c in TEXT_COLUMNS if c in head), None)
    if file is not None and text is not None and file != text:
        for suffix in ("", ".png", ".jpg"):
            yield Dialect(delimiter, file, text, len(head), suffix)
    for suffix in ("", ".png", ".jpg"):
        yield Dialect(delimiter, suffix=suffix)


def _file_cell(line: str, dialect: Dialect) -> str:
    if dialect.delimiter == " ":
        cells = line.split(None, 1)
    elif dialect.quoted:
        try:
            cells = next(csv.reader([line], delimiter=dialect.delimiter), [])
        except csv.Error:
            return ""
    else:
        cells = line.split(dialect.delimiter)
    return cells[dialect.file].strip().strip('"') if len(cells) > dialect.file else ""


def exists(listing: Listing, folder: str, name: str) -> bool:
    """Whether this is an image below the listing's folder, seen from `folder`."""
    path = os.path.normpath(os.path.join(folder, name))
    return is_image(path) and not os.path.isabs(path) and not path.startswith("..") \
        and listing.path(path).is_file()
