"""What the detector is taught: maps of shrunk lines and of their borders, from line boxes.

Liao et al., "Real-Time Scene Text Detection with Differentiable Binarization" (AAAI 2020): a line
is shrunk by D = A (1 - r^2) / L (A area, L perimeter); around its border, up to D on both sides,
the threshold map rises to its highest on the border itself.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
LOWEST, HIGHEST = 0.3, 0.7  # of the threshold map


class TargetMaps(NamedTuple):
    """uint8 (h, w) each. `weight` and `threshold` are scaled by 255."""

    shrunk: Bytes      # 0 or 1
    weight: Bytes      # say of the pixel in the loss
    threshold: Bytes
    band: Bytes        # 0 or 1: where the threshold counts


def target_maps(quads: NDArray[np.floating], ignore: NDArray[np.bool_], size: tuple[int, int], *,
                stride: int = 2, shrink_ratio: float = 0.7, smallest: float = 0.0,
                unlabelled: float = 1.0) -> TargetMaps:
    """Maps of an image of `size` (height, width) with the convex line boxes `quads` (N, 4, 2).

    `ignore` (N,): boxes whose area has no say; those lower than `smallest` pixels join them.
    `unlabelled`: the say of what lies outside all boxes. Lines that touch when shrunk are parted
    by a gap, since what touches on the map is one line to whoever reads it.
    """
    h, w = -(-size[0] // stride), -(-size[1] // stride)
    owner = np.zeros((h, w), np.int32)
    threshold = np.zeros((h, w), np.float32)
    near = np.zeros((h, w), bool)     # in a box or its border: has its full say
    off = np.zeros((h, w), bool)      # ignored
    for i, points in enumerate(np.asarray(quads, np.float64).reshape(-1, 4, 2)):
        quad = points / stride
        edges = np.roll(quad, -1, axis=0) - quad
        lengths = np.hypot(edges[:, 0], edges[:, 1])
        area = 0.5 * float(np.sum(quad[:, 0] * np.roll(quad[:, 1], -1)
                                  - np.roll(quad[:, 0], -1) * quad[:, 1]))
        perimeter = float(lengths.sum())
        if abs(area) < 1e-6:
            continue
        distance = abs(area) * (1 - shrink_ratio ** 2) / perimeter
        window = _window(quad, distance, h, w)
        if window is None:
            continue
        inside = _depth(quad, edges, lengths, math.copysign(1.0, area), window)
        height = 2 * abs(area) / perimeter * stride  # of a long line
        if ignore[i] or height < smallest:
            off[window] |= inside >= -0.5
            continue
        shrunk = inside >= distance
        mine = owner[window]
        owner[window] = np.where(shrunk, np.where(mine == 0, i + 1, -1), mine)
        border = 1 - np.abs(inside) / distance
        threshold[window] = np.maximum(threshold[window], border)
        near[window] |= inside > -distance
    owner[owner < 0] = 0
    owner[_touching(owner)] = 0
    text = owner > 0
    off &= ~text
    band = (threshold > 0) & ~off
    weight = np.where(near | text, 255, round(255 * unlabelled)).astype(np.uint8)
    weight[off] = 0
    scaled = (LOWEST + (HIGHEST - LOWEST) * np.clip(threshold, 0, 1)) * 255
    return TargetMaps(text.astype(np.uint8), weight, np.round(scaled).astype(np.uint8),
                      band.astype(np.uint8))


def _window(quad: NDArray[np.float64], margin: float, h: int,
            w: int) -> tuple[slice, slice] | None:
    """Rows and columns of the map within `margin` of the box."""
    x0, y0 = np.floor(quad.min(axis=0) - margin).astype(int)
    x1, y1 = np.ceil(quad.max(axis=0) + margin).astype(int)
    rows, columns = slice(max(0, y0), min(h, y1)), slice(max(0, x0), min(w, x1))
    return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None


def _depth(quad: NDArray[np.float64], edges: NDArray[np.float64], lengths: NDArray[np.float64],
           turn: float, window: tuple[slice, slice]) -> NDArray[np.float32]:
    """How deep each pixel's centre lies inside the box (negative outside), in map pixels."""
    rows, columns = window
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + np.float32(0.5)
    x = np.arange(columns.start, columns.stop, dtype=np.float32)[None] + np.float32(0.5)
    depth: NDArray[np.float32] | None = None
    for (px, py), (ex, ey), length in zip(quad, edges, lengths, strict=True):
        if length < 1e-9:
            continue
        a, b = np.float32(turn * ex / length), np.float32(turn * ey / length)
        side = a * (y - np.float32(py)) - b * (x - np.float32(px))
        depth = side if depth is None else np.minimum(depth, side, out=depth)
    assert depth is not None  # a box with area has edges
    return depth


def _touching(owner: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Pixels with a direct or diagonal neighbour of another line."""
    out = np.zeros(owner.shape, bool)
    h, w = owner.shape
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a = (slice(0, h - dy), slice(max(0, -dx), w - max(0, dx)))
        b = (slice(dy, h), slice(max(0, dx), w - max(0, -dx)))
        differ = (owner[a] != owner[b]) & (owner[a] > 0) & (owner[b] > 0)
        out[a] |= differ
        out[b] |= differ
    return out
