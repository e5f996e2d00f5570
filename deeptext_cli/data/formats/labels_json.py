"""Labels in JSON beside images: a record a line, a list of records, or names mapped to texts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from deeptext_cli.data.formats.base import (
    Fault,
    Listing,
    Unit,
    is_image,
    odd_splits,
    split_of_name,
    split_of_path,
    split_of_word,
)
from deeptext_cli.data.formats.columns import (
    FILE_COLUMNS,
    NO_TEXT,
    SPLIT_COLUMNS,
    TEXT_COLUMNS,
    text_column,
)
from deeptext_cli.data.formats.find_images import Images, exists, unlabelled
from deeptext_cli.data.formats.jsonfile import Entry, entries
from deeptext_cli.data.formats.labels_file import candidates
from deeptext_cli.data.formats.textfile import encoding_fault
from deeptext_cli.errors import DataError

_PROBE = 50
# how such a .json begins
_BEGIN = re.compile(r'\s*(\[\s*\{|\{\s*"[^"]*"\s*:\s*["\d\[-])')

Keys = tuple[str, ...]


class _Number(str):
    """A number as its digits stand there: 00.50 is a label like any other."""

    __slots__ = ()


class LabelsJson:
    """`{"file_name": "a.png", "text": "..."}` a line in `metadata.jsonl` (Hugging Face) or any
    other `.jsonl`; in a `.json` a list of these, alone or under a key, or `{"a.png": "..."}`."""

    name = "labels-json"
    title = "images and a labels file in JSON (Hugging Face metadata.jsonl)"

    def detect(self, listing: Listing) -> str | None:
        found = list(self._files(listing))
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return f"{found[0][0]}{more} names image files and their texts" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        files: list[tuple[str, Keys]] = []
        for name, keys in self._files(listing):
            if isinstance(keys, str):
                raise DataError(f"{listing.path(name)}: which key is the text? {keys}",
                                remedy=f"say --text-column {keys.split(', ')[-1]}, for example")
            files.append((name, keys))
        seen: set[str] = set()
        for name, keys in files:
            yield from encoding_fault(listing.path(name), name)
            odd: list[str] = []
            images = Images(listing, name, partial(_paths, listing, name))
            for where, record in _entries(listing, name):
                yield _unit(images, where, record, keys, seen, odd)
            yield from images.remarks()
            yield from odd_splits(name, odd)
        if files:
            yield from unlabelled(listing, files[0][0], seen)

    def _files(self, listing: Listing) -> Iterator[tuple[str, Keys | str]]:
        for p in candidates(listing, (".jsonl", ".json")):
            if keys := _text_keys(listing, p):
                yield p, keys


def _text_keys(listing: Listing, name: str) -> Keys | str:
    """The keys of the texts, of which the first that a record has counts; in words those that may
    be it, where that is not clear; nothing where most of the first records do not name an image and
    a text."""
    folder = os.path.dirname(name)
    records = [record for _, record in islice(_entries(listing, name), _PROBE)]
    named = [r for r in records if (file := _file(r)) and (
        is_image(file) or any(exists(listing, folder, file + s) for s in (".png", ".jpg"))
        or file.lower() in listing.stems)]
    head = [k for k in dict.fromkeys(k for r in named for k in r)
            if any(not isinstance(r.get(k), list | dict | bool | None) for r in named)]
    rows = [[str(r.get(k, "")) for k in head] for r in named]
    lower, wanted = [k.lower() for k in head], listing.text_column
    at = text_column(lower, -1, rows, wanted)
    if at is None:
        others = [k for k in head if k.lower() not in NO_TEXT]
        unclear = len(others) > 1 and wanted is None
        return ", ".join(others) if unclear and 2 * len(named) >= len(records) else ()
    keys = TEXT_COLUMNS if wanted is None and lower[at] in TEXT_COLUMNS else (head[at],)
    good = sum(_text(r, keys) is not None for r in named)
    return keys if good and 2 * good >= len(records) else ()


def _entries(listing: Listing, name: str) -> Iterator[Entry]:
    return entries(listing, name, _BEGIN, _Number, _as_list)


def _as_list(data: Any) -> Any:
    """Records from what is a list of them, holds one under a key, or maps names to texts."""
    if not isinstance(data, dict):
        return data
    lists = [v for v in data.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
    return lists[0] if len(lists) == 1 else [{"file": k, "text": v} for k, v in data.items()]


def _file(record: Any) -> str:
    """The image that a record names; empty where it names none. A number is its own, no name."""
    return next((record[c] for c in FILE_COLUMNS if type(record.get(c)) is str), "") \
        if isinstance(record, dict) else ""


def _text(record: dict[str, Any], keys: Keys) -> str | None:
    return next((str(record[k]) for k in keys if isinstance(record.get(k), str)), None)


def _paths(listing: Listing, name: str) -> Iterator[str]:
    return (_file(record) for _, record in _entries(listing, name))


def _unit(images: Images, where: str, record: Any, keys: Keys, seen: set[str],
          odd: list[str]) -> Unit | Fault:
    file = _file(record)
    if not file:
        return Fault("bad-row", where, "no record that names an image")
    text = _text(record, keys)
    image = images(file)
    seen.add(image.path)
    if text is None:
        return Fault("bad-row", where, "no text, or it is neither string nor number", file)
    if len(lines := text.strip().splitlines()) > 1:
        return Fault("several-lines", where, f"{len(lines)} lines of text for one image of a line",
                     file)
    word = next((record[c] for c in SPLIT_COLUMNS if isinstance(record.get(c), str)), "")
    if word and split_of_word(word) is None:
        odd.append(word)
    return Unit(image, image.path, where, text, split=split_of_word(word)
                or split_of_name(images.name) or split_of_path(image.path))
