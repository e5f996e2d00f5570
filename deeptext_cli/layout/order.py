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

from deeptext_cli.layout.lines import rows_of
from deeptext_cli.layout.quads import Floats, as_quads, overlap_1d, rects_of
from deeptext_cli.layout.rotation import deskew, estimate_skew

Indices = NDArray[np.intp]

MIN_GUTTER = 0.7  # of the median line height
PROSE_GUTTER, NARROW_ROWS = 0.4, 5  # that of prose so many lines long: boxes exceed their text
# share of a side's lines that must have a partner across the gap to be rows, and beside prose of so
# many lines that a full column has as much by chance
ALIGNED, BESIDE_PROSE, MANY = 0.7, 0.8, 20
# a list of so many entries beside lines of text so many times longer than high reads on its own
# where fewer of them are level with one, or where those fill so much of their column and both run
# on line by line: a table has no label for every line of what is said in its cells
ENTRIES, LONG, UNLIKE_ROWS, FULL = 8, 16.0, 0.62, 0.88
BREAK = 0.5  # line heights of columns that another band of the page has to bring
# share of a side's lines, of so many rows at least, that go on with a sentence in ragged columns:
# some begin one, while the entries of a list are all alike
RAGGED, RAGGED_ROWS = (0.4, 0.93), 6
DENSE = 0.8  # of the line height: the most white between the lines of a block
APART = 3  # most rows that stand apart below or above columns; more of them are a column's own
TAIL = 1.25  # so many times the white in a column stands above what no longer belongs to it
PROSE_ASPECT = 9.0  # a line of running text is at least so many times longer than high
PROSE_FILL = 0.6  # and fills so much of its column, in the median


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


@dataclass(frozen=True)
class _Rows:
    """Rows of one side of a gap, from the top: where each begins and ends, how far it spans and
    how much of that boxes cover; the side's width and its usual line height, whether most of its
    boxes hold words, and the share of its rows that go on with a sentence."""

    top: Floats
    bottom: Floats
    span: Floats
    inked: Floats
    width: float
    height: float
    words: bool
    goes_on: float


