"""Pages that do not lie flat: the bend that their lines share, found and undone.

The pages of an open book curl, and a sheet photographed from a side fans out. Each line could be
pulled straight by itself, but its box holds half of its neighbours by then; so the whole page is
laid flat, by the middles of its long lines, and searched once more. The idea is that of
Ulges et al., "Document image dewarping using robust estimation of curled text lines" (ICDAR 2005).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeptext_cli.layout.curves import LEAST_EVEN
from deeptext_cli.layout.dbnet import unclip_distance
from deeptext_cli.layout.quads import Floats
from deeptext_cli.layout.rectify import centre_line

Image = NDArray[np.uint8]

LONG = 8.0          # least length, in text heights, of a line that tells of the page's shape
CORNERS = 5         # of an outline at least: four are a rectangle's, put in a region's place
MOST_LEAN = 30.0    # degrees
LEAST_LINES = 6
MOST_LINES = 32     # the longest ones; more tell nothing new
STRAY = 0.1        # least r.m.s. stray from straight parallels, in text heights, that is undone
GAIN = 0.5          # most of it that the shape found may leave
DEGREE = 4
POINTS = 24         # of a line's middle
MARGIN = 1.1        # the shape is not continued further than this, of the lines' reach


class _Long(NamedTuple):
    middle: Floats   # (POINTS, 2)
    height: float    # of the text


@dataclass(frozen=True)
class Sheet:
    """The shape of a page: the line at level c of the flat page runs, on the page as it is, along
    y = c + f(x, c), a polynomial of x whose coefficients change evenly with c."""

    centre: Floats         # (2,) x and level at which the polynomial's variables are 0
    reach: Floats          # (2,) distance from there at which they are 1
    coefficients: Floats   # (2, DEGREE) of u, u^2, ...: the first row and v times the second

    def offset(self, x: Floats, level: Floats) -> Floats:
        """How far below its level each point is on the page as it is; arrays alike."""
        powers, v = self.terms(x, level)
        first, second = self.coefficients
        return (powers @ first + v * (powers @ second)) * self.reach[0]

    def to_page(self, points: ArrayLike) -> Floats:
        """Points (..., 2) of the flat page on the page as it is."""
        p = np.array(points, dtype=np.float64)
        p[..., 1] += self.offset(p[..., 0], p[..., 1])
        return p

    def flattened(self, page: Image) -> Image:
        """The page (H, W) laid flat; what comes from beyond its border repeats it."""
        h, w = page.shape[:2]
        # the shape is smooth: worked out on a grid, and between by interpolation
        xs, ys = (np.linspace(0, n, max(2, n // 16)) for n in (w, h))
        coarse = self.offset(*np.broadcast_arrays(xs[None], ys[:, None])).astype(np.float32)
        below = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_LINEAR)
        map_x, map_y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
        out = cv2.remap(page, map_x, map_y + below, cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(out, dtype=np.uint8)

    def terms(self, x: Floats, level: Floats) -> tuple[Floats, Floats]:
        """u, u^2, ... (..., DEGREE) and v of points; arrays alike."""
        u = np.clip((x - self.centre[0]) / self.reach[0], -MARGIN, MARGIN)
        v = np.clip((level - self.centre[1]) / self.reach[1], -MARGIN, MARGIN)
        return np.stack([u**k for k in range(1, DEGREE + 1)], axis=-1), v


def shape_of(outlines: Sequence[Floats], shrink_ratio: float) -> Sheet | None:
    """The shape that a page's lines show; None where they run straight and side by side, or share
    no shape.

    `outlines`: of regions of a detector's map, still shrunk (see `dbnet`), in page pixels.
    """
    lines = [x for x in (_line(o, a, shrink_ratio) for o, a in _long_outlines(outlines)) if x]
    for _ in range(2):  # then without those that have a shape of their own
        if len(lines) < LEAST_LINES:
            return None
        sheet, left, straight = _fitted(lines)
        near = left <= max(2.5 * float(np.median(left)), 0.1)
        if near.all():
            break
        lines = [x for x, stays in zip(lines, near, strict=True) if stays]
    before, after = (float(np.sqrt((s**2).mean())) for s in (straight, left))
    return sheet if before >= STRAY and after <= GAIN * before else None


def _long_outlines(outlines: Sequence[Floats]) -> list[tuple[Floats, float]]:
    """The longest outlines that lie roughly level, and their directions in degrees."""
    out = []
    for outline in outlines:
        points = outline.astype(np.float32)
        (_, (w, h), angle) = cv2.minAreaRect(points)
        along, angle = (w, angle) if w >= h else (h, angle - 90)
        angle = (angle + 90) % 180 - 90
        if len(points) >= CORNERS and abs(angle) <= MOST_LEAN \
                and along**2 >= LONG * cv2.contourArea(points) > 0:
            out.append((along, outline, angle))
    out.sort(key=lambda x: -x[0])
    return [(outline, angle) for _, outline, angle in out[:MOST_LINES]]


def _line(outline: Floats, angle: float, shrink_ratio: float) -> _Long | None:
    """The middle of an outline; None where it is not that of one long line."""
    middle, height = centre_line(outline, angle, points=POINTS)
    length = float(np.linalg.norm(np.diff(middle, axis=0), axis=1).sum())
    area = float(cv2.contourArea(outline.astype(np.float32)))
    text = height + 2 * unclip_distance(length, height, None, shrink_ratio)
    if height <= 0 or area < LEAST_EVEN * length * height or length < LONG * text:
        return None
    return _Long(middle, text)


def _fitted(lines: Sequence[_Long]) -> tuple[Sheet, Floats, Floats]:
    """The shape that fits best, and each line's r.m.s. distance, in its text heights, from it and
    from straight parallels."""
    points = np.array([line.middle for line in lines])           # (N, POINTS, 2)
    heights = np.array([line.height for line in lines])
    x, y = points[..., 0], points[..., 1]
    reach = np.maximum([np.ptp(x) / 2, np.ptp(y) / 2], 1.0)
    centre = np.array([(x.min() + x.max()) / 2, (y.min() + y.max()) / 2])
    sheet = Sheet(centre, reach, np.zeros((2, DEGREE)))
    levels = y.mean(axis=1, keepdims=True)
    for _ in range(3):  # the levels, by which coefficients change, are unknown too
        powers, v = sheet.terms(x, np.repeat(levels, POINTS, axis=1))
        terms = np.concatenate([powers, powers * v[..., None]], axis=2) * reach[0]
        coefficients = _solved(_centred(terms).reshape(-1, 2 * DEGREE), _centred(y).ravel())
        levels = (y - terms @ coefficients).mean(axis=1, keepdims=True)
        sheet = Sheet(centre, reach, coefficients.reshape(2, DEGREE))
    left = y - levels - sheet.offset(x, np.repeat(levels, POINTS, axis=1))
    slope = np.median((y[:, -1] - y[:, 0]) / np.maximum(x[:, -1] - x[:, 0], 1.0))
    straight = _centred(y - slope * x)
    return (sheet, *(np.sqrt((d**2).mean(axis=1)) / heights for d in (left, straight)))


def _centred(values: Floats) -> Floats:
    """Values (N, POINTS, ...) less each line's mean, which is its level and none of the shape."""
    return values - values.mean(axis=1, keepdims=True)


def _solved(terms: Floats, y: Floats) -> Floats:
    """Coefficients (K,) for which `terms` (M, K) come nearest to `y`, held down a little, so that
    few or short lines do not bend a page wildly."""
    inner = terms.T @ terms
    return np.linalg.solve(inner + 1e-4 * np.trace(inner) / len(inner) * np.eye(len(inner)),
                           terms.T @ y)
