"""A large letter with lines set in beside it is an initial; other large ink is not."""

from __future__ import annotations

import cv2
import numpy as np
import page_kinds

from deeptext_cli.layout.initials import find_initials, reaching
from deeptext_cli.layout.quads import rects_of

LEFT, RIGHT, PITCH, TOP = 30, 420, 30, 20


def words(page: np.ndarray, x: int, line: int) -> None:
    for k in range(x, RIGHT - 40, 56):
        cv2.putText(page, "word", (k, TOP + 20 + PITCH * line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 20,
                    2, cv2.LINE_AA)


def page_with(letter: str, set_in: int, left: int = 78) -> tuple[np.ndarray, np.ndarray]:
    """Fourteen lines, of which the first few are set in, and their boxes; `letter` over two."""
    page = np.full((470, 460), 240, np.uint8)
    boxes = []
    for line in range(14):
        x = left if line < set_in else LEFT
        words(page, x, line)
        boxes.append(page_kinds.quad(x - 3, TOP + PITCH * line, RIGHT - x, 26))
    cv2.putText(page, letter, (LEFT, TOP + 50), cv2.FONT_HERSHEY_SIMPLEX, 2.1, 20, 5, cv2.LINE_AA)
    return page, np.array(boxes, float)


def test_the_lines_beside_an_initial_are_found_without_it() -> None:
    page, boxes = page_with("K", 2)
    boxes[0, [0, 3], 0] = 50   # the detector gave pieces of it to both
    boxes[1, [0, 3], 0] = 40
    (found,) = find_initials(page, boxes)
    assert found.replaces == (0, 1)
    x0, y0, x1, y1 = rects_of(found.quad)[0]
    assert LEFT - 4 <= x0 <= LEFT + 8 < x1 <= 76
    assert y0 <= TOP + 10
    assert y1 >= TOP + 46
    rows = rects_of(found.rows)
    assert len(rows) == 2
    assert (rows[:, 0] > x1 - 1).all()
    assert (rows[:, 2] > RIGHT - 70).all()
    assert abs(rows[1, 1] - rows[0, 1] - PITCH) < 3
    assert rects_of(reaching(found.rows[0], found.quad))[0, 0] == x0


def test_two_lines_in_one_box_are_two_and_boxes_of_pieces_go() -> None:
    page, boxes = page_with("K", 2)
    tall = page_kinds.quad(40, TOP, RIGHT - 40, PITCH + 26)
    piece = page_kinds.quad(32, TOP + 12, 40, 30)
    (found,) = find_initials(page, np.array([tall, *boxes[2:], piece], float))
    assert len(found.rows) == 2
    assert found.replaces == (0, 13)


def test_other_large_letters_are_no_initials() -> None:
    page, boxes = page_with("K", 14)  # nothing below it that is not set in: a logo, a figure
    assert find_initials(page, boxes) == []
    page, boxes = page_with("K", 2, left=160)  # far from the text
    assert find_initials(page, boxes) == []
    page, boxes = page_with("", 2)
    assert find_initials(page, boxes) == []
    page, boxes = page_with("K", 2)
    assert find_initials(page, boxes[:8]) == []  # too few lines to compare with