class _Cutter:
    def __init__(self, rects: Floats, tables: bool, words: NDArray[np.bool_],
                 goes_on: NDArray[np.bool_]) -> None:
        self.rects = rects
        self.words = words
        self.goes_on = goes_on
        self.tables = tables
        self.line = _line_height(rects)
        self.gutter = PROSE_GUTTER * self.line

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
        best_score = (0.0, 0.0)
        for segments in self._splits(boxes):
            runs = [s for s in segments if isinstance(s, _Run)]
            support = sum(run.support for run in runs)
            width = min((self._gap(run) for run in runs if run.support > 0), default=0.0)
            support -= BREAK * self.line * len(segments) if support else 0.0
            if (support, width) > best_score:
                best, best_score = segments, (support, width)
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
                out.append(at if side[0] == 2 else self._run(at[side == 0], at[side == 1]))
            yield out

    def _apart(self, run: _Run, band: _Run | Indices | None, down: int) -> Indices:
        """What stands below two columns (`down` 1) or above them (-1) and is not of them: with more
        white between than between their own lines, as a page number or a title, or than between
        it and the `band` beyond, as its heading."""
        rects = self.rects if down > 0 else self.rects[:, [0, 3, 2, 1]] * [1, -1, 1, -1]
        ends = [rects[side, 3].max() for side in (run.left, run.right)]
        longer = run.left if ends[0] > ends[1] else run.right
        rows = self._rows(rects[longer], longer)
        white = rows.top[1:] - rows.bottom[:-1]
        under = rows.top[1:] >= min(ends)
        if not under.any():
            return longer[:0]
        k = int(np.argmax(np.where(under, white, -np.inf)))
        usual = white[:k].max(initial=0.0)
        if isinstance(band, np.ndarray):  # boxes across the gap
            usual = min(usual, rects[band, 1].min() - rows.bottom[k + 1:].max())
        if white[k] <= TAIL * max(usual, 0.4 * self.line) or len(white) - k > APART:
            return longer[:0]
        return longer[rects[longer, 1] >= rows.top[k + 1]]

    def _gap(self, run: _Run) -> float:
        return float(self.rects[run.right, 0].min() - self.rects[run.left, 2].max())

    def _run(self, left: Indices, right: Indices) -> _Run:
        run = _Run(left, right, 0.0)
        if not len(left) or not len(right):
            return run
        a, b = self.rects[left], self.rects[right]
        top, bottom = max(a[:, 1].min(), b[:, 1].min()), min(a[:, 3].max(), b[:, 3].max())
        if bottom - top < 1.5 * self.line or not self._are_columns(left, right, top, bottom):
            return run
        return _Run(left, right, float(bottom - top))

    def _are_columns(self, left: Indices, right: Indices, top: float, bottom: float) -> bool:
        """Whether two sides of a gap read on their own, judged where both have text."""
        if not self.tables:
            return True
        r = self.rects
        left, right = (s[(r[s, 3] > top) & (r[s, 1] < bottom)] for s in (left, right))
        if not len(left) or not len(right):
            return False
        narrow = r[right, 0].min() - r[left, 2].max() < MIN_GUTTER * self.line
        less, more = (left, right) if len(left) < len(right) else (right, left)
        a, b = r[less], r[more]
        ra = self._rows(a, less)
        prose, dense = self._is_prose(ra) or _are_prose(a, ra), self._is_dense(ra)
        if not prose and not dense and len(a) < ENTRIES:
            return False  # entries of a list, with the rest of each a step further down
        rb = self._rows(b, more)
        other = self._is_prose(rb) or _are_prose(b, rb)
        goes_on = all(len(n.top) >= RAGGED_ROWS and RAGGED[0] <= n.goes_on <= RAGGED[1]
                      for n in (ra, rb))
        if (prose and other) or goes_on:
            return not narrow or len(ra.top) >= NARROW_ROWS
        if narrow:
            return False
        few, many = (a, b) if len(ra.top) <= len(rb.top) else (b, a)
        dense = dense and self._is_dense(rb)
        text = ra if prose else rb
        if (prose or other) and ra.words and rb.words and len(few) >= ENTRIES \
                and _middle(text.inked) >= LONG * text.height:
            if dense and _middle(text.span) >= FULL * text.width:
                return True
            facing = sorted((_facing(r[left], 1), _facing(r[right], -1)), key=len)
            if self._aligned(*facing) < UNLIKE_ROWS:
                return True
        if not dense:
            return False
        level = self._aligned(few, many)
        # one box that is badly found makes no columns of three rows
        least = BESIDE_PROSE if (prose or other) and len(few) >= MANY else ALIGNED
        return level < least and (1 - level) * len(few) > 1.5

    def _aligned(self, few: Floats, many: Floats) -> float:
        """Share of the boxes of `few` that sit level with a box of `many`.

        One offset for all of them, up to a line, is let pass: rows of a page that lies a little
        askew, or of type in two sizes, are rows all the same.
        """
        many = many[np.argsort(many[:, 1] + many[:, 3], kind="stable")]
        offsets = np.linspace(-0.8, 0.8, 17) * self.line
        centres = ((few[:, 1] + few[:, 3]) / 2)[None] - offsets[:, None]
        others = (many[:, 1] + many[:, 3]) / 2
        low, high = few[:, 3] - few[:, 1], many[:, 3] - many[:, 1]
        after = np.searchsorted(others, centres)
        level = np.zeros(centres.shape, bool)
        for k in (after - 1, after):  # the nearest above and below
            k = np.clip(k, 0, len(others) - 1)
            level |= np.abs(centres - others[k]) <= 0.3 * np.minimum(low[None], high[k])
        return float(level.mean(axis=1).max())

    def _rows(self, side: Floats, numbers: Indices) -> _Rows:
        """The boxes of one side, of these numbers, by rows, as sums and extents."""
        words = self.words[numbers]
        centres = side[:, 1] + side[:, 3]
        by_y = np.argsort(centres, kind="stable")
        side = side[by_y]
        first = np.flatnonzero(np.diff(centres[by_y] / 2, prepend=-np.inf) > 0.5 * self.line)
        row = np.zeros(len(side), np.intp)
        row[first[1:]] = 1
        begins = np.lexsort((side[:, 0], np.cumsum(row)))[first]  # the leftmost of each row
        left = np.minimum.reduceat(side[:, 0], first)
        right = np.maximum.reduceat(side[:, 2], first)
        return _Rows(np.minimum.reduceat(side[:, 1], first),
                     np.maximum.reduceat(side[:, 3], first), right - left,
                     np.add.reduceat(side[:, 2] - side[:, 0], first),
                     float(right.max() - left.min()), _middle(side[:, 3] - side[:, 1]),
                     2 * int(words.sum()) >= len(words),
                     float(self.goes_on[numbers[by_y[begins]]].mean()))

    def _is_dense(self, rows: _Rows) -> bool:
        """Lines follow each other closely, as in any block of text."""
        white = rows.top[1:] - rows.bottom[:-1]
        return len(white) > 0 and bool(_middle(white) < DENSE * self.line)

    def _is_prose(self, rows: _Rows) -> bool:
        """Running text: several lines, long, most of them filling the column."""
        return rows.words and len(rows.top) >= 3 and bool(
            _middle(rows.inked) >= PROSE_ASPECT * rows.height
            and _middle(rows.span) >= PROSE_FILL * rows.width
            # cells leave holes in their rows, words do not
            and _middle(rows.inked / np.maximum(rows.span, 1e-6)) > 0.85)


