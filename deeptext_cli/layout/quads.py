"""Arithmetic on text boxes held as arrays: quads (N, 4, 2), rectangles (N, 4) = x0, y0, x1, y1.

Pixels, y down; the corners of a quad run clockwise as the text is read, from its top-left.
Angles are degrees clockwise as seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def as_quads(quads: ArrayLike) -> Floats:
    """Any nesting of four corner points as (N, 4, 2); nothing gives (0, 4, 2)."""
    return np.asarray(quads, dtype=np.float64).reshape(-1, 4, 2)


def quads_of_rects(rects: ArrayLike) -> Floats:
    """(N, 4) rectangles as quads of upright text."""
    r = np.asarray(rects, dtype=np.float64).reshape(-1, 4)
    return r[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)


def rects_of(quads: ArrayLike) -> Floats:
    """The upright rectangle around each quad, (N, 4)."""
    q = as_quads(quads)
    return np.concatenate([q.min(axis=1), q.max(axis=1)], axis=1)


def sizes_of(quads: ArrayLike) -> tuple[Floats, Floats]:
    """Length along the text and height across it, each (N,): means of opposite edges."""
    q = as_quads(quads)
    step = q[:, [1, 2, 3, 0]] - q
    step *= step
    edge = np.sqrt(step[..., 0] + step[..., 1])  # np.linalg.norm, in half its time
    return (edge[:, 0] + edge[:, 2]) / 2, (edge[:, 1] + edge[:, 3]) / 2


def angles_of(quads: ArrayLike) -> Floats:
    """Direction of the text in each quad, (N,) degrees in (-180, 180]."""
    q = as_quads(quads)
    along = (q[:, 1] + q[:, 2]) - (q[:, 0] + q[:, 3])
    return np.degrees(np.arctan2(along[:, 1], along[:, 0]))


def rotate(points: ArrayLike, angle: float, centre: Sequence[float] = (0.0, 0.0)) -> Floats:
    """Points (..., 2) turned clockwise as seen by `angle` degrees about `centre`."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    origin = np.asarray(centre, dtype=np.float64)
    turn = np.array([[c, s], [-s, c]])  # row vectors, y down
    return (np.asarray(points, dtype=np.float64) - origin) @ turn + origin


def order_corners(quad: ArrayLike) -> Floats:
    """Four corners in any order, as upright-ish text has them: clockwise from the top-left.

    "Top" is the edge pair whose direction is nearest to horizontal, so text that leans up to 45
    degrees keeps its direction. Boxes clearly taller than wide keep upright corners too: whether
    they hold turned text is for the reader to find out.
    """
    q = np.asarray(quad, dtype=np.float64).reshape(4, 2)
    corners = q.tolist()  # of four points numpy is the slower way
    middle_x, middle_y = (sum(c) / 4 for c in zip(*corners, strict=True))
    # clockwise as seen, since y is down
    turns = [math.atan2(y - middle_y, x - middle_x) for x, y in corners]
    order = sorted(range(4), key=turns.__getitem__)
    # the top edge runs to the right: the most rightward edge by direction, not by length
    cosines = []
    for a, b in zip(order, order[1:] + order[:1], strict=True):
        along, down = corners[b][0] - corners[a][0], corners[b][1] - corners[a][1]
        cosines.append(along / max(math.sqrt(along * along + down * down), 1e-9))
    first = cosines.index(max(cosines))
    return q[order[first:] + order[:first]]


def around(quads: ArrayLike, angle: float | None = None) -> Floats:
    """The smallest quad (4, 2) at `angle` around all quads; None takes their mean direction.

    Raises ValueError without quads.
    """
    q = as_quads(quads)
    if not len(q):
        raise ValueError("no quads")
    if angle is None:
        lengths, _ = sizes_of(q)
        directions = np.radians(angles_of(q))
        weight = lengths + 1e-9
        angle = float(np.degrees(np.arctan2((np.sin(directions) * weight).sum(),
                                            (np.cos(directions) * weight).sum())))
    return around_points(q.reshape(-1, 2), angle)


def around_points(points: ArrayLike, angle: float) -> Floats:
    """The smallest quad (4, 2) at `angle` around points (N, 2)."""
    flat = rotate(points, -angle)
    (x0, y0), (x1, y1) = flat.min(axis=0), flat.max(axis=0)
    return rotate([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], angle)


def expand(quad: ArrayLike, along: float, across: float) -> Floats:
    """A quad with each side moved out: `along` pixels at both ends, `across` above and below."""
    q = np.asarray(quad, dtype=np.float64).reshape(4, 2)
    right, lower = (q[1] + q[2] - q[0] - q[3]).tolist()
    aside, down = (q[2] + q[3] - q[0] - q[1]).tolist()
    along /= max(math.hypot(right, lower), 1e-9)
    across /= max(math.hypot(aside, down), 1e-9)
    x, y, x_across, y_across = along * right, along * lower, across * aside, across * down
    out: Floats = q + np.array([[-x - x_across, -y - y_across], [x - x_across, y - y_across],
                                [x + x_across, y + y_across], [x_across - x, y_across - y]])
    return out


def intersection_area(a: ArrayLike, b: ArrayLike) -> float:
    """Area two convex quads share, in square pixels."""
    shared, _ = cv2.intersectConvexConvex(np.asarray(a, dtype=np.float32).reshape(4, 2),
                                          np.asarray(b, dtype=np.float32).reshape(4, 2))
    return float(shared)


def meeting(rect: ArrayLike, rects: Floats) -> NDArray[np.bool_]:
    """Which of the upright rectangles (N, 4) share pixels with one."""
    r = np.asarray(rect)
    return np.asarray((np.minimum(r[2:], rects[:, 2:]) > np.maximum(r[:2], rects[:, :2]))
                      .all(axis=1))


def shared_areas(quad: ArrayLike, quads: Floats) -> Floats:
    """The area that a quad shares with each of others, (N,)."""
    areas = np.zeros(len(quads))
    for i in np.flatnonzero(meeting(rects_of(quad)[0], rects_of(quads))):
        areas[i] = intersection_area(quad, quads[i])
    return areas


def areas_of(quads: ArrayLike) -> Floats:
    """Area of each quad (N,), by the shoelace formula."""
    q = as_quads(quads)
    after = np.roll(q, -1, axis=1)
    return np.abs((q[..., 0] * after[..., 1] - after[..., 0] * q[..., 1]).sum(axis=1)) / 2


def on_one_level(rects: Floats, share: float) -> NDArray[np.bool_]:
    """(N, N) which upright boxes share so much of the lesser one's height, each with itself too."""
    height = rects[:, 3] - rects[:, 1]
    level = overlap_1d(rects[:, None, 1], rects[:, None, 3], rects[:, 1], rects[:, 3])
    return np.asarray(level > share * np.minimum(height[:, None], height))


def overlap_1d(a0: Floats, a1: Floats, b0: Floats, b1: Floats) -> Floats:
    """Length two intervals share (broadcasting); negative is the gap between them."""
    return np.minimum(a1, b1) - np.maximum(a0, b0)
