"""Leaders: the dots that lead from an entry of a contents, a menu or a price list to its number.

They are taken off the page before its lines are searched. Otherwise one line goes from the entry
over all dots to the number, or ends somewhere among them, and a number that stands alone behind
the last dot is not seen to stand alone.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.ink import Grey, ink_of
from deeptext_cli.layout.quads import Floats, rects_of

HEIGHT = 36.0      # of a typical line, to which the page is brought down
FEWEST = 10        # dots of a leader; in prose there are seven where somebody falls silent
DOT, SQUARE = 0.22, 2.0   # most height and width of a dot, in heights of a line; one in the other
APART = 0.9        # most heights between two dots
EVEN = 0.3         # share of the usual distance between dots by which one may differ,
MOSTLY = 0.85      # and so many do not
ALIKE = 2.5        # times as large, most of them, as the median dot or the other way round
LEANING = 0.04     # of its length by which a leader climbs or falls
OTHER = 0.5        # most ink between a leader's dots, as a share of theirs
LINES = 3          # of a page, so that their typical height means something


def without_leaders(page: Grey, quads: Floats) -> Grey | None:
    """A grey page (H, W) with lines in boxes (N, 4, 2) without its leaders; None where it has
    none."""
    if len(quads) < LINES:
        return None
    ink, scale, size = ink_of(page, quads, HEIGHT)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    dots = _dots(stats, size)
    reach = 1 | max(3, round(APART * size))
    lines = rects_of(quads) * scale
    bare = None
    for group in _groups(stats, np.flatnonzero(dots), reach):
        left, top, right, bottom = _extent(stats[group])
        left = max(0, left - reach)  # the kernel's reach, beyond which nothing tells
        window = (slice(top, bottom), slice(left, right + reach))
        mask = dots[labels[window]].astype(np.uint8)
        _, rows, extents, _ = cv2.connectedComponentsWithStats(
            cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8)), connectivity=8)
        middles = stats[group, :2] + stats[group, 2:4] / 2
        areas = stats[group, cv2.CC_STAT_AREA]
        # any pixel of a dot tells its row
        some = np.zeros(len(stats), np.intp)
        some[labels[window][mask > 0]] = rows[mask > 0]
        row_of = some[group]
        for row in np.flatnonzero(np.bincount(row_of, minlength=len(extents)) >= FEWEST):
            x, y, w, h = extents[row, :4].tolist()
            among = row_of == row
            part = (slice(y, y + h), slice(x, x + w))
            if row == 0 or h > DOT * size + LEANING * w or not _is_leader(
                    middles[among, 0], areas[among]) \
                    or not _begins_at(middles[among], lines) \
                    or ink[window][part].sum() > (1 + OTHER) * areas[among].sum():
                continue
            bare = page.copy() if bare is None else bare
            _blot_out(bare, mask[part], left + x, top + y, scale)
    return bare


def _dots(stats: NDArray[np.int32], size: float) -> NDArray[np.bool_]:
    """Which pieces of ink are as small and as high as wide as a dot."""
    low, high = (f(stats[:, 2], stats[:, 3]) for f in (np.minimum, np.maximum))
    dots = (high <= DOT * size + 1) & (high <= SQUARE * low)
    dots[0] = False  # the paper
    return np.asarray(dots)


def _groups(stats: NDArray[np.int32], dots: NDArray[np.intp],
            reach: int) -> list[NDArray[np.intp]]:
    """The dots that may make up a row, by their numbers: on most pages none.

    Two neighbours in a row, with no more than `reach` between them, lie in cells of a coarse grid
    that touch.
    """
    if len(dots) < FEWEST:
        return []
    x, y, w, h = stats[dots, :4].T
    cells = (y + h // 2) // (h.max() + 2), (x + w // 2) // (w.max() + reach + 1)
    grid = np.zeros((cells[0].max() + 1, cells[1].max() + 1), np.uint8)
    grid[cells] = 1
    group_of = cv2.connectedComponents(grid, connectivity=8)[1][cells]
    return [dots[group_of == k] for k in np.flatnonzero(np.bincount(group_of) >= FEWEST)]


def _extent(stats: NDArray[np.int32]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of pieces of ink together."""
    left, top = stats[:, :2].min(axis=0).tolist()
    right, bottom = (stats[:, :2] + stats[:, 2:4]).max(axis=0).tolist()
    return left, top, right, bottom


def _is_leader(x: Floats, areas: NDArray[np.int32]) -> bool:
    """Whether dots of a row are all alike and evenly apart."""
    steps = np.diff(np.sort(x))
    even = np.abs(steps - np.median(steps)) <= EVEN * np.median(steps) + 1
    middle = np.median(areas)
    alike = (areas <= ALIKE * middle) & (middle <= ALIKE * areas)
    return bool(even.mean() >= MOSTLY and alike.mean() >= MOSTLY)


def _begins_at(dots: Floats, lines: Floats) -> bool:
    """Whether dots go on where one of the lines (N, 4) stands; those of a border are below it."""
    x, y = dots[dots[:, 0].argmin()]
    return bool(((lines[:, 0] < x) & (lines[:, 1] <= y) & (y <= lines[:, 3])).any())


def _blot_out(page: Grey, dots: Grey, x: int, y: int, scale: float) -> None:
    """Paint dots, whose mask lies at x, y on the page brought down by `scale`, as the paper."""
    rim = max(2, round(1.5 / scale))
    x0, y0 = (int(v / scale) for v in (x, y))
    x1, y1 = (round(v / scale) + 1 for v in (x + dots.shape[1], y + dots.shape[0]))
    x0, y0 = max(0, x0 - rim), max(0, y0 - rim)
    strip = page[y0:y1 + rim, x0:x1 + rim]
    h, w = strip.shape
    shift = np.array([[1 / scale, 0, x / scale - x0], [0, 1 / scale, y / scale - y0]])
    large = cv2.warpAffine(dots, shift, (w, h), flags=cv2.INTER_NEAREST)
    spread = cv2.dilate(large, np.ones((2 * rim + 1,) * 2, np.uint8))
    around = strip[spread == 0]
    strip[spread > 0] = np.median(around if around.size else page)
