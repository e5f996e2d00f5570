"""Characters and numbers that stand alone on a level with lines of text: quantities in receipts,
the days of a calendar, marks in the columns of tables. A detector of lines sees many of them too
faintly, or marks but their middle; their ink is plain."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.ink import FEWEST, Grey, ink_of, rules_of
from deeptext_cli.layout.quads import (
    Floats,
    intersection_area,
    meeting,
    quads_of_rects,
    rects_of,
)
from deeptext_cli.layout.rotation import estimate_skew

HEIGHT = 16.0         # of a typical line, to which the page is brought down
LOWEST, HIGHEST = 0.4, 1.1  # of a character, in heights of a typical line
NARROWEST, WIDEST = 0.06, 2.2
BESIDE = 0.35         # of its height between a number's figures
UPRIGHT, ACROSS = 1.6, 4.0  # heights that a rule down and a rule across run on at least
WHOLE = 0.9           # of a blob in a box that is as good as one made of its ink
STRAIGHT = 3.0        # degrees that a page leans by at most for boxes of its lines to be replaced
LEVEL = 0.8           # of its height that a line beside it shares
LARGE = 2.0           # heights of a line that is none to be level with
AROUND = (0.4, 0.2)   # heights to the sides, and above and below, without
DIRT = 0.02           # more other ink than this, in squared heights
MARGIN = (0.12, 0.1)  # of its box


class Lone(NamedTuple):
    """Boxes (N, 4, 2), and by each the numbers of the lines that it takes the place of."""

    quads: Floats
    of: list[list[int]]


def lone_characters(page: Grey, lines: Floats) -> Lone:
    """Boxes around what may be characters or numbers by themselves: for a reading to confirm.

    page: grey (H, W), dark ink. lines: boxes (N, 4, 2); one that holds nothing else, and perhaps
    not all of it, is replaced, within others nothing is looked for. None where there are too few
    of them to compare with.
    """
    if len(lines) < FEWEST:
        return Lone(np.zeros((0, 4, 2)), [])
    ink, scale, size = ink_of(page, lines, HEIGHT)
    ink = cv2.subtract(ink, rules_of(ink, int(UPRIGHT * size), int(ACROSS * size)))
    blobs = _blobs(ink, size)
    across, above = (max(2, int(x * size)) for x in AROUND)
    wide = blobs + np.array([-across, -above, across, above])
    sums, rects = cv2.integral(ink), rects_of(lines) * scale
    inked, held = _counts(sums, blobs), _counts(sums, np.round(rects).astype(np.intp))
    apart = _counts(sums, wide) - inked <= DIRT * size * size
    level = _is_level(blobs, rects, size)
    straight = abs(estimate_skew(lines)) <= STRAIGHT
    boxes, of = [], []
    for k in np.flatnonzero(apart).tolist():
        on = np.flatnonzero(meeting(blobs[k], rects)).tolist()
        if (straight and (held[on] - inked[k] <= DIRT * size * size).all() and not _is_whole(
                blobs[k], lines[on] * scale)) if on else level[k]:
            boxes.append(blobs[k])
            of.append(on)
    x, y = MARGIN[0] * size, MARGIN[1] * size
    grown = np.array(boxes).reshape(-1, 4) + np.array([-x, -y, x, y])
    return Lone(quads_of_rects(grown / scale), of)


def _is_whole(blob: NDArray[np.intp], quads: Floats) -> bool:
    """Whether the only box that holds some of a blob holds nearly all of it."""
    width, height = blob[2:] - blob[:2]
    return len(quads) == 1 and intersection_area(
        quads_of_rects(blob), quads[0]) >= WHOLE * width * height


def _blobs(ink: Grey, size: float) -> NDArray[np.intp]:
    """(N, 4) left, top, right, bottom of pieces of ink of about a character's size."""
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 1 | int(BESIDE * size)), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    x, y, w, h = stats[1:, :4].T.astype(np.intp)  # the first is the paper
    fits = (h >= LOWEST * size) & (h <= HIGHEST * size) & (w <= WIDEST * size) \
        & (w >= NARROWEST * size)
    return np.stack([x, y, x + w, y + h], axis=1)[fits]


def _is_level(blobs: NDArray[np.intp], lines: Floats, size: float) -> NDArray[np.bool_]:
    """Which of the blobs stand beside one of the lines, both as rectangles."""
    lines = lines[lines[:, 3] - lines[:, 1] < LARGE * size]
    top, bottom = blobs[:, 1, None], blobs[:, 3, None]
    shared = np.minimum(bottom, lines[:, 3]) - np.maximum(top, lines[:, 1])
    return np.asarray((shared >= LEVEL * (bottom - top)).any(axis=1))


def _counts(sums: NDArray[np.int32], rects: NDArray[np.intp]) -> NDArray[np.int32]:
    """How many pixels of a mask, whose integral this is, are set in each rectangle, as far as it
    lies on the mask."""
    h, w = sums.shape
    x0, y0, x1, y1 = np.clip(rects, 0, [w - 1, h - 1, w - 1, h - 1]).T
    return np.asarray(sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0])
