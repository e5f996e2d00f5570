"""Tones: from a coverage mask to a grey image with ink and paper of its own."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from deeptext_cli.config.synth import InkConfig
from deeptext_cli.data.synth.dice import Dice

Grey = np.ndarray

_TILE = (256, 2048)
_RAMP = np.linspace(0, 1, 256)


@lru_cache(maxsize=1)
def _tiles() -> tuple[Grey, Grey, Grey]:
    """Noise to cut pieces from: fine, medium, coarse; mean 128. The same in every process."""
    rng = np.random.default_rng(20240117)
    h, w = _TILE

    def noise(cell: int) -> Grey:
        small = rng.normal(0, 1, (h // cell + 2, w // cell + 2)).astype(np.float32)
        big = cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC)
        return np.clip(128 + 42 * big / big.std(), 0, 255).astype(np.uint8)

    return noise(1), noise(3), noise(12)


def noise_field(dice: Dice, height: int, width: int) -> Grey:
    """Noise (height, width), mean 128, standard deviation about 40, of a random grain."""
    tile = _tiles()[dice.integer(0, 2)]
    if height > _TILE[0] or width > _TILE[1]:
        tile = np.tile(tile, (-(-height // _TILE[0]), -(-width // _TILE[1])))
    y = dice.integer(0, tile.shape[0] - height)
    x = dice.integer(0, tile.shape[1] - width)
    return tile[y:y + height, x:x + width]


def inked(mask: Grey, dice: Dice, config: InkConfig) -> Grey:
    """Grey image of a coverage mask: paper and ink tones, grain, polarity."""
    draw = dice.u()
    if draw < config.clean:
        paper, ink = 255.0, 0.0
    elif draw < config.clean + config.low_contrast:
        paper = dice.between(120, 250)
        ink = paper - dice.between(45, 80)
    else:
        paper = 255 - dice.skewed(0, 90, 1.7)
        ink = dice.skewed(0, 0.5, 1.6) * paper
    if dice.chance(config.inverted):
        paper, ink = 255 - paper, 255 - ink
    if dice.chance(config.texture):
        return _textured(mask, paper, ink, dice)
    return cv2.LUT(mask, (_RAMP * (ink - paper) + paper).astype(np.uint8))


def _textured(mask: Grey, paper: float, ink: float, dice: Dice) -> Grey:
    """Ink that covers unevenly, paper that has a grain."""
    h, w = mask.shape
    cover = mask.astype(np.float32) / 255
    if dice.u() < 0.6:
        depth = dice.skewed(0.05, 0.4, 1.5)
        uneven = (noise_field(dice, h, w).astype(np.float32) - 128) / 128
        cover *= np.clip(1 - depth + depth * uneven, 0, 1)
    image = paper + (ink - paper) * cover
    if dice.u() < 0.7:
        depth = dice.skewed(2, 22, 1.8)
        image += (noise_field(dice, h, w).astype(np.float32) - 128) * (depth / 40)
    return np.clip(image, 0, 255).astype(np.uint8)


def faxed(image: Grey, dice: Dice) -> Grey:
    """Black and white at a coarse resolution, with the ragged edges of a fax or copy."""
    h, w = image.shape
    noisy = image.astype(np.float32)
    amount = dice.skewed(3, 26, 1.6)
    noisy += (noise_field(dice, h, w).astype(np.float32) - 128) * (amount / 40)
    if dice.u() < 0.5:
        noisy = cv2.GaussianBlur(noisy, (0, 0), dice.between(0.4, 0.9))
    low, high = np.percentile(image[::2, ::2], (1, 95))
    level = low + (high - low) * dice.between(0.42, 0.7)
    soft = dice.between(0.5, 6)
    return np.clip((noisy - level) * soft + 128, 0, 255).astype(np.uint8)


def thermal(mask: Grey, dice: Dice) -> Grey:
    """Coverage of thermal print: rows of small dots, some columns of the head weak or dead."""
    h, w = mask.shape
    columns = np.ones(w, np.float32)
    for _ in range(dice.integer(0, 3)):
        x = dice.integer(0, w - 1)
        columns[x:x + dice.integer(1, 2)] = dice.between(0.2, 0.7)
    rows = 1 - dice.skewed(0, 0.35, 1.5) * (np.arange(h) % dice.integer(2, 3) == 0)
    fade = np.linspace(dice.between(0.55, 1), dice.between(0.55, 1), w, dtype=np.float32)
    return (mask * (columns * fade)[None] * rows.astype(np.float32)[:, None]).astype(np.uint8)
