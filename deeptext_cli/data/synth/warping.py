"""Geometry of lettering in space: arcs, views from the side, waves. Masks may have channels."""

from __future__ import annotations

import cv2
import numpy as np

from deeptext_cli.data.synth.dice import Dice

Array = np.ndarray


def padded(mask: Array, share: float) -> Array:
    """Blank room on all sides, as a share of the height."""
    pad = max(1, round(mask.shape[0] * share))
    return cv2.copyMakeBorder(mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT)


def on_arc(mask: Array, degrees: float) -> Array:
    """Bend a line around a circle; positive arches up, and letters lean with the arc."""
    h, w = mask.shape[:2]
    theta = np.radians(min(abs(degrees), 150.0))
    if theta < 0.02:
        return mask
    flip = degrees < 0
    if flip:
        mask = mask[::-1, ::-1]
    radius = w / theta            # of the line's middle
    outer, inner = radius + h / 2, max(1.0, radius - h / 2)
    half = outer * np.sin(theta / 2) if theta < np.pi else outer
    out_w = int(np.ceil(2 * half))
    out_h = int(np.ceil(outer - inner * np.cos(theta / 2)))
    x = np.arange(out_w, dtype=np.float32)[None] - out_w / 2
    y = outer - np.arange(out_h, dtype=np.float32)[:, None]
    angle, r = np.arctan2(x, y), np.hypot(x, y)
    bent = cv2.remap(np.ascontiguousarray(mask), (angle * radius + w / 2).astype(np.float32),
                     (outer - r).astype(np.float32), cv2.INTER_LINEAR)
    return bent[::-1, ::-1] if flip else bent


def seen(mask: Array, dice: Dice, *, tilt: float, rotation: float) -> Array:
    """A random view: corners move by up to `tilt` of the sides, the whole turns by degrees.

    The canvas grows so that nothing is lost.
    """
    h, w = mask.shape[:2]
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    moved = corners.copy()
    for point in moved:
        point[0] += dice.between(-1, 1) * tilt * min(w, 3 * h) * 0.5
        point[1] += dice.between(-1, 1) * tilt * h
    angle = np.radians(dice.between(-rotation, rotation))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    moved = moved @ turn.T
    moved -= moved.min(axis=0)
    size = np.ceil(moved.max(axis=0)).astype(int)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(mask, matrix, (max(4, int(size[0])), max(4, int(size[1]))),
                               flags=cv2.INTER_LINEAR)


def mounted(panel: Array, dice: Dice, *, margin: float, share: float, tilt: float,
            rotation: float) -> Array:
    """A panel (H, W) with up to `margin` of its height around it on each side, a share of them seen
    from a side: (h, w, 2), the second channel 255 where the panel is."""
    layers = np.dstack([panel, np.full_like(panel, 255)])
    margin = dice.skewed(0, margin, 2)
    pads = [round(panel.shape[0] * margin * dice.u()) for _ in range(4)]
    layers = cv2.copyMakeBorder(layers, pads[0], pads[1], pads[2], pads[3], cv2.BORDER_CONSTANT)
    if dice.chance(share):
        layers = seen(layers, dice, tilt=dice.skewed(0.02, tilt, 1.5),
                      rotation=dice.skewed(0, rotation, 1.5))
    return layers


def to_height(image: Array, height: int) -> Array:
    """An image at a height, its aspect kept."""
    scale = height / image.shape[0]
    size = (max(8, round(image.shape[1] * scale)), height)
    return cv2.resize(image, size,
                      interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def waved(mask: Array, dice: Dice, amplitude: float) -> Array:
    """A smooth wave both ways, by up to `amplitude` pixels."""
    h, w = mask.shape[:2]
    x = np.arange(w, dtype=np.float32)[None]
    y = np.arange(h, dtype=np.float32)[:, None]

    def wave(along: np.ndarray, length: float) -> np.ndarray:
        period = dice.between(0.7, 2.5) * length
        return (dice.between(0.3, 1) * amplitude
                * np.sin(2 * np.pi * (along / period + dice.u()))).astype(np.float32)

    return cv2.remap(mask, np.broadcast_to(x + wave(y, h), (h, w)).astype(np.float32),
                     np.broadcast_to(y + wave(x, 3 * h), (h, w)).astype(np.float32),
                     cv2.INTER_LINEAR)


def ink_box(mask: Array, level: int = 40) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is inked; the whole where nothing is."""
    rows = np.flatnonzero((mask > level).any(axis=1))
    columns = np.flatnonzero((mask > level).any(axis=0))
    if len(rows) == 0:
        return 0, 0, mask.shape[1], mask.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
