"""Large pages in pieces of bounded size, and the pieces' boxes put together again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from deeptext_cli.layout.quads import (
    Floats,
    angles_of,
    areas_of,
    around,
    as_quads,
    intersection_area,
    rects_of,
    rotate,
    sizes_of,
)


@dataclass(frozen=True)
class Tile:
    """A piece of a page: x0 <= x < x1, y0 <= y < y1, whole pixels."""

    x0: int
    y0: int
    x1: int
    y1: int


def working_scale(width: int, height: int, *, longest: int, shortest: int = 0) -> float:
    """Factor that brings a page's longer side down to `longest` pixels, or its shorter side up to
    `shortest` (0: never enlarge), but never its longer side beyond `longest`."""
    if width < 1 or height < 1:
        raise ValueError(f"no page of {width} x {height}")
    down = longest / max(width, height)
    return min(down, max(1.0, shortest / min(width, height)))


def plan_tiles(width: int, height: int, *, limit: int, overlap: int = 64) -> list[Tile]:
    """Tiles that cover a page, row by row, each at most `limit` on a side.

    Neighbours share at least `overlap` pixels: anything up to that size lies whole in some tile.
    Raises ValueError unless 0 <= overlap < limit.
    """
    if not 0 <= overlap < limit:
        raise ValueError(f"overlap {overlap} must be at least 0 and less than {limit}")
    return [Tile(x0, y0, x1, y1) for y0, y1 in _spans(height, limit, overlap)
            for x0, x1 in _spans(width, limit, overlap)]


def _spans(length: int, limit: int, overlap: int) -> list[tuple[int, int]]:
    if length <= limit:
        return [(0, length)]
    count = -(-(length - overlap) // (limit - overlap))
    starts = [round(i * (length - limit) / (count - 1)) for i in range(count)]
    return [(s, s + limit) for s in starts]


def merge_tiles(tiles: Sequence[Tile], quads: Sequence[ArrayLike], scores: Sequence[ArrayLike], *,
                width: int, height: int) -> tuple[Floats, Floats]:
    """One set of boxes (N, 4, 2), scores (N,), in page pixels, from those of each tile.

    `quads[i]` (Ni, 4, 2) are relative to `tiles[i]`. A box seen in two tiles is kept once: the
    one that lies whole in its tile; a line cut by the seams is put together from its pieces.
    """
    boxes: list[Floats] = []
    all_scores: list[Floats] = []
    owner: list[int] = []
    cut: list[bool] = []
    for k, (tile, found, conf) in enumerate(zip(tiles, quads, scores, strict=True)):
        q = as_quads(found) + np.array([tile.x0, tile.y0])
        boxes.append(q)
        all_scores.append(np.asarray(conf, dtype=np.float64).reshape(-1))
        owner += [k] * len(q)
        cut += [_is_cut(r, tile, width, height) for r in rects_of(q)]
    if not owner:
        return np.zeros((0, 4, 2)), np.zeros(0)
    q, s = np.concatenate(boxes), np.concatenate(all_scores)
    groups = _same_text(q, owner, cut)
    out, out_scores = [], []
    for group in groups:
        whole = [i for i in group if not cut[i]]
        largest = max(whole or group, key=lambda i: float(areas_of(q[i])[0]))
        if whole or len(group) == 1:
            out.append(q[largest])
            out_scores.append(s[largest])
        else:
            lengths = sizes_of(q[group])[0]
            out.append(around(q[group]))
            out_scores.append(float(np.average(s[group], weights=lengths + 1e-9)))
    return np.array(out), np.array(out_scores)


def _is_cut(rect: Floats, tile: Tile, width: int, height: int, margin: float = 2.0) -> bool:
    """Whether a box touches a border of its tile that is no border of the page."""
    return bool((tile.x0 > 0 and rect[0] <= tile.x0 + margin)
                or (tile.y0 > 0 and rect[1] <= tile.y0 + margin)
                or (tile.x1 < width and rect[2] >= tile.x1 - margin)
                or (tile.y1 < height and rect[3] >= tile.y1 - margin))


def _same_text(quads: Floats, owner: Sequence[int], cut: Sequence[bool]) -> list[list[int]]:
    """Boxes of different tiles that show the same line, as groups of indices."""
    rects, areas = rects_of(quads), areas_of(quads)
    parent = list(range(len(quads)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i in range(len(quads)):
        near = np.flatnonzero((rects[:, 0] < rects[i, 2]) & (rects[:, 2] > rects[i, 0])
                              & (rects[:, 1] < rects[i, 3]) & (rects[:, 3] > rects[i, 1]))
        for j in (int(k) for k in near):
            if j <= i or owner[i] == owner[j]:
                continue
            shared = intersection_area(quads[i], quads[j])
            covered = shared / max(min(areas[i], areas[j]), 1e-9)
            if covered >= 0.5 or ((cut[i] or cut[j]) and _continues(quads[i], quads[j])):
                parent[root(j)] = root(i)
    groups: dict[int, list[int]] = {}
    for i in range(len(quads)):
        groups.setdefault(root(i), []).append(i)
    return list(groups.values())


def _continues(a: Floats, b: Floats) -> bool:
    """Whether two overlapping boxes are pieces of one line: alike in height, and level."""
    angle = float(angles_of(a)[0] if sizes_of(a)[0][0] >= sizes_of(b)[0][0] else angles_of(b)[0])
    ra, rb = rects_of(rotate(np.stack([a, b]), -angle))
    shared = min(ra[3], rb[3]) - max(ra[1], rb[1])
    heights = sorted((ra[3] - ra[1], rb[3] - rb[1]))
    return bool(shared >= 0.6 * heights[0] and heights[1] <= 1.8 * heights[0])
