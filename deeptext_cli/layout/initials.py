"""Initials: the large letter over two to four lines with which a chapter or an article begins. A
detector of lines gives pieces of it to the lines beside it, or takes two of these for one."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.ink import FEWEST, Grey, ink_of, runs
from deeptext_cli.layout.quads import Floats, quads_of_rects, rects_of

HEIGHT = 20.0           # of a typical line, to which the page is brought down
# of an initial in heights of a line: its height; in heights of its own: its width
LOWEST, HIGHEST = 1.2, 4.6
NARROWEST, WIDEST = 0.12, 1.6
SOLID = 0.12            # least share of its rectangle that is ink: no frame
SET_IN = 1.3            # heights of a line between it and the lines beside it, at the most
FLUSH = 0.8             # that the lines below begin to the left or right of its own left edge
RUN_ON = 4.0            # that lines reach beyond it, at the least
BELOW = 1.6             # to the next line below it
LEVEL = 0.8             # between its top and that of the first row beside it, or the bottoms
UNDER = 0.25            # that it may begin below the middle of the first row
GAP = 0.06              # right of it, that is no part of the rows
ROW = (0.25, 1.3)       # height of a row of ink
MARGIN = (0.1, 0.15)    # of a row's box beyond its ink, along it and across


class Initial(NamedTuple):
    """What may be an initial, for a reading to confirm: a box (4, 2) around it, boxes (K, 4, 2) of
    the lines beside it from the top, of which it begins the first, and the numbers of the boxes
    that they take the place of."""

    quad: Floats
    rows: Floats
    replaces: tuple[int, ...]


def find_initials(page: Grey, lines: Floats) -> list[Initial]:
    """The initials on a page, by its lines (N, 4, 2); none where there are few to compare with.

    page: grey (H, W), dark ink.
    """
    if len(lines) < FEWEST:
        return []
    ink, scale, size = ink_of(page, lines, HEIGHT)
    rects = rects_of(lines) * scale
    found = []
    for blob in _large(ink, size):
        beside = _beside(blob, rects, size)
        rows = _rows(ink, blob, rects[beside], size) if len(beside) else np.zeros((0, 4))
        if len(rows) > 1:
            within = [i for i, r in enumerate(rects) if any(_is_in(r, x) for x in (blob, *rows))]
            x, y = MARGIN[0] * size, MARGIN[1] * size
            found.append(Initial(quads_of_rects(blob[None] / scale)[0],
                                 quads_of_rects((rows + np.array([-x, -y, x, y])) / scale),
                                 tuple(sorted({*beside, *within}))))
    return found


def reaching(row: Floats, initial: Floats) -> Floats:
    """The box (4, 2) of a row as it would be without the initial (4, 2) that it is set in for."""
    out = np.array(row)
    out[[0, 3], 0] = np.minimum(out[[0, 3], 0], initial[:, 0].min())
    return out


def _large(ink: Grey, size: float) -> NDArray[np.float64]:
    """(N, 4) left, top, right, bottom of pieces of ink as large as initials."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    x, y, w, h, area = stats[1:].T.astype(np.float64)
    fits = (h >= LOWEST * size) & (h <= HIGHEST * size) & (w >= NARROWEST * h) \
        & (w <= WIDEST * h) & (area >= SOLID * w * h)
    return np.stack([x, y, x + w, y + h], axis=1)[fits]


def _beside(blob: NDArray[np.float64], rects: Floats, size: float) -> list[int]:
    """Numbers of the boxes that an initial stands before or in; none where it is none: the line
    below it begins where it does itself."""
    left, top, right, bottom = blob
    middle = (rects[:, 1] + rects[:, 3]) / 2
    long = rects[:, 2] >= right + RUN_ON * size
    beside = long & (middle > top - UNDER * size) & (middle < bottom) \
        & (rects[:, 0] >= left - 0.3 * size) & (rects[:, 0] <= right + SET_IN * size)
    below = long & (middle > bottom) & (rects[:, 1] < bottom + BELOW * size) \
        & (np.abs(rects[:, 0] - left) <= FLUSH * size)
    return np.flatnonzero(beside).tolist() if below.any() else []


def _rows(ink: Grey, blob: NDArray[np.float64], boxes: Floats,
          size: float) -> NDArray[np.float64]:
    """(K, 4) the rows of ink beside an initial, as far as boxes (N, 4) reach; none where they are
    no lines, or do not begin and end with it."""
    _, top, right, bottom = blob
    x0, x1 = round(right + GAP * size), min(ink.shape[1], int(boxes[:, 2].max()) + 1)
    y0 = max(0, round(top - size))
    part = ink[y0:round(bottom + size), x0:x1]
    # what little reaches from one line into the next joins no rows
    out = []
    for above, under in runs(part.sum(axis=1) > 0.01 * (x1 - x0)):
        xs = np.flatnonzero(part[above:under].any(axis=0))
        middle = y0 + (above + under) / 2
        if top - UNDER * size < middle < bottom and under - above >= ROW[0] * size:
            out.append((x0 + xs[0], y0 + above, x0 + xs[-1] + 1, y0 + under))
    rows = np.array(out, np.float64).reshape(-1, 4)
    if len(rows) < 2 or (rows[:, 3] - rows[:, 1] > ROW[1] * size).any() \
            or (rows[:, 0] > right + SET_IN * size).any() \
            or abs(rows[0, 1] - top) > LEVEL * size or abs(rows[-1, 3] - bottom) > LEVEL * size:
        return np.zeros((0, 4))
    return rows


def _is_in(rect: Floats, blob: NDArray[np.float64]) -> bool:
    """Whether most of a box lies within an initial or a row."""
    w = min(rect[2], blob[2]) - max(rect[0], blob[0])
    h = min(rect[3], blob[3]) - max(rect[1], blob[1])
    return bool(w > 0 and h > 0 and w * h > 0.6 * (rect[2] - rect[0]) * (rect[3] - rect[1]))
