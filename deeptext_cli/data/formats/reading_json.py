"""What `read --format jsonl` or `json` wrote, its texts corrected."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from deeptext_cli.data.formats.base import (
    Fault,
    Listing,
    Points,
    Unit,
    split_of_name,
    split_of_path,
)
from deeptext_cli.data.formats.find_images import located
from deeptext_cli.data.formats.jsonfile import Entry, entries
from deeptext_cli.data.formats.pages_jsonl import points, region
from deeptext_cli.data.formats.textfile import encoding_fault

_PROBE = 10
# how a list of pages begins
_BEGIN = re.compile(r'\s*\[\s*\{.*"(path|image)"\s*:', re.DOTALL)


class ReadingJson:
    """`{"path", "page", "width", "height", "text", "lines": [{"text", "box"}]}`, a line each or in
    one list. A line's label is its text; one that was emptied is left out. Of an image that is one
    line, which has its text twice, it is the one that was changed.

    `path` (or `image`) names the image, relative to the file or to the working folder
    (`find_images.located`).
    """

    name = "reading-json"
    title = "what `read --format jsonl` wrote, corrected"

    def detect(self, listing: Listing) -> str | None:
        found = _files(listing)
        return f"{found[0]} holds pages as `read` writes them" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for name in _files(listing):
            yield from encoding_fault(listing.path(name), name)
            seen: set[str] = set()
            for where, record in _records(listing, name):
                try:
                    yield from _page_units(listing, name, where, record, seen)
                except (ValueError, TypeError, KeyError, AttributeError) as e:
                    yield Fault("bad-row", where, f"not a page: {type(e).__name__}: {e}")


def _files(listing: Listing) -> list[str]:
    return [p for p in listing.find("*.jsonl", "*.json")
            if any(_is_page(r) for _, r in islice(_records(listing, p), _PROBE))]


def _is_page(record: Any) -> bool:
    return isinstance(record, dict) and isinstance(_file(record), str) and (
        isinstance(lines := record.get("lines"), list)
        and all(isinstance(x, dict) and "text" in x and "box" in x for x in lines)
        and (bool(lines) or "width" in record))


def _file(record: dict[str, Any]) -> Any:
    return record.get("path", record.get("image"))


def _records(listing: Listing, name: str) -> Iterator[Entry]:
    return entries(listing, name, _BEGIN)


def _page_units(listing: Listing, name: str, where: str, record: Any,
                seen: set[str]) -> Iterator[Unit | Fault]:
    image = located(listing, os.path.dirname(name), _named(record))
    path = image.path
    if "error" in record:
        yield Fault("bad-row", where, f"it was not read: {record['error']['message']}", path)
        return
    if path in seen:
        yield Fault("bad-row", where, "a further page of the same file: only the first is cut",
                    path)
        return
    seen.add(path)
    split = split_of_name(name) or split_of_path(path)
    lines = record["lines"]
    size = (float(record["width"]), float(record["height"])) if record.get("width") else None
    text = _stripped(record.get("text"))
    if not lines:  # nothing was read: an image of one line can be labelled all the same
        yield Unit(image, path, where, text, split=split) if text else Fault(
            "empty-label", where, "nothing was read here; write it into `text` if the image is a "
            "line", path)
        return
    as_read = all(_stripped(x["text"]) == _as_read(x) for x in lines)
    if len(lines) == 1 and size is not None and _is_all(points(lines[0]["box"]), size):
        # the image is one line: it is taken as it is, not cut from a page
        label = text if text and as_read else _stripped(lines[0]["text"])
        yield Unit(image, path, where, label, split=split) if label else Fault(
            "empty-label", where, "its text was emptied", path)
        return
    if text and as_read and text.split() != " ".join(x["text"] for x in lines).split():
        yield Fault("unused-text", where, "the page's `text` was corrected, its `lines`, of which "
                    "labels are made, were not", path, kept_out=False)
    yield Unit(image, path, where, split=split, frame=size, regions=tuple(
        region(x, f"{where} line {i}", said := _stripped(x["text"]), not said)
        for i, x in enumerate(lines, 1)))


def _named(record: Any) -> str:
    file = _file(record)
    if not isinstance(file, str):
        raise TypeError("`path` is no string")
    return file


def _stripped(text: Any) -> str:
    return text.strip() if isinstance(text, str) else ""


def _as_read(line: dict[str, Any]) -> str:
    """What a line said before it was corrected, by its words."""
    return " ".join(_stripped(w["text"]) for w in line.get("words", ()))


def _is_all(box: Points | None, size: tuple[float, float]) -> bool:
    """Whether a box is the whole image, wherever its text begins."""
    (w, h) = size
    return box is not None and sorted(box) == sorted(((0, 0), (w, 0), (w, h), (0, h)))
