"""Measures the text in a crop: its box, height, stroke width and contrast.

Augmentation scales every strength by these, so that small text is not drowned by what is
harmless to large text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

_FLAT = 8.0  # grey levels between the two classes below which there is nothing to see


@dataclass(frozen=True, slots=True)
class Ink:
    """What is known about the text of one crop.

    background, foreground: mean grey of paper and ink.
    box: x0, y0, x1, y1 in px (exclusive ends) that holds everything unlike the background.
    height: text height in px, ascender to descender. stroke: mean stroke width in px.
    """

    background: float
    foreground: float
    box: tuple[float, float, float, float]
    height: float
    stroke: float

    @property
    def contrast(self) -> float:
        """Grey levels from ink up to paper; negative for light text."""
        return self.background - self.foreground

    @property
    def blank(self) -> bool:
        """Whether no text can be told from the background."""
        return abs(self.contrast) < _FLAT


def measure(gray: np.ndarray) -> Ink:
    """Measure a uint8 crop (H, W). A blank crop's box is all of it.

    Ink is told from paper by its difference to the surroundings, not by its tone alone, so that
    a gradient, a frame or a dark car around a number plate is not taken for text.
    """
    h, w = gray.shape
    whole = (0.0, 0.0, float(w), float(h))
    pixels = gray.astype(np.float32)
    around = cv2.blur(pixels, (h | 1, h | 1), borderType=cv2.BORDER_REPLICATE)
    relief = pixels - around
    mean = float(cv2.mean(gray)[0])
    blank = Ink(mean, mean, whole, 0.8 * h, max(1.0, 0.08 * h))
    # frames and surroundings sit at the border, the text does not
    inner = (slice(h // 5, h - h // 5),
             slice(min(w // 8, h // 5), w - min(w // 8, h // 5)))
    dark_text = _is_dark(relief[inner])
    level = np.clip(-relief if dark_text else relief, 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(np.ascontiguousarray(level[inner]), 0, 255, cv2.THRESH_OTSU)
    _, mask = cv2.threshold(level, threshold, 255, cv2.THRESH_BINARY)
    middle, middle_mask = np.ascontiguousarray(gray[inner]), np.ascontiguousarray(mask[inner])
    inked = cv2.countNonZero(middle_mask)
    if inked in (0, middle.size):
        return blank
    foreground = float(cv2.mean(middle, middle_mask)[0])
    background = float(cv2.mean(middle, cv2.bitwise_not(middle_mask))[0])
    if (background > foreground) != dark_text or abs(background - foreground) < _FLAT:
        return blank

    # the box errs on the large side: faint ink still belongs to the label
    faint = max(10.0, 0.22 * abs(background - foreground))
    off = cv2.compare(gray, background - faint, cv2.CMP_LT) if dark_text else \
        cv2.compare(gray, background + faint, cv2.CMP_GT)
    x, y, bw, bh = cv2.boundingRect(cv2.bitwise_or(off, mask))
    stroke = _stroke_width(mask)
    rows = cv2.reduce(mask, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[:, 0]
    full = np.flatnonzero(rows > 0.1 * rows.max())
    extent = float(full[-1] - full[0] + 1)
    # a slanting line or a second one makes the extent too large; strokes tell the letters' size
    height = min(extent, 12.0 * stroke + 4.0)
    return Ink(background, foreground, (float(x), float(y), float(x + bw), float(y + bh)),
               max(1.0, height), stroke)


def _is_dark(relief: np.ndarray) -> bool:
    """Whether text is darker than its paper, from the difference to the surroundings.

    Ink covers less than half, and stands out more than paper does (skewness).
    """
    relief = relief - np.float32(cv2.mean(np.ascontiguousarray(relief))[0])
    square = relief * relief
    variance = float(square.mean())
    if variance < 1e-3:
        return True
    skewness = float((square * relief).mean()) / variance ** 1.5
    above = cv2.countNonZero((relief > 0).view(np.uint8)) / relief.size
    return 2 * (above - 0.5) - skewness > 0


def _stroke_width(mask: np.ndarray) -> float:
    """Mean stroke width in px of a 0/255 mask, from area over length.

    The length follows from the crossings with rows and columns (Cauchy-Crofton formula).
    """
    area = cv2.countNonZero(mask)
    enter_x = np.count_nonzero(mask[:, 1:] > mask[:, :-1]) + np.count_nonzero(mask[:, 0])
    enter_y = np.count_nonzero(mask[1:] > mask[:-1]) + np.count_nonzero(mask[0])
    return max(1.0, 4 / math.pi * area / max(1, enter_x + enter_y))
