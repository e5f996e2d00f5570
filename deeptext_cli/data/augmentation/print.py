"""What printing and writing do: ink gain, fading, rules, strikes, neighbour lines, clutter.

All work on the uint8 crop before it is bent. Each takes the crop, its ink, the operation's
settings, a strength in 0..1 and a generator, and returns crop and ink (margins may grow).
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from deeptext_cli.config import augment as config
from deeptext_cli.data.augmentation.fields import between, smooth_noise
from deeptext_cli.data.augmentation.ink import Ink, Result

_SHIFT = 4  # fractional bits of the coordinates handed to OpenCV's drawing


def neighbours(gray: np.ndarray, ink: Ink, c: config.Neighbours, u: float,
               rng: np.random.Generator) -> Result:
    """Show the lower edge of a line above or the upper edge of one below.

    The neighbour is this line itself, moved sideways.
    """
    x0, y0, x1, y1 = _whole(ink)
    show = round(between(c.show, u) * (y1 - y0))
    gap = round(rng.uniform(*c.gap) * ink.height)
    if show < 1 or x1 - x0 < 4:
        return gray, ink
    source = np.roll(gray[y0:y1], int(rng.integers(x1 - x0)), axis=1)
    above = rng.random() < 0.5
    sliver = source[-show:] if above else source[:show]
    edge = y0 - gap if above else y1 + gap  # the sliver ends or starts here
    if above:
        gray, ink = _padded(gray, ink, top=max(0, show - edge))
        edge = int(ink.box[1]) - gap
        rows = slice(edge - show, edge)
    else:
        gray, ink = _padded(gray, ink, bottom=max(0, edge + show - gray.shape[0]))
        rows = slice(edge, edge + show)
    gray = gray.copy()
    gray[rows] = _inkier(gray[rows], sliver, ink)
    return gray, ink


def rules(gray: np.ndarray, ink: Ink, c: config.Rules, u: float,
          rng: np.random.Generator) -> Result:
    """Draw an underline, a frame, a dotted leader, or a form's box around the text."""
    gap = rng.uniform(*c.gap) * ink.height
    width = between(c.width, u) * ink.stroke
    need = math.ceil(gap + width + 1)
    h, w = gray.shape
    x0, y0, x1, y1 = _whole(ink)
    kind = int(rng.choice(5, p=(0.35, 0.15, 0.2, 0.15, 0.15)))
    below = max(0, need - (h - y1))
    above = max(0, need - y0) if kind in (1, 2, 3) else 0
    side = math.ceil(need + 0.15 * ink.height)  # further off, so that it is no letter's stem
    left, right = (max(0, side - x0), max(0, side - (w - x1))) if kind in (2, 3) else (0, 0)
    gray, ink = _padded(gray, ink, top=above, bottom=below, left=left, right=right)
    h, w = gray.shape
    x0, y0, x1, y1 = _whole(ink)
    tone = _tone(ink, rng.uniform(0.4, 1.0))
    out = gray.copy()
    low, high = y1 + gap, y0 - gap
    if kind == 4:  # leader dots
        pitch = max(2.0, rng.uniform(2.5, 5) * width)
        for x in np.arange(0, w, pitch):
            _line(out, (x, low), (x + 0.01, low), tone, width)
        return _inkier(gray, out, ink), ink
    if kind != 1:
        _line(out, (-9, low), (w + 9, low), tone, width)
    if kind != 0:
        _line(out, (-9, high), (w + 9, high), tone, width)
    if kind in (2, 3):
        far = gap + 0.15 * ink.height
        for x in (x0 - far, x1 + far) if kind == 2 else (x0 - far,):
            _line(out, (x, high), (x, low), tone, width)
    return _inkier(gray, out, ink), ink


def strike(gray: np.ndarray, ink: Ink, c: config.Strike, u: float,
           rng: np.random.Generator) -> Result:
    """Cross the text out lightly: a straight or wavy thin line through its middle."""
    x0, y0, x1, y1 = _whole(ink)
    x = np.linspace(x0 - 2, x1 + 2, 24)
    middle = (y0 + y1) / 2 + rng.uniform(-0.15, 0.15) * ink.height
    y = middle + rng.uniform(-0.08, 0.08) * ink.height * np.linspace(-1, 1, 24)
    if rng.random() < 0.4:
        y = y + 0.06 * ink.height * np.sin(np.linspace(0, rng.uniform(3, 20), 24))
    out = gray.copy()
    _polyline(out, np.c_[x, y], _tone(ink, rng.uniform(0.5, 0.9)), between(c.width, u) * ink.stroke)
    return _inkier(gray, out, ink), ink


