"""Lines that touch on the map: parted where they run beside each other, and only there."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from deeptext_cli.layout.dbnet import boxes_from_map
from deeptext_cli.layout.lines import group_into_lines
from deeptext_cli.layout.quads import quads_of_rects, rects_of
from deeptext_cli.layout.stacked import part_lines


def ladder(rows: list[int], rung: float = 0.48, slope: float = 0.0) -> np.ndarray:
    """A map of lines 6 px thick from x 10 to 190, with rungs of `rung` between neighbours."""
    out = np.zeros((max(rows) + 40, 200), np.float32)
    for y in rows:
        cv2.line(out, (10, y), (190, round(y + slope * 180)), 0.9, 6)
    for a, b in pairwise(rows):
        for x in (30, 90, 91, 150):
            at = round(slope * (x - 10))
            out[a + at:b + at, x:x + 6] = np.maximum(out[a + at:b + at, x:x + 6], rung)
    return out


@pytest.mark.parametrize("slope", [0.0, 0.05, -0.05])
def test_a_ladder_is_parted_into_its_lines(slope: float) -> None:
    rows = [20, 36, 52, 68]
    found = boxes_from_map(ladder(rows, slope=slope), threshold=0.4, box_threshold=0.5,
                           shrink_ratio=0.99)
    middles = sorted(float(q[:, 1].mean()) for q in found.quads)
    assert middles == pytest.approx([y + 90 * slope + 0.5 for y in rows], abs=2.5)
    assert all(s > 0.8 for s in found.scores)  # the ridges', whatever lies between them
    for quad in found.quads:
        height = float(np.linalg.norm(quad[3] - quad[0]))
        assert 5 < height < 13  # at most its share of the space between


def test_rungs_may_be_of_different_strength() -> None:
    values = ladder([20, 36, 52])
    values[39:50, 60:70] = 0.75  # the lower two part only at a higher level
    assert len(boxes_from_map(values, threshold=0.4, box_threshold=0.5)) == 3


def test_a_note_up_the_margin_is_parted_from_a_line_that_it_touches() -> None:
    values = np.zeros((220, 240), np.float32)
    values[150:157, 10:225] = 0.95   # the line
    note = values[10:200, 214:222]   # dimmer, across its end
    note[:] = np.maximum(note, 0.55)
    found = boxes_from_map(values, threshold=0.4, box_threshold=0.4, shrink_ratio=0.99)
    assert len(found) == 3  # the line, and the note above it and below
    upright = rects_of(found.quads)
    level = upright[upright[:, 2] - upright[:, 0] > 150]
    assert len(level) == 1
    assert level[0, 3] - level[0, 1] < 15
    assert all(r[2] - r[0] < 20 for r in upright if r[2] - r[0] <= 150)


def test_a_bent_line_is_not_parted() -> None:
    values = np.zeros((200, 200), np.float32)
    cv2.ellipse(values, (100, 150), (80, 80), 0, 200, 340, 0.9, 8)
    assert part_lines(values, values > 0.4) == []


def test_a_dim_limb_neither_hides_nor_tilts_a_line() -> None:
    values = np.pad(ladder([30, 50, 70]), ((0, 60), (0, 0)))
    cv2.line(values, (186, 72), (120, 120), 0.6, 5)  # hangs on to the last one
    found = boxes_from_map(values, threshold=0.4, box_threshold=0.5, shrink_ratio=0.99)
    assert sorted(round(float(q[:, 1].mean())) for q in found.quads) == pytest.approx(
        [31, 51, 71], abs=4)
    for quad in found.quads:
        assert abs(float(quad[1, 1] - quad[0, 1])) < 5
        assert np.linalg.norm(quad[3] - quad[0]) < 16


def test_one_line_stays_one() -> None:
    line = ladder([20])
    assert len(boxes_from_map(line, threshold=0.4, box_threshold=0.5)) == 1
    dim = line.copy()
    dim[:, 95:105] = np.minimum(dim[:, 95:105], 0.45)  # two words of it, dimly joined
    dim[14:30, 60:64] = 0.5                            # and a long descender
    assert len(boxes_from_map(dim, threshold=0.4, box_threshold=0.5)) == 1


def test_a_blob_is_no_ladder() -> None:
    values = np.zeros((80, 80), np.float32)
    cv2.circle(values, (40, 40), 25, 0.7, -1)
    cv2.circle(values, (32, 40), 6, 0.95, -1)
    cv2.circle(values, (50, 40), 6, 0.95, -1)
    assert part_lines(values, values > 0.4) == []


def test_lines_one_above_the_other_are_never_joined() -> None:
    """As tall boxes of handwriting do, they share more than half of their height."""
    above, below = [0, 0, 300, 60], [5, 27, 290, 90]
    after = [305, 4, 400, 58]  # goes on where the first one ends
    groups = group_into_lines(quads_of_rects([above, below, after]), skew=0.0)
    assert sorted(map(sorted, groups)) == [[0, 2], [1]]
    same = [2, 3, 298, 58]     # the first one once more
    assert group_into_lines(quads_of_rects([above, same]), skew=0.0) == [[0, 1]]


def test_boxes_of_a_ladder_lie_apart() -> None:
    rects = rects_of(boxes_from_map(ladder([20, 36, 52]), threshold=0.4, box_threshold=0.5,
                                    shrink_ratio=0.99).quads)
    rects = rects[np.argsort(rects[:, 1])]
    assert (rects[1:, 1] > (rects[:-1, 1] + rects[:-1, 3]) / 2).all()
