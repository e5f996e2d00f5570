"""The IAM handwriting database: `lines.txt` or `words.txt` with crops, or with whole forms."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import groupby, islice
from typing import NamedTuple

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Region,
    Unit,
    quad_of_box,
)
from deeptext_cli.data.formats.textfile import numbered_lines

_ID = re.compile(r"^[a-z]\d\d-\d+[a-z]*(-\d\d)+$")


class _Row(NamedTuple):
    number: int
    id: str
    ok: bool
    box: tuple[float, float, float, float]  # x, y, w, h on the form
    text: str

    @property
    def form(self) -> str:
        return "-".join(self.id.split("-")[:2])


class Iam:
    """Text as the database gives it: `|` stands between words and before punctuation, as a space.

    Lines of one writer stay together where forms.txt is there, those of one form otherwise. Words
    whose segmentation the database marks `err` are kept out; lines are right all the same.
    """

    name = "iam"
    title = "IAM (lines.txt or words.txt, crops or forms)"

    def detect(self, listing: Listing) -> str | None:
        found = self._table(listing)
        return f"{found} holds IAM's ids" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        name = self._table(listing)
        if name is None:
            return
        words = os.path.basename(name) == "words.txt"
        writers = dict(_writers(listing))
        folder = _crop_folder(listing, name, words)
        if folder is not None:
            for row in _rows(listing, name, words):
                yield row if isinstance(row, Fault) else _crop(listing, name, row, folder, words,
                                                               writers)
            return
        rows = list(_rows(listing, name, words))
        yield from (r for r in rows if isinstance(r, Fault))
        good = [r for r in rows if isinstance(r, _Row)]
        images = {os.path.splitext(os.path.basename(p))[0]: p for p in listing.images()}
        for form, of_form in groupby(good, key=lambda r: r.form):
            yield _form(listing, name, form, list(of_form), images, words, writers)

    def _table(self, listing: Listing) -> str | None:
        for p in listing.find("lines.txt", "words.txt"):
            for _, line in islice(numbered_lines(listing.path(p)), 100):
                if line and not line.startswith("#"):
                    if _ID.match(line.split(" ")[0]):
                        return p
                    break
        return None


def _rows(listing: Listing, name: str, words: bool) -> Iterator[_Row | Fault]:
    first = 3 if words else 4  # of the four box columns
    for number, line in numbered_lines(listing.path(name)):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split(" ", first + (5 if words else 4))
        try:
            x, y, w, h = (float(c) for c in cells[first:first + 4])
            text = cells[first + (5 if words else 4)]
            if not _ID.match(cells[0]):
                raise ValueError
        except (ValueError, IndexError):
            yield Fault("bad-row", f"{name}:{number}", "not a row of IAM")
            continue
        yield _Row(number, cells[0], cells[1] == "ok", (x, y, w, h), text.replace("|", " "))


def _writers(listing: Listing) -> Iterator[tuple[str, str]]:
    for p in listing.find("forms.txt")[:1]:
        for _, line in numbered_lines(listing.path(p)):
            cells = line.split()
            if len(cells) >= 2 and not line.startswith("#"):
                yield cells[0], "writer " + cells[1]


def _candidates(id_: str, words: bool) -> Iterator[str]:
    parts = id_.split("-")
    nested = f"{parts[0]}/{'-'.join(parts[:2])}/{id_}.png"
    kind = "words" if words else "lines"
    for base in (f"{kind}/", ""):
        yield base + nested
        yield f"{base}{id_}.png"


def _crop_folder(listing: Listing, name: str, words: bool) -> tuple[str, int] | None:
    """(folder of the table to start from, number of the candidate that exists), from a few ids."""
    here = os.path.dirname(name)
    for base in dict.fromkeys((here, os.path.dirname(here), "")):
        for row in islice(_rows(listing, name, words), 20):
            if isinstance(row, _Row):
                for i, path in enumerate(_candidates(row.id, words)):
                    if listing.path(os.path.join(base, path)).is_file():
                        return base, i
    return None


def _bad(row: _Row, where: str, key: str) -> Fault:
    return Fault("marked-bad", where, "IAM marks its segmentation as err", key)


def _crop(listing: Listing, name: str, row: _Row, folder: tuple[str, int], words: bool,
          writers: dict[str, str]) -> Unit | Fault:
    base, i = folder
    path = os.path.join(base, list(_candidates(row.id, words))[i])
    where = f"{name}:{row.number}"
    if words and not row.ok:
        return _bad(row, where, path)
    return Unit(FileImage(str(listing.root), path), path, where, row.text,
                group=writers.get(row.form, row.form))


def _form(listing: Listing, name: str, form: str, rows: list[_Row], images: dict[str, str],
          words: bool, writers: dict[str, str]) -> Unit | Fault:
    where = f"{name}:{rows[0].number}"
    path = images.get(form)
    if path is None:
        return Fault("missing-image", where, f"neither crops nor form {form}.png: "
                     f"{len(rows)} {'words' if words else 'lines'}", form)
    regions = tuple(
        Region(r.text, quad_of_box(r.box[0], r.box[1], r.box[0] + r.box[2], r.box[1] + r.box[3]),
               ignore=words and not r.ok, kind="word" if words else "line",
               where=f"{name}:{r.number}") for r in rows)
    return Unit(FileImage(str(listing.root), path), path, where, regions=regions,
                group=writers.get(form, form))
