"""Letters at the ends of lines that their boxes cut off, as happens to large ones in photographs:
lines are read once more from boxes that reach further."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.engine.crops import PAD_ACROSS, PAD_ALONG, crop
from deeptext_cli.engine.line_reader import ReadsLines
from deeptext_cli.engine.looks import Reading
from deeptext_cli.layout.ink import contrast
from deeptext_cli.layout.quads import Floats, areas_of, intersection_area, sizes_of
from deeptext_cli.layout.rectify import is_tall

Grey = NDArray[np.uint8]

REACH = ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0))  # heights to the left and the right
SHARES = (1.0, 0.6)  # of that, the second where another line is near
# Contrast of what lies beyond an end beside the line's from which it may be ink; percentiles left
# out of both.
INKED, EXTREME = 0.25, 0.5
SURE = 0.8      # how surely each character out there must be read
SHORTEST = 2    # characters of a line; of a single one the box tells too little
ALIEN = 0.02    # of a line's area; a longer box that shares more of it runs into that line
PIECE = 0.5     # of the longer box's area that something within it can have


def longer_lines(reader: ReadsLines, page: Grey, quads: Sequence[Floats],
                 readings: Sequence[Reading], *, thorough: bool = True,
                 ) -> dict[int, tuple[Floats, Reading]]:
    """By number, those of the lines in boxes (4, 2) that say more when their boxes are made longer:
    the longer box, and its reading.

    What is read beyond the old ends must be read surely, and the whole must give more evidence.
    """
    able = [i for i, r in enumerate(readings) if len(r.text) >= SHORTEST and not is_tall(quads[i])]
    inked = {i: _inked_ends(page, quads[i]) for i in able}
    tried = [t for i in able for left, right in REACH
             if (inked[i][0] or not left) and (inked[i][1] or not right)
             for t in _reaching(i, left, right, quads)]
    found: dict[int, tuple[Floats, Reading]] = {}
    for (i, left, right, quad), reading in zip(
            tried, reader.read([crop(page, t[3]) for t in tried], thorough=thorough), strict=True):
        best = found[i][1] if i in found else readings[i]
        if reading.evidence > best.evidence and all(
                p >= SURE for p in _beyond(quads[i], left, right, reading)):
            found[i] = quad, reading
    return found


def pieces_within(quads: Sequence[Floats], longer_ones: Sequence[int]) -> set[int]:
    """Numbers of the boxes that lie within one of the `longer_ones` and are much smaller: what was
    found of a line's end before it was read whole."""
    areas = areas_of(np.array(quads).reshape(-1, 4, 2))
    centres = [np.asarray(q).mean(axis=0) for q in quads]
    return {i for i in range(len(quads)) for k in longer_ones
            if i not in longer_ones and areas[i] < PIECE * areas[k] and cv2.pointPolygonTest(
                quads[k].astype(np.float32), centres[i].tolist(), False) >= 0}


def longer(quad: Floats, left: float, right: float) -> Floats:
    """A box whose ends are moved out by so many of its heights."""
    along = quad[1] - quad[0]
    step = along / max(float(np.linalg.norm(along)), 1e-9) * float(sizes_of(quad)[1][0])
    out: Floats = quad + np.stack([-left * step, right * step, right * step, -left * step])
    return out


def _inked_ends(page: Grey, quad: Floats) -> tuple[bool, bool]:
    """Whether anything like ink is to be seen beyond the left and the right end of a box."""
    whole = crop(page, longer(quad, 1.0, 1.0))
    h = whole.shape[0]
    end = int((1 + PAD_ALONG) / (1 + 2 * PAD_ACROSS) * h)
    left, line, right = (contrast(whole[h // 4:h - h // 4, a:b], EXTREME)
                         for a, b in ((0, end), (end, -end), (-end, None)))
    return left >= INKED * line, right >= INKED * line


def _reaching(i: int, left: float, right: float,
              quads: Sequence[Floats]) -> list[tuple[int, float, float, Floats]]:
    """A line's box made longer by so much, or less where it would run into another; or none."""
    for share in SHARES:
        quad = longer(quads[i], share * left, share * right)
        if not _runs_into_another(quad, i, quads):
            return [(i, share * left, share * right, quad)]
    return []


def _runs_into_another(quad: Floats, own: int, quads: Sequence[Floats]) -> bool:
    """Whether a longer box takes in a part of another line, and not all of it."""
    for i, other in enumerate(quads):
        if i == own:
            continue
        area = float(areas_of(other)[0])
        shared = intersection_area(quad, other) - intersection_area(quads[own], other)
        if ALIEN * area < shared < (1 - ALIEN) * area:
            return True
    return False


def _beyond(quad: Floats, left: float, right: float, reading: Reading) -> list[float]:
    """How surely the characters beyond the ends of the old box are read from the longer one."""
    length, height = (float(s[0]) for s in sizes_of(quad))
    whole = length + (left + right + 2 * PAD_ALONG) * height
    start, end = left * height / whole, 1 - right * height / whole
    return [s.probability for s in reading.spans
            if not (start if left else 0.0) <= (s.start + s.end) / 2 <= (end if right else 1.0)]
