"""Characters that stand alone beside lines of text."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deeptext_cli.layout.ink import FEWEST
from deeptext_cli.layout.lone import lone_characters
from deeptext_cli.layout.quads import quads_of_rects, rects_of, rotate


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
    found = rects_of(lone_characters(np.asarray(image), lines * scale).quads) / scale
    assert len(found) == 2
    for box, (x, y) in zip(found[np.argsort(found[:, 0])], [(407, 112), (507, 312)], strict=True):
        assert box[0] < x < box[2]
        assert box[1] < y < box[3]
        assert box[3] - box[1] == pytest.approx(22, abs=5)


def test_what_is_no_lone_character_is_left() -> None:
    image, lines = page()
    write(image, "spools", 400, 120)                   # more of them: a line, for the detector
    write(image, "3", 400, 180)                        # between two lines
    cv2.circle(image, (400, 230), 3, 20, -1)           # a speck
    cv2.circle(image, (420, 270), 14, 20, 2)           # a figure in a ring
    write(image, "5", 413, 278)
    assert not lone_characters(image, lines).of
    assert not lone_characters(np.full_like(image, 240), lines).of


def test_beside_a_heading_or_a_picture_nothing_is_level() -> None:
    image, lines = page()
    write(image, "3", 400, 180)  # between two lines
    large = quads_of_rects([(300, 130, 380, 230)])
    assert not lone_characters(image, np.concatenate([lines, large])).of


def test_a_number_right_beside_the_rules_of_its_cell_is_found() -> None:
    image, lines = page()
    for x, y in ((380, 60), (380, 100)):
        cv2.line(image, (x, y), (560, y), 120, 1)
    for x in (380, 470, 560):
        cv2.line(image, (x, 60), (x, 100), 120, 1)
    write(image, "13", 384, 84)
    found = lone_characters(image, lines)
    assert found.of == [[]]
    x0, y0, x1, y1 = rects_of(found.quads)[0]
    assert (x0, y0, x1, y1) == pytest.approx((383, 65, 413, 86), abs=4)


def test_a_box_that_holds_half_of_a_number_is_replaced() -> None:
    image, lines = page()
    write(image, "13", 400, 84)
    write(image, "wages", 520, 124)
    half, word = (417, 68, 440, 86), (510, 104, 600, 128)
    found = lone_characters(image, np.concatenate([lines, quads_of_rects([half, word])]))
    assert found.of == [[len(lines)]]
    x0, _, x1, _ = rects_of(found.quads)[0]
    assert x0 < 402
    assert x1 > 424


@pytest.mark.parametrize("what", ["a longer line", "a page that leans"])
def test_a_box_stays_where_it_holds_more_or_the_page_leans(what: str) -> None:
    image, lines = page()
    write(image, "13", 400, 84)
    if what == "a longer line":
        write(image, "pence", 470, 84)
        box = quads_of_rects([(398, 64, 590, 88)])
    else:
        box, lines = quads_of_rects([(417, 68, 440, 86)]), rotate(lines, 5.0, (300, 240))
    found = lone_characters(image, np.concatenate([lines, box]))
    assert not any(found.of)


def test_a_page_of_few_lines_tells_too_little() -> None:
    image, lines = page()
    write(image, "1", 400, 120)
    assert lone_characters(image, lines[:FEWEST]).of == [[]]
    assert not lone_characters(image, lines[:FEWEST - 1]).of
    assert lone_characters(image, np.zeros((0, 4, 2))).quads.shape == (0, 4, 2)
