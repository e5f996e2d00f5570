"""The size of type, from drawn letters."""

from __future__ import annotations

import cv2
import numpy as np

from deeptext_cli.layout.quads import quads_of_rects
from deeptext_cli.layout.type_size import steady_heights, type_sizes

SCALE = {"small": 1.0, "large": 1.8}


def drawn(lines: list[tuple[str, float]]) -> np.ndarray:
    """A page with these texts at these scales, 60 pixels from line to line."""
    page = np.full((60 * len(lines) + 60, 900), 255, np.uint8)
    for i, (text, scale) in enumerate(lines):
        cv2.putText(page, text, (20, 60 * i + 60), cv2.FONT_HERSHEY_SIMPLEX, scale, 0, 2,
                    cv2.LINE_AA)
    return page


def boxes(heights: list[tuple[int, int]]) -> np.ndarray:
    """For each line a box that reaches so far above and below where it stands."""
    return quads_of_rects([(15, 60 * i + 60 - up, 500, 60 * i + 60 + down)
                           for i, (up, down) in enumerate(heights)])


def test_the_size_is_that_of_the_letters_not_of_the_box() -> None:
    page = drawn([("some words set in one size", 1), ("are as large here", 1),
                  ("and over there", 1), ("larger", 1.8)])
    sizes = type_sizes(page, boxes([(24, 8), (30, 15), (18, 2), (45, 14)]), [False] * 4)
    assert np.ptp(sizes[:3]) <= 0.15 * sizes[0]
    assert 1.5 * sizes[0] < sizes[3] < 2.1 * sizes[0]


def test_capitals_and_figures_tell_the_size_too() -> None:
    page = drawn([("some words", 1), ("TOTAL 1250", 1)])
    sizes = type_sizes(page, boxes([(26, 10), (26, 10)]), [False, True])
    assert abs(sizes[1] - sizes[0]) <= 0.2 * sizes[0]


def test_lines_that_climb_are_measured_in_pieces() -> None:
    page = drawn([("", 1), ("some words that climb along the line", 1), ("", 1)])
    turn = cv2.getRotationMatrix2D((400, 120), 2.0, 1.0)
    climbing = cv2.warpAffine(page, turn, page.shape[::-1], borderValue=255)
    quad = boxes([(0, 0), (26, 10)])[1:]
    leaning = (quad @ turn[:, :2].T) + turn[:, 2]
    flat, up = (type_sizes(p, q, [False])[0] for p, q in ((page, quad), (climbing, leaning)))
    assert abs(up - flat) <= 0.2 * flat


def test_what_holds_no_ink_or_runs_up_has_no_size() -> None:
    page = drawn([("some words that fill a box", 1)])
    level = boxes([(26, 10)])
    below = level + np.array([0, 45])
    sizes = type_sizes(page, np.concatenate([level, below, np.roll(level, 1, axis=1)]),
                       [False, False, False])
    assert sizes[0] > 10
    assert sizes[1:].tolist() == [0.0, 0.0]
    assert len(type_sizes(page, np.zeros((0, 4, 2)), [])) == 0


def test_heights_are_steady_where_sizes_are_known() -> None:
    quads = boxes([(20, 10), (30, 15), (12, 3)] * 5)
    sizes = np.array([10.0] * 14 + [0.0])
    high = steady_heights(quads, sizes)
    assert high[:14].tolist() == [30.0] * 14
    assert high[14] == 15.0
