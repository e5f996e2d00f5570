"""Lines across the borders of small tables with frames are cut there; letters, boxed words and
rows of boxes for single letters are not."""

from __future__ import annotations

import cv2
import numpy as np
import page_kinds
import pytest

from deeptext_cli.layout.borders import cell_borders, framed_cells
from deeptext_cli.layout.cells import order_of_page
from deeptext_cli.layout.gutters import part_columns
from deeptext_cli.layout.quads import rects_of

HIGH, PITCH, LEFT, TOP = 14, 22, 40, 60
WIDTHS = (38, 70, 50)  # of the columns


def letters(page: np.ndarray, x: int, y: int, width: int) -> None:
    for stem in range(x, x + width - 2, 5):
        cv2.line(page, (stem, y + 2), (stem, y + HIGH - 3), 60, 2)


def table(rows: int, *, apart: int = 0, tone: int = 110, widths: tuple[int, ...] = WIDTHS,
          wide: float = 0.8) -> tuple[np.ndarray, list[list[tuple[int, int]]]]:
    """A table with a frame around each cell, so many pixels apart, in an else empty page; and from
    where to where the text of each cell of each row runs."""
    page = np.full((TOP + rows * PITCH + 60, 400), 245, np.uint8)
    text = []
    for r in range(rows):
        x, row = LEFT, []
        for width in widths:
            cv2.rectangle(page, (x, TOP + r * PITCH),
                          (x + width - apart, TOP + (r + 1) * PITCH - apart), tone, 1)
            row.append((x + 4, x + 4 + int(wide * (width - 6))))
            letters(page, row[-1][0], TOP + r * PITCH + 4, row[-1][1] - row[-1][0])
            x += width
        text.append(row)
    return page, text


def line(start: int, end: int, row: int) -> list[list[float]]:
    return page_kinds.quad(start - 1, TOP + PITCH * row + 4, end - start + 2, HIGH)


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize("apart", [0, 3])
@pytest.mark.parametrize("rows", [2, 3, 6])
def test_lines_are_cut_into_the_cells_of_a_small_table(rows: int, apart: int, scale: int) -> None:
    page, text = table(rows, apart=apart)
    boxes = np.array([line(row[0][0], row[-1][1], r) for r, row in enumerate(text)])
    for look in (page, 255 - page):
        large = cv2.resize(look, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        pieces = part_columns(large, boxes * scale)
        assert [len(p) for p in pieces] == [3] * rows
        for row, piece in zip(text, pieces, strict=True):
            found = rects_of(piece)[:, [0, 2]] / scale
            assert np.abs(found - np.array(row)).max() <= 4


def test_a_line_that_stops_in_its_cell_is_left() -> None:
    page, text = table(3)
    boxes = np.array([line(a, b, r) for r, row in enumerate(text) for a, b in row])
    assert cell_borders(page, boxes) == [[]] * 9
    assert len(framed_cells(page, boxes)) == 9


@pytest.mark.parametrize("rows", [1, 3])
def test_boxes_for_single_letters_are_no_cells_and_one_row_is_no_table(rows: int) -> None:
    widths = (16,) * 8 if rows > 1 else WIDTHS
    page, text = table(rows, widths=widths)
    boxes = np.array([line(row[0][0], row[-1][1], r) for r, row in enumerate(text)])
    boxes = np.concatenate([boxes, [page_kinds.quad(40, 10, 200, HIGH)]])
    assert [len(p) for p in part_columns(page, boxes)] == [1] * len(boxes)


def test_a_boxed_word_in_each_of_two_lines_is_no_table() -> None:
    page = np.full((200, 400), 245, np.uint8)
    for row, x in enumerate((90, 140)):
        letters(page, 40, TOP + PITCH * row + 4, 260)
        top = TOP + PITCH * row
        cv2.rectangle(page, (x, top + 1), (x + 50, top + PITCH - 1), 80, 1)
    boxes = np.array([line(40, 300, 0), line(40, 300, 1)])
    assert cell_borders(page, boxes) == [[], []]


def test_letters_that_run_over_the_border_are_left_whole() -> None:
    """A name across the tiles of a wall."""
    page, text = table(3)
    letters(page, LEFT + 2, TOP + PITCH + 4, sum(WIDTHS) - 8)
    for x in (LEFT + 38, LEFT + 108):
        cv2.line(page, (x - 6, TOP + PITCH + 11), (x + 6, TOP + PITCH + 11), 60, 3)
    assert cell_borders(page, np.array([line(text[1][0][0], text[1][-1][1], 1)])) == [[]]


def test_narrow_cells_with_a_frame_each_are_read_by_rows() -> None:
    """Of narrow columns no rule runs across far enough to part two cells; of a wide one it does."""
    page, text = table(5, apart=3)
    boxes = np.array([page_kinds.quad(a, TOP + PITCH * r + 5, b - a, 11)
                      for r, row in enumerate(text) for a, b in row])
    cv2.rectangle(page, (LEFT - 3, TOP - 3), (LEFT + sum(WIDTHS), TOP + 5 * PITCH), 110, 1)
    assert order_of_page(page, boxes) == list(range(15))
