"""Lines that do not run straight: told from straight ones by the outline of their region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike

from deeptext_cli.layout.dbnet import unclip_distance
from deeptext_cli.layout.quads import Floats, angles_of, sizes_of
from deeptext_cli.layout.rectify import centre_line

MIN_ASPECT = 2.0   # of the box around a curved line; shorter ones give no direction
MOST_FILL = 0.75   # of its box's area that a curved region covers at most
LEAST_EVEN = 0.6   # of length times height that a region of one curved line covers
POINTS = 96        # of the middle
MIN_BEND = 0.25    # of the text height: less stray is read as well straight


@dataclass(frozen=True)
class Curve:
    """A curved line: `centre` (K, 2) runs through its middle in reading direction, `height` is
    that of the text across it, both in page pixels."""

    centre: Floats
    height: float

    def part(self, start: float = 0.0, end: float = 1.0) -> Floats:
        """The quad (4, 2) between two shares of the line's length, clockwise from top left."""
        (a, u), (b, v) = (self._at(share) for share in (start, end))
        half = self.height / 2
        up, vp = np.array([u[1], -u[0]]) * half, np.array([v[1], -v[0]]) * half
        return np.stack([a + up, b + vp, b - vp, a - up])

    def outline(self, points: int = 8) -> Floats:
        """A polygon (2 * points, 2) around the line, clockwise from its top left."""
        ends = [self.part(s, s) for s in np.linspace(0, 1, points)]
        return np.concatenate([[q[0] for q in ends], [q[3] for q in reversed(ends)]])

    def _at(self, share: float) -> tuple[Floats, Floats]:
        """The point at a share of the length, and the direction there."""
        steps = np.linalg.norm(np.diff(self.centre, axis=0), axis=1)
        reach = np.concatenate([[0.0], np.cumsum(steps)])

        def point(at: float) -> Floats:
            return np.array([np.interp(at, reach, self.centre[:, k]) for k in (0, 1)])

        at, half = share * reach[-1], min(self.height, reach[-1]) / 2
        ahead = point(min(at + half, reach[-1])) - point(max(at - half, 0.0))
        return point(at), ahead / max(float(np.linalg.norm(ahead)), 1e-9)


class Ribbon(NamedTuple):
    """A region of a detector's map that is as high all along as one line is."""

    middle: Floats   # (K, 2) through it
    height: float    # across it, still shrunk
    length: float
    grow: float      # by which the line reaches beyond the region on every side

    @property
    def text(self) -> float:
        """The height of the line itself."""
        return self.height + 2 * self.grow


def ribbon_of(outline: Floats, angle: float, shrink_ratio: float, *, points: int) -> Ribbon | None:
    """The ribbon inside an outline (K, 2) that runs roughly at `angle` degrees; None where it is
    none."""
    middle, height = centre_line(outline, angle, points=points)
    length = float(np.linalg.norm(np.diff(middle, axis=0), axis=1).sum())
    area = float(cv2.contourArea(outline.astype(np.float32)))
    if height <= 0 or area < LEAST_EVEN * length * height:
        return None
    return Ribbon(middle, height, length, unclip_distance(length, height, None, shrink_ratio))


def curve_of(contour: ArrayLike, quad: ArrayLike, shrink_ratio: float) -> Curve | None:
    """The curve of a region of a detector's map; None for one that is straight or no ribbon.

    `contour` (K, 2) goes around the region, still shrunk (see `dbnet`), `quad` is the box grown
    from it; both in page pixels.
    """
    outline = np.asarray(contour, dtype=np.float64).reshape(-1, 2)
    along, across = (float(s[0]) for s in sizes_of(quad))
    if along < MIN_ASPECT * across or len(outline) < 6:
        return None
    area = float(cv2.contourArea(outline.astype(np.float32)))
    around = cv2.minAreaRect(outline.astype(np.float32))[1]
    if area >= MOST_FILL * around[0] * around[1] or area <= 0:
        return None
    ribbon = ribbon_of(outline, float(angles_of(quad)[0]), shrink_ratio, points=POINTS)
    if ribbon is None:
        return None
    centre, grow, text = ribbon.middle, ribbon.grow, ribbon.text
    apart = np.linalg.norm(outline[:, None] - centre[None], axis=2).min(axis=1)
    if apart.max() > ribbon.height:  # something else hangs on
        return None
    chord = (centre[-1] - centre[0]) / max(float(np.linalg.norm(centre[-1] - centre[0])), 1e-9)
    off = centre - centre[0]
    if np.abs(chord[0] * off[:, 1] - chord[1] * off[:, 0]).max() < MIN_BEND * text:
        return None
    return Curve(_extended(centre, grow), text)


def _extended(centre: Floats, by: float) -> Floats:
    """A line made longer at both ends, straight on."""
    step = max(1, len(centre) // 8)
    first, last = centre[0] - centre[step], centre[-1] - centre[-1 - step]
    ends = [end + by * d / max(float(np.linalg.norm(d)), 1e-9)
            for end, d in ((centre[0], first), (centre[-1], last))]
    return np.concatenate([ends[:1], centre, ends[1:]])
