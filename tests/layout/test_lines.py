from __future__ import annotations

import numpy as np
import page_kinds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.layout.lines import group_into_lines, merge_into_lines, rows_of
from deeptext_cli.layout.quads import rects_of, rotate

TEXT = ["The quick brown fox", "jumps", "over the lazy dog again", "a b c d"]


def words(x: float = 50, y: float = 50) -> tuple[np.ndarray, list[list[int]]]:
    """Word boxes of TEXT, and which belong to which line."""
    quads, lines = [], []
    for k, text in enumerate(TEXT):
        at, line = 0, []
        for word in text.split():
            line.append(len(quads))
            # descenders and capitals make words of a line differ in height
            lift = 4 if word[0].isupper() else 0
            quads.append(page_kinds.quad(x + at * 10, y + k * 30 - lift, len(word) * 10,
                                         20 + lift + 3 * ("j" in word)))
            at += len(word) + 1
        lines.append(line)
    return np.array(quads), lines


@pytest.mark.parametrize("angle", [-12, 0, 1.5, 14])
def test_words_to_lines(angle: float) -> None:
    quads, lines = words()
    quads = rotate(quads, angle)
    shuffled = np.random.default_rng(1).permutation(len(quads))
    groups = group_into_lines(quads[shuffled], skew=angle)
    assert [[int(shuffled[i]) for i in g] for g in groups] == lines


def test_columns_stay_apart_however_level() -> None:
    left, lines = words()
    right, _ = words(x=400)
    groups = group_into_lines(np.concatenate([left, right]))
    expected = [g for line in lines for g in (line, [i + len(left) for i in line])]
    assert groups == expected


def test_columns_of_prose_stay_apart_at_a_narrow_gap() -> None:
    pieces = [page_kinds.quad(x, 30 * i, width) for i in range(5)
              for x, width in ((0, 300), (312 - 6 * (i % 2), 290))]
    assert group_into_lines(pieces) == [[i] for i in range(10)]


def test_pieces_of_one_paragraph_are_joined_at_the_same_gap() -> None:
    # a gap that no line near it has, and one between short cells that all have
    pieces = [page_kinds.quad(0, 0, 600), page_kinds.quad(0, 30, 300),
              page_kinds.quad(312, 30, 290), page_kinds.quad(0, 60, 600)]
    assert group_into_lines(pieces) == [[0], [1, 2], [3]]
    cells = [page_kinds.quad(x, 30 * i, 60) for i in range(5) for x in (0, 72)]
    assert group_into_lines(cells) == [[2 * i, 2 * i + 1] for i in range(5)]


def test_merged_boxes_hold_their_words() -> None:
    quads, lines = words()
    merged, groups = merge_into_lines(rotate(quads, 8), skew=8)
    assert groups == lines
    level = rects_of(rotate(merged, -8))
    for box, group in zip(level, groups, strict=True):
        inner = rects_of(quads[group])
        assert box == pytest.approx([*inner[:, :2].min(axis=0), *inner[:, 2:].max(axis=0)])


def test_pieces_that_overlap_are_one_line() -> None:
    pieces = [page_kinds.quad(0, 0, 300), page_kinds.quad(280, 1, 200),
              page_kinds.quad(100, 2, 50), page_kinds.quad(490, 0, 60)]
    assert group_into_lines(pieces) == [[0, 2, 1, 3]]


def test_a_quotation_set_large_beside_a_column_is_no_part_of_its_lines() -> None:
    column = page_kinds.quad(0, 24, 460, 50)
    centred, level = page_kinds.quad(470, 0, 360, 98), page_kinds.quad(470, -12, 360, 98)
    assert group_into_lines([column, centred]) == [[0], [1]] or group_into_lines(
        [column, centred]) == [[1], [0]]
    assert group_into_lines([column, level]) == [[0, 1]]  # larger words on the same line
    sign = page_kinds.quad(470, 0, 60, 98)  # one character may stand anywhere
    assert group_into_lines([column, sign]) == [[0, 1]]


def test_lines_that_lean_into_each_other_stay_apart() -> None:
    pieces = [page_kinds.quad(0, 0, 300), page_kinds.quad(30, 9, 300)]  # 20 high
    assert group_into_lines(pieces) == [[0], [1]]
    # but what follows goes on with the line it is level with
    pieces += [page_kinds.quad(335, 10, 80)]
    assert group_into_lines(pieces) == [[0], [1, 2]]


