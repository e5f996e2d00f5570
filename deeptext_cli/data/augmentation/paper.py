"""Paper, background and light: additive and multiplicative fields over a float32 crop.

Each takes the crop (float32 0..255), its ink, the operation's settings, a strength in 0..1 and a
generator, and returns a crop of the same size and its ink.
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from deeptext_cli.config import augment as config
from deeptext_cli.data.augmentation.fields import between, smooth_noise, white_noise
from deeptext_cli.data.augmentation.ink import Ink, Result


def show_through(image: np.ndarray, ink: Ink, c: config.ShowThrough, u: float,
                 rng: np.random.Generator) -> Result:
    """The other side of the page: this text mirrored, moved, blurred and faint."""
    h, w = image.shape
    other = np.roll(image[:, ::-1], (int(rng.integers(h)), int(rng.integers(w))), axis=(0, 1))
    other = cv2.blur(other, (3, 3)) if ink.height > 20 else other
    cover = np.clip((ink.background - other) / ink.contrast, 0, 1)
    return image - between(c.amount, u) * ink.contrast * cover * _bare(image, ink), ink


def texture(image: np.ndarray, ink: Ink, c: config.Texture, u: float,
            rng: np.random.Generator) -> Result:
    """Paper fibre (fine and streaky) over stains (wide)."""
    h, w = image.shape
    amount = between(c.amount, u) * abs(ink.contrast)
    share = rng.random()
    grain = max(1.0, rng.uniform(0.03, 0.12) * ink.height)
    streak = rng.uniform(0.5, 4.0)
    fine = smooth_noise(h, w, grain, rng, grain * streak)
    wide = smooth_noise(h, w, rng.uniform(0.6, 3.0) * ink.height, rng)
    return image + (1.5 * amount * share) * fine + (1.5 * amount * (1 - share)) * wide, ink


def scenery(image: np.ndarray, ink: Ink, c: config.Scenery, u: float,
            rng: np.random.Generator) -> Result:
    """Patches, edges and gradients behind the letters, which keep their own tone."""
    h, w = image.shape
    field = 0.6 * smooth_noise(h, w, rng.uniform(0.4, 2.0) * ink.height, rng)
    field += 0.3 * smooth_noise(h, w, rng.uniform(0.08, 0.3) * ink.height, rng)
    for _ in range(int(rng.integers(0, 4))):  # an edge: one side of a line is darker
        angle = rng.uniform(0, math.pi)
        x = np.arange(w, dtype=np.float32)[None] - np.float32(rng.uniform(0, w))
        y = np.arange(h, dtype=np.float32)[:, None] - np.float32(rng.uniform(0, h))
        side = x * np.float32(math.cos(angle)) + y * np.float32(math.sin(angle))
        field += np.float32(rng.uniform(-0.4, 0.4)) * np.clip(side, -0.5, 0.5)
    # towards the ink's tone the background must not come close, away from it it may
    field = np.clip(field, -1, 1)
    return image - between(c.amount, u) * ink.contrast * field * _bare(image, ink), ink


def shading(image: np.ndarray, ink: Ink, c: config.Shading, u: float,
            rng: np.random.Generator) -> Result:
    """Multiply by a gradient, a bright spot, the shadow of a fold, or one that is cast on the
    paper, as by the hand that holds the camera."""
    h, w = image.shape
    loss = np.float32(between(c.amount, u))
    x = np.linspace(-1, 1, w, dtype=np.float32)[None]
    y = np.linspace(-1, 1, h, dtype=np.float32)[:, None]
    kind = int(rng.integers(5))
    if kind == 0:
        gx, gy = rng.uniform(-1, 1, 2).astype(np.float32)
        light = 0.5 + 0.5 * (gx * x + gy * y) / max(0.2, abs(gx) + abs(gy))
    elif kind == 1:
        cx, cy = rng.uniform(-1, 1, 2).astype(np.float32)
        rx = np.float32(rng.uniform(0.3, 1.5))
        light = 1 / (1 + ((x - cx) / rx) ** 2 + ((y - cy) / 2) ** 2)
    elif kind == 2:
        at = (x - np.float32(rng.uniform(-1, 1))) * np.float32(w / (2 * ink.height))
        at = at + np.float32(rng.uniform(-0.3, 0.3)) * y
        # dark on one side of the crease, fading over some letters
        reach = np.float32(rng.uniform(0.2, 2.0))
        light = np.where(at > 0, 1 - np.exp(np.minimum(-at, 0) / reach), 1)
    elif kind == 3:
        along = x * np.float32(w / (2 * ink.height)) + np.float32(rng.uniform(-1, 1)) * y
        start, end = np.sort(rng.uniform(-1.3, 1.3, 2)).astype(np.float32) * w / (2 * ink.height)
        blur = np.float32(rng.uniform(0.1, 1.5))
        light = 1 - _step((along - start) / blur) * _step((end - along) / blur)
    else:
        light = 0.5 + 0.5 * smooth_noise(h, w, 1.5 * h, rng, rng.uniform(1.5, 6.0) * ink.height)
    factor = 1 - loss * (1 - light.astype(np.float32))
    worst = float(factor.min())  # what is left of the contrast there must do for what follows
    return image * factor, replace(ink, background=ink.background * worst,
                                   foreground=ink.foreground * worst)


def _step(x: np.ndarray) -> np.ndarray:
    """From 0 to 1 around 0."""
    return 1 / (1 + np.exp(-np.clip(4 * x, -30, 30)))


def noise(image: np.ndarray, ink: Ink, c: config.Noise, u: float,
          rng: np.random.Generator) -> Result:
    """Gaussian, Poisson (stronger where bright), or salt-and-pepper noise.

    Letters of many pixels average noise away, so large text takes more of it than small text.
    """
    h, w = image.shape
    ease = min(1.8, max(0.5, math.sqrt(ink.height / 32)))
    sigma = np.float32(between(c.sigma, u) * abs(ink.contrast) * ease)
    field = white_noise(h, w, rng)
    kind = int(rng.choice(4, p=(0.45, 0.2, 0.2, 0.15)))
    if kind == 0:
        return image + sigma * field, ink
    if kind == 1:  # sensor noise: the variance grows with the light
        return image + sigma * field * np.sqrt(np.clip(image, 0, 255) * np.float32(1 / 128)), ink
    if kind == 2:  # grain of more than a pixel, as in scans of film and copies
        return image + (2 * sigma) * cv2.blur(field, (3, 3)), ink
    share = between(c.sigma, u) * 0.4 * ease  # of the pixels
    bound = np.float32(_upper_quantile(share / 2))
    out = image.copy()
    out[field > bound] = max(ink.background, ink.foreground)
    out[field < -bound] = min(ink.background, ink.foreground)
    return out, ink


def _bare(image: np.ndarray, ink: Ink) -> np.ndarray:
    """Share of every pixel that is not covered by ink, float32 0..1."""
    bare = (image - ink.foreground) / ink.contrast
    return np.clip(bare, 0, 1, out=bare)


def _upper_quantile(share: float) -> float:
    """z with a normal tail of `share` above it (bisection on erfc)."""
    low, high = 0.0, 8.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if 0.5 * math.erfc(middle / math.sqrt(2)) > share \
            else (low, middle)
    return low