def clutter(gray: np.ndarray, ink: Ink, c: config.Clutter, u: float,
            rng: np.random.Generator) -> Result:
    """Draw curves and dots across the crop."""
    h, w = gray.shape
    out = gray.copy()
    fewest, most = c.curves
    for _ in range(round(between((fewest, most), u))):
        at = rng.uniform(0, 1, (4, 2)) * (w, h)
        t = np.linspace(0, 1, 20)[:, None]
        curve = ((1 - t) ** 3 * at[0] + 3 * (1 - t) ** 2 * t * at[1]
                 + 3 * (1 - t) * t ** 2 * at[2] + t ** 3 * at[3])
        _polyline(out, curve, _tone(ink, rng.uniform(0.3, 0.9)),
                  rng.uniform(*c.width) * ink.stroke)
    dots = round(10 * between(c.dots, u) * h * w / ink.height ** 2)
    tones = rng.uniform(0.3, 0.8, 3).tolist()
    for tone in tones:  # all dots of a tone in one call
        at = rng.random((min(dots, 3000) // 3, 1, 2)) * (w, h)
        points = np.round(np.concatenate((at, at), axis=1) * (1 << _SHIFT)).astype(np.int32)
        cv2.polylines(out, list(points), False, _tone(ink, tone), max(1, round(0.4 * ink.stroke)),
                      cv2.LINE_AA, _SHIFT)
    return _inkier(gray, out, ink), ink


def shadow(gray: np.ndarray, ink: Ink, c: config.Shadow, u: float,
           rng: np.random.Generator) -> Result:
    """Let the letters throw a shadow (dark text) or have an edge (light text)."""
    reach = max(1, math.ceil(rng.uniform(*c.offset) * ink.height))
    dx, dy = (int(v) for v in rng.choice((-1, 0, 1), 2) * reach)
    if dx == dy == 0:
        dx = reach
    gray, ink = _padded(gray, ink, top=max(0, -dy), bottom=max(0, dy), left=max(0, -dx),
                        right=max(0, dx))
    cover = np.roll(_cover(gray, ink), (dy, dx), axis=(0, 1)) * between(c.amount, u)
    thrown = ink.background - cover * ink.contrast
    return _inkier(gray, np.clip(thrown, 0, 255).astype(np.uint8), ink), ink


def morphology(gray: np.ndarray, ink: Ink, c: config.Morphology, u: float,
               rng: np.random.Generator) -> Result:
    """Grow or thin strokes by a fraction of their width, sub-pixel by blending."""
    grow = rng.random() < c.gain
    change = between(c.amount, u) * ink.stroke  # px of width
    if not grow:
        change = min(change, max(0.0, ink.stroke - 1.0))  # thinner than a pixel is gone
    if change <= 0.02:
        return gray, ink
    size = math.ceil(change) + 1  # a k x k kernel changes the width by k - 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE if size > 2 else cv2.MORPH_RECT,
                                       (size, size))
    darken = grow == (ink.contrast > 0)
    moved = cv2.erode(gray, kernel) if darken else cv2.dilate(gray, kernel)
    weight = change / (size - 1)
    out = cv2.addWeighted(gray, 1 - weight, moved, weight, 0)
    x0, y0, x1, y1 = ink.box
    if grow:
        h, w = gray.shape
        box = (max(0.0, x0 - size), max(0.0, y0 - size), min(float(w), x1 + size),
               min(float(h), y1 + size))
        return out, replace(ink, box=box, stroke=ink.stroke + change)
    return out, replace(ink, stroke=max(1.0, ink.stroke - change))


def fade(gray: np.ndarray, ink: Ink, c: config.Fade, u: float,
         rng: np.random.Generator) -> Result:
    """Pale the ink in places."""
    h, w = gray.shape
    field = smooth_noise(h, w, rng.uniform(0.3, 2.5) * ink.height, rng)
    loss = (0.5 + 0.5 * field) * between(c.amount, u)
    # only what is darker than paper moves, so a textured paper stays as it is
    paler = gray + loss * _cover(gray, ink) * ink.contrast
    return np.clip(paler, 0, 255).astype(np.uint8), ink


def _whole(ink: Ink) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = ink.box
    return math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)


def _cover(gray: np.ndarray, ink: Ink) -> np.ndarray:
    """Share of ink in every pixel, float32 0..1."""
    cover = (ink.background - gray.astype(np.float32)) / ink.contrast
    return np.clip(cover, 0, 1, out=cover)


def _padded(gray: np.ndarray, ink: Ink, *, top: int = 0, bottom: int = 0, left: int = 0,
            right: int = 0) -> Result:
    if not (top or bottom or left or right):
        return gray, ink
    out = cv2.copyMakeBorder(gray, top, bottom, left, right, cv2.BORDER_CONSTANT,
                             value=ink.background)
    x0, y0, x1, y1 = ink.box
    return out, replace(ink, box=(x0 + left, y0 + top, x1 + left, y1 + top))


def _tone(ink: Ink, share: float) -> float:
    """A grey that is `share` of the way from paper to ink."""
    return ink.background - share * ink.contrast


def _inkier(a: np.ndarray, b: np.ndarray, ink: Ink) -> np.ndarray:
    """One laid over the other: ink covers paper, paper never covers ink."""
    return np.minimum(a, b) if ink.contrast > 0 else np.maximum(a, b)


def _line(image: np.ndarray, a: tuple[float, float], b: tuple[float, float], tone: float,
          width: float) -> None:
    _polyline(image, np.array([a, b]), tone, width)


def _polyline(image: np.ndarray, points: np.ndarray, tone: float, width: float) -> None:
    fixed = np.round(points * (1 << _SHIFT)).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(image, [fixed], False, tone, max(1, round(width)), cv2.LINE_AA, _SHIFT)
