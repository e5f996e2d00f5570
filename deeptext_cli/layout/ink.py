"""The ink of a page whose lines are of a known height, for what looks at single characters."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.quads import Floats, rects_of, sizes_of

Grey = NDArray[np.uint8]

FEWEST = 12           # lines of a page whose typical height means something; photographs have few
ASKED = 24            # lines that are asked whether their ink is dark
WINDOW, DARKER = 2.0, 0.09  # ink is darker by such a share than the mean of so many heights around
NOISE = 8             # grey levels, and by as many at least, where a shadow lies


class Ink(NamedTuple):
    """1 where there is ink, on a page brought down by `scale` to lines `size` pixels high."""

    mask: Grey
    scale: float
    size: float


def contrast(part: Grey, left_out: float) -> float:
    """Grey levels between the light and the dark of a part of a page, without so many percent of
    its pixels at either end; 0 without any."""
    if not part.size:
        return 0.0
    return float(np.ptp(np.percentile(part, (left_out, 100 - left_out))))


def typical_height(lines: Floats) -> float:
    """Of boxes (N, 4, 2), in pixels."""
    return float(np.median(np.minimum(*sizes_of(lines))))


def runs(filled: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(K, 2) start and end of each stretch that is filled."""
    edged = np.concatenate([[False], filled, [False]])
    return np.flatnonzero(edged[1:] != edged[:-1]).reshape(-1, 2)


def ink_of(page: Grey, lines: Floats, height: float) -> Ink:
    """The ink of a grey page (H, W) with lines in boxes (N, 4, 2), dark on light or, as most of
    them are, the other way round; the page is brought down, which bounds the time, until the
    typical line is no higher than `height`."""
    typical = typical_height(lines)
    scale = min(1.0, height / typical)
    h, w = (max(1, round(side * scale)) for side in page.shape)
    small = page if scale == 1 else cv2.resize(page, (w, h), interpolation=cv2.INTER_AREA)
    size = typical * scale
    mean = cv2.blur(small, (max(3, int(WINDOW * size)) | 1,) * 2, borderType=cv2.BORDER_REPLICATE)
    if _is_light_on_dark(small, mean, lines[::-(-len(lines) // ASKED)] * scale):
        small, mean = 255 - small, 255 - mean
    levels = np.arange(256, dtype=np.uint8)
    limit = cv2.min(cv2.convertScaleAbs(levels, alpha=1 - DARKER), cv2.subtract(levels, NOISE))
    return Ink((small < cv2.LUT(mean, limit)).view(np.uint8), scale, size)


def _is_light_on_dark(page: Grey, mean: Grey, lines: Floats) -> bool:
    """Whether most lines' ink, which is less than their paper and so differs more from the mean
    around it, is lighter: what lies around a page in a photograph says nothing about it."""
    votes = []
    for x0, y0, x1, y1 in rects_of(lines).astype(np.intp).clip(0).tolist():
        box = (slice(y0, y1 + 1), slice(x0, x1 + 1))
        if page[box].size:
            lighter, darker = cv2.subtract(page[box], mean[box]), cv2.subtract(mean[box], page[box])
            votes.append(_at_rank(lighter, 0.95) > _at_rank(darker, 0.95))
    return 2 * sum(votes) > len(votes)


def _at_rank(values: Grey, share: float) -> int:
    """The value that such a share of the others are below; np.percentile, which lies between two
    of them, takes far longer."""
    rank = round(share * (values.size - 1))
    return int(np.partition(values, rank, axis=None)[rank])


def rules_of(ink: Grey, upright: int, level: int) -> Grey:
    """1 on rules that run down or across for at least so many pixels, and right beside them."""
    return np.asarray(cv2.max(upright_rules(ink, upright), level_rules(ink, level)), np.uint8)


def upright_rules(ink: Grey, length: int) -> Grey:
    """1 on rules that run down for at least so many pixels, and right beside them.

    Made thicker first, rules that lean by up to two degrees are of one piece.
    """
    return _opened(cv2.dilate(ink, np.ones((1, 3), np.uint8)), np.ones((length, 1), np.uint8))


def level_rules(ink: Grey, length: int) -> Grey:
    """The same of rules that run across."""
    return _opened(cv2.dilate(ink, np.ones((3, 1), np.uint8)), np.ones((1, length), np.uint8))


def _opened(mask: cv2.typing.MatLike, kernel: Grey) -> Grey:
    """What of a mask holds the kernel: nothing, on pages without rules."""
    core = cv2.erode(mask, kernel)
    return np.asarray(cv2.dilate(core, kernel) if cv2.countNonZero(core) else core, np.uint8)
