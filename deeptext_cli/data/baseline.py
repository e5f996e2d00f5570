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
    arc = _arc(x)
    x *= wide
    slopes = _tries(min(MAX_SLOPE, MAX_RISE * high / wide), TRIES[0])
    slope, sharpest = _best(columns, slopes, x, 0.0, SHARPER[w < SHORT * h])
    bend, sharpest = _best(columns, _tries(MAX_BEND * high, TRIES[1]), arc, slope * x, BENT,
                           sharpest)
    if bend:  # which may have hidden the slope
        slope = _best(columns, slopes, x, bend * arc, 1.0, sharpest)[0]
    return slope, bend / scale


def _tries(most: float, count: int) -> NDArray[np.floating]:
    """So many values from -most to most."""
    return np.arange(count) * (2 * most / (count - 1)) - most


def _arc(x: NDArray[np.floating]) -> NDArray[np.floating]:
    """A parabola over x = -0.5..0.5 of height 1 and mean 0."""
    return 4 * x * x - 1 / 3


def _column_profiles(image: GreyImage) -> NDArray[np.float32]:
    """(columns, 6 H): the ink texture of groups of columns, by half rows, with as much nothing
    above and below.

    Texture (horizontal differences) as in `line.text_band`: shading and rules add nothing to it.
    """
    texture = cv2.absdiff(image[:, 1:], image[:, :-1])
    texture = cv2.threshold(texture, 24, 255, cv2.THRESH_TOZERO)[1].astype(np.float32)
    groups = max(4, image.shape[1] // _STEP)
    grouped = cv2.resize(texture, (groups, len(image)), interpolation=cv2.INTER_AREA)
    rows = 2 * len(image)
    columns = np.zeros((groups, 3 * rows), np.float32)
    columns[:, rows:2 * rows:2] = columns[:, rows + 1:2 * rows:2] = grouped.T
    return columns


def _best(columns: NDArray[np.float32], tries: NDArray[np.floating], shape: NDArray[np.floating],
          offset: NDArray[np.floating] | float, gain: float,
          level: float | None = None) -> tuple[float, float]:
    """The try t whose shift (rows) `t * shape + offset` of the columns gives the sharpest profile.

    Returns it with its sharpness; 0 where that is below `gain` times `level` (that of no shift).
    """
    count, high = columns.shape
    rows = high // 3
    shifts = np.rint(2 * (tries[:, None] * shape + offset)).astype(np.intp).clip(-rows, rows)
    # (columns, shifts, 2 H); sliding_window_view itself is slow
    windows = np.lib.stride_tricks.as_strided(
        columns, (count, high - rows + 1, rows), (*columns.strides, columns.itemsize))
    each = windows[np.arange(count), rows + shifts]  # (tries, columns, 2 H)
    profile = np.ones(count, np.float32) @ each  # their sum, a good deal sooner
    sharpness = np.square(profile).sum(axis=1)
    level = float(sharpness[len(tries) // 2]) if level is None else level
    best = int(sharpness.argmax())
    if sharpness[best] < gain * level or level <= 0:
        return 0.0, level
    return float(tries[best]), float(sharpness[best])
