"""Labels in JSON beside images: a record a line, a list of records, or names mapped to texts."""

from __future__ import annotations

import json
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
from deeptext_cli.data.formats.columns import FILE_COLUMNS, SPLIT_COLUMNS, TEXT_COLUMNS
from deeptext_cli.data.formats.find_images import Images, exists, unlabelled
from deeptext_cli.data.formats.labels_file import candidates
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_lines, text_encoding

_PROBE = 50
# how such a .json begins: others may be large, and are not parsed to see what they are
_BEGIN = re.compile(r'\s*(\[\s*\{|\{\s*"[^"]*"\s*:\s*["\d\[-])')

Entry = tuple[str, Any]  # where, and what stands there: a record, or None where it is damaged


class _Number(str):
    """A number as its digits stand there: 00.50 is a label like any other."""

    __slots__ = ()


class LabelsJson:
    """`{"file_name": "a.png", "text": "..."}` a line in `metadata.jsonl` (Hugging Face) or any
    other `.jsonl`; in a `.json` a list of these, alone or under a key, or `{"a.png": "..."}`."""

    name = "labels-json"
    title = "images and a labels file in JSON (Hugging Face metadata.jsonl)"

    def detect(self, listing: Listing) -> str | None:
        found = self._files(listing)
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return f"{found[0]}{more} names image files and their texts" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        files = self._files(listing)
        seen: set[str] = set()
        for name in files:
            yield from encoding_fault(listing.path(name), name)
            odd: list[str] = []
            images = Images(listing, name, partial(_paths, listing, name))
            for where, record in _entries(listing, name):
                yield _unit(images, where, record, seen, odd)
            yield from images.remarks()
            yield from odd_splits(name, odd)
        if files:
            yield from unlabelled(listing, files[0], seen)

    def _files(self, listing: Listing) -> list[str]:
        return [p for p in candidates(listing, (".jsonl", ".json")) if _is_labels(listing, p)]


def _is_labels(listing: Listing, name: str) -> bool:
    """Whether most of the first records name an image and have a text."""
    folder = os.path.dirname(name)
    seen = good = 0
    for _, record in islice(_entries(listing, name), _PROBE):
        seen += 1
        file, text = _pair(record, listing.text_column)
        good += text is not None and bool(file) and (
            is_image(file) or any(exists(listing, folder, file + s) for s in (".png", ".jpg"))
            or file.lower() in listing.stems)
    return good > 0 and good >= seen / 2


def _entries(listing: Listing, name: str) -> Iterator[Entry]:
    path = listing.path(name)
    if name.lower().endswith(".jsonl"):
        for number, line in numbered_lines(path):
            if line.strip():
                yield f"{name}:{number}", _parsed(line)
        return
    with open(path, encoding=text_encoding(path), errors="replace") as f:
        head = f.read(1000)
        data = _parsed(head + f.read()) if _BEGIN.match(head) else None
    if isinstance(data, dict):
        lists = [v for v in data.values() if isinstance(v, list)]
        data = lists[0] if len(lists) == 1 else [{"file": k, "text": v} for k, v in data.items()]
    if isinstance(data, list):
        yield from ((f"{name} entry {i}", record) for i, record in enumerate(data, 1))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError):
        return None


def _pair(record: Any, wanted: str | None = None) -> tuple[str, str | None]:
    """(file, text) of a record; "" or None for what it lacks. wanted: the key of the text."""
    if not isinstance(record, dict):
        return "", None
    file = next((record[c] for c in FILE_COLUMNS if type(record.get(c)) is str), "")
    keys = TEXT_COLUMNS if wanted is None else (wanted,)
    return file, next((record[c] for c in keys if isinstance(record.get(c), str)), None)


def _paths(listing: Listing, name: str) -> Iterator[str]:
    return (_pair(record)[0] for _, record in _entries(listing, name))


def _unit(images: Images, where: str, record: Any, seen: set[str], odd: list[str]) -> Unit | Fault:
    file, text = _pair(record, images.listing.text_column)
    if not file:
        return Fault("bad-row", where, "no record that names an image")
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
    return Unit(image, image.path, where, str(text), split=split_of_word(word)
                or split_of_name(images.name) or split_of_path(image.path))
