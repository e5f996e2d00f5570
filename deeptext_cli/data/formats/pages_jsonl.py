"""`pages.jsonl`: one JSON object a page with its lines and words."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Points,
    Region,
    Unit,
    split_of_name,
    split_of_path,
)
from deeptext_cli.data.formats.jsonfile import parsed
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_lines

Kind = Literal["line", "word"]
KINDS: tuple[Kind, ...] = ("line", "word")


class PagesJsonl:
    """`{"image", "width", "height", "lines": [{"box", "text", "polygon", "baseline", "ignore"}]}`
    a line of the file; `words` likewise; `split` where the set has its own."""

    name = "pages-jsonl"
    title = "pages.jsonl (page images with lines and words)"

    def detect(self, listing: Listing) -> str | None:
        found = self._files(listing)
        return f"{found[0]} holds one JSON object a page" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for name in self._files(listing):
            yield from encoding_fault(listing.path(name), name)
            for number, line in numbered_lines(listing.path(name)):
                if line.strip():
                    yield page_unit(listing, name, number, line)

    def _files(self, listing: Listing) -> list[str]:
        return [p for p in listing.find("pages*.jsonl", "*.jsonl") if _is_pages(listing, p)]


def _is_pages(listing: Listing, name: str) -> bool:
    for _, line in islice(numbered_lines(listing.path(name)), 10):
        page = parsed(line)  # one damaged line does not make it another format
        if isinstance(page, dict) and "image" in page and ("lines" in page or "words" in page):
            return True
    return False


def page_unit(listing: Listing, name: str, number: int, line: str) -> Unit | Fault:
    """The page on line `number` of the file."""
    where = f"{name}:{number}"
    try:
        page = json.loads(line)
        image = page["image"]
        if not isinstance(image, str):
            raise TypeError("image is no string")
        path = os.path.normpath(os.path.join(os.path.dirname(name), image))
        regions = tuple(region(item, f"{where} {kind} {i}", str(item.get("text") or ""),
                               bool(item.get("ignore")), kind)
                        for kind in KINDS
                        for i, item in enumerate(page.get(kind + "s") or (), 1))
        split = page.get("split")
        frame = None
        if page.get("width") and page.get("height"):
            frame = (float(page["width"]), float(page["height"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as e:
        return Fault("bad-row", where, f"not a page: {type(e).__name__}: {e}")
    return Unit(FileImage(str(listing.root), path), path, where, regions=regions, frame=frame,
                split=split if isinstance(split, str) else
                split_of_name(name) or split_of_path(path))


def region(item: Any, where: str, text: str, ignore: bool, kind: Kind = "line") -> Region:
    """One line or word of that text, by its `box`, `polygon` and `baseline`."""
    try:
        box = points(item.get("box"))
        if box is not None and len(box) != 4:
            raise ValueError(f"a box has 4 corners, this one {len(box)}")
        polygon, baseline = points(item.get("polygon")), points(item.get("baseline"))
    except (ValueError, TypeError) as e:
        return Region(text, ignore=ignore, kind=kind, where=where, error=str(e))
    return Region(text, box, polygon, baseline, ignore, kind, where)


def points(value: Any) -> Points | None:
    """`[[x, y], ...]` as a tuple. Raises ValueError or TypeError for anything else."""
    if value is None:
        return None
    out = tuple((float(x), float(y)) for x, y in value)
    if not all(abs(c) < 1e7 for p in out for c in p):  # NaN fails the comparison too
        raise ValueError("coordinates are not finite")
    return out or None
