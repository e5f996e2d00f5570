"""Characters that stand alone beside lines of text."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deeptext_cli.layout.ink import FEWEST
from deeptext_cli.layout.lone import lone_characters
from deeptext_cli.layout.quads import quads_of_rects, rects_of


def page(rows: int = FEWEST) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Lines of 24 pixels at the left, 40 apart, and their boxes."""
    image = np.full((rows * 40 + 20, 600), 240, np.uint8)
    for k in range(rows):
        write(image, "Weavers wages", 20, 40 * k + 40)
    return image, quads_of_rects([(18, 40 * k + 20, 250, 40 * k + 44) for k in range(rows)])


def write(image: NDArray[np.uint8], text: str, x: int, y: int, ink: int = 20) -> None:
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, ink, 2, cv2.LINE_AA)


@pytest.mark.parametrize("scale", [1, 2])
def test_a_digit_beside_a_line_is_found(scale: int) -> None:
    image, lines = page()
    write(image, "1", 400, 120)
    write(image, "7", 500, 320, ink=150)  # faint, but plain
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    found = rects_of(lone_characters(np.asarray(image), lines * scale)) / scale
    assert len(found) == 2
    for box, (x, y) in zip(found[np.argsort(found[:, 0])], [(407, 112), (507, 312)], strict=True):
        assert box[0] < x < box[2]
        assert box[1] < y < box[3]
        assert box[3] - box[1] == pytest.approx(22, abs=5)


def test_what_is_no_lone_character_is_left() -> None:
    image, lines = page()
    write(image, "12", 400, 120)                       # two of them: a line, for the detector
    write(image, "3", 400, 180)                        # between two lines
    cv2.circle(image, (400, 230), 3, 20, -1)           # a speck
    cv2.rectangle(image, (380, 262), (480, 284), 20, 2)  # a field of a form
    write(image, "5", 420, 281)                        # and what stands in it, right at its rim
    assert not len(lone_characters(image, lines))
    assert not len(lone_characters(np.full_like(image, 240), lines))


def test_a_page_of_few_lines_tells_too_little() -> None:
    image, lines = page()
    write(image, "1", 400, 120)
    assert len(lone_characters(image, lines[:FEWEST])) == 1
    assert not len(lone_characters(image, lines[:FEWEST - 1]))
    assert lone_characters(image, np.zeros((0, 4, 2))).shape == (0, 4, 2)
