"""Rules right across a page part it into sections; shorter ones, those of tables and of ruled paper
do not."""

from __future__ import annotations

import cv2
import numpy as np
import page_kinds
import pytest

from deeptext_cli.layout.cells import order_of_page
from deeptext_cli.layout.ink import ink_of
from deeptext_cli.layout.sections import sections_of

COLUMNS, ROWS = (40, 340), 8


def page(lean: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Two columns above y = 300 and two below, and their boxes by section and column."""
    sheet = np.full((600, 640), 240, np.uint8)
    quads = []
    for top in (40, 330):
        for left in COLUMNS:
            for r in range(ROWS):
                y = round(top + 26 * r + lean * (left + 130))
                for x in range(left, left + 260, 9):
                    cv2.rectangle(sheet, (x, y), (x + 3, y + 14), 30, -1)
                quads.append(page_kinds.quad(left - 2, y - 2, 264, 18))
    return sheet, np.array(quads)


def ruled(sheet: np.ndarray, left: int, right: int, y: float, lean: float = 0.0) -> np.ndarray:
    cv2.line(sheet, (left, round(y + lean * left)), (right, round(y + lean * right)), 40, 2)
    return sheet


def sections(sheet: np.ndarray, quads: np.ndarray, *tables: np.ndarray) -> list[list[int]]:
    return sections_of(ink_of(sheet, quads, 14.0), quads, tables)


@pytest.mark.parametrize("lean", [0.0, 0.015, -0.015])
def test_sections_are_read_one_after_the_other(lean: float) -> None:
    sheet, quads = page(lean)
    columns = [*range(8), *range(16, 24), *range(8, 16), *range(24, 32)]
    assert order_of_page(sheet, quads) == columns
    ruled(sheet, 36, 604, 290, lean)
    assert sections(sheet, quads) == [list(range(16)), list(range(16, 32))]
    assert order_of_page(sheet, quads) == list(range(32))


def test_a_rule_under_one_column_parts_nothing() -> None:
    sheet, quads = page()
    assert sections(ruled(sheet, 36, 304, 290), quads) == [list(range(32))]


def test_nor_does_one_through_a_line_or_of_a_table() -> None:
    sheet, quads = page()
    assert len(sections(ruled(sheet.copy(), 36, 604, 49), quads)) == 1
    table = np.array([30.0, 280.0, 610.0, 560.0])
    assert len(sections(ruled(sheet, 36, 604, 290), quads, table)) == 1


def test_ruled_paper_has_no_sections() -> None:
    sheet, quads = page()
    for r in range(ROWS):
        for top in (40, 330):
            ruled(sheet, 30, 610, top + 26 * r + 20)
    assert sections(sheet, quads) == [list(range(32))]


def test_few_lines_say_too_little() -> None:
    sheet, quads = page()
    assert sections(ruled(sheet, 36, 604, 290), quads[:4]) == [[0, 1, 2, 3]]
    assert order_of_page(sheet, np.zeros((0, 4, 2))) == []