def _are_prose(side: Floats, rows: _Rows) -> bool:
    """Several columns of running text side by side, which end at different heights: most boxes are
    long, and fill what is as wide as those above and below them."""
    length = side[:, 2] - side[:, 0]
    if not rows.words or len(rows.top) < 3 or _middle(length) < PROSE_ASPECT * rows.height:
        return False
    shared = overlap_1d(side[:, None, 0], side[:, None, 2], side[:, 0], side[:, 2])
    same = shared > 0.5 * np.minimum(length[:, None], length)
    width = np.array([_middle(length[s]) for s in same])
    return _middle(np.minimum(length / width, 1.0)) >= FULL and _middle(same.sum(axis=1)) >= 3


def _facing(side: Floats, towards: int) -> Floats:
    """The boxes of a side between which and the gap, to the right (1) or left (-1), is no other."""
    middle = (side[:, 0] + side[:, 2]) / 2 * towards
    level = overlap_1d(side[:, None, 1], side[:, None, 3], side[:, 1], side[:, 3])
    height = side[:, 3] - side[:, 1]
    beside = level > 0.5 * np.minimum(height[:, None], height)
    return side[~(beside & (middle[None] > middle[:, None])).any(axis=1)]


def _white_beside(rects: Floats) -> tuple[Floats, Floats]:
    """(N,) twice: how far it is from each box to the next one on its level to the left, and to the
    right; infinite where there is none."""
    height = rects[:, 3] - rects[:, 1]
    level = overlap_1d(rects[:, None, 1], rects[:, None, 3], rects[:, 1], rects[:, 3])
    middle = (rects[:, 0] + rects[:, 2]) / 2
    beside = level > 0.3 * np.minimum(height[:, None], height)
    gap = rects[:, None, 0] - rects[None, :, 2]  # from the right end of one to each one's left
    gap = np.where(beside & (middle[None] < middle[:, None]), gap, np.inf)
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


def _middle(values: Floats) -> float:
    """The (upper) median; numpy's own costs ten times as much on a few values."""
    return float(np.sort(values)[len(values) // 2])
