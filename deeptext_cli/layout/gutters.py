"""Lines that a detector drew across the narrow gutter between two columns of prose, as newspapers
have them, cut in two. What tells a gutter from the space between two words is the white, or the
rule, that runs down past several lines (Baird, "Background structure in document images", 1994)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.ink import FEWEST, Grey, ink_of, rules_of, runs
from deeptext_cli.layout.quads import Floats, rects_of, sizes_of

HEIGHT = 14.0         # of a typical line, to which the page is brought down
# of a gutter in heights of a line: least width, least length down the page
WIDTH, LENGTH = 0.45, 5.5
SPECK = 0.016         # least area of what is no dirt, in squared heights
RULE = 3.0            # ink that runs on for so many heights is a rule, and no text
PROSE, LONG = 8.0, 4  # so many lines on either side are so long
NEAR = 6.0            # heights within which other lines stand beside it too
ROWS, CROSSED = 6, 0.6  # least lines on either side; most of them that run across,
MANY = 12             # unless so many have white at the same place, which is no chance
HEADING = 1.4         # typical heights from which a line is a heading, which may run over columns
SHORT = 0.5           # least length of a piece, in heights
REACH = 4.0           # heights from it within which a ragged line beside it ends
MARGIN = 0.04         # of a height that a piece keeps beyond its ink: reading adds its own


def part_columns(page: Grey, quads: Floats) -> list[Floats]:
    """Each box (4, 2) of `quads` as its pieces (K, 4, 2) from the left, mostly one.

    Ends of boxes that reach into a gutter are taken back, so that it stays free.
    page: grey (H, W), dark ink. Nothing is cut where there are few lines to compare with.
    """
    whole = [q[None] for q in quads]
    length, height = sizes_of(quads)
    if len(quads) < FEWEST or (length > PROSE * height).sum() < 2 * ROWS:
        return whole
    ink, scale, size = ink_of(page, quads, HEIGHT)
    white = _corridors(ink, size)
    rects = rects_of(quads) * scale
    for i in np.flatnonzero(height * scale < HEADING * size).tolist():
        cuts = [run for run in _runs(white, rects[i]) if _is_gutter(white, rects, i, run, size)]
        if cuts:
            whole[i] = _pieces(quads[i], np.array(cuts) / scale, height[i])
    return whole


def _corridors(ink: Grey, size: float) -> Grey:
    """1 where there is white that is wide and long enough for a gutter; rules and specks count as
    white."""
    run = max(3, round(RULE * size))
    text = cv2.subtract(ink, cv2.dilate(rules_of(ink, run, run), np.ones((3, 3), np.uint8)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(text, connectivity=8)
    text[stats[labels, cv2.CC_STAT_AREA] <= SPECK * size * size] = 0
    # the page goes on white beyond its edges
    side = int(LENGTH * size)
    white = cv2.copyMakeBorder(1 - text, side, side, 0, 0, cv2.BORDER_CONSTANT, value=1)
    opened = cv2.morphologyEx(white, cv2.MORPH_OPEN,
                              np.ones((side, max(2, round(WIDTH * size))), np.uint8))
    return np.asarray(opened[side:-side], np.uint8)


def _runs(white: Grey, rect: Floats) -> list[tuple[int, int]]:
    """The corridors that the middle of a line crosses or reaches into: (left, right)."""
    row = white[min(len(white) - 1, max(0, int((rect[1] + rect[3]) / 2)))]
    return [(int(a), int(b)) for a, b in runs(row > 0) if b > rect[0] and a < rect[2]]


def _is_gutter(white: Grey, rects: Floats, i: int, run: tuple[int, int], size: float) -> bool:
    """Whether enough lines, some of them long, stand on both sides of a corridor."""
    left, right = run
    half = WIDTH * size / 2  # a corridor that is wide here may be narrow further down
    x = right - half if rects[i, 0] > left else left + half if rects[i, 2] < right else \
        (left + right) / 2
    centre = np.clip((rects[:, 1] + rects[:, 3]) / 2, 0, len(white) - 1).astype(int)
    closed = np.flatnonzero(white[:, int(x)] == 0)
    at = int(np.searchsorted(closed, centre[i]))
    top = closed[at - 1] if at else -1
    bottom = closed[at] if at < len(closed) else len(white)
    beside = (centre > top) & (centre < bottom)
    # a line that is cut here counts on both sides
    before = beside & (rects[:, 0] < x) & (rects[:, 2] > x - REACH * size)
    after = beside & (rects[:, 2] > x) & (rects[:, 0] < x + REACH * size)
    near = np.abs(centre - centre[i]) <= NEAR * size
    near[i] = False  # a heading over the columns has none of them beside it
    if not (before & near).any() or not (after & near).any():
        return False
    crossed = beside & (rects[:, 0] < x - 2 * size) & (rects[:, 2] > x + 2 * size)
    lines = min(before.sum(), after.sum())
    if lines < MANY and crossed.sum() > CROSSED * lines:
        return False
    lengths = (np.minimum(rects[before, 2], x) - rects[before, 0],
               rects[after, 2] - np.maximum(rects[after, 0], x))
    return all(len(n) >= ROWS and (n >= PROSE * size).sum() >= LONG for n in lengths)


def _pieces(quad: Floats, cuts: Floats, height: float) -> Floats:
    """A quad (4, 2) without the gaps `cuts` (K, 2), which run from x to x: up to K + 1 of them."""
    margin = np.minimum(MARGIN * height, (cuts[:, 1] - cuts[:, 0]) / 2)
    first, last = quad[[0, 3], 0].mean(), quad[[1, 2], 0].mean()
    ends = np.minimum(np.append(cuts[:, 0] + margin, np.inf), last)
    starts = np.maximum(np.insert(cuts[:, 1] - margin, 0, -np.inf), first)
    pieces = [_between(quad, a, b) for a, b in zip(starts, ends, strict=True)
              if b - a >= SHORT * height]
    return np.array(pieces or [quad])


def _between(quad: Floats, start: float, end: float) -> Floats:
    """The part of a quad whose top and bottom lie between two x."""
    top, bottom = quad[[0, 1]], quad[[3, 2]]

    def at(edge: NDArray[np.float64], x: float) -> NDArray[np.float64]:
        share = np.clip((x - edge[0, 0]) / max(1e-6, edge[1, 0] - edge[0, 0]), 0.0, 1.0)
        return np.asarray(edge[0] + share * (edge[1] - edge[0]))

    return np.array([at(top, start), at(top, end), at(bottom, end), at(bottom, start)])
