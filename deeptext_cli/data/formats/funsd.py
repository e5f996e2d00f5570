"""FUNSD (Jaume et al. 2019): forms, `annotations/*.json` beside `images/*.png`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Point,
    Region,
    Unit,
    is_image,
    quad_of_box,
    split_of_path,
)

_Word = tuple[tuple[float, float, float, float], str]


class Funsd:
    """Entities of words; a line is what stands in one row of one entity."""

    name = "funsd"
    title = "FUNSD (annotations/*.json and images/)"

    def detect(self, listing: Listing) -> str | None:
        found = [p for p in listing.sample if _is_annotation(p)]
        if found and _has_form(listing, found[0]):
            return f"{len(found)} annotations with a form, as {found[0]}"
        return None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for path in listing.walk():
            if _is_annotation(path):
                yield _page(listing, path)


def _page(listing: Listing, path: str) -> Unit | Fault:
    try:
        form = _load(listing, path)["form"]
        regions = [r for i, entity in enumerate(form, 1)
                   for r in _entity(entity, f"{path} entity {entity.get('id', i)}")]
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        return Fault("bad-file", path, f"not an annotation of FUNSD: {type(e).__name__}: {e}")
    folder, name = os.path.split(path)
    stem = name[:-len(".json")]
    images = os.path.join(os.path.dirname(folder), "images")
    found = sorted(p.name for p in listing.path(images).glob(stem + ".*") if is_image(p.name)) \
        if listing.path(images).is_dir() else []
    if not found:
        return Fault("missing-image", path, f"no image {stem}.* in {images}")
    image = os.path.join(images, found[0])
    return Unit(FileImage(str(listing.root), image), image, path, regions=tuple(regions),
                split=split_of_path(path))


def _entity(entity: Any, where: str) -> Iterator[Region]:
    words: list[_Word] = []
    for w in entity["words"]:
        x0, y0, x1, y1 = (float(v) for v in w["box"])
        words.append(((x0, y0, x1, y1), str(w["text"])))
    for box, text in words:
        if text.strip():
            yield Region(text, quad_of_box(*box), kind="word", where=where)
    for row in _rows([w for w in words if w[1].strip()]):
        boxes = [b for b, _ in row]
        quad: tuple[Point, ...] = quad_of_box(
            min(b[0] for b in boxes), min(b[1] for b in boxes),
            max(b[2] for b in boxes), max(b[3] for b in boxes))
        yield Region(" ".join(t for _, t in row), quad, kind="line", where=where)


def _rows(words: list[_Word]) -> list[list[_Word]]:
    """Words in source order; a new row begins below the middle of the last, or to its left."""
    rows: list[list[_Word]] = []
    for word in words:
        box = word[0]
        if rows:
            last = rows[-1][-1][0]
            middle = (box[1] + box[3]) / 2
            if last[1] <= middle <= last[3] and box[0] >= last[0]:
                rows[-1].append(word)
                continue
        rows.append([word])
    return rows


def _is_annotation(path: str) -> bool:
    return path.endswith(".json") and os.path.basename(os.path.dirname(path)) == "annotations"


def _load(listing: Listing, path: str) -> Any:
    try:
        data = json.loads(listing.path(path).read_bytes())
    except (OSError, ValueError, RecursionError) as e:
        raise ValueError(f"not JSON: {e}") from e
    return data if isinstance(data, dict) else {}


def _has_form(listing: Listing, path: str) -> bool:
    try:
        return "form" in _load(listing, path)
    except ValueError:
        return False
