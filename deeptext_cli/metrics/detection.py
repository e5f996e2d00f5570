"""How well lines were found: precision, recall and H-mean of boxes, and the characters covered.

The ICDAR robust reading protocol (Karatzas et al., ICDAR 2015): a box is found where a predicted
one overlaps it with an intersection over union of at least 0.5, one to one; predictions that lie
mostly on a "do not care" box are left out. Line breaks differ between annotators and a box can
be found with its ends cut off, so the share of characters that lie under some prediction is
counted as well: what is not covered, no recogniser can read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Quad = NDArray[np.float32]  # (4, 2): corners clockwise from the text's top left, x before y
Point = tuple[float, float]
Hull = list[Point]  # corners of a convex polygon, turning from x towards y

_DEPTHS = (0.25, 0.5, 0.75)  # of a line's height: where a covered character must be covered


@dataclass(frozen=True)
class Truth:
    """One labelled box. `ignore`: neither finding nor missing it counts."""

    quad: ArrayLike
    text: str = ""
    ignore: bool = False


@dataclass(frozen=True)
class DetectionCounts:
    """Summed counts over pages; add two to get those of both."""

    truths: int = 0
    predictions: int = 0
    matched: int = 0
    characters: int = 0
    characters_covered: int = 0

    def __add__(self, other: DetectionCounts) -> DetectionCounts:
        return DetectionCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def precision(self) -> float:
        """Share of the predicted boxes that match; 1 where nothing was predicted and due."""
        return _share(self.matched, self.predictions, self.truths == 0)

    @property
    def recall(self) -> float:
        """Share of the labelled boxes that were found; 1 where there were none."""
        return _share(self.matched, self.truths, True)

    @property
    def h_mean(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def coverage(self) -> float:
        """Share of the labelled characters, spaces apart, that lie under predicted boxes."""
        return _share(self.characters_covered, self.characters, True)


def _share(part: int, whole: int, when_empty: bool) -> float:
    return part / whole if whole else float(when_empty)


def count_detection(truths: Sequence[Truth], predictions: Sequence[ArrayLike], *,
                    min_iou: float = 0.5) -> DetectionCounts:
    """The counts of one page; every quad is (4, 2), convex (its hull is taken)."""
    due = [t for t in truths if not t.ignore]
    wanted = [_hull(_quad(t.quad)) for t in due]
    ignored = [_hull(_quad(t.quad)) for t in truths if t.ignore]
    found = [_hull(_quad(p)) for p in predictions]
    areas = np.array([_area(f) for f in found])
    shared = _shared_areas(wanted, found)
    union = np.array([_area(w) for w in wanted])[:, None] + areas - shared
    partners = match(shared / np.maximum(union, 1e-9), min_iou)
    taken = set(partners) - {-1}
    off_limits = np.asarray((_shared_areas(ignored, found) > areas / 2).any(axis=0), bool)
    counted = sum(j in taken or not off for j, off in enumerate(off_limits.tolist()))
    characters = covered = 0
    for t, row in zip(due, shared, strict=True):
        n, c = _covered(_quad(t.quad), t.text, [found[j] for j in np.flatnonzero(row)])
        characters += n
        covered += c
    return DetectionCounts(len(wanted), counted, len(taken), characters, covered)


def match(iou: NDArray[np.float64], min_iou: float) -> list[int]:
    """For each row its partner column, or -1: the most pairs of at least `min_iou`, one to one.

    Kuhn's augmenting paths, which unlike the greedy order never loses a pair that was possible.
    """
    rows, columns = iou.shape
    edges = [[int(j) for j in np.argsort(-row, kind="stable") if row[j] >= min_iou] for row in iou]
    owner = [-1] * columns

    def place(row: int, tried: set[int]) -> bool:
        for j in edges[row]:
            if j not in tried:
                tried.add(j)
                if owner[j] < 0 or place(owner[j], tried):
                    owner[j] = row
                    return True
        return False

    for row in range(rows):
        place(row, set())
    partners = [-1] * rows
    for j, row in enumerate(owner):
        if row >= 0:
            partners[row] = j
    return partners


def polygon_iou(a: ArrayLike, b: ArrayLike) -> float:
    """Intersection over union of two convex polygons (N, 2); 0 where either has no area."""
    ha, hb = _hull(_quad(a)), _hull(_quad(b))
    shared = _area(_clip(ha, hb))
    union = _area(ha) + _area(hb) - shared
    return shared / union if union > 0 else 0.0


def _quad(points: ArrayLike) -> Quad:
    return np.asarray(points, np.float32).reshape(-1, 2)


def _hull(points: Quad) -> Hull:
    hull = cv2.convexHull(points.astype(np.float32), clockwise=True).reshape(-1, 2)
    corners = [(float(x), float(y)) for x, y in hull]
    return corners if _area(corners) >= 0 else corners[::-1]


def _shared_areas(a: Sequence[Hull], b: Sequence[Hull]) -> NDArray[np.float64]:
    """(len(a), len(b)) areas of the intersections."""
    out = np.zeros((len(a), len(b)))
    if a and b:
        (low_a, high_a), (low_b, high_b) = _bounds(a), _bounds(b)
        near = ((low_a[:, None] < high_b) & (low_b < high_a[:, None])).all(axis=2)
        for i, j in np.argwhere(near):  # few: most boxes of a page are apart
            out[i, j] = _area(_clip(a[i], b[j]))
    return out


def _bounds(hulls: Sequence[Hull]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (np.array([np.min(h, axis=0) for h in hulls]),
            np.array([np.max(h, axis=0) for h in hulls]))


def _area(polygon: Hull) -> float:
    """The shoelace formula; positive for hulls as `_hull` gives them."""
    if len(polygon) < 3:
        return 0.0
    ox, oy = polygon[0]
    return sum((x1 - ox) * (y2 - oy) - (x2 - ox) * (y1 - oy)
               for (x1, y1), (x2, y2) in pairwise(polygon[1:])) / 2


def _clip(subject: Hull, window: Hull) -> Hull:
    """The part of a convex polygon inside another (Sutherland and Hodgman, 1974).

    OpenCV's intersectConvexConvex is not used: it gives 0 for boxes with edges nearly in line,
    which is what good predictions look like.
    """
    out = list(subject)
    for (x1, y1), (x2, y2) in pairwise([*window, window[0]]):
        if not out:
            break
        # positive on the inner side of this edge, growing with the distance from it
        depth = [(x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) for x, y in out]
        kept: Hull = []
        for (p, d), (q, e) in pairwise([*zip(out, depth, strict=True), (out[0], depth[0])]):
            if d >= 0:
                kept.append(p)
            if (d > 0) != (e > 0) and d != e and d != 0 and e != 0:
                t = d / (d - e)
                kept.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
        out = kept
    return out


def _covered(quad: Quad, text: str, predictions: Sequence[Hull]) -> tuple[int, int]:
    """(characters, those covered). Characters are taken to be equally wide along the line.

    One is covered where its middle lies under predictions, at a quarter, half and three quarters
    of the line's height.
    """
    solid = np.array([not c.isspace() for c in text], bool)
    n = int(solid.sum())
    if n == 0 or len(quad) != 4:
        return (n, 0) if n else (0, 0)
    along = ((np.arange(len(text)) + 0.5) / len(text))[solid][:, None, None]
    down = np.array(_DEPTHS)[None, :, None]
    top_left, top_right, bottom_right, bottom_left = quad.astype(np.float64)
    top = top_left + along * (top_right - top_left)
    bottom = bottom_left + along * (bottom_right - bottom_left)
    points = (top + down * (bottom - top)).reshape(-1, 2)
    hit = np.zeros(len(points), bool)
    for p in predictions:
        hit |= _contains(p, points)
    return n, int(hit.reshape(n, len(_DEPTHS)).all(axis=1).sum())


def _contains(polygon: Hull, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points lie in a convex polygon, its border included."""
    if len(polygon) < 3:
        return np.zeros(len(points), bool)
    corners = np.array(polygon)
    edge = np.roll(corners, -1, axis=0) - corners
    off = points[:, None] - corners[None]
    side = edge[:, 0] * off[..., 1] - edge[:, 1] * off[..., 0]
    return np.asarray((side >= 0).all(axis=1))
