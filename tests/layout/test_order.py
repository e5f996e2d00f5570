"""Reading order against hand-built pages whose order is known."""

from __future__ import annotations

import numpy as np
import page_kinds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.layout.order import reading_order
from deeptext_cli.layout.quads import rotate


def read(sheet: page_kinds.Sheet, quads: np.ndarray | None = None, **options: bool) -> list[str]:
    quads = sheet.array() if quads is None else quads
    shuffled = np.random.default_rng(7).permutation(len(quads))
    order = reading_order(quads[shuffled], **options)
    return [sheet.names[shuffled[i]] for i in order]


@pytest.mark.parametrize("kind", page_kinds.ALL)
def test_known_pages(kind: str) -> None:
    sheet = page_kinds.ALL[kind]()
    assert read(sheet) == sheet.names


@pytest.mark.parametrize("angle", [-14.0, -5.0, 2.0, 8.0, 15.0])
@pytest.mark.parametrize("kind", page_kinds.ALL)
def test_known_pages_askew(kind: str, angle: float) -> None:
    sheet = page_kinds.ALL[kind]()
    assert read(sheet, rotate(sheet.array(), angle, (400, 300))) == sheet.names


@pytest.mark.parametrize("kind", page_kinds.ALL)
@pytest.mark.parametrize("scale", [0.3, 4.0])
def test_known_pages_at_other_resolutions(kind: str, scale: float) -> None:
    sheet = page_kinds.ALL[kind]()
    assert read(sheet, sheet.array() * scale) == sheet.names


@pytest.mark.parametrize("kind", page_kinds.ALL)
def test_known_pages_with_imprecise_boxes(kind: str) -> None:
    rng = np.random.default_rng(3)
    sheet = page_kinds.ALL[kind]()
    for _ in range(5):
        shaken = sheet.array() + rng.uniform(-2, 2, (len(sheet.names), 1, 2))
        assert read(sheet, shaken) == sheet.names


def test_table_by_columns_when_asked() -> None:
    sheet = page_kinds.table()
    by_column = [f"r{r}c{c}" for c in range(4) for r in range(6)]
    assert read(sheet, tables=False) == by_column


def test_a_table_askew_in_upright_boxes_is_no_pair_of_columns() -> None:
    # its rows may come out one off, but names and prices must alternate
    order = read(page_kinds.tilted_table())
    assert [name[:4] for name in order[2:-2]] in (["name", "pric"] * 6, ["pric", "name"] * 6)


def test_none_and_one() -> None:
    assert reading_order([]) == []
    assert reading_order([page_kinds.quad(1, 2, 3)]) == [0]


def test_tall_neighbour_does_not_merge_lines() -> None:
    # a logo as high as four lines, at their left
    quads = [page_kinds.quad(300, 100 + 30 * i, 300) for i in range(4)]
    order = reading_order([page_kinds.quad(20, 95, 120, 130), *quads])
    lines = [i for i in order if i]
    assert lines == [1, 2, 3, 4]


boxes = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 600),
                           st.integers(1, 60)), max_size=25)


@settings(max_examples=60, deadline=None)
@given(boxes)
def test_always_a_permutation(rects: list[tuple[int, int, int, int]]) -> None:
    quads = [page_kinds.quad(*r) for r in rects]
    assert sorted(reading_order(quads)) == list(range(len(quads)))


@settings(max_examples=40, deadline=None)
@given(boxes, st.floats(-500, 500), st.floats(-500, 500))
def test_moving_the_page_changes_nothing(rects: list[tuple[int, int, int, int]], dx: float,
                                         dy: float) -> None:
    quads = np.array([page_kinds.quad(*r) for r in rects]).reshape(-1, 4, 2)
    moved = np.round(quads + np.round([dx, dy]))
    assert reading_order(quads, skew=0.0) == reading_order(moved, skew=0.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 30), st.integers(20, 90))
