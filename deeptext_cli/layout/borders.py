"""The borders between the cells of a table with frames, however small, that lines run across.

A cell is white that is closed all round by straight ink. That it has a neighbour beside it and one
of its column above or below tells a table from a word in a box, and its frame from any letter.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.ink import Grey, ink_of
from deeptext_cli.layout.quads import Floats, rects_of

HEIGHT = 20.0              # of a typical line, to which the page is brought down
SMALLEST, WIDE = 0.7, 1.5  # heights of a line that a cell measures, and that one of two is wide
APART, SAME = 1.0, 0.35    # most heights between two cells, and by which their edges differ
STRAIGHT, RIM = 0.8, 0.15  # least share of an edge that the cell's white runs along, so close to it
MOST = 2000                # cells of a page; more are squared paper
INSIDE = 0.25              # of a line's height beyond the border, from which on it runs across it


def cell_borders(page: Grey, quads: Floats) -> list[list[tuple[float, float]]]:
    """For each line (4, 2) of `quads` on a grey page (H, W) the stretches, from x to x, between the
    text of one cell and of the next that it runs across."""
    ink, scale, size = ink_of(page, quads, HEIGHT)
    rects = rects_of(quads) * scale
    cells = _cells(ink, size)
    out: list[list[tuple[float, float]]] = [[] for _ in quads]
    for a, b in np.argwhere(_pairs(cells, size)):
        left, right = cells[a, 2], cells[b, 0]
        middle = (rects[:, 1] + rects[:, 3]) / 2
        across = ((middle > max(cells[a, 1], cells[b, 1]))
                  & (middle < min(cells[a, 3], cells[b, 3]))
                  & (rects[:, 0] < left - INSIDE * size) & (rects[:, 2] > right + INSIDE * size))
        for i in np.flatnonzero(across):
            start, end = _white(ink, rects[i], cells[a], cells[b])
            if start < left and end > right:  # no letter runs over it, as on a wall of tiles
                out[i].append((start / scale, end / scale))
    return [sorted(cuts) for cuts in out]


def framed_cells(page: Grey, quads: Floats) -> Floats:
    """(K, 4) the insides of the cells of tables with frames, on a page as above."""
    ink, scale, size = ink_of(page, quads, HEIGHT)
    cells = _cells(ink, size)
    pairs = _pairs(cells, size)
    return np.asarray(cells[(pairs | pairs.T).any(axis=0)] / scale)


def _pairs(cells: NDArray[np.intp], size: float) -> NDArray[np.bool_]:
    """(K, K) whether one cell of a table stands right before another."""
    columns, rows = cells[:, [0, 2]], cells[:, [1, 3]]
    below = _next(columns, rows, size)
    stacked = (below | below.T).any(axis=0)
    wide = columns[:, 1] - columns[:, 0] >= WIDE * size
    pairs = _next(rows, columns, size) & (stacked[:, None] | stacked) & (wide[:, None] | wide)
    return np.asarray(pairs)


def _cells(ink: Grey, size: float) -> NDArray[np.intp]:
    """(K, 4) the insides of upright boxes that are closed by ink; none of paper with squares all
    over it."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - ink, connectivity=4)
    ends = stats[:, :2] + stats[:, 2:4]
    likely = ((stats[:, 2:4] >= SMALLEST * size).all(axis=1) & (stats[:, :2] > 0).all(axis=1)
              & (ends < ink.shape[::-1]).all(axis=1))
    likely[0] = False  # the ink
    rim = max(1, round(RIM * size))  # a border may be a pixel thicker here than there
    found = []
    for k in np.flatnonzero(likely):
        x, y, w, h = (int(v) for v in stats[k, :4])
        part = labels[y:y + h, x:x + w] == k
        edges = part[:rim], part[-rim:], part[:, :rim].T, part[:, -rim:].T
        if all(edge.mean(axis=1).max() >= STRAIGHT for edge in edges):
            found.append((x, y, x + w, y + h))
    if len(found) > MOST:
        return np.zeros((0, 4), np.intp)
    return np.array(found, np.intp).reshape(-1, 4)


def _next(same: NDArray[np.intp], along: NDArray[np.intp], size: float) -> NDArray[np.bool_]:
    """(K, K) whether one cell comes right after another, their stretches (K, 2) across being the
    same."""
    unlike = np.abs(same[:, None] - same).max(axis=2)
    gap = along[None, :, 0] - along[:, None, 1]
    return np.asarray((unlike <= SAME * size) & (gap > 0) & (gap <= APART * size))


def _white(ink: Grey, rect: Floats, before: NDArray[np.intp],
           after: NDArray[np.intp]) -> tuple[int, int]:
    """The border between two cells, with the white on either side of it in a line's middle."""
    quarter = (rect[3] - rect[1]) / 4  # boxes reach into the lines above and below
    middle = ink[max(0, round(rect[1] + quarter)):max(1, round(rect[3] - quarter))]
    sides = middle[:, before[0]:before[2]][:, ::-1], middle[:, after[0]:after[2]]
    free = [int(np.append(side.any(axis=0), True).argmax()) for side in sides]
    return int(before[2]) - free[0], int(after[0]) + free[1]