@pytest.mark.parametrize("angle", [0, 4])
def test_words_that_run_up_a_chart_are_one_line(angle: float) -> None:
    level, _ = words(x=100)
    up = [page_kinds.quad(20, y, 20, h) for y, h in ((60, 90), (155, 60))]
    far = page_kinds.quad(20, 300, 20, 80)
    quads = rotate(np.concatenate([level, up, [far]]), angle)
    n = len(level)
    merged, groups = merge_into_lines(quads, max_gap=0.8, skew=angle)
    assert [g for g in groups if max(g) >= n] == [[n, n + 1], [n + 2]]
    box = rects_of(rotate(merged[groups.index([n, n + 1])][None], -angle))[0]
    assert box == pytest.approx([20, 60, 40, 215], abs=0.5)


def test_nothing() -> None:
    assert group_into_lines([]) == []
    assert merge_into_lines([])[0].shape == (0, 4, 2)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500), st.integers(1, 99),
                          st.integers(1, 40)), max_size=30))
@settings(max_examples=50, deadline=None)
def test_every_box_in_exactly_one_row_and_line(rects: list[tuple[int, int, int, int]]) -> None:
    quads = np.array([page_kinds.quad(*r) for r in rects]).reshape(-1, 4, 2)
    for groups in (rows_of(rects_of(quads)), group_into_lines(quads)):
        assert sorted(i for g in groups for i in g) == list(range(len(quads)))
        for g in groups:
            lefts = [quads[i, 0, 0] for i in g]
            assert lefts == sorted(lefts)


def test_what_is_written_large_beside_one_label_is_its_row() -> None:
    rects = np.array([[30, 135, 95, 147], [195, 117, 340, 151],    # a label, a name by hand
                      [30, 176, 105, 189], [195, 162, 310, 206]])  # the next
    assert rows_of(rects, labels=True) == [[0, 1], [2, 3]]
    assert len(rows_of(rects)) == 4


def test_a_logo_beside_lines_is_no_one_s_row() -> None:
    logo = [20, 90, 120, 132]
    lines = [[160, 92, 400, 104], [160, 118, 380, 130]]
    assert rows_of(np.array([logo, *lines]), labels=True) == [[1], [0], [2]]


@pytest.mark.parametrize("others", [
    [(0, 300, 30), (312, 600, 30)],                                    # one row alone
    [(0, 300, 30), (312, 600, 30), (0, 300, 60), (312, 600, 60),       # as many run across
     (0, 600, 90)],
    [(0, 300, 500), (312, 600, 500), (0, 300, 530), (312, 600, 530)],  # far away
])
def test_a_gap_that_few_rows_nearby_share_parts_nothing(
        others: list[tuple[int, int, int]]) -> None:
    pieces = [page_kinds.quad(a, y, b - a) for a, b, y in [(0, 300, 0), (312, 600, 0), *others]]
    assert group_into_lines(pieces)[0] == [0, 1]
    # a third row near it is enough
    more = [page_kinds.quad(a, y, b - a) for y in (-30, -60, -90)
            for a, b in ((0, 300), (312, 600))]
    assert [0] in group_into_lines([*pieces, *more])


def test_ends_that_reach_below_each_other_stay_apart() -> None:
    pieces = [page_kinds.quad(0, 0, 100), page_kinds.quad(70, 9, 100)]  # 20 high
    assert group_into_lines(pieces) == [[0], [1]]


def test_a_box_goes_on_with_the_line_that_it_is_level_with() -> None:
    """Of two figures one above the other, which are of one row."""
    above, below = page_kinds.quad(0, 0, 15), page_kinds.quad(0, 9, 15)
    for y, groups in ((0, [[0, 2], [1]]), (9, [[0], [1, 2]])):
        assert group_into_lines([above, below, page_kinds.quad(22, y, 60)]) == groups


@pytest.mark.parametrize(("down", "rows"), [(9, 1), (14, 2)])
def test_boxes_of_a_row_share_half_their_height(down: int, rows: int) -> None:
    assert len(rows_of(np.array([[0, 0, 100, 20], [120, down, 220, down + 20]]))) == rows
