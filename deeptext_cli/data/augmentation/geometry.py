"""Rotation, slant, stretch, perspective, bending and margins, as one resampling.

The canvas is made to fit the bent text, so that no ink is ever lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from deeptext_cli.config.augment import AugmentConfig
from deeptext_cli.data.augmentation.fields import between, smooth_noise
from deeptext_cli.data.augmentation.ink import Ink

OPERATIONS = ("affine", "stretch", "perspective", "curve", "elastic", "crop")
_STEP = 8  # px between the nodes of the coarse displacement map
_STEEPEST = 0.6  # of a bent baseline
_DEEPEST = 1.3  # distance of the far end of the text over that of the near end
_MAX_SIDE = 16384  # cv2.remap takes no more than 32767


@dataclass(slots=True)
class _Bend:
    """Displacement in px of the output: an arc or wave along x."""

    height: float = 0.0
    waves: float = 0.5
    phase: float = 0.0

    def __call__(self, t: np.ndarray) -> np.ndarray:
        """Displacement at t, the place along the line (0..1)."""
        return self.height * np.sin(2 * math.pi * (self.waves * t + self.phase))


def warp(gray: np.ndarray, ink: Ink, config: AugmentConfig, strengths: Mapping[str, float],
         rng: np.random.Generator) -> tuple[np.ndarray, Ink]:
    """Apply those of OPERATIONS that have a strength (0..1); return the image and its ink.

    gray: uint8 (H, W) -> uint8 (H', W').
    """
    if not any(name in strengths for name in OPERATIONS):
        return gray, ink
    matrix = _affine(ink, config, strengths, rng)
    corners = _corners(ink.box)
    centre = corners.mean(axis=0)
    matrix = matrix @ _shift(-centre[0], -centre[1])
    if "perspective" in strengths:
        matrix = _perspective(matrix, corners, ink,
                              between(config.perspective.amount, strengths["perspective"]), rng)
    placed = _project(matrix, corners)
    low, high = placed.min(axis=0), placed.max(axis=0)
    box_w, box_h = corners[2] - corners[0]
    scale_x = (high[0] - low[0]) / box_w
    scale_y = float(cv2.contourArea(placed.astype(np.float32))) / (box_w * box_h) / scale_x
    left, top, right, bottom = _margins(gray, ink, config, strengths, rng)

    bend = _Bend()
    if "curve" in strengths:
        width = high[0] - low[0]
        bend = _Bend(waves=float(rng.choice((0.5, 0.5, 1.0))), phase=float(rng.choice((0.0, 0.5))))
        steepest = _STEEPEST * width / (2 * math.pi * bend.waves)
        bend.height = min(between(config.curve.amount, strengths["curve"]) * ink.height, steepest)
    wobble = 0.0
    if "elastic" in strengths:
        wobble = between(config.elastic.amount, strengths["elastic"]) * ink.height
    # room for what moves, and for the half-covered pixels at the edge of the ink
    left, right = max(left, wobble + 1), max(right, wobble + 1)
    top, bottom = max(top, bend.height + wobble + 1), max(bottom, bend.height + wobble + 1)
    x0, y0 = low[0] - left, low[1] - top
    out_w = min(_MAX_SIDE, max(1, math.ceil(high[0] + right - x0)))
    out_h = min(_MAX_SIDE, max(1, math.ceil(high[1] + bottom - y0)))
    inverse = np.linalg.inv(_shift(-x0, -y0) @ matrix)

    # pixels are squares: the box's corner (0, 0) is half a pixel off pixel 0's centre
    inverse = _shift(0.5, 0.5) @ inverse @ _shift(0.5, 0.5)  # and the frame adds a pixel
    framed = _framed(gray, ink)
    if bend.height or wobble:
        map_x, map_y = _coarse_maps(out_h, out_w, inverse, bend, low[0] - x0, high[0] - x0,
                                    wobble, ink, config, rng)
        image = cv2.remap(framed, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    else:
        image = cv2.warpPerspective(framed, inverse, (out_w, out_h),
                                    flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                                    borderMode=cv2.BORDER_REPLICATE)
    box = (left - wobble, top - bend.height - wobble,
           out_w - right + wobble, out_h - bottom + bend.height + wobble)
    box = (max(0.0, box[0]), max(0.0, box[1]), min(float(out_w), box[2]), min(float(out_h), box[3]))
    return image, replace(ink.scaled(scale_x, scale_y), box=box)


def _shift(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def _corners(box: tuple[float, float, float, float]) -> np.ndarray:
    x0, y0, x1, y1 = box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)


def _project(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    p = np.c_[points, np.ones(len(points))] @ matrix.T
    return p[:, :2] / p[:, 2:]


def _affine(ink: Ink, config: AugmentConfig, strengths: Mapping[str, float],
            rng: np.random.Generator) -> np.ndarray:
    """Rotation x slant x scale about the origin, 3x3."""
    scale_x = scale_y = 1.0
    angle = slant = 0.0
    if "affine" in strengths:
        c, u = config.affine, strengths["affine"]
        width = max(1.0, ink.box[2] - ink.box[0])
        most = min(math.radians(c.rotation), math.atan(c.rise * ink.height / width))
        angle = rng.uniform(-most, most)
        slant = rng.uniform(-c.shear, c.shear) * (0.5 + 0.5 * u)
        scale_x, scale_y = rng.uniform(*c.scale), rng.uniform(*c.scale)
    if "stretch" in strengths:
        low, high = config.stretch.factor
        scale_x *= math.exp(rng.uniform(math.log(low), math.log(high)))
    cos, sin = math.cos(angle), math.sin(angle)
    rotate = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    bend = np.array([[scale_x, slant * scale_y, 0], [0, scale_y, 0], [0, 0, 1]])
    return rotate @ bend


def _perspective(matrix: np.ndarray, corners: np.ndarray, ink: Ink, amount: float,
                 rng: np.random.Generator) -> np.ndarray:
    placed = _project(matrix, corners).astype(np.float32)
    reach = amount * min(ink.height, ink.box[2] - ink.box[0], ink.box[3] - ink.box[1])
    move = rng.uniform(-reach, reach, (4, 2)).astype(np.float32)
    for _ in range(12):
        tilt = cv2.getPerspectiveTransform(placed, placed + move)
        depth = np.c_[placed, np.ones(4)] @ tilt[2]
        if depth.min() > 0 and depth.max() < _DEEPEST * depth.min():
            return tilt @ matrix
        move *= np.float32(0.6)  # in a narrow box the same movement is a steeper view
    return matrix


def _margins(gray: np.ndarray, ink: Ink, config: AugmentConfig, strengths: Mapping[str, float],
             rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in px of the output."""
    h, w = gray.shape
    x0, y0, x1, y1 = ink.box
    if "crop" not in strengths:
        return x0, y0, w - x1, h - y1
    low, high = config.crop.margin
    left, top, right, bottom = (rng.uniform(low, high, 4) * ink.height).tolist()
    return left, top, right, bottom


