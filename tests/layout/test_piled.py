"""Boxes over several rows of ink are cut between them; all others stay as they are."""

from __future__ import annotations

import cv2
import numpy as np
import page_kinds

from deeptext_cli.layout.piled import part_rows
from deeptext_cli.layout.quads import rects_of


def page_of_figures(rows: int = 16) -> np.ndarray:
    """Three columns of figures, 14 pixels high, 20 from row to row."""
    page = np.full((40 + 20 * rows, 420), 240, np.uint8)
    for r in range(rows):
        for x in (30, 150, 270):
            cv2.putText(page, f"{r % 10}7.{x % 7}", (x, 40 + 20 * r), cv2.FONT_HERSHEY_SIMPLEX,
                        0.5, 20, 1, cv2.LINE_AA)
    return page


def boxes(rows: int = 16) -> list[list[list[float]]]:
    return [page_kinds.quad(x - 4, 24 + 20 * r, 50, 20) for r in range(rows)
            for x in (30, 150, 270)]


def test_rows_that_share_a_box_are_parted() -> None:
    piled = page_kinds.quad(26, 24, 50, 60)
    quads = np.array([piled, *boxes()[9:]], float)
    first, *others = part_rows(page_of_figures(), quads)
    assert len(first) == 3
    for k, (x0, y0, x1, y1) in enumerate(rects_of(first)):
        assert 20 <= x0 <= 30
        assert 60 <= x1 <= 85
        assert 21 <= y0 - 20 * k <= 31
        assert 39 <= y1 - 20 * k <= 46
    for got, quad in zip(others, quads[1:], strict=True):
        assert np.array_equal(got, quad[None])


def test_a_rule_down_the_box_joins_nothing() -> None:
    page = page_of_figures()
    page[:, 72:74] = 20
    first, *_ = part_rows(page, np.array([page_kinds.quad(26, 24, 50, 60), *boxes()[9:]], float))
    assert len(first) == 3


def test_a_row_that_the_edge_of_a_box_cuts_off_is_no_row_of_it() -> None:
    quads = np.array([page_kinds.quad(26, 33, 50, 32), *boxes()[9:]], float)
    assert [len(r) for r in part_rows(page_of_figures(), quads)] == [1] * len(quads)


def test_larger_type_and_underlined_words_stay_whole() -> None:
    page = page_of_figures()
    page[24:84, 20:110] = 240
    cv2.putText(page, "B8", (26, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 20, 3, cv2.LINE_AA)
    cv2.line(page, (26, 78), (80, 78), 20, 2)
    quads = np.array([page_kinds.quad(22, 24, 70, 60), *boxes()[9:]], float)
    assert [len(r) for r in part_rows(page, quads)] == [1] * len(quads)


def test_a_line_that_runs_down_the_page_stays_whole() -> None:
    page = page_of_figures()
    strip = np.full((20, 100), 240, np.uint8)
    cv2.putText(strip, "9137280", (2, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 20, 2, cv2.LINE_AA)
    page[40:140, 390:410] = np.rot90(strip, -1)
    quads = np.array([page_kinds.quad(388, 38, 24, 104), *boxes()], float)
    assert [len(r) for r in part_rows(page, quads)] == [1] * len(quads)


def test_a_column_of_single_figures_is_parted_beside_its_rows() -> None:
    """Each stands on a level with a line of its own; closer together, they are a line that runs
    down the page."""
    def column(pitch: int) -> tuple[np.ndarray, np.ndarray]:
        page = page_of_figures()
        for r in range(6):
            cv2.putText(page, str(r + 2), (390, 40 + pitch * r), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 20,
                        1, cv2.LINE_AA)
        return page, np.array([page_kinds.quad(386, 26, 18, pitch * 5 + 18), *boxes()], float)

    page, quads = column(20)
    first, *others = part_rows(page, quads)
    assert len(first) == 6
    assert np.allclose(np.diff(rects_of(first)[:, 1]), 20, atol=2)
    assert [len(r) for r in others] == [1] * len(boxes())
    page, quads = column(14)
    assert [len(r) for r in part_rows(page, quads)] == [1] * len(quads)


def test_few_lines_are_no_table() -> None:
    quads = np.array([page_kinds.quad(26, 24, 50, 60)], float)
    assert [len(r) for r in part_rows(page_of_figures(), quads)] == [1]
    assert part_rows(page_of_figures(), np.zeros((0, 4, 2))) == []
