"""Reading order of the lines of a page: recursive XY-cut that knows columns from tables.

Nagy and Seth, "Hierarchical representation of optically scanned documents" (1984), cut a page at
its white gaps, alternately across and down. Two things are done differently here. A heading or a
picture's caption that spans columns cuts the page only at its own height (as in XY-cut++, 2025),
so the lines of aligned columns are not mistaken for rows. And a gap down the page separates
columns only where the two sides read on their own; where they line up row by row, as in tables,
forms and receipts, the rows are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeptext_cli.layout.columns import Columns, Indices
from deeptext_cli.layout.lines import rows_of
from deeptext_cli.layout.quads import Floats, as_quads, on_one_level, overlap_1d, rects_of
from deeptext_cli.layout.rotation import deskew, estimate_skew

GUTTER = 0.4  # least width of a gap, in line heights: boxes exceed their text
BREAK = 0.5  # line heights of columns that another band of the page has to bring
APART = 3  # most rows that stand apart below or above columns; more of them are a column's own
TAIL = 1.25  # so many times the white in a column stands above what no longer belongs to it
BALANCED = 3.0  # line heights by which columns end apart that were filled together
FEWEST = 3  # boxes of each of two columns
ACROSS = 1.0  # line heights of white through both columns, below which may be other matter


def reading_order(quads: ArrayLike, *, tables: bool = True, skew: float | None = None,
                  words: ArrayLike | None = None,
                  goes_on: ArrayLike | None = None) -> list[int]:
    """Indices of `quads` (N, 4, 2) in the order in which people read them.

    The boxes are lines or pieces of lines (group words first, see `lines`). With `tables=False`
    every gap that runs down the page separates columns. `skew` in degrees, None estimates it.
    `words` (N,) is False for lines of figures and signs, which are no running text however long;
    `goes_on` (N,) True for lines that begin in the middle of a sentence, which tell the ragged
    lines of narrow columns from the cells of a table.
    """
    q = as_quads(quads)
    if len(q) < 2:
        return list(range(len(q)))
    rects = rects_of(deskew(q, estimate_skew(q) if skew is None else skew))
    said = np.ones(len(q), bool) if words is None else np.asarray(words, bool)
    on = np.zeros(len(q), bool) if goes_on is None else np.asarray(goes_on, bool)
    return _Cutter(rects, tables, said, on).order(np.arange(len(rects)))


@dataclass(frozen=True)
class _Run:
    """Boxes between two that cross the gutter, split by it."""

    left: Indices
    right: Indices
    support: float  # height over which both sides have text; 0 where they are no columns


class _Cutter:
    def __init__(self, rects: Floats, tables: bool, words: NDArray[np.bool_],
                 goes_on: NDArray[np.bool_]) -> None:
        self.rects = rects
        self.tables = tables
        self.line = _line_height(rects)
        self.columns = Columns(rects, words, goes_on, self.line)
        self.gutter = GUTTER * self.line

    def order(self, boxes: Indices) -> list[int]:
        """Indices of `boxes` in reading order."""
        if len(boxes) < 2:
            return [int(i) for i in boxes]
        segments = self._best_cut(boxes)
        if segments is None:
            return [int(boxes[i]) for row in rows_of(self.rects[boxes], labels=True)
                    for i in row]
        out: list[int] = []
        for segment in segments:
            for part in segment:
                out.extend(self.order(part))
        return out

    def _best_cut(self, boxes: Indices) -> list[tuple[Indices, ...]] | None:
        """The page as bands from the top: (left, right) columns, or (all,) where not cut."""
        best: list[_Run | Indices] | None = None
        best_score = (-np.inf, 0.0)
        for segments in self._splits(boxes):
            runs = [s for s in segments if isinstance(s, _Run) and s.support > 0]
            if not runs:
                continue
            support = sum(run.support for run in runs) - BREAK * self.line * len(segments)
            score = (support, min(self._gap(run) for run in runs))
            if score > best_score:
                best, best_score = segments, score
        if best is None:
            return None
        out: list[tuple[Indices, ...]] = []
        rest: list[Indices] = []  # neighbouring bands that are no columns belong together
        for before, segment, after in zip([None, *best], best, [*best[1:], None], strict=False):
            if isinstance(segment, _Run) and segment.support > 0:
                above = self._apart(segment, before, -1)
                below = self._apart(segment, after, 1)
                if len(above):
                    rest.append(above)
                if rest:
                    out.append((np.concatenate(rest),))
                    rest = []
                out.append(tuple(side[~np.isin(side, np.concatenate([above, below]))]
                                 for side in (segment.left, segment.right)))
                if len(below):
                    rest = [below]
            elif isinstance(segment, _Run):
                rest.append(np.concatenate([segment.left, segment.right]))
            else:
                rest.append(segment)
        if rest:
            out.append((np.concatenate(rest),))
        return out

    def _splits(self, boxes: Indices) -> Iterator[list[_Run | Indices]]:
        """`boxes` from the top, for each place where a gap down the page could be: runs beside
        the gap, and boxes that reach into it, as a page number under the columns may."""
        r = self.rects[boxes]
        by_y = np.argsort(r[:, 1] + r[:, 3], kind="stable")
        r = r[by_y]
        slack = 0.05 * self.line
        # gaps begin at right edges, or a gutter before left edges
        edges = np.unique(np.concatenate([r[:, 2], r[:, 0] - self.gutter]))
        left = r[:, 2] <= edges[:, None] + slack
        right = r[:, 0] >= edges[:, None] + self.gutter - slack
        # what reaches into the gap leaves it, where something faces it, half as wide at least
        before, after = _white_beside(r)
        left |= (r[:, 2] <= edges[:, None] + self.gutter + slack) & (after >= self.gutter / 2)
        right |= (r[:, 0] >= edges[:, None] - slack) & (before >= self.gutter / 2)
        crossing = ~left & ~right
        kinds = np.where(crossing, 2, np.where(left, 0, 1)).astype(np.int8)
        for kind in np.unique(kinds[(kinds == 0).any(axis=1) & (kinds == 1).any(axis=1)], axis=0):
            borders = np.flatnonzero(np.diff((kind == 2).astype(np.int8))) + 1
            out: list[_Run | Indices] = []
            for part in np.split(np.arange(len(kind)), borders):
                at = boxes[by_y[part]]
                side = kind[part]
                out += [at] if side[0] == 2 else self._runs(at[side == 0], at[side == 1])
            yield out

    def _runs(self, left: Indices, right: Indices) -> list[_Run | Indices]:
        """A run; or where it is columns of running text above or below some white that runs through
        both sides, and no columns as a whole or rows beyond that white, as the list that follows
        them, those columns and the rest."""
        whole = self._run(left, right)
        best: list[_Run | Indices] = [whole]
        most = 0.0
        if not self.tables or min(len(left), len(right)) < FEWEST:
            return best
        for y in self._white_across(np.concatenate([left, right])):
            parts = [self._run(*(side[(self.rects[side, 1] < y) == above]
                                 for side in (left, right))) for above in (True, False)]
            support = sum(run.support for run in parts if self._is_prose(run))
            if support > most and (not whole.support or any(
                    self.columns.are_rows(run.left, run.right) for run in parts)):
                best, most = list(parts), support
        return best

    def _is_prose(self, run: _Run) -> bool:
        return run.support > 0 and all(self.columns.is_prose(side)
                                       for side in (run.left, run.right))

    def _white_across(self, boxes: Indices) -> list[float]:
        """Where white parts some boxes from those below."""
        r = self.rects[boxes]
        r = r[np.argsort(r[:, 1], kind="stable")]
        ends = np.maximum.accumulate(r[:-1, 3])
        wide = r[1:, 1] - ends >= ACROSS * self.line
        return [float(y) for y in r[1:, 1][wide]]

    def _apart(self, run: _Run, band: _Run | Indices | None, down: int) -> Indices:
        """What stands below two columns (`down` 1) or above them (-1) and is not of them: with more
        white between than between their own lines, as a page number or a title, or than between
        it and the `band` beyond, as its heading."""
        rects = self.rects if down > 0 else self.rects[:, [0, 3, 2, 1]] * [1, -1, 1, -1]
        ends = [rects[side, 3].max() for side in (run.left, run.right)]
        longer = run.left if ends[0] > ends[1] else run.right
        rows = self.columns.rows(rects[longer], longer)
        white = rows.top[1:] - rows.bottom[:-1]
        under = rows.top[1:] >= min(ends)
        if not under.any():
            return longer[:0]
        k = int(np.argmax(np.where(under, white, -np.inf)))
        usual = white[:k].max(initial=0.0)
        if isinstance(band, np.ndarray):  # boxes across the gap
            usual = min(usual, rects[band, 1].min() - rows.bottom[k + 1:].max())
        if white[k] > TAIL * max(usual, 0.4 * self.line) and len(white) - k <= APART:
            return longer[rects[longer, 1] >= rows.top[k + 1]]
        # of more rows, what begins where both columns end and is not running text as they are
        for at in np.flatnonzero(under & (rows.bottom[:-1] - min(ends) <= BALANCED * self.line)):
            tail = longer[rects[longer, 1] >= rows.top[at + 1]]
            if white[at] > TAIL * max(white[:at].max(initial=0.0), 0.4 * self.line) \
                    and not self.columns.is_prose(tail):
                return tail
        return longer[:0]

    def _gap(self, run: _Run) -> float:
        return float(self.rects[run.right, 0].min() - self.rects[run.left, 2].max())

    def _run(self, left: Indices, right: Indices) -> _Run:
        run = _Run(left, right, 0.0)
        if not len(left) or not len(right):
            return run
        a, b = self.rects[left], self.rects[right]
        top, bottom = max(a[:, 1].min(), b[:, 1].min()), min(a[:, 3].max(), b[:, 3].max())
        if bottom - top < 1.5 * self.line:
            return run
        if self.tables:
            sides = (side[(self.rects[side, 3] > top) & (self.rects[side, 1] < bottom)]
                     for side in (left, right))
            if not self.columns.are_columns(*sides):
                return run
        return _Run(left, right, float(bottom - top))

def _white_beside(rects: Floats) -> tuple[Floats, Floats]:
    """(N,) twice: how far it is from each box to the next one on its level to the left, and to the
    right; infinite where there is none."""
    middle = (rects[:, 0] + rects[:, 2]) / 2
    gap = rects[:, None, 0] - rects[None, :, 2]  # from the right end of one to each one's left
    gap = np.where(on_one_level(rects, 0.3) & (middle[None] < middle[:, None]), gap, np.inf)
    return gap.min(axis=1), gap.min(axis=0)


def _line_height(rects: Floats) -> float:
    """The page's: that of the boxes, or where those of close lines reach into each other, as far
    as it is from line to line."""
    height = float(np.median(rects[:, 3] - rects[:, 1]))
    middle = (rects[:, 1] + rects[:, 3]) / 2
    below = middle[None] - middle[:, None]
    beside = overlap_1d(rects[:, None, 0], rects[:, None, 2], rects[:, 0], rects[:, 2]) > 0
    pitch = np.where(beside & (below > 0.5 * height), below, np.inf).min(axis=1)
    pitch = pitch[pitch < np.inf]
    return min(height, float(np.median(pitch))) if len(pitch) else height
