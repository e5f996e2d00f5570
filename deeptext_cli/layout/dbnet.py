"""From a probability map of text to boxes: the post-processing of DB text detection.

Liao et al., "Real-Time Scene Text Detection with Differentiable Binarization" (AAAI 2020). The
network is trained to mark text regions shrunk by D = A (1 - r^2) / L (A area, L perimeter), so
that lines close together stay apart; here the regions of the map are found and grown back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.quads import Floats, expand, order_corners
from deeptext_cli.layout.stacked import part_lines

# The smallest rectangle around a few pixels lies any way. Where it is nearer a diagonal than the
# grid (degrees) and an upright one hardly larger, a line that leans so is not what makes it lean.
DIAGONAL, ROUND = 22.5, 1.1


class Region(NamedTuple):
    """One line on the map: rectangle (4, 2), mean probability, outline (K, 2), in map pixels."""

    rect: Floats
    score: float
    contour: Floats


@dataclass(frozen=True)
class Detections:
    """Boxes found on one map, in the pixels asked for.

    `quads` (N, 4, 2), `scores` (N,): mean probability inside the contour, `contours`: the N
    regions' outlines (K, 2), not grown.
    """

    quads: Floats
    scores: Floats
    contours: list[Floats]

    def __len__(self) -> int:
        return len(self.quads)


def boxes_from_map(prob: NDArray[np.floating], *, threshold: float = 0.3,
                   box_threshold: float = 0.6, unclip_ratio: float | None = None,
                   shrink_ratio: float = 0.4, min_size: float = 3.0,
                   scale: tuple[float, float] = (1.0, 1.0)) -> Detections:
    """Rotated boxes of the text regions of `prob` (H, W), values 0..1.

    A region is a connected set of pixels above `threshold` whose mean probability is at least
    `box_threshold`, and whose rectangle's short side, before growing, is at least `min_size` map
    pixels. The rectangle grows by area * `unclip_ratio` / perimeter on every side; with
    `unclip_ratio=None` by the amount that exactly undoes shrinking at `shrink_ratio`. A long line
    keeps r^2 of its height when shrunk, so an error in the region's height comes back 1 / r^2
    times as large: train at r = 0.7 rather than DB's 0.4 to use it. `scale` is page pixels a map
    pixel, (x, y).
    """
    if prob.ndim != 2:
        raise ValueError(f"expected a map (H, W), got {prob.shape}")
    values = np.ascontiguousarray(prob, dtype=np.float32)
    mask = (values > threshold).astype(np.uint8)
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    text = np.flatnonzero(mask)
    label_of = labels.ravel()[text]
    mass = np.bincount(label_of, weights=values.ravel()[text], minlength=count)
    means = mass / np.maximum(np.bincount(label_of, minlength=count), 1)
    # CCOMP, since EXTERNAL would lose regions inside the hole of another, such as a drawn frame
    found, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    quads: list[Floats] = []
    scores: list[float] = []
    contours: list[Floats] = []
    factor = np.asarray(scale, dtype=np.float64)
    for i, contour in enumerate(found):
        if hierarchy[0][i][3] != -1:  # the outline of a hole
            continue
        x, y = contour[0, 0]
        label = int(labels[y, x])
        # map pixel (0, 0) covers 0..1, so its centre lies at a half
        whole = Region(_min_area_quad(contour), float(means[label]), contour[:, 0, :] + 0.5)
        for region in _lines_in(whole, contour, label, labels, values) or [whole]:
            along, across = _sides(region.rect)
            if region.score < box_threshold or min(along, across) < min_size:
                continue
            grow = unclip_distance(along, across, unclip_ratio, shrink_ratio)
            quads.append(order_corners(expand(region.rect, grow, grow) * factor))
            scores.append(region.score)
            contours.append(region.contour * factor)
    return Detections(np.array(quads).reshape(-1, 4, 2), np.array(scores), contours)


def _lines_in(whole: Region, contour: cv2.typing.MatLike, label: int, labels: NDArray[np.int32],
              values: NDArray[np.float32]) -> list[Region]:
    """The lines of a region that is several; none where it is one."""
    x, y, w, h = cv2.boundingRect(contour)
    window = (slice(y, y + h), slice(x, x + w))
    corner = np.array([x, y], np.float64)
    return [Region(r.rect + corner, r.score, r.rect + corner)
            for r in part_lines(values[window], labels[window] == label)]


def unclip_distance(width: float, height: float, ratio: float | None,
                    shrink_ratio: float = 0.4) -> float:
    """How far each side of a shrunk width x height rectangle moves out.

    With None for `ratio`: the D with which the grown rectangle, shrunk again by
    D = A (1 - r^2) / L, gives the rectangle back (the positive root of a quadratic).
    """
    if ratio is not None:
        return width * height * ratio / (2 * (width + height)) if width + height > 0 else 0.0
    k = 1 - shrink_ratio**2
    a, b, c = 8 - 4 * k, 2 * (1 - k) * (width + height), -k * width * height
    return (-b + math.sqrt(b * b - 4 * a * c)) / (2 * a)


def _min_area_quad(contour: cv2.typing.MatLike) -> Floats:
    """The smallest rectangle around a region, from the centres of the pixels on its outline.

    Pixels reach half a pixel beyond their centres, but only edges along the grid show it: one
    that crosses a row of pixels somewhere along its length has a centre right beside it.
    """
    (cx, cy), (w, h), angle = cv2.minAreaRect(contour)
    off = abs((angle + 45) % 90 - 45)
    left, top, wide, high = cv2.boundingRect(contour)
    if off >= DIAGONAL and wide * high < ROUND * (w + 1) * (h + 1):
        # a digit or two: any rectangle fits such a region, and text stands upright as a rule
        return np.array([[left, top], [left + wide, top], [left + wide, top + high],
                         [left, top + high]], np.float64)
    off_grid = math.sin(math.radians(off))
    grown = (w + max(0.0, 1 - h * off_grid), h + max(0.0, 1 - w * off_grid))
    return order_corners(cv2.boxPoints(((cx + 0.5, cy + 0.5), grown, angle)))


def _sides(quad: Floats) -> tuple[float, float]:
    (x0, y0), (x1, y1), (x2, y2) = quad[:3].tolist()
    return math.hypot(x1 - x0, y1 - y0), math.hypot(x2 - x1, y2 - y1)
