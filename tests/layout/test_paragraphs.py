from __future__ import annotations

import numpy as np
import page_kinds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.layout.paragraphs import dehyphenate, group_paragraphs
from deeptext_cli.layout.quads import rotate


def names(sheet: page_kinds.Sheet, angle: float = 0) -> list[list[str]]:
    groups = group_paragraphs(rotate(sheet.array(), angle))
    return [[sheet.names[i] for i in g] for g in groups]


def test_white_ends_a_paragraph() -> None:
    s = page_kinds.Sheet()
    y = s.column("a", 50, 50, 4, 400)
    s.column("b", 50, y + 25, 3, 400)
    assert names(s) == [["a0", "a1", "a2", "a3"], ["b0", "b1", "b2"]]


def test_short_paragraphs_are_parted_though_most_white_is_between_them() -> None:
    """As in letters and minutes: headings, and two lines under each."""
    s = page_kinds.Sheet()
    y = 50.0
    for k in range(5):
        s.put(f"head{k}", 50, y, 150)
        s.column(f"text{k}.", 50, y + 50, 2, 400)
        y += 130
    assert names(s) == [group for k in range(5)
                        for group in ([f"head{k}"], [f"text{k}.0", f"text{k}.1"])]


def test_wide_leading_is_no_white_between_paragraphs_beside_closer_lines() -> None:
    """Double-spaced typescript with a letterhead and a quotation in close lines."""
    s = page_kinds.Sheet()
    y = s.column("close", 50, 50, 8, 400, pitch=24)
    y = s.column("wide", 50, y + 40, 9, 400, pitch=44)
    s.column("more", 50, y + 30, 9, 400, pitch=44)
    assert [len(g) for g in names(s)] == [8, 9, 9]


def test_rows_of_cells_stay_together_under_closely_set_prose() -> None:
    s = page_kinds.Sheet()
    y = s.column("prose", 50, 50, 9, 400, pitch=24)
    for r in range(4):
        s.put(f"r{r}c0", 50, y + 40 + 45 * r, 100)
        s.put(f"r{r}c1", 300, y + 40 + 45 * r, 60, 14)
    assert [len(g) for g in names(s)] == [9, 8]


def test_a_wider_gap_between_rows_of_cells_ends_a_table() -> None:
    s = page_kinds.Sheet()
    for y in (50, 80, 110, 190, 220, 250):
        s.put(f"{y}.0", 50, y, 100)
        s.put(f"{y}.1", 300, y, 60)
    assert [len(g) for g in names(s)] == [6, 6]


def test_boxes_of_all_heights_are_one_paragraph_where_their_type_is_of_one_size() -> None:
    quads = [page_kinds.quad(50, 50 + 26 * i - h / 2, 400, h)
             for i, h in enumerate((20, 35, 14, 20, 20, 36, 13, 20, 20, 34, 14, 20))]
    assert len(group_paragraphs(quads)) > 1
    assert len(group_paragraphs(quads, sizes=[10.0] * 12)) == 1
    assert len(group_paragraphs(quads, sizes=[18.0] + [10.0] * 11)) == 2


def test_a_long_box_that_leans_a_little_is_no_larger() -> None:
    quads = np.array([page_kinds.quad(50, 50 + 30 * i, 1600) for i in range(5)])
    quads[2] = rotate(quads[2], 0.6, quads[2].mean(axis=0))
    assert len(group_paragraphs(quads)) == 1


def test_indent_starts_a_paragraph() -> None:
    s = page_kinds.Sheet()
    for i in range(7):
        indent = 30 if i in (0, 4) else 0
        s.put(str(i), 50 + indent, 50 + 30 * i, 400 - indent)
    assert names(s) == [["0", "1", "2", "3"], ["4", "5", "6"]]


def test_centred_lines_are_no_indents() -> None:
    s = page_kinds.Sheet()
    for i, width in enumerate((300, 200, 260, 120)):
        s.put(str(i), 300 - width / 2, 50 + 30 * i, width)
    assert names(s) == [["0", "1", "2", "3"]]


def test_larger_type_stands_alone() -> None:
    s = page_kinds.Sheet()
    s.put("heading", 50, 50, 400, 36)
    s.column("text", 50, 92, 4, 400)
    assert names(s) == [["heading"], [f"text{i}" for i in range(4)]]


def test_a_low_word_or_a_box_cut_close_is_no_other_type() -> None:
    s = page_kinds.Sheet()
    s.column("above", 50, 50, 3, 400)
    s.put("close", 50, 143, 390, 13)
    s.column("below", 50, 170, 3, 400)
    assert len(names(s)) == 1


@pytest.mark.parametrize("angle", [0, 7, -13])
def test_columns_are_apart(angle: float) -> None:
    s = page_kinds.two_columns_unaligned()
    assert [len(g) for g in names(s, angle)] == [14, 11]


def test_the_top_of_the_next_column_is_no_going_on() -> None:
    """Though a last line reaches under it."""
    s = page_kinds.Sheet()
    s.put("a0", 50, 130, 300)
    s.put("a1", 50, 160, 620)
    s.put("b0", 400, 100, 280)
    s.put("b1", 400, 130, 280)
    assert names(s) == [["a0", "a1"], ["b0", "b1"]]


def test_a_column_that_begins_lower_is_no_going_on_either() -> None:
    s = page_kinds.Sheet()
    s.column("a", 50, 50, 3, 300)
    s.column("b", 400, 130, 3, 300)
    assert names(s) == [["a0", "a1", "a2"], ["b0", "b1", "b2"]]


def test_rows_of_a_table_stay_together() -> None:
    assert len(names(page_kinds.table())) == 1


def test_nothing() -> None:
    assert group_paragraphs([]) == []


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500), st.integers(1, 300),
                          st.integers(1, 40)), max_size=20))
@settings(max_examples=50, deadline=None)
def test_keeps_every_line_in_its_order(rects: list[tuple[int, int, int, int]]) -> None:
    groups = group_paragraphs([page_kinds.quad(*r) for r in rects])
    assert [i for g in groups for i in g] == list(range(len(rects)))
    assert all(groups)


@pytest.mark.parametrize(("lines", "joined"), [
    (["a hyphen-", "ated word"], ["a hyphenated", "word"]),
    (["inter-", "nation-", "al"], ["international"]),
    (["soft\u00ad", "ware"], ["software"]),
    (["Vor\u2e17", "ſicht da"], ["Vorſicht", "da"]),
    (["Jean-", "Paul Sartre"], ["Jean-", "Paul Sartre"]),
    (["1990-", "1991"], ["1990-", "1991"]),
    (["1990-", "ff."], ["1990-", "ff."]),
    (["a dash -", "so it stays"], ["a dash -", "so it stays"]),
    (["no hyphen", "here"], ["no hyphen", "here"]),
    (["ends in a hyphen-"], ["ends in a hyphen-"]),
    (["", "-", "x"], ["", "-", "x"]),
    ([], []),
])
def test_dehyphenate(lines: list[str], joined: list[str]) -> None:
    assert dehyphenate(lines) == joined


@given(st.lists(st.text("ab- B1", max_size=8), max_size=8))
@settings(max_examples=100, deadline=None)
def test_dehyphenate_loses_nothing_but_hyphens(lines: list[str]) -> None:
    def letters(parts: list[str]) -> str:
        return "".join(parts).replace("-", "").replace(" ", "")

    assert letters(dehyphenate(lines)) == letters(lines)
