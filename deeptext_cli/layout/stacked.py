"""Lines that touch on a detector's map, parted along the valleys between them.

Where handwriting or type stands close, the map is a ladder: bright ridges along the lines, joined
by dimmer rungs. One threshold for the whole map either joins the ridges or loses faint lines, so
regions that are ladders are cut at levels of their own.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.quads import Floats

Mask = NDArray[np.uint8]

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.88)
FULL = 0.8          # a region that fills so much of its rectangle is one line
MIN_SHARE = 0.04    # of the region's pixels, for a ridge to count
ELONGATED = 4.0     # length over thickness of a ridge
BESIDE = 0.5        # share of the shorter ridge's length at which another runs above or below it
BULKY = 0.6         # a region that fills less of its rectangle may be lines that meet at an angle
CROSSING = 60.0     # degrees between such lines
LENGTH = 0.8        # of a ridge, that is left of it without its limbs
LIMB = 2.5          # length over thickness of what is left of a region without its ridge


class Ridge(NamedTuple):
    """A line of a region: its rectangle (4, 2) in map pixels, not grown, and the mean of the ridge
    itself; the rungs beside it say nothing against it."""

    rect: Floats
    score: float


class _Piece(NamedTuple):
    mask: Mask           # of the region's window
    centre: Floats       # (2,)
    direction: Floats    # (2,) unit vector along it
    along: float
    across: float


def part_lines(values: NDArray[np.float32], mask: NDArray[np.bool_]) -> list[Ridge]:
    """The lines of one region; empty where it is a single one.

    values: the map in the region's window (H, W), 0..1. mask: the region's pixels.
    """
    whole = _piece(mask.astype(np.uint8))
    area = int(mask.sum())
    if area >= FULL * whole.along * whole.across or whole.across < 4:
        return []
    within = np.where(mask, values, 0.0)
    ridges = _ridges(within, area)
    if len(ridges) < 2 and area < BULKY * whole.along * whole.across:
        ridges = _limbs(within, mask, area)
    if len(ridges) < 2:
        return []
    ridges = [_compact(r, within, area) for r in ridges]
    return [_line(r, m, values) for r, m in zip(ridges, _shared_out(ridges, mask), strict=True)]


def _ridges(values: NDArray[np.float32], area: int, start: int = 0) -> list[_Piece]:
    """Ridges that run beside others, each at the lowest level at which it stands alone."""
    for k in range(start, len(LEVELS)):
        pieces = _pieces(values, k, area)
        if not any(_beside(a, b) for a, b in combinations(pieces, 2)):
            continue
        out: list[_Piece] = []
        for group in _levelled(pieces):
            out += _ridges(np.where(group.mask > 0, values, 0.0), area, k + 1) or [group]
        return out
    return []


def _compact(ridge: _Piece, values: NDArray[np.float32], area: int) -> _Piece:
    """A ridge without the dim limbs that hang on to it and would tilt it."""
    for level in range(len(LEVELS)):
        if ridge.mask.sum() >= BULKY * ridge.along * ridge.across:
            break
        pieces = _levelled(_pieces(np.where(ridge.mask > 0, values, 0.0), level, area))
        longest = max(pieces, key=lambda p: p.along, default=ridge)
        if longest.along < LENGTH * ridge.along:  # not limbs are gone, but parts of the line
            break
        ridge = longest
    return ridge


def _limbs(values: NDArray[np.float32], mask: NDArray[np.bool_], area: int) -> list[_Piece]:
    """Lines that meet at an angle, as a note up the margin does with lines that it passes: the
    brightest, and what is left of the region without it; none where they do not cross."""
    ridges = _levelled(_pieces(values, 0, area))
    near = np.zeros(mask.shape, np.uint8)
    for r in ridges:
        reach = max(1, round(r.across / 2))
        near |= cv2.dilate(r.mask, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    left = (mask & (near == 0)).astype(np.float32)
    limbs = [p for p in _pieces(left, 0, area, LIMB) if any(_cross(p, r) for r in ridges)]
    lines = [*ridges, *limbs]
    return lines if any(_cross(a, b) for a, b in combinations(lines, 2)) else []


def _cross(a: _Piece, b: _Piece) -> bool:
    """Whether two ridges run at a large angle to each other."""
    return abs(float(a.direction @ b.direction)) < np.cos(np.radians(CROSSING))


def _pieces(values: NDArray[np.float32], start: int, area: int,
            elongated: float = ELONGATED) -> list[_Piece]:
    """Elongated parts of the map above a level; of a part that is none, those at higher levels,
    where the dim limbs are gone that hang on to them."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (values > LEVELS[start]).astype(np.uint8))
    out = []
    for i in range(1, count):
        if stats[i, cv2.CC_STAT_AREA] < max(6, MIN_SHARE * area):
            continue
        piece = _piece((labels == i).astype(np.uint8))
        if piece.along >= elongated * piece.across:
            out.append(piece)
        elif start + 1 < len(LEVELS):
            out += _pieces(np.where(piece.mask > 0, values, 0.0), start + 1, area, elongated)
    return out


