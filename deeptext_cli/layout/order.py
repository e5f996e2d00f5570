"""Reading order of the lines of a page: recursive XY-cut that knows columns from tables.

Nagy and Seth, "Hierarchical representation of optically scanned documents" (1984), cut a page at
its white gaps, alternately across and down. Two things are done differently here. A heading or a
picture's caption that spans columns cuts the page only at its own height (as in XY-cut++, 2025),
so the lines of aligned columns are not mistaken for rows. And a gap down the page separates
columns only where the two sides read on their own; where they line up row by row, as in tables,
forms and receipts, the rows are read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeptext_cli.layout.lines import rows_of
from deeptext_cli.layout.quads import Floats, as_quads, rects_of
from deeptext_cli.layout.rotation import deskew, estimate_skew

Indices = NDArray[np.intp]

MIN_GUTTER = 0.7  # of the median line height
ALIGNED = 0.6  # share of a side's lines that must have a partner across the gap to be rows
DENSE = 0.8  # of the line height: the most white between the lines of a block
PROSE_ASPECT = 6.0  # a line of running text is at least so many times longer than high
PROSE_FILL = 0.6  # and fills so much of its column, in the median


def reading_order(quads: ArrayLike, *, tables: bool = True,
                  skew: float | None = None) -> list[int]:
    """Indices of `quads` (N, 4, 2) in the order in which people read them.

    The boxes are lines or pieces of lines (group words first, see `lines`). With `tables=False`
    every gap that runs down the page separates columns. `skew` in degrees, None estimates it.
    """
    q = as_quads(quads)
    if len(q) < 2:
        return list(range(len(q)))
    rects = rects_of(deskew(q, estimate_skew(q) if skew is None else skew))
    return _Cutter(rects, tables).order(np.arange(len(rects)))


@dataclass(frozen=True)
class _Run:
    """Boxes between two that cross the gutter, split by it."""

    left: Indices
    right: Indices
    support: float  # height over which both sides have text; 0 where they are no columns


class _Cutter:
    def __init__(self, rects: Floats, tables: bool) -> None:
        self.rects = rects
        self.tables = tables
        self.line = float(np.median(rects[:, 3] - rects[:, 1]))  # the page's line height

    def order(self, boxes: Indices) -> list[int]:
        """Indices of `boxes` in reading order."""
        if len(boxes) < 2:
            return [int(i) for i in boxes]
        segments = self._best_cut(boxes)
        if segments is None:
            return [int(boxes[i]) for row in rows_of(self.rects[boxes]) for i in row]
        out: list[int] = []
        for segment in segments:
            for part in segment:
                out.extend(self.order(part))
        return out

    def _best_cut(self, boxes: Indices) -> list[tuple[Indices, ...]] | None:
        """The page as bands from the top: (left, right) columns, or (all,) where not cut."""
        best: list[_Run | Indices] | None = None
        best_score = (0.0, 0.0)
        for x in self._gutters(boxes):
            segments = self._split(boxes, x)
            runs = [s for s in segments if isinstance(s, _Run)]
            support = sum(run.support for run in runs)
            width = min((self._gap(run) for run in runs if run.support > 0), default=0.0)
            if (support, width) > best_score:
                best, best_score = segments, (support, width)
        if best is None:
            return None
        out: list[tuple[Indices, ...]] = []
        rest: list[Indices] = []  # neighbouring bands that are no columns belong together
        for segment in best:
            if isinstance(segment, _Run) and segment.support > 0:
                if rest:
                    out.append((np.concatenate(rest),))
                    rest = []
                out.append((segment.left, segment.right))
            elif isinstance(segment, _Run):
                rest.append(np.concatenate([segment.left, segment.right]))
            else:
                rest.append(segment)
        if rest:
            out.append((np.concatenate(rest),))
        return out

    def _gutters(self, boxes: Indices) -> list[float]:
        """Places where a gap down the page could be: midway from a right edge to the next left."""
        starts = np.sort(self.rects[boxes, 0])
        ends = np.unique(self.rects[boxes, 2])
        after = np.searchsorted(starts, ends - 0.1 * self.line)
        places = [(float(end) + float(starts[k])) / 2 for end, k in zip(ends, after, strict=True)
                  if k < len(starts)]
        step = max(0.25 * self.line, 1e-6)
        return list({round(p / step): p for p in places}.values())

    def _split(self, boxes: Indices, x: float) -> list[_Run | Indices]:
        """`boxes` from the top: runs beside the gutter at x, and boxes that cross it."""
        r = self.rects[boxes]
        slack = 0.1 * self.line
        crossing = (r[:, 0] < x - slack) & (r[:, 2] > x + slack)
        left = ~crossing & (r[:, 0] + r[:, 2] < 2 * x)
        by_y = np.argsort(r[:, 1] + r[:, 3], kind="stable")
        borders = np.flatnonzero(np.diff(crossing[by_y].astype(np.int8))) + 1
        out: list[_Run | Indices] = []
        for part in np.split(by_y, borders):
            if crossing[part[0]]:
                out.append(boxes[part])
            else:
                out.append(self._run(boxes[part[left[part]]], boxes[part[~left[part]]]))
        return out

    def _gap(self, run: _Run) -> float:
        return float(self.rects[run.right, 0].min() - self.rects[run.left, 2].max())

    def _run(self, left: Indices, right: Indices) -> _Run:
        run = _Run(left, right, 0.0)
        if not len(left) or not len(right) or self._gap(run) < MIN_GUTTER * self.line:
            return run
        a, b = self.rects[left], self.rects[right]
        top, bottom = max(a[:, 1].min(), b[:, 1].min()), min(a[:, 3].max(), b[:, 3].max())
        if bottom - top < 1.5 * self.line or not self._are_columns(a, b, top, bottom):
            return run
        return _Run(left, right, float(bottom - top))

    def _are_columns(self, a: Floats, b: Floats, top: float, bottom: float) -> bool:
        """Whether two sides of a gap read on their own, judged where both have text."""
        if not self.tables:
            return True
        a, b = (s[(s[:, 3] > top) & (s[:, 1] < bottom)] for s in (a, b))
        if not len(a) or not len(b):
            return False
        if self._is_prose(a) and self._is_prose(b):
            return True
        if not (self._is_dense(a) and self._is_dense(b)):
            return False  # entries of a list, with the rest of each a step further down
        few, many = (a, b) if len(rows_of(a)) <= len(rows_of(b)) else (b, a)
        return self._aligned(few, many) < ALIGNED

    def _aligned(self, few: Floats, many: Floats) -> float:
        """Share of the boxes of `few` that sit level with a box of `many`.

        One offset for all of them, up to a line, is let pass: rows of a page that lies a little
        askew, or of type in two sizes, are rows all the same.
        """
        centres = (few[:, 1] + few[:, 3]) / 2
        others = (many[:, 1] + many[:, 3]) / 2
        apart = centres[:, None] - others[None]
        reach = 0.3 * np.minimum((few[:, 3] - few[:, 1])[:, None],
                                 (many[:, 3] - many[:, 1])[None])
        offsets = np.linspace(-0.8, 0.8, 17) * self.line
        level = np.abs(apart[None] - offsets[:, None, None]) <= reach[None]
        return float(level.any(axis=2).mean(axis=1).max())

    def _is_dense(self, side: Floats) -> bool:
        """Lines follow each other closely, as in any block of text."""
        rows = rows_of(side)
        tops = np.array([side[row, 1].min() for row in rows])
        bottoms = np.array([side[row, 3].max() for row in rows])
        return len(rows) > 1 and bool(np.median(tops[1:] - bottoms[:-1]) < DENSE * self.line)

    def _is_prose(self, side: Floats) -> bool:
        """Running text: several lines, long, most of them filling the column."""
        rows = rows_of(side)
        if len(rows) < 3:
            return False
        spans = np.array([side[row, 2].max() - side[row, 0].min() for row in rows])
        inked = np.array([(side[row, 2] - side[row, 0]).sum() for row in rows])
        heights = np.array([np.median(side[row, 3] - side[row, 1]) for row in rows])
        width = side[:, 2].max() - side[:, 0].min()
        return bool(np.median(inked) >= PROSE_ASPECT * np.median(heights)
                    and np.median(spans) >= PROSE_FILL * width
                    # cells leave holes in their rows, words do not
                    and np.median(inked / np.maximum(spans, 1e-6)) > 0.85)
