"""Rows of dots: a line as a dot-matrix printer or a display puts it, whose rows stand apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEWEST = 5       # rows of dots; a line of letters has up to three runs of rows with texture
ABOVE = 0.3      # of the greatest texture, what a row of dots has
EVEN = 0.25      # share of the usual pitch by which the distance between two rows may differ


def runs_above(profile: NDArray[np.float32], threshold: float) -> NDArray[np.intp]:
    """(K, 2) start and end of each run of rows of a profile (H,) above a threshold."""
    above = np.concatenate(([False], profile > threshold, [False]))
    return np.flatnonzero(above[1:] != above[:-1]).reshape(-1, 2)


def row_pitch(profile: NDArray[np.float32]) -> float:
    """Rows of pixels from one row of dots to the next, of a profile (H,) of each row's texture; 0
    where a line is not made of such rows."""
    rows = runs_above(profile, ABOVE * float(profile.max()))
    if len(rows) < FEWEST:
        return 0.0
    steps = np.diff(rows.mean(axis=1))
    usual = float(np.median(steps))
    return usual if (np.abs(steps - usual) <= EVEN * usual + 1).all() else 0.0