def _framed(gray: np.ndarray, ink: Ink) -> np.ndarray:
    """The crop in a frame 1 px wide, which is what is repeated where the canvas shows more.

    It follows the border's paper, but not its letters: repeated, they would read as letters.
    """
    out = cv2.copyMakeBorder(gray, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    if ink.blank:
        return out
    k = 2 * round(0.5 * ink.height) + 1
    middle = (ink.background + ink.foreground) / 2
    for edge in (out[:1], out[-1:], out[:, :1], out[:, -1:]):
        inked = edge < middle if ink.contrast > 0 else edge > middle
        paper = np.where(inked, np.uint8(ink.background), edge)
        edge[:] = cv2.blur(paper, (k, k), borderType=cv2.BORDER_REPLICATE)
    return out


def _coarse_maps(h: int, w: int, inverse: np.ndarray, bend: _Bend, start: float, end: float,
                 wobble: float, ink: Ink, config: AugmentConfig, rng: np.random.Generator,
                 ) -> tuple[np.ndarray, np.ndarray]:
    """Source x and y of every output pixel, float32 (h, w) each, from a grid of nodes.

    One more node than needed on each side keeps the interpolation true up to the borders.
    """
    gh, gw = -(-h // _STEP) + 2, -(-w // _STEP) + 2
    x = (np.arange(gw) + 0.5) * _STEP - 0.5 - _STEP
    y = (np.arange(gh) + 0.5) * _STEP - 0.5 - _STEP
    grid_x, grid_y = np.meshgrid(x, y)
    if bend.height:
        t = np.clip((x - start) / max(1.0, end - start), 0, 1)
        grid_y = grid_y - bend(t)[None]
    if wobble:
        cell = rng.uniform(*config.elastic.cell) * ink.height / _STEP
        grid_x = grid_x + wobble * smooth_noise(gh, gw, cell, rng)
        grid_y = grid_y + wobble * smooth_noise(gh, gw, cell, rng)
    depth = inverse[2, 0] * grid_x + inverse[2, 1] * grid_y + inverse[2, 2]
    maps = [((row[0] * grid_x + row[1] * grid_y + row[2]) / depth).astype(np.float32)
            for row in inverse[:2]]
    full = [cv2.resize(m, (gw * _STEP, gh * _STEP), interpolation=cv2.INTER_LINEAR)
            [_STEP:_STEP + h, _STEP:_STEP + w] for m in maps]
    return full[0], full[1]
