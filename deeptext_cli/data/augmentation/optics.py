"""What camera, scanner and file format do: tone, blur, low resolution, fax, JPEG.

Each takes a uint8 crop, its ink, the operation's settings, a strength in 0..1 and a generator,
and returns a uint8 crop with its ink: of the same size, but where `resample` leaves it small.
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from deeptext_cli.config import augment as config
from deeptext_cli.data.augmentation.fields import between
from deeptext_cli.data.augmentation.ink import Ink, Result

_SHAKE = 0.1  # of the text's height: a letter that moves by more is seen double
_INKED = 95  # percentile of pixels by darkness that is ink in any line of text
_SMALL_TEXT = 24.0  # px; below it JPEG at low quality eats the letters


def invert(gray: np.ndarray, ink: Ink, c: config.Invert, u: float,
           rng: np.random.Generator) -> Result:
    """Light on dark for dark on light, and back."""
    return 255 - gray, replace(ink, background=255 - ink.background,
                               foreground=255 - ink.foreground)


def contrast(gray: np.ndarray, ink: Ink, c: config.Contrast, u: float,
             rng: np.random.Generator) -> Result:
    """Less contrast at another brightness, along a tone curve; never below the floor."""
    harsh, mild = c.keep
    now = abs(ink.contrast)
    keep = max(mild - u * (mild - harsh), min(1.0, c.floor / now))
    # ends of the tones in use; what is beyond them may clip
    low, high = np.percentile(gray[::2, ::2], (1, 99)).tolist()
    low, high = min(low, ink.foreground, ink.background), max(high, ink.foreground, ink.background)
    base = rng.uniform(0, 255 - keep * (high - low))  # where the darkest tone comes to lie
    gamma = math.exp(rng.uniform(math.log(c.gamma[0]), math.log(c.gamma[1])) * (0.3 + 0.7 * u))
    values = np.arange(256, dtype=np.float32)
    part = (values - low) / max(1.0, high - low)
    curve = base + keep * (high - low) * np.clip(part, 0, 1) ** gamma
    foreground, background = np.interp((ink.foreground, ink.background), values, curve)
    if abs(background - foreground) < min(now, c.floor):  # flattened by the tone curve
        curve = base + keep * (high - low) * part
        foreground, background = np.interp((ink.foreground, ink.background), values, curve)
    table = np.clip(np.round(curve), 0, 255).astype(np.uint8)
    return cv2.LUT(gray, table), replace(ink, foreground=float(foreground),
                                         background=float(background))


def blur(gray: np.ndarray, ink: Ink, c: config.Blur, u: float,
         rng: np.random.Generator) -> Result:
    """Gaussian, motion or defocus blur of the same standard deviation."""
    sigma = between(c.sigma, u) * ink.height
    kind = rng.random()
    border = cv2.BORDER_REPLICATE
    if kind < 0.5:
        return cv2.GaussianBlur(gray, (0, 0), max(0.1, sigma), borderType=border), ink
    if kind < 0.8:  # along a line; across it nothing is lost, so it may be longer
        length = 1.3 * min(sigma, _SHAKE * ink.height) * math.sqrt(12)
        angle = rng.uniform(0, math.pi)
        kernel = _segment(length, angle)
    else:
        kernel = _disc(2 * sigma)
    return cv2.filter2D(gray, -1, kernel, borderType=border), ink


def resample(gray: np.ndarray, ink: Ink, c: config.Resample, u: float,
             rng: np.random.Generator) -> Result:
    """Down to a text height of some px, and mostly up again."""
    harsh, mild = c.height
    factor = (mild - u * (mild - harsh)) / ink.height
    if factor >= 0.95:
        return gray, ink
    h, w = gray.shape
    size = (max(1, round(w * factor)), max(1, round(h * factor)))
    small = cv2.resize(gray, size, interpolation=_choice(
        rng, (cv2.INTER_AREA, cv2.INTER_LINEAR) if factor > 0.6 else (cv2.INTER_AREA,)))
    if rng.random() < c.stays:
        return small, ink.scaled(size[0] / w, size[1] / h)
    up = _choice(rng, (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST))
    return cv2.resize(small, (w, h), interpolation=up), ink


def fax(gray: np.ndarray, ink: Ink, c: config.Fax, u: float,
        rng: np.random.Generator) -> Result:
    """Black and white at low resolution, back at the old size.

    The threshold follows the paper's tone in the neighbourhood, so that shading turns neither
    paper black nor pale letters white.
    """
    harsh, mild = c.height
    letters = mild - u * (mild - harsh)
    factor = min(1.5, letters / ink.height)
    h, w = gray.shape
    dark = ink.contrast > 0
    size = (max(1, round(w * factor)), max(1, round(h * factor)))
    small = cv2.resize(gray if dark else 255 - gray, size,
                       interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    k = 2 * round(0.4 * letters) + 1
    paper = cv2.dilate(small, cv2.getStructuringElement(cv2.MORPH_RECT, (k, k)))
    paper = cv2.blur(paper, (k, k)).astype(np.float32)
    background = ink.background if dark else 255 - ink.background
    # thin strokes are pale at low resolution and would break, bold ones would fill their counters
    bold = min(1.0, max(0.0, ink.stroke * factor - 1.0))
    level = 0.3 + 0.2 * bold + rng.uniform(-0.06, 0.06)  # ink from this share of the contrast on
    # of what a blur has left of it
    full = abs(ink.contrast)
    left = float(np.clip(np.percentile(paper - small, _INKED), 0.4 * full, full))
    keep = 1 - level * left / max(1.0, background)
    white = (small > paper * np.float32(keep)).view(np.uint8) * np.uint8(255)
    up = _choice(rng, (cv2.INTER_LINEAR, cv2.INTER_NEAREST))
    out = np.asarray(cv2.resize(white, (w, h), interpolation=up), np.uint8)
    return (out if dark else 255 - out,
            replace(ink, background=255.0 * dark, foreground=255.0 * (not dark)))


def jpeg(gray: np.ndarray, ink: Ink, c: config.Jpeg, u: float,
         rng: np.random.Generator) -> Result:
    """Encode as JPEG and decode."""
    harsh, mild = c.quality
    if ink.height < _SMALL_TEXT:
        harsh = max(harsh, min(mild, 55))
    quality = round(mild - u * (mild - harsh))
    _, data = cv2.imencode(".jpg", gray, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8), ink


def _choice(rng: np.random.Generator, options: tuple[int, ...]) -> int:
    return options[int(rng.integers(len(options)))]


def _segment(length: float, angle: float) -> np.ndarray:
    """Motion blur kernel: an anti-aliased line of `length` px."""
    half = math.ceil(length / 2) + 1
    y, x = np.mgrid[-half:half + 1, -half:half + 1].astype(np.float32)
    along = np.abs(x * math.cos(angle) + y * math.sin(angle))
    across = np.abs(-x * math.sin(angle) + y * math.cos(angle))
    kernel = np.clip(length / 2 + 0.5 - along, 0, 1) * np.clip(1 - across, 0, 1)
    return kernel / kernel.sum()


def _disc(radius: float) -> np.ndarray:
    """Defocus kernel: an anti-aliased disc of `radius` px (standard deviation radius / 2)."""
    half = math.ceil(radius) + 1
    y, x = np.mgrid[-half:half + 1, -half:half + 1].astype(np.float32)
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return kernel / kernel.sum()
