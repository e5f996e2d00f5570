"""Measures the text in a crop: its box, height, stroke width and contrast.

Augmentation scales every strength by these, so that small text is not drowned by what is
harmless to large text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

_PLAIN = 0.25  # vote on the polarity from which it is trusted
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

    def scaled(self, across: float, down: float) -> Ink:
        """The ink of the crop at so many times its width and height."""
        x0, y0, x1, y1 = self.box
        return replace(self, box=(x0 * across, y0 * down, x1 * across, y1 * down),
                       height=max(1.0, self.height * down),
                       stroke=max(1.0, self.stroke * min(across, down)))


Result = tuple[np.ndarray, Ink]  # what an operation gives back: the crop, and its ink now


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
    blank = Ink(mean, mean, whole, max(1.0, min(0.8 * h, 2.0 * w)), max(1.0, 0.08 * h))
    # frames and surroundings sit at the border, most of the text does not
    inset_y, inset_x = h // 5, min(w // 8, h // 5) if w > 2 * h else 0
    tones = _tones(gray, relief, (slice(inset_y, h - inset_y), slice(inset_x, w - inset_x))) \
        or _tones(gray, relief, (slice(None), slice(None)))
    if tones is None:
        return blank
    background, foreground, threshold, plain = tones
    dark_text = background > foreground
    mask = _mask(relief < -threshold if dark_text else relief > threshold)

    # the box errs on the large side: faint ink still belongs to the label
    faint = max(10.0, 0.22 * abs(background - foreground))
    off = _mask(gray < background - faint if dark_text else gray > background + faint)
    x, y, bw, bh = cv2.boundingRect(cv2.bitwise_or(off, mask))
    box = (float(x), float(y), float(x + bw), float(y + bh)) if plain else whole
    stroke = _stroke_width(mask)
    rows = cv2.reduce(mask, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[:, 0]
    full = np.flatnonzero(rows > 0.1 * rows.max())
    extent = float(full[-1] - full[0] + 1)
    # a slanting line or a second one makes the extent too large; strokes tell the letters' size
    height = min(extent, 12.0 * stroke + 4.0, 2.0 * w)
    return Ink(background, foreground, box, max(1.0, height), stroke)


def _mask(where: np.ndarray) -> np.ndarray:
    """0/255 from a boolean array."""
    return where.view(np.uint8) * np.uint8(255)


def _tones(gray: np.ndarray, relief: np.ndarray, where: tuple[slice, slice],
           ) -> tuple[float, float, float, bool] | None:
    """Mean grey of paper and of ink, the relief that parts them, and whether it is plain which
    is which; None if nothing parts them."""
    gray, relief = np.ascontiguousarray(gray[where]), np.ascontiguousarray(relief[where])
    darkness = _darkness(relief)
    dark_text = darkness >= 0
    level = np.clip(-relief if dark_text else relief, 0, 255).astype(np.uint8)
    threshold, mask = cv2.threshold(level, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if cv2.countNonZero(mask) in (0, mask.size):
        return None
    foreground = float(cv2.mean(gray, mask)[0])
    background = float(cv2.mean(gray, cv2.bitwise_not(mask))[0])
    if (background > foreground) != dark_text or abs(background - foreground) < _FLAT:
        return None
    return background, foreground, threshold + 0.5, abs(darkness) > _PLAIN


def _darkness(relief: np.ndarray) -> float:
    """Above 0 where text is darker than its paper, from the difference to the surroundings.

    Ink covers less than half, and stands out more than paper does (skewness).
    """
    relief = relief - np.float32(cv2.mean(np.ascontiguousarray(relief))[0])
    square = relief * relief
    variance = float(square.mean())
    if variance < 1e-3:
        return 0.0
    skewness = float((square * relief).mean()) / variance ** 1.5
    above = cv2.countNonZero((relief > 0).view(np.uint8)) / relief.size
    return 2 * (above - 0.5) - skewness


def _stroke_width(mask: np.ndarray) -> float:
    """Mean stroke width in px of a 0/255 mask, from area over length.

    The length follows from the crossings with rows and columns (Cauchy-Crofton formula).
    """
    area = cv2.countNonZero(mask)
    enter_x = np.count_nonzero(mask[:, 1:] > mask[:, :-1]) + np.count_nonzero(mask[:, 0])
    enter_y = np.count_nonzero(mask[1:] > mask[:-1]) + np.count_nonzero(mask[0])
    return max(1.0, 4 / math.pi * area / max(1, int(enter_x) + int(enter_y)))
