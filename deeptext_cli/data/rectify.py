"""Cut one line or word out of a page and lay it straight, by quad, polygon or baseline.

Coordinates are pixels of the page with the origin at the top left; a pixel's area is [x, x+1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

GreyImage = NDArray[np.uint8]
Points = tuple[tuple[float, float], ...]
Method = Literal["auto", "quad", "polygon", "baseline"]

MAX_SIDE = 16000  # pixels of a cut; more is a mistake in the coordinates


@dataclass(frozen=True)
class Shape:
    """What is known of a line's place: any of quad (4 corners clockwise from the top left of the
    reading direction), polygon and baseline (in reading direction)."""

    quad: Points | None = None
    polygon: Points | None = None
    baseline: Points | None = None


def cut(page: GreyImage, shape: Shape, *, padding: float = 0.08, method: Method = "auto",
        spacing: float | None = None) -> GreyImage:
    """The line as a grey image (h, w), read from left to right.

    padding: margin on every side as a share of the line's height. spacing: distance to the next
    line in pixels, from which a bare baseline gets its height. Raises ValueError for a shape
    without area or off the page.
    """
    if method in ("auto", "quad") and shape.quad is not None:
        return _by_quad(page, shape.quad, padding)
    if method in ("auto", "polygon", "quad") and shape.polygon is not None and \
            len(shape.polygon) >= 3:
        return _by_polygon(page, shape.polygon, shape.baseline, padding)
    if shape.baseline is not None and len(shape.baseline) >= 2:
        return _by_baseline(page, shape.baseline, shape.polygon, padding, spacing)
    if shape.quad is not None:
        return _by_quad(page, shape.quad, padding)
    raise ValueError("no usable coordinates")


def line_spacing(baselines: list[Points]) -> float | None:
    """Median distance in pixels between baselines that follow one another on a page."""
    middles = sorted(_middle(b)[1] for b in baselines)
    gaps = [b - a for a, b in pairwise(middles) if b - a > 4]
    return float(np.median(gaps)) if gaps else None


def oriented_quad(polygon: Points, baseline: Points | None) -> Points:
    """The rectangle around `polygon` along its reading direction, clockwise from the top left.

    The direction is the baseline's; without one that of the smallest rectangle, turned to the
    nearest to upright.
    """
    pts = np.asarray(polygon, np.float64)
    if baseline is not None and len(baseline) >= 2:
        (x0, y0), (x1, y1) = baseline[0], baseline[-1]
        angle = math.atan2(y1 - y0, x1 - x0)
    else:
        angle = _upright_angle(pts)
    c, s = math.cos(angle), math.sin(angle)
    along, across = np.array([c, s]), np.array([-s, c])
    u, v = pts @ along, pts @ across
    corners = ((u.min(), v.min()), (u.max(), v.min()), (u.max(), v.max()), (u.min(), v.max()))
    out = [a * along + b * across for a, b in corners]
    return tuple((float(p[0]), float(p[1])) for p in out)


def paper(image: GreyImage) -> int:
    """The background's grey: the median of the brighter (or, on dark ground, darker) pixels."""
    threshold, _ = cv2.threshold(np.ascontiguousarray(image), 0, 255,
                                 cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = image > threshold
    chosen = image[bright] if bright.mean() >= 0.5 else image[~bright]
    return int(np.median(chosen)) if chosen.size else 255


def _by_quad(page: GreyImage, quad: Points, padding: float) -> GreyImage:
    q = np.asarray(quad, np.float64)
    width = (np.linalg.norm(q[1] - q[0]) + np.linalg.norm(q[2] - q[3])) / 2
    height = (np.linalg.norm(q[3] - q[0]) + np.linalg.norm(q[2] - q[1])) / 2
    _check(page, q, width, height)
    pad = padding * height
    xs, ys = np.sort(q[:, 0]), np.sort(q[:, 1])
    upright = q[0, 0] < q[1, 0] and q[0, 1] < q[3, 1] and max(
        xs[1] - xs[0], xs[3] - xs[2], ys[1] - ys[0], ys[3] - ys[2]) < 0.5
    if upright:  # plain rows and columns keep the very pixels
        left, top = round(xs[0] - pad), round(ys[0] - pad)
        right, bottom = max(round(xs[3] + pad), left + 1), max(round(ys[3] + pad), top + 1)
        return np.ascontiguousarray(page[max(0, top):max(1, bottom), max(0, left):max(1, right)])
    w, h = round(width + 2 * pad), round(height + 2 * pad)
    w, h = max(w, 1), max(h, 1)
    inner = np.array([[pad, pad], [w - pad, pad], [w - pad, h - pad], [pad, h - pad]], np.float32)
    matrix = cv2.getPerspectiveTransform(q.astype(np.float32), inner)
    return np.asarray(_warp(page, matrix, w, h))


def _warp(page: GreyImage, matrix: NDArray[Any], w: int, h: int) -> GreyImage:
    # cv2 counts from the middle of the first pixel, our coordinates from its corner
    to_corner = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(to_corner) @ matrix @ to_corner
    return cv2.warpPerspective(page, matrix, (w, h), flags=cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_REPLICATE).astype(np.uint8, copy=False)


def _by_polygon(page: GreyImage, polygon: Points, baseline: Points | None,
                padding: float) -> GreyImage:
    """The rectangle along the reading direction, with what is outside the polygon made paper."""
    quad = oriented_quad(polygon, baseline)
    q = np.asarray(quad, np.float64)
    width, height = np.linalg.norm(q[1] - q[0]), np.linalg.norm(q[3] - q[0])
    _check(page, q, float(width), float(height))
    pad = padding * height
    w, h = max(1, round(width + 2 * pad)), max(1, round(height + 2 * pad))
    inner = np.array([[pad, pad], [w - pad, pad], [w - pad, h - pad], [pad, h - pad]], np.float32)
    matrix = cv2.getPerspectiveTransform(q.astype(np.float32), inner)
    line = _warp(page, matrix, w, h).copy()
    outline = cv2.perspectiveTransform(np.asarray(polygon, np.float32)[None], matrix)[0]
    mask = np.zeros((h, w), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 255)
    grow = round(pad)
    if grow > 0:
        mask = cv2.dilate(mask, cv2.getStructuringElement(
            cv2.MORPH_ELLIPSE, (2 * grow + 1, 2 * grow + 1)))
    line[mask == 0] = paper(line[mask > 0][None])
    return line


def _by_baseline(page: GreyImage, baseline: Points, polygon: Points | None, padding: float,
                 spacing: float | None) -> GreyImage:
    """A strip along the baseline, straightened; its height from the polygon or the spacing."""
    pts = np.asarray(baseline, np.float64)
    steps = np.linalg.norm(np.diff(pts, axis=0), axis=1)
    keep = np.concatenate(([True], steps > 1e-6))
    pts = pts[keep]
    if len(pts) < 2:
        raise ValueError("the baseline has no length")
    arc = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(pts, axis=0), axis=1))))
    length = float(arc[-1])
    above, below = _heights(pts, polygon, spacing, length)
    pad = padding * (above + below)
    _check(page, pts, length, above + below)
    at = np.arange(round(length + 2 * pad), dtype=np.float64) - pad + 0.5
    x, y = np.interp(at, arc, pts[:, 0]), np.interp(at, arc, pts[:, 1])
    tangent = (pts[-1] - pts[0]) / max(float(np.linalg.norm(pts[-1] - pts[0])), 1e-6)
    beyond = np.where(at < 0, at, np.maximum(at - length, 0.0))  # np.interp holds the ends
    x, y = x + beyond * tangent[0], y + beyond * tangent[1]
    up = np.arange(round(above + below + 2 * pad), dtype=np.float64) - (above + pad) + 0.5
    # one normal for the whole line: local ones would fan out at kinks of a hand-drawn polyline
    map_x = (x[None, :] - up[:, None] * tangent[1]).astype(np.float32) - 0.5
    map_y = (y[None, :] + up[:, None] * tangent[0]).astype(np.float32) - 0.5
    return cv2.remap(page, map_x, map_y, cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_REPLICATE).astype(np.uint8, copy=False)


