"""How large the type of each line is, from its ink: the height of its small letters.

A box of a detector is higher or lower by a third with the letters that it holds and with the scale
at which the page was searched; the band that all letters fill is the same along a line, and from
line to line.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeptext_cli.layout.ink import FEWEST, Grey, ink_of, level_rules, runs
from deeptext_cli.layout.quads import Floats, angles_of, sizes_of

HEIGHT = 36.0         # of a typical line, to which the page is brought down
LEANING = 10.0        # degrees beyond which a line is not measured
PIECE = 5.0           # heights of a line that are measured at a time: it may climb
RULE = 5              # heights that a rule runs on at least, which is none of its letters
FULL, INKED = 0.45, 0.2  # of the ink in the fullest rows that one of the band has, and of capitals
WITHIN = 0.08         # of a box's height between rows of one band
FEWEST_ROWS = 3       # of a band
SMALL = 0.7           # of a capital's or a figure's height that small letters have


def type_sizes(page: Grey, quads: Floats, capitals: ArrayLike) -> Floats:
    """(N,) the height in pixels of the small letters in boxes (N, 4, 2) on a grey page (H, W), 0.0
    where it cannot be told. `capitals` (N,) True for lines of high letters and figures, by which it
    is estimated."""
    high = np.asarray(capitals, bool)
    sizes = np.zeros(len(quads))
    if not len(quads):
        return sizes
    ink, scale, size = ink_of(page, quads, HEIGHT)
    ink = cv2.subtract(ink, level_rules(ink, int(RULE * size)))
    level = np.abs(angles_of(quads)) <= LEANING
    for i in np.flatnonzero(level):
        bands = [_band(part, INKED if high[i] else FULL)
                 for part in _pieces(ink, quads[i] * scale)]
        known = [b for b in bands if b >= FEWEST_ROWS]
        if known:
            sizes[i] = float(np.median(known)) / scale
    return np.where(high, SMALL * sizes, sizes)


def steady_heights(quads: Floats, sizes: Floats) -> Floats:
    """(N,) how high boxes are across, the same for type of one size: as high as its boxes mostly
    are. Of few lines, and where the size is not known, as high as they are."""
    high = sizes_of(quads)[1]
    known = sizes > 0
    if known.sum() < FEWEST:
        return high
    usual = float(np.median(high[known] / sizes[known]))
    return np.where(known, usual * sizes, high)


def _pieces(ink: Grey, quad: Floats) -> list[Grey]:
    """A line from left to right in pieces of about one length."""
    length, height = (float(s[0]) for s in sizes_of(quad))
    shares = np.linspace(0.0, 1.0, max(1, round(length / (PIECE * height))) + 1)
    top, bottom = ((a + shares[:, None] * (b - a)).tolist()
                   for a, b in (quad[:2], quad[[3, 2]]))
    out = []
    for (x0, y0), (x1, y1), (_, y2), (_, y3) in zip(top, top[1:], bottom, bottom[1:],
                                                    strict=False):
        out.append(ink[max(0, round((y0 + y1) / 2)):max(0, round((y2 + y3) / 2)),
                       max(0, round(x0)):max(0, round(x1))])
    return out


def _band(part: Grey, least: float) -> int:
    """How many rows a line's letters fill, with at least so much of the ink of the fullest."""
    if not part.size:
        return 0
    rows: NDArray[np.int64] = part.sum(axis=1, dtype=np.int64)
    some = max(1, len(rows) // 5)
    fullest = np.sort(rows)[-some:].sum() / some
    if fullest <= 0:
        return 0
    inked = runs(rows >= least * fullest)
    # thin strokes leave less ink in the middle of letters than at their ends
    apart = np.flatnonzero(inked[1:, 0] - inked[:-1, 1] > WITHIN * len(rows))
    tops, bottoms = inked[np.append(0, apart + 1), 0], inked[np.append(apart, -1), 1]
    return int((bottoms - tops).max())
