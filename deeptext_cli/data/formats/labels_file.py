"""A folder of images and a labels file: tsv, csv or space separated, header or not."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Unit,
    is_image,
    located,
    split_of_name,
    split_of_path,
)
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_lines

_NAMES = ("labels", "label", "gt", "metadata", "annotations", "annotation", "transcriptions",
          "words", "data", "train", "val", "test", "dataset")
_SUFFIXES = (".tsv", ".csv", ".txt", ".lst")
_FILE_COLUMNS = ("file_name", "filename", "file", "image", "image_path", "path", "img", "name",
                 "image_name", "image_file", "id")
_TEXT_COLUMNS = ("text", "label", "transcription", "words", "ground_truth", "gt", "plate",
                 "identity", "value", "captcha", "content")
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
            file = located(listing, folder, file + dialect.suffix)
            yield Unit(FileImage(str(listing.root), file), file, where, text,
                       split=own or split_of_path(file))


def candidates(listing: Listing) -> list[str]:
    """Files that may hold labels: all in the folder, of nested ones those with a usual name."""
    out = []
    for p in listing.sample:
        stem, suffix = os.path.splitext(os.path.basename(p).lower())
        usual = any(stem == n or stem.startswith((n + "_", n + "-")) or stem.endswith("_" + n)
                    for n in _NAMES)
        if suffix in _SUFFIXES and ("/" not in p or usual) and not stem.startswith("readme"):
            out.append((not usual, p.count("/"), p))
    names = [p for _, _, p in sorted(out)]
    usual_ones = [p for strange, _, p in sorted(out) if not strange]
    return usual_ones or names


def rows(listing: Listing, name: str, dialect: Dialect) -> Iterator[tuple[int, list[str] | None]]:
    """Cells of the non-empty lines, with line numbers."""
    lines = numbered_lines(listing.path(name))
    if dialect.quoted:
        # a quoted cell may hold line breaks: the line number is that of its first line
        reader = csv.reader((line + "\n" for _, line in lines), delimiter=dialect.delimiter)
        start = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield start, None
            else:
                if any(c.strip() for c in cells):
                    yield start, _surplus_joined(cells, dialect)
            start = reader.line_num + 1
    for number, line in lines:
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
    if not lines:
        return None
    folder = os.path.dirname(name)
    best: tuple[float, Dialect] | None = None
    for delimiter in ("\t", ",", ";", " "):
        for dialect in _dialects(lines, delimiter):
            body = lines[1:] if dialect.header else lines
            named = [_file_cell(line, dialect) for line in body]
            hits = sum(_exists(listing, folder, n + dialect.suffix) for n in named if n)
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
    file = next((head.index(c) for c in _FILE_COLUMNS if c in head), None)
    text = next((head.index(c) for c in _TEXT_COLUMNS if c in head), None)
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


def _exists(listing: Listing, folder: str, name: str) -> bool:
    path = os.path.normpath(os.path.join(folder, name))
    return is_image(path) and not os.path.isabs(path) and not path.startswith("..") \
        and listing.path(path).is_file()
