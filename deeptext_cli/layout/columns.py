"""Whether two sides of a gap down the page are columns, which read on their own, or rows of a
table, a form or a receipt.

Columns of running text are, and so is a list beside it that does not line up with its rows; where
entries sit level with each other across the gap, they are rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.quads import Floats, on_one_level, overlap_1d

Indices = NDArray[np.intp]

MIN_GUTTER, NARROW_ROWS = 0.7, 5  # of the line height; beside prose of so many lines it may be less
# share of a side's lines that must have a partner across the gap to be rows, and beside prose of so
# many lines that a full column has as much by chance
ALIGNED, BESIDE_PROSE, MANY = 0.7, 0.8, 20
OFFSETS = np.linspace(-0.8, 0.8, 17)  # line heights by which all entries may be off their rows
LEVEL_ROWS = 3  # entries that are level with others, so that these are rows
# a list of so many entries beside lines of text so many times longer than high reads on its own
# where fewer of them are level with one, or where those fill so much of their column and both run
# on line by line: a table has no label for every line of what is said in its cells
ENTRIES, LONG, UNLIKE_ROWS, FULL = 8, 16.0, 0.62, 0.88
# share of a side's lines, of so many rows at least, that go on with a sentence in ragged columns:
# some begin one, while the entries of a list are all alike
RAGGED, RAGGED_ROWS = (0.4, 0.93), 6
DENSE = 0.8  # of the line height: the most white between the lines of a block
PROSE_ASPECT = 9.0  # a line of running text is at least so many times longer than high
PROSE_FILL = 0.6  # and fills so much of its column, in the median


@dataclass(frozen=True)
class Rows:
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


class Columns:
    """Judges the sides of gaps between upright boxes (N, 4) of a page.

    words, goes_on: (N,) as `reading_order` takes them; line: the page's line height.
    """

    def __init__(self, rects: Floats, words: NDArray[np.bool_], goes_on: NDArray[np.bool_],
                 line: float) -> None:
        self.rects, self.words, self.goes_on, self.line = rects, words, goes_on, line

    def are_columns(self, left: Indices, right: Indices) -> bool:
        """Whether two sides of a gap, as far as both have text, read on their own."""
        if not len(left) or not len(right):
            return False
        r = self.rects
        narrow = r[right, 0].min() - r[left, 2].max() < MIN_GUTTER * self.line
        less, more = (left, right) if len(left) < len(right) else (right, left)
        a, b = r[less], r[more]
        ra = self.rows(a, less)
        prose, dense = self._is_prose(ra) or _are_columns_of_prose(a, ra), self._is_dense(ra)
        if not prose and not dense and len(a) < ENTRIES:
            return False  # entries of a list, with the rest of each a step further down
        rb = self.rows(b, more)
        other = self._is_prose(rb) or _are_columns_of_prose(b, rb)
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

    def are_rows(self, left: Indices, right: Indices) -> bool:
        """Whether two sides of a gap are plainly rows: several entries, most of them level."""
        few, many = sorted((left, right), key=len)
        return (len(few) >= LEVEL_ROWS and not self.is_prose(few) and not self.is_prose(many)
                and self._aligned(self.rects[few], self.rects[many]) >= ALIGNED)

    def is_prose(self, side: Indices) -> bool:
        """Whether the boxes of one side are running text."""
        return len(side) > 0 and self._is_prose(self.rows(self.rects[side], side))

    def _aligned(self, few: Floats, many: Floats) -> float:
        """Share of the boxes of `few` that sit level with a box of `many`.

        One offset for all of them, up to a line, is let pass: rows of a page that lies a little
        askew, or of type in two sizes, are rows all the same.
        """
        many = many[np.argsort(many[:, 1] + many[:, 3], kind="stable")]
        centres = (few[:, 1] + few[:, 3]) / 2 - self.line * OFFSETS[:, None]
        others = (many[:, 1] + many[:, 3]) / 2
        low, high = few[:, 3] - few[:, 1], many[:, 3] - many[:, 1]
        after = others.searchsorted(centres)
        level = np.zeros(centres.shape, bool)
        for k in (after - 1, after):  # the nearest above and below
            k = k.clip(0, len(others) - 1)
            level |= np.abs(centres - others[k]) <= 0.3 * np.minimum(low[None], high[k])
        return float(level.mean(axis=1).max())

    def rows(self, side: Floats, numbers: Indices) -> Rows:
        """The boxes of one side, of these numbers, by rows, as sums and extents."""
        words = self.words[numbers]
        centres = side[:, 1] + side[:, 3]
        by_y = np.argsort(centres, kind="stable")
        side = side[by_y]
        middles = centres[by_y] / 2
        begun = np.ones(len(side), bool)
        begun[1:] = middles[1:] - middles[:-1] > 0.5 * self.line
        first = np.flatnonzero(begun)
        leftmost = np.lexsort((side[:, 0], np.cumsum(begun)))[first]
        left = np.minimum.reduceat(side[:, 0], first)
        right = np.maximum.reduceat(side[:, 2], first)
        return Rows(np.minimum.reduceat(side[:, 1], first),
                    np.maximum.reduceat(side[:, 3], first), right - left,
                    np.add.reduceat(side[:, 2] - side[:, 0], first),
                    float(right.max() - left.min()), _middle(side[:, 3] - side[:, 1]),
                    2 * np.count_nonzero(words) >= len(words),
                    np.count_nonzero(self.goes_on[numbers[by_y[leftmost]]]) / len(first))

    def _is_dense(self, rows: Rows) -> bool:
        """Lines follow each other closely, as in any block of text."""
        white = rows.top[1:] - rows.bottom[:-1]
        return len(white) > 0 and bool(_middle(white) < DENSE * self.line)

    def _is_prose(self, rows: Rows) -> bool:
        """Running text: several lines, long, most of them filling the column."""
        return rows.words and len(rows.top) >= 3 and bool(
            _middle(rows.inked) >= PROSE_ASPECT * rows.height
            and _middle(rows.span) >= PROSE_FILL * rows.width
            # cells leave holes in their rows, words do not
            and _middle(rows.inked / np.maximum(rows.span, 1e-6)) > 0.85)


def _are_columns_of_prose(side: Floats, rows: Rows) -> bool:
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
    return side[~(on_one_level(side, 0.5) & (middle[None] > middle[:, None])).any(axis=1)]


def _middle(values: Floats) -> float:
    """The (upper) median; numpy's own costs ten times as much on a few values."""
    return float(np.sort(values)[len(values) // 2])
