"""Labels in JSON beside images: a record a line, a list of records, or names mapped to texts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from deeptext_cli.data.formats.base import (
    Fault,
    Listing,
    Unit,
    is_image,
    located,
    split_of_name,
    split_of_path,
)
from deeptext_cli.data.formats.labels_file import FILE_COLUMNS, TEXT_COLUMNS, candidates, exists
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_lines, text_encoding

_PROBE = 50
# how such a .json begins: others may be large, and are not parsed to see what they are
_BEGIN = re.compile(r'\s*(\[\s*\{|\{\s*"[^"]*"\s*:\s*")')

Entry = tuple[str, Any]  # where, and what stands there: a record, or None where it is damaged


class LabelsJson:
    """`{"file_name": "a.png", "text": "..."}` a line in `metadata.jsonl` (Hugging Face) or any
    other `.jsonl`; in a `.json` a list of these, or `{"a.png": "..."}`."""

    name = "labels-json"
    title = "images and a labels file in JSON (Hugging Face metadata.jsonl)"

    def detect(self, listing: Listing) -> str | None:
        found = self._files(listing)
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return f"{found[0]}{more} names image files and their texts" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for name in self._files(listing):
            yield from encoding_fault(listing.path(name), name)
            for where, record in _entries(listing, name):
                yield _unit(listing, name, where, record)

    def _files(self, listing: Listing) -> list[str]:
        return [p for p in candidates(listing, (".jsonl", ".json")) if _is_labels(listing, p)]


def _is_labels(listing: Listing, name: str) -> bool:
    """Whether most of the first records name an image and have a text."""
    folder = os.path.dirname(name)
    seen = good = 0
    for _, record in islice(_entries(listing, name), _PROBE):
        seen += 1
        file, text = _pair(record)
        good += text is not None and bool(file) and (
            is_image(file) or exists(listing, folder, _named(listing, folder, file)))
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
        data = [{"file": k, "text": v} for k, v in data.items()]
    if isinstance(data, list):
        yield from ((f"{name} entry {i}", record) for i, record in enumerate(data, 1))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _pair(record: Any) -> tuple[str, str | None]:
    """(file, text) of a record; "" or None for what it lacks."""
    if not isinstance(record, dict):
        return "", None
    file, text = (next((record[c] for c in columns if isinstance(record.get(c), str)), None)
                  for columns in (FILE_COLUMNS, TEXT_COLUMNS))
    return file or "", text


def _named(listing: Listing, folder: str, file: str) -> str:
    """The name with the suffix that it lacks, where the images need it."""
    return next((file + s for s in ("", ".png", ".jpg") if exists(listing, folder, file + s)), file)


def _unit(listing: Listing, name: str, where: str, record: Any) -> Unit | Fault:
    file, text = _pair(record)
    if not file:
        return Fault("bad-row", where, "no record that names an image")
    if text is None:
        return Fault("bad-row", where, "no text, or it is no string", file)
    if len(lines := text.strip().splitlines()) > 1:
        return Fault("several-lines", where, f"{len(lines)} lines of text for one image of a line",
                     file)
    folder = os.path.dirname(name)
    image = located(listing, folder, _named(listing, folder, file))
    return Unit(image, image.path, where, text,
                split=split_of_name(name) or split_of_path(image.path))
