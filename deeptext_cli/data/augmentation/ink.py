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
    touches: share of the crop's outermost pixels that are ink.
    """

    background: float
    foreground: float
    box: tuple[float, float, float, float]
    height: float
    stroke: float
    touches: float

    @property
    def contrast(self) -> float:
        """Grey levels from ink up to paper; negative for light text."""
        return self.background - self.foreground

    @property
    def blank(self) -> bool:
        """Whether no text can be told from the background."""
        return abs(self.contrast) < _FLAT


def measure(gray: np.ndarray) -> Ink:
    """Measure a uint8 crop (H, W). A blank crop's box is all of it."""
    h, w = gray.shape
    _, bright = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    n_bright = cv2.countNonZero(bright)
    mean = float(cv2.mean(gray)[0])
    whole = (0.0, 0.0, float(w), float(h))
    if n_bright in (0, h * w):
        return Ink(mean, mean, whole, 0.8 * h, max(1.0, 0.08 * h), 0.0)
    mean_bright = float(cv2.mean(gray, bright)[0])
    share = n_bright / (h * w)
    mean_dark = (mean - share * mean_bright) / (1 - share)
    edge = np.concatenate((bright[0], bright[-1], bright[:, 0], bright[:, -1]))
    edge_bright = cv2.countNonZero(edge) / edge.size
    dark_text = share + edge_bright > 1.0  # the border counts as much as the area
    background, foreground = (mean_bright, mean_dark) if dark_text else (mean_dark, mean_bright)
    if mean_bright - mean_dark < _FLAT:
        return Ink(background, foreground, whole, 0.8 * h, max(1.0, 0.08 * h), 0.0)
    mask = cv2.bitwise_not(bright) if dark_text else bright
    touches = 1 - edge_bright if dark_text else edge_bright

    # the box errs on the large side: faint ink still belongs to the label
    faint = max(10.0, 0.22 * (mean_bright - mean_dark))
    off = cv2.compare(gray, background - faint, cv2.CMP_LT) if dark_text else \
        cv2.compare(gray, background + faint, cv2.CMP_GT)
    x, y, bw, bh = cv2.boundingRect(cv2.bitwise_or(off, mask))
    stroke = _stroke_width(mask)
    rows = cv2.reduce(mask, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[:, 0]
    inked = np.flatnonzero(rows > 0.1 * rows.max())
    extent = float(inked[-1] - inked[0] + 1)
    # a slanting line or a second one makes the extent too large; strokes tell the letters' size
    height = min(extent, 12.0 * stroke + 4.0)
    return Ink(background, foreground, (float(x), float(y), float(x + bw), float(y + bh)),
               max(1.0, height), stroke, touches)


def _stroke_width(mask: np.ndarray) -> float:
    """Mean stroke width in px of a 0/255 mask, from area over length.

    The length follows from the crossings with rows and columns (Cauchy-Crofton formula).
    """
    area = cv2.countNonZero(mask)
    enter_x = np.count_nonzero(mask[:, 1:] > mask[:, :-1]) + np.count_nonzero(mask[:, 0])
    enter_y = np.count_nonzero(mask[1:] > mask[:-1]) + np.count_nonzero(mask[0])
    return max(1.0, 4 / math.pi * area / max(1, enter_x + enter_y))
