"""Pages that do not lie flat: the bend that their lines share, found and undone.

The pages of an open book curl, and a sheet photographed from a side fans out. Each line could be
pulled straight by itself, but its box holds half of its neighbours by then; so the whole page is
laid flat, by the middles of its long lines, and searched once more. The idea is that of
Ulges et al., "Document image dewarping using robust estimation of curled text lines" (ICDAR 2005).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeptext_cli.layout.curves import Ribbon, ribbon_of
from deeptext_cli.layout.quads import Floats

Image = NDArray[np.uint8]

LONG = 8.0          # least length, in text heights, of a line that tells of the page's shape
CORNERS = 5         # of an outline at least: four are a rectangle's, put in a region's place
MOST_LEAN = 30.0    # degrees
LEAST_LINES = 6
MOST_LINES = 32     # the longest ones; more tell nothing new
FEW_LINES, SURELY_FLAT = 12, 0.05  # so many lines that stray less than this are enough
STRAY = 0.1         # least r.m.s. stray from straight parallels, in text heights, that is undone
GAIN = 0.5          # most of it that the shape found may leave
KNOTS = 20          # over the lines' reach: two pages of a book meet in a fold
SMOOTH, SMALL = 0.1, 1e-4  # how much kinks and changes from line to line are held down
BEYOND = 0.25       # of the lines' reach, for which the shape is continued
POINTS = 24         # of a line's middle


@dataclass(frozen=True)
class Sheet:
    """The shape of a page: the line at level c of the flat page runs, on the page as it is, along
    y = c + f(x, c). f is straight between knots of x, and changes evenly with c; beyond the lines
    that it was found by, it goes on straight, though not for long."""

    low: Floats            # (2,) least x and level of the lines
    high: Floats           # (2,) greatest ones
    knots: Floats          # (2, KNOTS): f at low[1], and what is added to it at high[1]

    def offset(self, x: Floats, level: Floats) -> Floats:
        """How far below its level each point is on the page as it is; arrays alike."""
        at, v = self.places(x, level)
        k = np.clip(at.astype(int), 0, KNOTS - 2)
        share = at - k
        first, more = ((1 - share) * row[k] + share * row[k + 1] for row in self.knots)
        return np.asarray(first + v * more)

    def places(self, x: Floats, level: Floats) -> tuple[Floats, Floats]:
        """Where points lie: 0..KNOTS - 1 along the lines, 0..1 from the first line to the last."""
        span = np.maximum(self.high - self.low, 1e-9)
        return (np.clip((x - self.low[0]) / span[0], -BEYOND, 1 + BEYOND) * (KNOTS - 1),
                np.clip((level - self.low[1]) / span[1], -BEYOND, 1 + BEYOND))

    def to_page(self, points: ArrayLike) -> Floats:
        """Points (..., 2) of the flat page on the page as it is."""
        p = np.array(points, dtype=np.float64)
        p[..., 1] += self.offset(p[..., 0], p[..., 1])
        return p

    def flattened(self, page: Image) -> Image:
        """The page (H, W) laid flat; what comes from beyond its border repeats it."""
        h, w = page.shape[:2]
        # the shape is smooth: worked out on a grid, and between by interpolation
        xs, ys = (_cells(n, max(2, n // 16)) for n in (w, h))
        coarse = self.offset(*np.broadcast_arrays(xs[None], ys[:, None])).astype(np.float32)
        below = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_LINEAR)
        map_x, map_y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
        out = cv2.remap(page, map_x, map_y + below, cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(out, dtype=np.uint8)


def _cells(length: int, count: int) -> Floats:
    """The middles of so many equal cells of a row of pixels, which is where resizing takes its
    samples to lie."""
    return (np.arange(count) + 0.5) * length / count - 0.5


def shape_of(outlines: Sequence[Floats], shrink_ratio: float) -> Sheet | None:
    """The shape that a page's lines show; None where they run straight and side by side, or share
    no shape.

    `outlines`: of regions of a detector's map, still shrunk (see `dbnet`), in page pixels.
    """
    long = _long_outlines(outlines)
    some = [x for x in (_line(o, a, shrink_ratio) for o, a in long[:FEW_LINES]) if x]
    if len(some) >= LEAST_LINES and _rms(_fitted(some)[2]) < SURELY_FLAT:
        return None  # as most pages are
    lines = some + [x for x in (_line(o, a, shrink_ratio) for o, a in long[FEW_LINES:]) if x]
    for _ in range(2):  # then without those that have a shape of their own
        if len(lines) < LEAST_LINES:
            return None
        sheet, left, straight = _fitted(lines)
        near = left <= max(2.5 * float(np.median(left)), 0.1)
        if near.all():
            break
        lines = [x for x, stays in zip(lines, near, strict=True) if stays]
    return sheet if _rms(straight) >= STRAY and _rms(left) <= GAIN * _rms(straight) else None


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


def _line(outline: Floats, angle: float, shrink_ratio: float) -> Ribbon | None:
    """The line in an outline; None where that is not one long line."""
    ribbon = ribbon_of(outline, angle, shrink_ratio, points=POINTS)
    return ribbon if ribbon is not None and ribbon.length >= LONG * ribbon.text else None


def _fitted(lines: Sequence[Ribbon]) -> tuple[Sheet, Floats, Floats]:
    """The shape that fits best, and each line's r.m.s. distance, in its text heights, from it and
    from straight parallels."""
    points = np.array([line.middle for line in lines])           # (N, POINTS, 2)
    heights = np.array([line.text for line in lines])
    x, y = points[..., 0], points[..., 1]
    sheet = Sheet(np.array([x.min(), y.min()]), np.array([x.max(), y.max()]), np.zeros((2, KNOTS)))
    levels = y.mean(axis=1, keepdims=True)
    for _ in range(3):  # the levels, by which the shape changes, are unknown too
        at, v = sheet.places(x, np.repeat(levels, POINTS, axis=1))
        hats = np.maximum(0.0, 1 - np.abs(at[..., None] - np.arange(KNOTS)))
        terms = np.concatenate([hats, hats * v[..., None]], axis=2)
        knots = _solved(_centred(terms).reshape(-1, 2 * KNOTS), _centred(y).ravel())
        levels = (y - terms @ knots).mean(axis=1, keepdims=True)
        sheet = Sheet(sheet.low, sheet.high, knots.reshape(2, KNOTS))
    left = y - levels - sheet.offset(x, np.repeat(levels, POINTS, axis=1))
    slope = np.median((y[:, -1] - y[:, 0]) / np.maximum(x[:, -1] - x[:, 0], 1.0))
    straight = _centred(y - slope * x)
    return (sheet, *(np.sqrt((d**2).mean(axis=1)) / heights for d in (left, straight)))


def _rms(values: Floats) -> float:
    return float(np.sqrt((values**2).mean()))


def _centred(values: Floats) -> Floats:
    """Values (N, POINTS, ...) less each line's mean, which is its level and none of the shape."""
    return values - values.mean(axis=1, keepdims=True)


def _solved(terms: Floats, y: Floats) -> Floats:
    """The 2 * KNOTS values for which `terms` (M, 2 * KNOTS) come nearest to `y`: without kinks
    where few lines say otherwise, and not far from 0 where none say anything."""
    bends = np.diff(np.eye(KNOTS), 2, axis=0)
    smooth = np.kron(np.eye(2), bends.T @ bends)
    inner = terms.T @ terms
    scale = np.trace(inner) / len(inner)
    return np.linalg.solve(inner + scale * (SMOOTH * smooth + SMALL * np.eye(len(inner))),
                           terms.T @ y)
