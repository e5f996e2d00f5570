"""Lay a line of text level: find how its baseline climbs and bends, and shift the columns back.

The rows of a level line hold either much ink or none: its profile is sharper than that of the same
line aslant (Postl, "Detection of linear oblique structures and skew scan in digitized documents",
ICPR 1986). The slope that makes it sharpest is sought, then the bend.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

GreyImage = NDArray[np.uint8]

MIN_ASPECT = 1.0    # a narrower crop has too few letters to tell a slope from their shapes
SHORT = 2.5         # heights; a word's profile may be sharper aslant by chance
MAX_SLOPE = 0.25    # rows a column; about 14 degrees
MAX_RISE = 1.5      # heights from one end of the line to the other
MAX_BEND = 0.4      # heights between the middle and the ends
SHARPER = (1.08, 1.2)  # the profile's gain that speaks for a slope: of a line, of a short one
BENT = 1.04         # and for a bend beside it
TRIES = (33, 17)    # slopes and bends tried, level in the middle
_HEIGHT = 48        # of the picture that is measured
_STEP = 16          # its columns that are taken together


def straighten(image: GreyImage) -> GreyImage:
    """A levelled line (H, W) with its baseline laid level; the same array where it is already.

    Only columns move, up and down: letters keep their slant and their width.
    """
    slope, bend = baseline(image)
    if not slope and not bend:
        return image
    h, w = image.shape
    x = np.arange(w, dtype=np.float32)
    rows = slope * (x - w / 2) + bend * _arc(x / w - 0.5)
    return cv2.remap(image, np.tile(x, (h, 1)),
                     np.arange(h, dtype=np.float32)[:, None] + rows[None].astype(np.float32),
                     cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def baseline(image: GreyImage) -> tuple[float, float]:
    """Slope (rows a column, positive: downward) and bend (rows, positive: ends below the middle).

    0 where the profile is not clearly sharper for it, and for lines too short to tell.
    """
    h, w = image.shape
    if h < 12 or w < MIN_ASPECT * h:
        return 0.0, 0.0
    scale = min(1.0, _HEIGHT / h)
    small = image if scale == 1 else cv2.resize(image, (round(w * scale), round(h * scale)),
                                                interpolation=cv2.INTER_AREA)
    high, wide = small.shape
    columns = _column_profiles(small)
    x = (np.arange(len(columns)) + 0.5) / len(columns) - 0.5
    steepest = min(MAX_SLOPE, MAX_RISE * high / wide)
    slopes = np.linspace(-steepest, steepest, TRIES[0])
    bends = np.linspace(-MAX_BEND * high, MAX_BEND * high, TRIES[1])
    slope, sharpest = _best(columns, slopes, wide * x, np.zeros_like(x), SHARPER[w < SHORT * h])
    bend, sharpest = _best(columns, bends, _arc(x), slope * wide * x, BENT, sharpest)
    if bend:  # which may have hidden the slope
        slope = _best(columns, slopes, wide * x, bend * _arc(x), 1.0, sharpest)[0]
    return slope, bend / scale


def _arc(x: NDArray[np.floating]) -> NDArray[np.floating]:
    """A parabola over x = -0.5..0.5 of height 1 and mean 0."""
    return 4 * x * x - 1 / 3


def _column_profiles(image: GreyImage) -> NDArray[np.float32]:
    """(columns, 2 H): the ink texture of groups of columns, by half rows.

    Texture (horizontal differences) as in `line.text_band`: shading and rules add nothing to it.
    """
    texture = cv2.absdiff(image[:, 1:], image[:, :-1])
    texture = cv2.threshold(texture, 24, 255, cv2.THRESH_TOZERO)[1].astype(np.float32)
    groups = max(4, image.shape[1] // _STEP)
    grouped = cv2.resize(texture, (groups, len(image)), interpolation=cv2.INTER_AREA)
    return np.repeat(grouped.T, 2, axis=1)


def _best(columns: NDArray[np.float32], tries: NDArray[np.float64], shape: NDArray[np.floating],
          offset: NDArray[np.floating], gain: float,
          level: float | None = None) -> tuple[float, float]:
    """The try t whose shift (rows) `t * shape + offset` of the columns gives the sharpest profile.

    Returns it with its sharpness; 0 where that is below `gain` times `level` (that of no shift).
    """
    count, rows = columns.shape
    shifts = np.rint(2 * (tries[:, None] * shape + offset)).astype(np.intp)
    shifts = np.clip(shifts, -rows, rows)
    padded = np.pad(columns, ((0, 0), (rows, rows)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, rows, axis=1)
    profile = windows[np.arange(count), rows + shifts].sum(axis=1)  # of (tries, columns, 2 H)
    sharpness = np.square(profile).sum(axis=1)
    level = float(sharpness[len(tries) // 2]) if level is None else level
    best = int(sharpness.argmax())
    if sharpness[best] < gain * level or level <= 0:
        return 0.0, level
    return float(tries[best]), float(sharpness[best])
