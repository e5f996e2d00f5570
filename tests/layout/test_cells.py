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
          frame: bool = False, edges: tuple[int, ...] = EDGES,
          ) -> tuple[np.ndarray, page_kinds.Sheet]:
    """A table with so many lines in each cell of each row, between a heading and a note."""
    sheet = page_kinds.Sheet()
    tops = [80]
    sheet.put("heading", 40, 30, 300, HIGH)
    for r, row in enumerate(lines):
        for c, count in enumerate(row):
            for k in range(count):
                sheet.put(f"r{r}c{c}.{k}", edges[c] + 8, tops[-1] + 6 + PITCH * k,
                          edges[c + 1] - edges[c] - 30, HIGH)
        tops.append(tops[-1] + 10 + PITCH * max(row))
    sheet.put("note", 40, tops[-1] + 30, 500, HIGH)
    page = np.full((tops[-1] + 120, 760), 240, np.uint8)
    for x, y, w in ((q[0][0], q[0][1], q[1][0] - q[0][0]) for q in sheet.quads):
        for stem in np.arange(x + 2, x + w - 2, 5).astype(int).tolist():
            cv2.line(page, (stem, int(y) + 2), (stem, int(y) + HIGH - 3), 60, 2)
    if ruled:
        for x in edges:
            cv2.line(page, (x, tops[0]), (x, tops[-1]), 70, 1)
        for y in tops:
            cv2.line(page, (edges[0], y), (edges[-1], y), 70, 1)
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


def test_a_narrow_column_is_one_of_cells_too() -> None:
    page, sheet = table(LINES, edges=(40, 96, 400, 700))
    (found,) = tables(page, sheet.array())
    assert [len(cell) for cell in found.cells] == [n for row in LINES for n in row]
    assert order(page, sheet) == sheet.names


def test_a_line_over_two_cells_is_in_neither() -> None:
    page, sheet = table(LINES)
    across = np.array([page_kinds.quad(EDGES[1] - 90, 86, 180, HIGH)])
    (found,) = tables(page, np.concatenate([sheet.array(), across]))
    assert len(sheet.names) not in {i for cell in found.cells for i in cell}


def test_what_stands_between_two_tables_is_read_between_them() -> None:
    upper, first = table(LINES)
    lower, second = table(LINES[1:])
    foot = len(upper) - 120 + 2  # right below the rules; the heading of the lower one follows
    page = np.concatenate([upper[:foot], lower[35:]])
    quads = np.concatenate([first.array()[:-1], second.array() + np.array([0, foot - 35])])
    quads[len(first.names) - 1] = page_kinds.quad(40, foot + 12, 300, HIGH)
    page[foot:foot + 42] = 240
    assert len(tables(page, quads)) == 2
    names = [f"a{n}" for n in first.names[:-1]] + [f"b{n}" for n in second.names]
    assert [names[i] for i in order_of_page(page, quads)] == names


def test_a_table_belongs_to_one_section_of_the_page() -> None:
    page, sheet = table(LINES)
    foot = len(page) - 120
    cv2.line(page, (30, foot + 22), (730, foot + 22), 70, 1)  # above the note
    assert order(page, sheet) == sheet.names


@pytest.mark.parametrize("told", ["skew", "words", "goes_on"])
def test_the_order_is_found_with_what_is_known_of_the_lines(told: str) -> None:
    """Each of them makes a difference to these."""
    sheet = page_kinds.Sheet()
    ragged = told == "goes_on"
    for k in range(2):
        for i in range(20):
            width = (120, 90, 135, 70)[(i + k) % 4] if ragged else 220
            sheet.put(f"{k}.{i}", 40 + (170 if ragged else 280) * k, 40 + 24 * i, width)
    known = {"skew": 9.0, "words": np.zeros(40, bool),
             "goes_on": np.arange(40) % 10 < 7}[told]
    quads = sheet.array()
    page = np.full((560, 600), 240, np.uint8)
    expected = reading_order(quads, **{told: known})
    assert expected != reading_order(quads)
    assert order_of_page(page, quads, **{told: known}) == expected
