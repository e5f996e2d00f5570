"""Characters that stand alone on a level with lines of text: quantities in receipts, marks in the
columns of tables. A detector of lines sees many of them too faintly; their ink is plain."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.ink import FEWEST, Grey, ink_of, typical_height
from deeptext_cli.layout.quads import Floats, quads_of_rects, rects_of

HEIGHT = 16.0         # of a typical line, to which the page is brought down
LOWEST, HIGHEST = 0.4, 1.1  # of a character, in heights of a typical line
NARROWEST, WIDEST = 0.06, 1.1
LEVEL = 0.8           # of its height that a line beside it shares
LARGE = 2.0           # heights of a line that is none to be level with
AROUND = (0.4, 0.2)   # heights to the sides, and above and below, without
DIRT = 0.02           # more other ink than this, in squared heights
MARGIN = (0.12, 0.1)  # of its box


def lone_characters(page: Grey, lines: Floats) -> Floats:
    """Boxes (N, 4, 2) around what may be characters by themselves: for a reading to confirm.

    page: grey (H, W), dark ink. lines: boxes (N, 4, 2), within which nothing is looked for. None
    where there are too few of them to compare with.
    """
    if len(lines) < FEWEST:
        return np.zeros((0, 4, 2))
    ink, scale, size = ink_of(page, typical_height(lines), HEIGHT)
    blobs = _blobs(ink, size)
    blobs = blobs[_is_level(blobs, rects_of(lines) * scale, size)]
    known = np.zeros_like(ink)
    cv2.fillPoly(known, list(np.round(lines * scale).astype(np.int32)), 1)
    blobs = blobs[_counts(known, blobs) == 0]
    across, above = (max(2, int(x * size)) for x in AROUND)
    wide = blobs + np.array([-across, -above, across, above])
    blobs = blobs[_counts(ink, wide) - _counts(ink, blobs) <= DIRT * size * size]
    x, y = MARGIN[0] * size, MARGIN[1] * size
    return quads_of_rects((blobs + np.array([-x, -y, x, y])) / scale)


def _blobs(ink: Grey, size: float) -> NDArray[np.intp]:
    """(N, 4) left, top, right, bottom of pieces of ink of about a character's size."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
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


def _counts(mask: Grey, rects: NDArray[np.intp]) -> NDArray[np.int32]:
    """How many pixels of a mask are set in each rectangle, as far as it lies on the mask."""
    h, w = mask.shape
    total = cv2.integral(mask)
    x0, y0, x1, y1 = np.clip(rects, 0, [w, h, w, h]).T
    return np.asarray(total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0])
