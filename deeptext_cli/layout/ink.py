"""The ink of a page whose lines are of a known height, for what looks at single characters."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.quads import Floats, sizes_of

Grey = NDArray[np.uint8]

FEWEST = 12           # lines of a page whose typical height means something; photographs have few
DARK = 110            # a page that is darker than this in the median has light ink
WINDOW, DARKER = 2.0, 20  # ink is so much darker than the mean of so many heights around it


class Ink(NamedTuple):
    """1 where there is ink, on a page brought down by `scale` to lines `size` pixels high."""

    mask: Grey
    scale: float
    size: float


def typical_height(lines: Floats) -> float:
    """Of boxes (N, 4, 2), in pixels."""
    return float(np.median(np.minimum(*sizes_of(lines))))


def runs(filled: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(K, 2) start and end of each stretch that is filled."""
    edged = np.concatenate([[False], filled, [False]])
    return np.flatnonzero(edged[1:] != edged[:-1]).reshape(-1, 2)


def ink_of(page: Grey, typical: float, height: float) -> Ink:
    """The ink of a grey page (H, W) with lines `typical` pixels high, dark on light or the other
    way round; lines higher than `height` are brought down to it, which bounds the time."""
    scale = min(1.0, height / typical)
    h, w = (max(1, round(side * scale)) for side in page.shape)
    small = page if scale == 1 else cv2.resize(page, (w, h), interpolation=cv2.INTER_AREA)
    if np.median(small[::4, ::4]) < DARK:
        small = 255 - small
    size = typical * scale
    return Ink(np.asarray(cv2.adaptiveThreshold(
        small, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV,
        max(3, int(WINDOW * size)) | 1, DARKER), dtype=np.uint8), scale, size)


def rules_of(ink: Grey, upright: int, level: int) -> Grey:
    """1 on rules that run down or across for at least so many pixels, and right beside them.

    Made thicker first, rules that lean by up to two degrees are of one piece.
    """
    return np.asarray(cv2.max(
        cv2.morphologyEx(cv2.dilate(ink, np.ones((1, 3), np.uint8)), cv2.MORPH_OPEN,
                         np.ones((upright, 1), np.uint8)),
        cv2.morphologyEx(cv2.dilate(ink, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN,
                         np.ones((1, level), np.uint8))), dtype=np.uint8)