def test_one_column_reads_from_the_top(seed: int, lines: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    quads = [page_kinds.quad(50, 40 * i, width + float(rng.uniform(0, 400)))
             for i in range(lines)]
    assert reading_order(quads) == list(range(lines))


def test_prose_beside_the_labels_of_a_figure_is_a_column() -> None:
    # so many labels stand at all heights that most lines have one level with them, by chance
    s = page_kinds.Sheet()
    s.column("prose", 50, 100, 24, 380)
    for i in range(54):
        s.put(f"label{i}", 520 + 150 * (i % 2), 100 + 13.2 * i, 60, 16)
    order = read(s)
    assert order[:24] == [f"prose{i}" for i in range(24)]


def test_a_listing_is_read_by_rows_however_long_its_cells() -> None:
    sheet = page_kinds.Sheet()
    for r in range(9):
        sheet.put(f"left{r}", 40, 40 + 24 * r, 220)
        sheet.put(f"right{r}", 300, 40 + 24 * r, 250)
    figures = reading_order(sheet.array(), words=np.zeros(18, bool))
    assert [sheet.names[i] for i in figures] == sheet.names
    prose = reading_order(sheet.array(), words=np.ones(18, bool))
    assert [sheet.names[i][:4] for i in prose] == ["left"] * 9 + ["righ"] * 9


@pytest.mark.parametrize("x", [300, 520])
def test_a_title_over_one_of_the_columns_comes_first(x: int) -> None:
    sheet = page_kinds.Sheet()
    sheet.put("title", x, 20, 200, 36)
    for k in range(3):
        sheet.column(f"column{k}.", 40 + 300 * k, 110, 9, 270)
    assert read(sheet) == sheet.names


def test_a_column_that_begins_higher_does_not_come_first_for_that() -> None:
    sheet = page_kinds.Sheet()
    sheet.column("left", 40, 200, 8, 380)  # below a picture
    sheet.column("right", 460, 50, 13, 380)
    assert read(sheet) == sheet.names


def test_columns_whose_high_boxes_reach_into_each_other_have_a_narrow_gutter() -> None:
    sheet = page_kinds.Sheet()
    for k in range(3):
        for i in range(14):
            sheet.put(f"column{k}.{i}", 20 + 296 * k, 40 + 14 * i, 290, 20)
    assert read(sheet) == sheet.names


def beside_prose(pitch: float, entries: int = 10) -> page_kinds.Sheet:
    """A list on the left, `pitch` from entry to entry, and a column of running text."""
    sheet = page_kinds.Sheet()
    for i in range(entries):
        sheet.put(f"entry{i}", 30, 103 + pitch * i, 90 + 25 * (i % 3))
    sheet.column("text", 300, 100, 15, 560, pitch=24)
    return sheet


@pytest.mark.parametrize("pitch", [24, 31, 39])
def test_a_list_beside_running_text_reads_on_its_own(pitch: float) -> None:
    sheet = beside_prose(pitch)
    assert read(sheet) == sheet.names


def test_names_with_what_is_said_of_each_are_rows() -> None:
    """As in a glossary: every line has its entry, and lines end anywhere."""
    sheet = page_kinds.Sheet()
    for i in range(12):
        sheet.put(f"name{i}", 30, 100 + 24 * i, 80 + 20 * (i % 3))
        sheet.put(f"meaning{i}", 300, 100 + 24 * i, 560 * (0.4, 0.9, 0.65, 0.75)[i % 4])
    assert read(sheet) == sheet.names


def test_labels_before_the_first_line_of_what_is_said_are_rows() -> None:
    sheet = page_kinds.Sheet()
    for i in range(9):
        sheet.put(f"label{i}", 30, 100 + 60 * i, 90 + 25 * (i % 3))
        for k in range(2):
            sheet.put(f"said{i}.{k}", 300, 100 + 60 * i + 24 * k, 560 * (1.0, 0.95)[k])
    assert read(sheet) == sheet.names


def test_a_box_that_reaches_into_the_gutter_beside_a_short_line_parts_nothing() -> None:
    sheet = page_kinds.Sheet()
    for i in range(14):
        sheet.put(f"left{i}", 40, 40 + 24 * i, 400 - 150 * (i == 6))
    for i in range(14):
        sheet.put(f"right{i}", 450 - 5 * (i == 6), 40 + 24 * i, 400)
    assert read(sheet) == sheet.names


def test_columns_that_end_at_different_heights_beside_another() -> None:
    """Where only one of two goes on, they fill little of what is theirs; each is prose still."""
    sheet = page_kinds.Sheet()
    for k, lines in enumerate((30, 9, 25)):
        for i in range(lines):
            sheet.put(f"column{k}.{i}", 20 + 230 * k, 40 + 24 * i, 210)
    assert read(sheet) == sheet.names


def report(pages: bool) -> page_kinds.Sheet:
    """Two columns of prose, and below them a list at the left, with numbers of `pages` below the
    right column or without."""
    sheet = page_kinds.Sheet()
    sheet.put("title", 50, 20, 600, 40)
    sheet.column("left", 50, 100, 8, 480)
    sheet.column("right", 570, 100, 6, 480)
    sheet.put("heading", 50, 380, 130, 26)
    for i in range(6):
        sheet.put(f"entry{i}", 50, 430 + 26 * i, 100 + 40 * (i % 3))
        if pages:
            sheet.put(f"page{i}", 620, 430 + 26 * i, 20)
    return sheet


@pytest.mark.parametrize("pages", [True, False])
def test_a_list_below_two_columns_is_read_after_both(pages: bool) -> None:
    sheet = report(pages)
    assert read(sheet) == sheet.names


def test_what_goes_on_for_many_rows_below_a_wider_gap_is_its_column_s() -> None:
    sheet = page_kinds.Sheet()
    for i in range(9):
        sheet.put(f"left{i}", 40, 40 + 24 * i, 380)
    for i in range(6):  # below a box, or a picture
        sheet.put(f"left{9 + i}", 40, 330 + 24 * i, 380)
    for i in range(9):
        sheet.put(f"right{i}", 460, 40 + 24 * i, 380)
    assert read(sheet) == sheet.names


@pytest.mark.parametrize(("share", "columns"), [(0.0, False), (0.3, False), (0.7, True),
                                                (1.0, False)])
def test_ragged_lines_of_narrow_columns_go_on_with_a_sentence(share: float, columns: bool) -> None:
    """Cells of a list do not, or all of them begin in small letters."""
    sheet = page_kinds.Sheet()
    for k in range(2):
        for i in range(20):
            sheet.put(f"{k}.{i}", 40 + 170 * k, 40 + 24 * i, (120, 90, 135, 70)[(i + k) % 4])
    goes_on = np.array([(i % 10) < 10 * share for _ in range(2) for i in range(20)])
    order = [sheet.names[i] for i in reading_order(sheet.array(), goes_on=goes_on)]
    assert (order == sheet.names) == columns
    if not columns:
        assert order[:4] == ["0.0", "1.0", "0.1", "1.1"]


def test_a_heading_close_to_what_it_heads_is_no_part_of_the_column_above() -> None:
    """Though there is as much white between the paragraphs of that column."""
    sheet = page_kinds.Sheet()
    for i, y in enumerate((100, 130, 185, 215, 270)):
        sheet.put(f"a{i}", 50, y, 380)
    sheet.column("b", 470, 100, 7, 380)
    sheet.put("heading", 50, 325, 200)
    for i in range(3):
        sheet.put(f"below{i}", 50, 347 + 30 * i, 790)
    assert read(sheet) == sheet.names


@pytest.mark.parametrize(("lines", "columns"), [(3, False), (8, True)])
def test_a_narrow_gutter_parts_lines_that_are_many(lines: int, columns: bool) -> None:
    sheet = page_kinds.Sheet()
    for k in range(2):
        for i in range(lines):
            sheet.put(f"{k}.{i}", 50 + 392 * k, 100 + 30 * i, 380 - 20 * (i == lines - 1))
    order = read(sheet)
    assert (order == sheet.names) == columns
    if not columns:
        assert order[:4] == ["0.0", "1.0", "0.1", "1.1"]


def test_lists_need_no_wide_gap_between_them() -> None:
    sheet = page_kinds.Sheet()
    for i in range(14):
        sheet.put(f"left{i}", 50, 100 + 26 * i, 60 + 20 * (i % 3))
    for i in range(11):
        sheet.put(f"right{i}", 180, 104 + 33.5 * i, 50 + 25 * (i % 2))
    assert read(sheet) == sheet.names


@pytest.mark.parametrize("figures", [False, True])
def test_figures_beside_running_text_are_read_with_its_lines(figures: bool) -> None:
    sheet = beside_prose(24, entries=15)
    words = np.array([not figures or name.startswith("text") for name in sheet.names])
    order = [sheet.names[i] for i in reading_order(sheet.array(), words=words)]
    if figures:
        assert order[:4] == ["entry0", "text0", "entry1", "text1"]
    else:
        assert order == sheet.names


def test_a_few_ragged_lines_that_go_on_with_a_sentence_are_no_columns() -> None:
    sheet = page_kinds.Sheet()
    for k in range(2):
        for i in range(4):
            sheet.put(f"{k}.{i}", 40 + 170 * k, 40 + 24 * i, (120, 90, 135, 70)[(i + k) % 4])
    goes_on = np.array([i % 4 < 2 for i in range(8)])
    order = [sheet.names[i] for i in reading_order(sheet.array(), goes_on=goes_on)]
    assert order[:4] == ["0.0", "1.0", "0.1", "1.1"]


def test_a_row_of_several_boxes_goes_on_with_a_sentence_by_its_first() -> None:
    """However high they stand, and with none of the others' beginnings."""
    sheet, goes_on = page_kinds.Sheet(), []
    for k in range(2):
        for i in range(20):
            width = (120, 90, 135, 70)[(i + k) % 4]
            sheet.put(f"{k}.{i}a", 40 + 170 * k, 43 + 24 * i, width / 2 - 3)
            sheet.put(f"{k}.{i}b", 43 + 170 * k + width / 2, 40 + 24 * i, width / 2 - 3)
            goes_on += [i % 10 < 7, True]
    order = [sheet.names[i] for i in reading_order(sheet.array(), goes_on=np.array(goes_on))]
    assert order == sheet.names
