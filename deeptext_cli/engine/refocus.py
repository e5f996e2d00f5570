"""Pages out of focus, sharpened for the detector: it was trained on pages that people can read."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.focus import BLURRED, edge_width, sharper, smoother
from deeptext_cli.data.line import level
from deeptext_cli.engine.crops import crop
from deeptext_cli.engine.detect import MANY
from deeptext_cli.layout.quads import Floats, sizes_of

Grey = NDArray[np.uint8]

SOFT = 0.13  # `edge_width` from which lines are out of focus; on documents it is 0.05 to 0.1
TIMES = 2    # that a page is sharpened at most
PROBES, LENGTH = 15, 12  # lines that are looked at, the longest, and heights of them
HEIGHT = 40  # pixels to which they are brought, as the recogniser's are


def refocused(page: Grey, quads: Floats) -> Grey | None:
    """The page (H, W) sharpened, if its lines (N, 4, 2) are many and out of focus; else None. In
    photographs of few words, what is not in focus is seldom meant to be read."""
    if len(quads) < MANY:
        return None
    along, across = sizes_of(quads)
    lying = np.flatnonzero(along > across)
    chosen = lying[np.argsort(-along[lying], kind="stable")[:PROBES]]
    if not chosen.size:
        return None
    height = float(np.median(across[chosen]))
    sharp = page
    for _ in range(TIMES):
        if not SOFT < np.median([_edges(crop(sharp, q)) for q in quads[chosen]]) < BLURRED[1]:
            break
        sharp = sharper(smoother(page, height) if sharp is page else sharp, height)
    return None if sharp is page else sharp


def _edges(line: Grey) -> float:
    h = line.shape[0]
    line = line[:, :LENGTH * h]
    width = max(1, round(line.shape[1] * HEIGHT / h))
    return edge_width(level(cv2.resize(line, (width, HEIGHT), interpolation=cv2.INTER_AREA
                                       if h > HEIGHT else cv2.INTER_LINEAR)))