def _heights(pts: NDArray[np.float64], polygon: Points | None, spacing: float | None,
             length: float) -> tuple[float, float]:
    """Pixels above and below the baseline."""
    if polygon is not None and len(polygon) >= 3:
        direction = (pts[-1] - pts[0]) / max(float(np.linalg.norm(pts[-1] - pts[0])), 1e-6)
        offsets = (np.asarray(polygon, np.float64) - pts[0]) @ np.array([-direction[1],
                                                                         direction[0]])
        if offsets.min() < 0:
            return float(-offsets.min()), float(max(offsets.max(), 0.0))
    total = spacing if spacing else max(16.0, min(length / 8, 64.0))
    return 0.75 * total, 0.3 * total


def _upright_angle(pts: NDArray[np.float64]) -> float:
    _, (w, h), degrees = cv2.minAreaRect(pts.astype(np.float32))
    angle = math.radians(degrees)
    if w == 0 or h == 0:
        return 0.0
    angle = (angle + math.pi / 4) % (math.pi / 2) - math.pi / 4  # nearest to upright
    return angle


def _middle(points: Points) -> tuple[float, float]:
    a = np.asarray(points, np.float64).mean(axis=0)
    return float(a[0]), float(a[1])


def _check(page: GreyImage, points: NDArray[np.float64], width: float, height: float) -> None:
    if not np.isfinite(points).all():
        raise ValueError("coordinates are not finite")
    if width < 1 or height < 1:
        raise ValueError("the box has no area")
    if width > MAX_SIDE or height > MAX_SIDE:
        raise ValueError(f"the box is larger than {MAX_SIDE} pixels")
    h, w = page.shape[:2]
    if points[:, 0].max() <= 0 or points[:, 1].max() <= 0 or points[:, 0].min() >= w or \
            points[:, 1].min() >= h:
        raise ValueError("the box lies off the page")
