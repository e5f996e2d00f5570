"""Procedural backgrounds that look like crops of photographs: tones, shapes, grain."""

from __future__ import annotations

import cv2
import numpy as np

from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.ink import noise_field

Field = np.ndarray


def gradient(dice: Dice, height: int, width: int, depth: float) -> Field:
    """A plane of light falling off in some direction, -depth..depth."""
    angle = dice.between(0, 2 * np.pi)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None] * np.float32(np.cos(angle))
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(np.sin(angle))
    return (x + y) * np.float32(depth / 1.4)


def scenery(dice: Dice, height: int, width: int) -> Field:
    """Background (height, width), roughly 0..255."""
    tone = dice.between(25, 235)
    field = np.full((height, width), tone, np.float32)
    if dice.u() < 0.7:
        field += gradient(dice, height, width, dice.skewed(5, 70, 1.3))
    if dice.u() < 0.6:
        for _ in range(dice.integer(1, 6)):
            _shape(field, dice)
        if dice.u() < 0.7:
            field = cv2.GaussianBlur(field, (0, 0), dice.between(0.6, max(0.7, height / 12)))
    if dice.u() < 0.2:
        _stripes(field, dice)
    for _ in range(dice.integer(0, 2)):
        noise = noise_field(dice, height, width).astype(np.float32) - 128
        field += noise * np.float32(dice.skewed(2, 30, 2) / 40)
    return field


def in_scenery(image: Field, cover: np.ndarray, dice: Dice) -> np.ndarray:
    """An image (H, W) where `cover` (uint8) is 255, and scenery around it; uint8."""
    around = scenery(dice, *image.shape)
    return np.clip(around + (image - around) * (cover.astype(np.float32) / 255), 0, 255
                   ).astype(np.uint8)


def _shape(field: Field, dice: Dice) -> None:
    h, w = field.shape
    tone = dice.between(10, 245)
    x, y = dice.between(-0.2, 1.2) * w, dice.between(-0.3, 1.3) * h
    size = dice.between(0.2, 1.5) * h
    if dice.u() < 0.45:
        axes = (max(1, int(size)), max(1, int(size * dice.between(0.3, 1))))
        cv2.ellipse(field, (int(x), int(y)), axes, dice.between(0, 180), 0, 360, tone, -1)
    else:
        angles = sorted(dice.between(0, 2 * np.pi) for _ in range(dice.integer(3, 5)))
        points = [(x + size * np.cos(a), y + size * np.sin(a)) for a in angles]
        cv2.fillPoly(field, [np.array(points, np.int32)], tone)


def _stripes(field: Field, dice: Dice) -> None:
    h, w = field.shape
    period, angle = dice.between(0.15, 0.8) * h, dice.between(0, np.pi)
    x = np.arange(w, dtype=np.float32)[None] * np.float32(np.cos(angle))
    y = np.arange(h, dtype=np.float32)[:, None] * np.float32(np.sin(angle))
    field += np.float32(dice.between(4, 25)) * np.sign(np.sin((x + y) * np.float32(6.28 / period)))
