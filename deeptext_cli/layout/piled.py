"""Boxes that hold several rows of ink, one above the other, cut apart: the figures of a dense table
run together on a detector's map, while on the page there is paper between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.ink import FEWEST, Grey, ink_of, runs, typical_height
from deeptext_cli.layout.quads import Floats, quads_of_rects, rects_of, sizes_of

TALL = 1.4            # typical heights from which a box may hold two rows
HEIGHT = 24.0         # of a typical line, to which the page is brought down
LOWEST, HIGHEST = 0.35, 1.2  # of a row of ink, in typical heights; dots and rules are lower
LEVEL = 1.25          # a box leans so little that the upright one around it is no higher
NARROW, UPENDED = 1.5, 3.0  # typical heights in width and height of a line that runs up or down
WHOLE = 0.8           # of the highest row: one at the box's edge that is lower is cut off by it
BESIDE = 0.8          # of a row's height that a line beside it shares
RULE = 0.85           # of its height that a rule down the box has ink
MARGIN = (0.25, 0.2)  # of a row's box beyond its ink, in typical heights


def part_rows(page: Grey, quads: Floats) -> list[Floats]:
    """For each box (N, 4, 2) the boxes (K, 4, 2) of its rows; itself alone where it holds one.

    page: grey (H, W), dark ink.
    """
    alone = [q[None] for q in quads]
    if len(quads) < FEWEST:
        return alone
    along, across = sizes_of(quads)
    typical = typical_height(quads)
    rects = rects_of(quads)
    # not the angle: nearly square boxes lie any way
    level = rects[:, 3] - rects[:, 1] <= LEVEL * across
    upended = (along < NARROW * typical) & (across > UPENDED * typical)
    tall = np.flatnonzero((across >= TALL * typical) & level)
    if not len(tall):
        return alone
    ink, scale, size = ink_of(page, quads, HEIGHT)
    h, w = ink.shape
    lines = rects[rects[:, 3] - rects[:, 1] < TALL * typical] * scale
    for i, rect in zip(tall, rects[tall] * scale, strict=True):
        x0, y0, x1, y1 = np.clip(np.round(rect), 0, [w, h, w, h]).astype(int)
        rows, several = _rows(ink[y0:y1, x0:x1], size)
        if len(rows) > 1 and ((several and not upended[i]) or _have_lines(rows + y0, lines)):
            x, y = MARGIN[0] * size, MARGIN[1] * size
            grown = rows + np.array([x0 - x, y0 - y, x0 + x, y0 + y])
            alone[i] = quads_of_rects(grown / scale)
    return alone


def _have_lines(rows: NDArray[np.intp], lines: Floats) -> bool:
    """Whether each row stands on a level with a line of its own, as the figures of a table's column
    do; the characters of a line that runs up or down follow each other more closely.

    rows: (K, 4), of which only the top and the bottom count. lines: rectangles (N, 4).
    """
    if not len(lines):
        return False
    top, bottom = rows[:, 1, None], rows[:, 3, None]
    shared = np.minimum(bottom, lines[:, 3]) - np.maximum(top, lines[:, 1])
    of = shared.argmax(axis=1)
    level = shared.max(axis=1) >= BESIDE * (rows[:, 3] - rows[:, 1])
    middle = (lines[of, 1] + lines[of, 3]) / 2
    return bool(level.all() and (np.diff(middle) > 0.5 * (rows[:, 3] - rows[:, 1])[1:]).all())


def _rows(ink: Grey, size: float) -> tuple[NDArray[np.intp], bool]:
    """(K, 4) left, top, right, bottom of the rows of ink with bare paper between; none where any
    is too high for a row, which then is a picture or larger type. Also whether most are of several
    pieces, which the characters of a line that runs up or down are not."""
    ink = ink * (ink.mean(axis=0) < RULE)
    edges = runs(np.asarray(ink.any(axis=1)))
    height = edges[:, 1] - edges[:, 0]
    if (height > HIGHEST * size).any():
        return np.zeros((0, 4), np.intp), False
    cut_off = ((edges == [0, len(ink)]).any(axis=1)) & (height < WHOLE * height.max(initial=0))
    out, several = [], 0
    for top, bottom in edges[(height >= LOWEST * size) & ~cut_off]:
        xs = np.flatnonzero(ink[top:bottom].any(axis=0))
        several += bool((np.diff(xs) > 1).any())
        out.append((xs[0], top, xs[-1] + 1, bottom))
    return np.array(out, np.intp).reshape(-1, 4), 2 * several >= len(out)
