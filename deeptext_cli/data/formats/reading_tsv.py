"""What `read --format tsv` wrote, its text column corrected; Tesseract's own tsv as well.

A spreadsheet may have saved it with commas or semicolons, and with quotes around the cells.
"""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Points,
    Region,
    Unit,
    is_image,
    quad_of_box,
    split_of_path,
)
from deeptext_cli.data.formats.find_images import located
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_cells, numbered_lines

COLUMNS = ("level", "page_num", "block_num", "par_num", "line_num", "word_num",
           "left", "top", "width", "height", "conf", "text")
PAGE, LINE, WORD = 1, 4, 5


@dataclass(frozen=True)
class _Header:
    """The names of the columns, and how the rows are written. quoted: as CSV proper."""

    names: list[str]
    delimiter: str
    quoted: bool


@dataclass
class _Line:
    """A line of a page: its box (x, y, width, height) and its words that are not empty."""

    where: str
    box: tuple[int, int, int, int] | None = None
    text: str = ""  # of the line's own row, where somebody wrote it
    words: list[str] = field(default_factory=list)
    boxes: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.text or " ".join(self.words)


@dataclass
class _Page:
    number: int
    where: str
    path: str = ""
    text: str = ""  # of the page's own row, where somebody wrote it
    size: tuple[int, int] | None = None
    lines: dict[tuple[int, ...], _Line] = field(default_factory=dict)


class ReadingTsv:
    """Levels 1 page, 4 line, 5 word; a line's label is the text written into its own row, else its
    words that are left, joined by spaces.

    `path` names the image, relative to the file or to the working folder (`find_images.located`);
    without that column it is the image of the tsv's own stem. A line whose words were all emptied
    is left out.
    """

    name = "tsv"
    title = "what `read --format tsv` wrote, corrected (Tesseract's columns)"

    def detect(self, listing: Listing) -> str | None:
        found = _files(listing)
        return f"{found[0]} has the columns of a reading (Tesseract's tsv)" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for name in _files(listing):
            yield from encoding_fault(listing.path(name), name)
            yield from _file_units(listing, name)


def _files(listing: Listing) -> list[str]:
    return [p for p in listing.find("*.tsv", "*.csv", "*.txt") if _header(listing, p) is not None]


def _header(listing: Listing, name: str) -> _Header | None:
    """None where the first line is not such a header."""
    try:
        with open(listing.path(name), "rb") as f:
            head = f.read(1000)  # cheap, since every text file of a folder is asked
    except OSError:
        return None
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    first = head.decode("utf-16" if utf16 else "utf-8-sig", "replace").splitlines()[:1]
    for delimiter in "\t,;":
        names = [c.strip().lower() for c in next(csv.reader(first, delimiter=delimiter), [])]
        if set(COLUMNS) <= set(names):
            # words of a tsv may hold a quote of their own: it stands for nothing there
            return _Header(names, delimiter, delimiter != "\t" or '"' in first[0])
    return None


def _file_units(listing: Listing, name: str) -> Iterator[Unit | Fault]:
    seen: set[str] = set()
    page: _Page | None = None
    for row in _rows(listing, name):
        if isinstance(row, Fault):
            yield row
            continue
        where, numbers, text, path = row
        if page is None or numbers["page_num"] != page.number:
            if page is not None:
                yield from _page_units(listing, name, page, seen)
            page = _Page(numbers["page_num"], where)
        page.path = page.path or path
        box = (numbers["left"], numbers["top"], numbers["width"], numbers["height"])
        level = numbers["level"]
        if level == PAGE:
            page.size, page.text = box[2:], text.strip()
        elif level in (LINE, WORD):
            key = (numbers["block_num"], numbers["par_num"], numbers["line_num"])
            line = page.lines.setdefault(key, _Line(where))
            if level == LINE:
                line.box, line.text = box, text.strip()
            elif text.strip():
                line.words.append(text.strip())
                line.boxes.append(box)
    if page is not None:
        yield from _page_units(listing, name, page, seen)


Row = tuple[str, dict[str, int], str, str]


def _rows(listing: Listing, name: str) -> Iterator[Row | Fault]:
    """(where, numbers, text, path) of each row below the header."""
    header = _header(listing, name)
    if header is None:  # it was replaced meanwhile
        return
    at = {c: header.names.index(c) for c in (*COLUMNS, "path") if c in header.names}
    for number, cells in _cells(listing, name, header):
        if number == 1:
            continue
        where = f"{name}:{number}"
        try:
            numbers = {c: int(float(cells[at[c]])) for c in COLUMNS[:10]}
        except (ValueError, IndexError, OverflowError):
            yield Fault("bad-row", where, "the columns before the text are not ten numbers")
            continue
        text, path = (cells[at[c]] if at.get(c, len(cells)) < len(cells) else ""
                      for c in ("text", "path"))
        yield where, numbers, text, path


def _cells(listing: Listing, name: str, header: _Header) -> Iterator[tuple[int, list[str]]]:
    """Cells of the non-empty rows, with line numbers."""
    path = listing.path(name)
    if header.quoted:
        yield from ((n, cells or []) for n, cells in numbered_cells(path, header.delimiter))
    else:
        yield from ((n, [_cell(c) for c in line.split(header.delimiter)])
                    for n, line in numbered_lines(path) if line.strip())


def _cell(cell: str) -> str:
    """A cell's text; spreadsheets put quotes around cells that hold quotes."""
    if len(cell) > 2 and cell[0] == cell[-1] == '"' and '""' in cell[1:-1]:
        return cell[1:-1].replace('""', '"')
    return cell


def _page_units(listing: Listing, name: str, page: _Page, seen: set[str]) -> Iterator[Unit | Fault]:
    image = _image_of(listing, name, page.path)
    if image is None:
        yield Fault("missing-image", page.where, "no `path`, and no image of the file's own name")
        return
    path = image.path
    if path in seen:
        yield Fault("bad-row", page.where, "a further page of the same file: only the first is cut",
                    path)
        return
    seen.add(path)
    split = split_of_path(path)
    if not page.lines:  # nothing was read: an image of one line can be labelled all the same
        yield Unit(image, path, page.where, page.text, split=split) if page.text else Fault(
            "empty-label", page.where, "nothing was read here; write the text into this row if the "
            "image is a line", path)
        return
    lines = [line for line in page.lines.values() if line.label]
    if len(page.lines) == 1 and page.size and lines and lines[0].box == (0, 0, *page.size):
        # the image is one line: it is taken as it is, not cut from a page
        yield Unit(image, path, lines[0].where, lines[0].label, split=split)
        return
    regions = tuple(Region(line.label, _quad(line), ignore=not line.label,
                           where=line.where, error="" if line.box or line.boxes else "no box")
                    for line in page.lines.values())
    yield Unit(image, path, page.where, regions=regions, frame=page.size, split=split)


def _quad(line: _Line) -> Points | None:
    boxes = [line.box] if line.box else line.boxes
    if not boxes:
        return None
    return quad_of_box(min(b[0] for b in boxes), min(b[1] for b in boxes),
                       max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes))


def _image_of(listing: Listing, name: str, path: str) -> FileImage | None:
    folder = os.path.dirname(name)
    if not path:
        stem = os.path.splitext(name)[0]
        beside = [os.path.join(folder, n) for n in
                  sorted(os.listdir(listing.path(folder) if folder else listing.root))]
        return next((FileImage(str(listing.root), p) for p in beside
                     if is_image(p) and os.path.splitext(p)[0] == stem), None)
    return located(listing, folder, path)
