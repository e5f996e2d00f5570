"""How a page lies: small skew from its boxes, quarter turns from how well lines read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from deeptext_cli.layout.quads import Floats, angles_of, as_quads, rotate, sizes_of

MAX_SKEW = 20.0  # degrees; beyond it boxes are taken for turned or slanted text, not for skew
ALL_BUT_CERTAIN = 0.95  # two lines read so surely are evidence enough of how a page lies


def estimate_skew(quads: ArrayLike, *, min_boxes: int = 3, min_aspect: float = 3.0) -> float:
    """Degrees, clockwise as seen, by which the lines lean: their length-weighted median angle.

    Only boxes at least `min_aspect` times longer than high have a say (short words give no
    direction); with fewer than `min_boxes` of them, or a median beyond MAX_SKEW, 0.0.
    """
    q = as_quads(quads)
    along, across = sizes_of(q)
    angles = angles_of(q)
    angles = (angles + 90.0) % 180.0 - 90.0  # upside down leans as upright does
    use = (along >= min_aspect * np.maximum(across, 1e-9)) & (np.abs(angles) <= 45.0)
    if int(use.sum()) < min_boxes:
        return 0.0
    order = np.argsort(angles[use])
    weight = np.cumsum(along[use][order])
    median = float(angles[use][order][int(np.searchsorted(weight, weight[-1] / 2))])
    return median if abs(median) <= MAX_SKEW else 0.0


def deskew(quads: ArrayLike, skew: float) -> Floats:
    """Quads turned back by `skew` degrees about the origin, so that lines run level."""
    return rotate(as_quads(quads), -skew)


@dataclass(frozen=True)
class Turn:
    """`rotation` degrees clockwise bring the page upright; `margin` is by how much that reads
    better than the runner-up; `certain` tells whether that is evidence enough to turn."""

    rotation: int
    margin: float
    certain: bool


def choose_rotation(confidences: Mapping[int, Sequence[float]], *, margin: float = 0.1,
                    min_lines: int = 3, least: float = 0.7) -> Turn:
    """Which quarter turn to read a page at, from the confidences of a few of its lines each way.

    `confidences` maps 0, 90, 180, 270 (degrees clockwise that the page was turned) to the
    confidences of lines: of the same ones in the same order at 0 and 180. The page stays as it is
    unless one turn reaches `least` and leads every other by `margin` in the mean, over at least
    `min_lines` lines (or over two, where it leads by twice that and each is read all but
    certainly), and reads more than half of the lines better than upright does. Raises ValueError
    without an entry for 0.
    """
    if 0 not in confidences:
        raise ValueError("confidences of the page as it lies (0) are needed")
    means = {turn: float(np.mean(values)) if len(values) else 0.0
             for turn, values in confidences.items()}
    best = max(means, key=lambda turn: (means[turn], turn == 0))
    others = [m for turn, m in means.items() if turn != best]
    lead = means[best] - max(others, default=0.0)
    few = len(confidences[best]) == 2 and min(confidences[best]) >= ALL_BUT_CERTAIN
    enough = ((len(confidences[best]) >= min_lines and lead >= margin)
              or (few and lead >= 2 * margin))
    if best == 0 or not enough or means[best] < least:
        return Turn(0, means[0] - max((m for t, m in means.items() if t != 0), default=0.0),
                    best == 0 and enough)
    upright, turned = confidences[0], confidences[best]
    better = sum(b > a for a, b in zip(upright, turned, strict=False))
    if upright and better * 2 <= min(len(upright), len(turned)):
        return Turn(0, -lead, False)
    return Turn(best, lead, True)
