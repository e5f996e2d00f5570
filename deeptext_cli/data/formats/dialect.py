"""How a file of labels is written: its delimiter, its header, and which cells are the text."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from deeptext_cli.data.formats.base import Listing, is_image, split_of_word
from deeptext_cli.data.formats.columns import (
    FILE_COLUMNS,
    SPLIT_COLUMNS,
    box_columns,
    column_named,
    text_column,
)
from deeptext_cli.data.formats.find_images import exists
from deeptext_cli.data.formats.textfile import numbered_cells, numbered_lines
from deeptext_cli.data.images import IMAGE_SUFFIXES

_READING = {"level", "line_num", "word_num"}  # a word a row: `reading_tsv` puts them together
_PROBE = 50
_FEW = 3  # fewer rows do not tell a column from a text with delimiters in it
_FRACTION = re.compile(r"(0|1|0?\.\d+|1\.0+)$")
_SPACED = re.compile(rf"(.*?(?:{'|'.join(map(re.escape, sorted(IMAGE_SUFFIXES)))}))\s+(\S.*)", re.I)


@dataclass(frozen=True)
class Dialect:
    """How a labels file is written.

    file, split: their columns, counted from the right where negative. first, last: the text is what
    stands in the cells first:last; first is None where it is not clear which. head: the names of
    the columns, empty without a header. box: see `columns.box_columns`.
    """

    delimiter: str
    file: int = 0
    first: int | None = 1
    last: int | None = None
    split: int | None = None
    head: tuple[str, ...] = ()
    box: tuple[tuple[int, ...], bool] | None = None
    columns: int = 0  # of all rows, where there is no header and they have the same number

    @property
    def words(self) -> str:
        kind = {"\t": "tab", ",": "comma", ";": "semicolon", " ": "space"}[self.delimiter]
        text = f", text in {self.head[self.first]}" if self.head and self.first is not None else ""
        return f"{kind} separated{', with header' if self.head else ''}{text}"

    @property
    def quoted(self) -> bool:
        """Whether it is read as CSV proper; without a header a text may hold lone quotes."""
        return bool(self.head) and self.delimiter in ",;"

    def cell(self, cells: Sequence[str], column: int | None) -> str:
        """The trimmed cell of a column; empty where there is none."""
        if column is None or not -len(cells) <= column < len(cells):
            return ""
        return cells[column].strip().strip('"')

    def text(self, cells: Sequence[str]) -> str | None:
        """The text in the cells of a row; None where they are more than the columns."""
        if self.head and self.last is not None and any(c.strip() for c in cells[len(self.head):]):
            return None
        joined = self.delimiter.join(cells[self.first:self.last])
        return joined if self.quoted else _unquoted(joined, self.delimiter)


def rows(listing: Listing, name: str, dialect: Dialect) -> Iterator[tuple[int, list[str] | None]]:
    """Cells of the non-empty lines below the header, None for a line that is none, with numbers."""
    if dialect.quoted:
        found: Iterator[tuple[int, list[str] | None]] = numbered_cells(listing.path(name),
                                                                       dialect.delimiter)
    else:
        found = ((n, _cells(line, dialect)) for n, line in numbered_lines(listing.path(name))
                 if line.strip())
    return islice(found, 1 if dialect.head else 0, None)


def sniff(listing: Listing, name: str) -> Dialect | None:
    """The dialect under which most of the first lines name an image and a text; None if none does.
    """
    lines = [line for _, line in islice(numbered_lines(listing.path(name)), _PROBE) if line.strip()]
    if not lines or _READING.issubset(re.split('[\t,;" ]+', lines[0].lower())):
        return None
    folder = os.path.dirname(name)
    best: tuple[float, Dialect] | None = None
    for delimiter in "\t,; ":
        for dialect in (_with_header(listing, folder, lines, delimiter),
                        _without_header(listing.text_column, lines, delimiter)):
            if dialect is None:
                continue
            body = [_cells(line, dialect) for line in lines[1 if dialect.head else 0:]]
            share = _share(listing, folder, [dialect.cell(c, dialect.file) if len(c) > 1 else ""
                                             for c in body])
            if share >= 0.5 and (best is None or share > best[0]):
                best = (share, dialect)
    return best[1] if best else None


def _share(listing: Listing, folder: str, named: list[str]) -> float:
    """How many of the cells name an image. Images that are missing, or lie elsewhere, are faults of
    the rows, not of the format."""
    there = sum(_there(listing, folder, n) for n in named)
    looks = sum(is_image(n) for n in named)
    stems = sum(_stem(n) in listing.stems for n in named if n)
    return max(there, 0.9 * looks if looks == len(named) else 0, 0.8 * stems) / max(1, len(named))


def _there(listing: Listing, folder: str, name: str) -> bool:
    return bool(name) and any(exists(listing, folder, name + s) for s in ("", ".png", ".jpg"))


def _stem(name: str) -> str:
    base = re.split(r"[/\\]", name)[-1].lower()
    return os.path.splitext(base)[0] if is_image(base) else base


def _with_header(listing: Listing, folder: str, lines: list[str], delimiter: str) -> Dialect | None:
    """None where the first line does not name columns."""
    as_header = Dialect(delimiter, head=("",))
    first, *body = (_cells(line, as_header) for line in lines)
    names = tuple(c.strip().strip('"') for c in first)
    head = [c.lower() for c in names]
    if len(head) < 2 or not body:
        return None
    known = [head.index(c) for c in FILE_COLUMNS if c in head]

    def cells(column: int) -> list[str]:
        return [as_header.cell(row, column) for row in body]

    file = next((i for i in dict.fromkeys([*known, *range(len(head))])
                 if 2 * sum(map(is_image, cells(i))) >= len(body)), None)
    if file is None:
        file = next((i for i in known if _share(listing, folder, cells(i)) >= 0.5), None)
    if file is None or is_image(head[file]):
        return None
    wanted = listing.text_column
    text = text_column(head, file, body, wanted)
    if delimiter == " " and (text is None or (len(head) > 2 and file not in known)):
        return None  # the first line of a text, rather
    if file not in known and (not all(map(is_image, cells(file)))
                              or len(head) > min(map(len, body))):
        return None
    split = column_named(head, SPLIT_COLUMNS)
    last = None if text is None or text == len(head) - 1 else text + 1
    return Dialect(delimiter, file, text, last, split if split != text else None, names,
                   box_columns(head))


def _without_header(wanted: str | None, lines: list[str], delimiter: str) -> Dialect | None:
    """The text is the rest of the line, less the columns that are plainly something else."""
    if delimiter == " ":
        return Dialect(" ", first=1 if wanted is None or wanted == "2-" else None)
    table = [row for line in lines if len(row := _split(line, delimiter)) > 1]
    if not table:
        return None
    least = min(map(len, table))

    def cells(column: int) -> list[str]:
        return [row[column].strip().strip('"') for row in table]

    file = next((i for i in range(least) if 2 * sum(map(is_image, cells(i))) >= len(table)), 0)
    columns = least if len(table) >= _FEW and least == max(map(len, table)) else 0
    split: int | None = None
    if wanted is not None:
        number = re.fullmatch(r"([1-9]\d?)(-?)", wanted)
        first = int(number[1]) - 1 if number else None
        return Dialect(delimiter, file, first, int(number[1]) if number and not number[2] else None,
                       columns=columns)
    tail = 0
    while len(table) >= _FEW and least - tail > file + 2:
        last = cells(-tail - 1)
        if split is None and all(map(split_of_word, last)):
            split = -tail - 1
        elif any(last) and not _shares(last):
            break
        tail += 1
    before = [i for i in range(file) if not _counts(cells(i))]
    after = range(file + 1, least - tail)
    if before and not after and columns and len(before) == 1:
        return Dialect(delimiter, file, before[0], file, split, columns=columns)
    clear = not before and (not columns or len(after) == 1 or _running(table, delimiter, after))
    return Dialect(delimiter, file, file + 1 if clear else None, -tail if tail else None, split,
                   columns=columns)


def _shares(column: list[str]) -> bool:
    """Whether these are numbers from 0 to 1, as confidences are."""
    return all(map(_FRACTION.match, column)) and any("." in c for c in column)


def _counts(column: list[str]) -> bool:
    """Whether these number the rows."""
    return all(c.isdecimal() and len(c) < 10 for c in column) and [int(c) for c in column] == list(
        range(int(column[0]), int(column[0]) + len(column)))


def _running(table: list[list[str]], delimiter: str, columns: Sequence[int]) -> bool:
    """Whether they are one text with commas in it: a blank follows these, and none the first."""
    return delimiter in ",;" and not any(row[columns[0]].startswith(" ") for row in table) and all(
        row[i].startswith(" ") for row in table for i in columns[1:])


def _cells(line: str, dialect: Dialect) -> list[str]:
    if dialect.delimiter == " " and not dialect.head:
        cells = line.strip().split(None, 1)
        spaced = None if is_image(cells[0]) else _SPACED.fullmatch(line.strip())
        return [spaced[1], spaced[2]] if spaced else cells
    if dialect.quoted:
        try:
            return next(csv.reader([line], delimiter=dialect.delimiter), [])
        except csv.Error:
            return []
    return _split(line, dialect.delimiter)


def _split(line: str, delimiter: str) -> list[str]:
    """The cells as they stand there; delimiters within quotes divide nothing, lone quotes are text.
    """
    cells = line.split(delimiter)
    if delimiter not in ",;" or '"' not in line:
        return cells
    out, i = [], 0
    while i < len(cells):
        end, quotes = i + 1, 0
        for j in range(i, len(cells) if cells[i].lstrip().startswith('"') else i):
            quotes += cells[j].count('"')
            if quotes % 2 == 0 and cells[j].rstrip().endswith('"'):
                end = j + 1
                break
        out.append(delimiter.join(cells[i:end]))
        i = end
    return out


def _unquoted(text: str, delimiter: str) -> str:
    stripped = text.strip()
    if delimiter in ",;" and len(stripped) >= 2 and stripped[0] == stripped[-1] == '"':
        return stripped[1:-1].replace('""', '"')
    return text
