"""COCO-Text (Veit et al. 2016), versions 1 and 2: one JSON file for all images."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Points,
    Region,
    Unit,
    is_image,
    quad_of_box,
)


class CocoText:
    """`{"imgs": {...}, "anns": {...}}`; illegible words are ignored, as the set means it."""

    name = "coco-text"
    title = "COCO-Text (imgs and anns in one JSON file)"

    def detect(self, listing: Listing) -> str | None:
        found = self._files(listing)
        return f"{found[0]} has the keys imgs and anns" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for name in self._files(listing):
            yield from _read(listing, name)

    def _files(self, listing: Listing) -> list[str]:
        out = []
        for p in listing.find("*.json"):
            with open(listing.path(p), "rb") as f:
                head = f.read(1 << 16)
            keys = {k for k in (b"imgs", b"anns", b"imgToAnns", b"file_name", b"utf8_string")
                    if b'"' + k + b'"' in head}
            if keys >= {b"imgs", b"file_name"} or keys >= {b"anns", b"utf8_string"} or \
                    keys >= {b"imgs", b"anns"} or b"imgToAnns" in keys:
                out.append(p)
        return out


def _read(listing: Listing, name: str) -> Iterator[Unit | Fault]:
    try:
        data = json.loads(listing.path(name).read_bytes())
        by_image: dict[str, list[tuple[str, Any]]] = {}
        for key, ann in data["anns"].items():
            by_image.setdefault(str(ann["image_id"]), []).append((key, ann))
        images = data["imgs"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        yield Fault("bad-file", name, f"not COCO-Text: {type(e).__name__}: {e}")
        return
    paths = {os.path.basename(p): p for p in listing.walk() if is_image(p)}
    for key, image in images:
        where = f"{name} image {key}"
        try:
            file = str(image["file_name"])
            regions = tuple(_region(a, f"{name} annotation {k}") for k, a in by_image.get(key, ()))
            split = {"train": "train", "val": "val", "test": "test"}.get(str(image.get("set")))
            frame = None
            if image.get("width") and image.get("height"):
                frame = (float(image["width"]), float(image["height"]))
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            yield Fault("bad-row", where, f"{type(e).__name__}: {e}")
            continue
        path = paths.get(os.path.basename(file), os.path.normpath(
            os.path.join(os.path.dirname(name), file)))
        yield Unit(FileImage(str(listing.root), path), path, where, regions=regions, split=split,
                   frame=frame)


def _region(ann: Any, where: str) -> Region:
    x, y, w, h = (float(v) for v in ann["bbox"])
    polygon: Points | None = None
    flat = ann.get("mask") or ann.get("polygon") or []
    if len(flat) >= 6 and len(flat) % 2 == 0:
        polygon = tuple((float(a), float(b)) for a, b in zip(flat[::2], flat[1::2], strict=True))
    text = str(ann.get("utf8_string") or "")
    illegible = ann.get("legibility", "legible") != "legible" or not text
    quad: Points | None = polygon if polygon is not None and len(polygon) == 4 else None
    if quad is None and polygon is None:
        quad = quad_of_box(x, y, x + w, y + h)
    return Region(text, quad, polygon if quad is None else None, ignore=illegible, kind="word",
                  where=where)
