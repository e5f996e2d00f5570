"""What copiers, faxes, cameras and files do to a whole page. Nothing moves: boxes stay true.

Strengths follow `text`, the height of the smallest text in pixels, so that it stays readable.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.augmentation.fields import smooth_noise, white_noise

Grey = NDArray[np.uint8]


def degrade(page: Grey, rng: np.random.Generator, *, text: float = 16.0,
            inverted: float = 0.0, photo: bool = False) -> Grey:
    """A changed copy of a grey page (H, W), of the same size. A `photo` is never faxed."""
    image = page
    kind = rng.random()
    if rng.random() < 0.3:
        image = _shaded(image, rng)
    if rng.random() < 0.35:
        image = _retoned(image, rng)
    if kind < 0.12 and text > 9 and not photo:
        image = _faxed(image, rng, text)
    elif kind < 0.4:
        image = _soft(image, rng, text)
    if rng.random() < 0.35:
        image = _noisy(image, rng)
    if rng.random() < 0.08:
        image = _speckled(image, rng)
    if rng.random() < 0.35:
        quality = int(rng.integers(25, 85))
        _, stored = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE), np.uint8)
    if rng.random() < inverted:
        image = 255 - image
    return np.ascontiguousarray(image) if image is not page else page.copy()


def _shaded(page: Grey, rng: np.random.Generator) -> Grey:
    """Uneven light: a gradient, soft shadows, or the shadow of a book's gutter."""
    h, w = page.shape
    loss = rng.uniform(0.1, 0.6)
    kind = rng.random()
    if kind < 0.4:
        x = np.linspace(-1, 1, w, dtype=np.float32)[None] * np.float32(rng.uniform(-1, 1))
        y = np.linspace(-1, 1, h, dtype=np.float32)[:, None] * np.float32(rng.uniform(-1, 1))
        light = 0.5 + 0.25 * (x + y)
    elif kind < 0.75:
        light = 0.5 + 0.5 * smooth_noise(h, w, max(h, w) * rng.uniform(0.2, 0.6), rng)
    else:
        at, reach = rng.uniform(-0.05, 1.05) * w, rng.uniform(0.03, 0.2) * w
        light = np.broadcast_to(
            1 - np.exp(-np.abs(np.arange(w, dtype=np.float32) - at) / reach)[None], (h, w))
    factor = np.ascontiguousarray(1 - loss * (1 - light), dtype=np.float32)
    return cv2.multiply(page, factor, dtype=cv2.CV_8U)


def _retoned(page: Grey, rng: np.random.Generator) -> Grey:
    """Other contrast, brightness and gamma, as one table."""
    x = np.linspace(0, 1, 256)
    span = rng.uniform(0.35, 1.0)
    low = rng.uniform(0, 1 - span)
    table = 255 * (low + span * x ** np.exp(rng.uniform(-0.7, 0.7)))
    return cv2.LUT(page, table.astype(np.uint8))


def _faxed(page: Grey, rng: np.random.Generator, text: float) -> Grey:
    """Coarse black and white. Pages of little contrast are left alone: they would go blank."""
    low, high = np.percentile(page[::4, ::4], (1, 75))
    span = float(high - low)
    if span < 60:
        return page
    h, w = page.shape
    scale = min(1.0, max(8.5 / text, rng.uniform(0.4, 1.0)))
    small = cv2.resize(page, (max(1, round(w * scale)), max(1, round(h * scale))),
                       interpolation=cv2.INTER_AREA).astype(np.float32)
    noise = white_noise(small.shape[0], small.shape[1], rng)
    small += np.float32(rng.uniform(0, 0.08) * span) * noise
    if rng.random() < 0.5:  # one level for the page, or by the surroundings
        dark = small < high - span * rng.uniform(0.3, 0.55)
    else:
        dark = small < cv2.blur(small, (2 * int(3 * text * scale) + 1,) * 2) - 0.22 * span
    mono = np.where(dark, 0, 255).astype(np.uint8)
    return cv2.resize(mono, (w, h), interpolation=cv2.INTER_AREA if rng.random() < 0.5
                      else cv2.INTER_LINEAR)


def _soft(page: Grey, rng: np.random.Generator, text: float) -> Grey:
    """Out of focus, or of a lower resolution."""
    if rng.random() < 0.5:
        share = 0.02 + 0.12 * rng.random() ** 2  # of the text's height; people read up to 0.17
        return cv2.GaussianBlur(page, (0, 0), share * max(10.0, text))
    h, w = page.shape
    scale = min(0.95, max(6.0 / text, rng.uniform(0.35, 0.95)))
    small = cv2.resize(page, (max(1, round(w * scale)), max(1, round(h * scale))),
                       interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)


def _noisy(page: Grey, rng: np.random.Generator) -> Grey:
    h, w = page.shape
    sigma = np.float32(rng.uniform(1.5, 18) * min(1.0, max(0.15, float(page.std()) / 60)))
    field = white_noise(h, w, rng)
    if rng.random() < 0.3:
        field = 2 * cv2.blur(field, (3, 3))
    out = page + sigma * field
    return np.clip(out, 0, 255, out=out).astype(np.uint8)


def _speckled(page: Grey, rng: np.random.Generator) -> Grey:
    """Dust, and the dots of a bad copy."""
    h, w = page.shape
    out = page.copy()
    count = int(rng.uniform(20, 600) * h * w / 4e5)
    y, x = rng.integers(0, h - 1, count), rng.integers(0, w - 1, count)
    tone = 0 if rng.random() < 0.8 else 255
    for dy, dx in ((0, 0), (0, 1), (1, 0)):
        keep = rng.random(count) < (1.0 if (dy, dx) == (0, 0) else 0.4)
        out[y[keep] + dy, x[keep] + dx] = tone
    return out
