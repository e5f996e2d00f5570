"""Cells of ruled tables are read one after the other; lines elsewhere as ever."""

from __future__ import annotations

import cv2
import numpy as np
import page_kinds
import pytest

from deeptext_cli.layout.cells import HEIGHT, Table, order_of_page, tables_of
from deeptext_cli.layout.ink import ink_of
from deeptext_cli.layout.order import reading_order

EDGES = (40, 240, 400, 700)  # x of the rules down
HIGH, PITCH = 14, 18


def table(lines: list[list[int]], ruled: bool = True, lean: float = 0.0,
          frame: bool = False) -> tuple[np.ndarray, page_kinds.Sheet]:
    """A table with so many lines in each cell of each row, between a heading and a note."""
    sheet = page_kinds.Sheet()
    tops = [80]
    sheet.put("heading", 40, 30, 300, HIGH)
    for r, row in enumerate(lines):
        for c, count in enumerate(row):
            for k in range(count):
                sheet.put(f"r{r}c{c}.{k}", EDGES[c] + 8, tops[-1] + 6 + PITCH * k,
                          EDGES[c + 1] - EDGES[c] - 30, HIGH)
        tops.append(tops[-1] + 10 + PITCH * max(row))
    sheet.put("note", 40, tops[-1] + 30, 500, HIGH)
    page = np.full((tops[-1] + 120, 760), 240, np.uint8)
    for x, y, w in ((q[0][0], q[0][1], q[1][0] - q[0][0]) for q in sheet.quads):
        for stem in np.arange(x + 2, x + w - 2, 5).astype(int).tolist():
            cv2.line(page, (stem, int(y) + 2), (stem, int(y) + HIGH - 3), 60, 2)
    if ruled:
        for x in EDGES:
            cv2.line(page, (x, tops[0]), (x, tops[-1]), 70, 1)
        for y in tops:
            cv2.line(page, (EDGES[0], y), (EDGES[-1], y), 70, 1)
    if frame:
        cv2.rectangle(page, (10, 10), (750, len(page) - 12), 70, 1)
    turn = cv2.getRotationMatrix2D((380, len(page) / 2), -lean, 1.0)
    page = cv2.warpAffine(page, turn, page.shape[::-1], borderValue=(240,))
    sheet.quads = [(np.array(q) @ turn[:, :2].T + turn[:, 2]).tolist() for q in sheet.quads]
    return page, sheet


LINES = [[1, 1, 1], [2, 1, 3], [1, 2, 2], [1, 1, 1], [3, 1, 2]]


def tables(page: np.ndarray, quads: np.ndarray) -> list[Table]:
    return tables_of(ink_of(page, quads, HEIGHT), quads)


def order(page: np.ndarray, sheet: page_kinds.Sheet) -> list[str]:
    shuffled = np.random.default_rng(1).permutation(len(sheet.names))
    return [sheet.names[shuffled[i]] for i in order_of_page(page, sheet.array()[shuffled])]


@pytest.mark.parametrize("frame", [False, True])
@pytest.mark.parametrize("lean", [0.0, 1.2, -1.2])
def test_cells_of_several_lines_are_read_one_by_one(lean: float, frame: bool) -> None:
    page, sheet = table(LINES, lean=lean, frame=frame)
    assert order(page, sheet) == sheet.names


def test_light_on_dark_is_the_same() -> None:
    page, sheet = table(LINES)
    assert order(255 - page, sheet) == sheet.names


def test_without_rules_the_order_is_that_of_the_boxes() -> None:
    page, sheet = table(LINES, ruled=False)
    assert tables(page, sheet.array()) == []
    assert order_of_page(page, sheet.array()) == reading_order(sheet.array())


def test_cells_of_one_line_each_need_no_table() -> None:
    page, sheet = table([[1, 1, 1]] * 5)
    assert tables(page, sheet.array()) == []


def test_the_table_holds_its_lines_and_no_others() -> None:
    page, sheet = table(LINES)
    (found,) = tables(page, sheet.array())
    assert [len(cell) for cell in found.cells] == [n for row in LINES for n in row]
    assert found.box == pytest.approx([EDGES[0], 80, EDGES[-1], 80 + 10 * 5 + PITCH * 10], abs=4)
    assert {0, len(sheet.names) - 1}.isdisjoint(i for cell in found.cells for i in cell)


def test_two_tables_are_two() -> None:
    upper, first = table(LINES)
    lower, second = table(LINES[1:])
    quads = np.concatenate([first.array(), second.array() + np.array([0, len(upper)])])
    page = np.concatenate([upper, lower])
    assert len(tables(page, quads)) == 2
    names = [f"a{n}" for n in first.names] + [f"b{n}" for n in second.names]
    assert [names[i] for i in order_of_page(page, quads)] == names


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_page_of_few_lines(count: int) -> None:
    quads = np.array([page_kinds.quad(20, 20 + 30 * i, 200) for i in range(count)])
    quads = quads.reshape(-1, 4, 2)
    assert order_of_page(np.full((300, 300), 255, np.uint8), quads) == list(range(count))