def _piece(mask: Mask) -> _Piece:
    points = cv2.findNonZero(mask)
    (cx, cy), (w, h), angle = cv2.minAreaRect(points)
    turn = np.radians(angle if w >= h else angle + 90)
    direction = np.array([np.cos(turn), np.sin(turn)])
    return _Piece(mask, np.array([cx, cy]), direction if direction[0] >= 0 else -direction,
                  max(w, h) + 1, min(w, h) + 1)


def _offsets(a: _Piece, b: _Piece) -> tuple[float, float]:
    """From a's middle to b's: along the longer one, and across it."""
    way = (a if a.along >= b.along else b).direction
    between = b.centre - a.centre
    return float(between @ way), float(between @ np.array([-way[1], way[0]]))


def _beside(a: _Piece, b: _Piece) -> bool:
    """Whether two ridges are lines one above the other, rather than parts of one line."""
    along, across = _offsets(a, b)
    overlap = (a.along + b.along) / 2 - abs(along)
    return overlap >= BESIDE * min(a.along, b.along) \
        and abs(across) >= 0.75 * (a.across + b.across) / 2


def _levelled(pieces: list[_Piece]) -> list[_Piece]:
    """Pieces of one line, one after the other, joined."""
    pieces = sorted(pieces, key=lambda p: -p.along)
    groups: list[_Piece] = []
    for piece in pieces:
        for i, other in enumerate(groups):
            _, across = _offsets(other, piece)
            if abs(across) < 0.75 * (piece.across + other.across) / 2 \
                    and not _beside(other, piece) and not _cross(other, piece):
                groups[i] = _piece(cv2.bitwise_or(other.mask, piece.mask))
                break
        else:
            groups.append(piece)
    return groups


def _shared_out(ridges: list[_Piece], mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Each pixel of the region to the nearest ridge."""
    distances = np.stack([cv2.distanceTransform(1 - r.mask, cv2.DIST_L2, 3) for r in ridges])
    nearest = distances.argmin(axis=0)
    return [mask & (nearest == i) for i in range(len(ridges))]


def _line(ridge: _Piece, pixels: NDArray[np.bool_], values: NDArray[np.float32]) -> Ridge:
    """The ridge's rectangle, as thick as its share of the region has area for."""
    ys, xs = np.nonzero(pixels)
    points = np.stack([xs, ys], axis=1)
    along = (points - ridge.centre) @ ridge.direction
    low, high = np.quantile(along, [0.01, 0.99])
    length = max(float(high - low) + 1, 1.0)
    thick = min(max(len(xs) / length, ridge.across), 2.5 * ridge.across)
    normal = np.array([-ridge.direction[1], ridge.direction[0]])
    middle = ridge.centre + ridge.direction * float(low + high) / 2
    u, v = ridge.direction * length / 2, normal * thick / 2
    rect = np.array([middle - u - v, middle + u - v, middle + u + v, middle - u + v]) + 0.5
    return Ridge(rect, float(values[ridge.mask > 0].mean()))
