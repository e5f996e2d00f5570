"""Characters of seven segments, as clocks, scales, pumps and meters show them."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

Mask = np.ndarray  # (H, W) uint8

# segments: a top, b upper right, c lower right, d bottom, e lower left, f upper left, g middle
SEGMENTS = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd",
    "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg", "-": "g",
    "A": "abcefg", "C": "adef", "E": "adefg", "F": "aefg", "H": "bcefg", "L": "def", "O": "abcdef",
    "P": "abefg", "U": "bcdef", "b": "cdefg", "d": "bcdeg", "h": "cefg", "n": "ceg", "o": "cdeg",
    "i": "c", "r": "eg", "t": "defg", "u": "cde"}
POINTS = ".:"
_SUB = 3  # binary digits of a pixel, for smooth edges


class SegmentStyle(NamedTuple):
    """How a display's characters are built, in shares of their height."""

    width: float = 0.52     # of a character
    thick: float = 0.15     # of a segment
    gap: float = 0.02       # between segments
    space: float = 0.2      # between characters
    slant: float = 0.08     # tangent
    tails: bool = True      # of 6 and 9, as on most displays


def draw_segments(text: str, height: int, style: SegmentStyle) -> tuple[Mask, Mask]:
    """Lit segments and the unlit ones, each (H, W) with a margin of a third of the height.

    Raises LookupError for a character that has no form of seven segments.
    """
    h = float(height)
    wide, thick = style.width * h, style.thick * h
    pad = height // 3
    length = sum(wide * (0.45 if c in POINTS else 1.0) + style.space * h for c in text)
    size = (height + 2 * pad, round(length + style.slant * h) + 2 * pad)
    lit, unlit = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    bars = _bars(wide, h, thick, style.gap * h)
    x = float(pad)
    for c in text:
        if c in POINTS:
            x -= style.space * h / 2
            for y in ((0.3, 0.7) if c == ":" else (1.0,)):
                _dot(lit, x + 0.2 * wide + (1 - y) * h * style.slant, pad + y * h - (
                    thick / 2 if y == 1.0 else 0.0), thick * 0.55)
            x += 0.45 * wide + style.space * h / 2
            continue
        on = SEGMENTS.get(c)
        if on is None:
            raise LookupError(c)
        if not style.tails:
            on = {"6": "fgedc", "9": "abcfg"}.get(c, on)
        for name, points in bars.items():
            points = points + np.array([x, pad])
            points[:, 0] += (pad + h - points[:, 1]) * style.slant
            layer = lit if name in on else unlit
            cv2.fillPoly(layer, [np.round(points * 2**_SUB).astype(np.int32)], 255,
                         cv2.LINE_AA, _SUB)
        x += wide + style.space * h
    return lit, unlit


def _bars(w: float, h: float, t: float, g: float) -> dict[str, np.ndarray]:
    """The outlines (6, 2) of the segments of a character w x h, of thickness t, g apart."""
    a = t / 2
    level = np.array([[a + g, 0], [t + g, -a], [w - t - g, -a], [w - a - g, 0], [w - t - g, a],
                      [t + g, a]])
    half = h / 2 - a
    upright = np.array([[0, g], [a, g + a], [a, half - g - a], [0, half - g], [-a, half - g - a],
                        [-a, g + a]])
    places = {"a": (level, 0.0, a), "g": (level, 0.0, h / 2), "d": (level, 0.0, h - a),
              "f": (upright, a, a), "b": (upright, w - a, a),
              "e": (upright, a, h / 2), "c": (upright, w - a, h / 2)}
    return {name: bar + np.array([x, y]) for name, (bar, x, y) in places.items()}


def _dot(layer: Mask, x: float, y: float, radius: float) -> None:
    centre = (round(x * 2**_SUB), round(y * 2**_SUB))
    cv2.circle(layer, centre, round(radius * 2**_SUB), 255, -1, cv2.LINE_AA, _SUB)
