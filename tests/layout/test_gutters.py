"""Lines that were found across the gutter between columns of prose are cut; no others are."""

from __future__ import annotations

import cv2
import numpy as np
import page_kinds
import pytest

from deeptext_cli.layout.gutters import part_columns
from deeptext_cli.layout.quads import angles_of, around, rects_of, sizes_of

PITCH, HIGH = 17, 14
COLUMNS = ((40, 300), (314, 574))  # from, to; a gutter as wide as a line is high


def page(columns: tuple[tuple[int, int], ...] = COLUMNS, rows: int = 24,
         rule: bool = False) -> np.ndarray:
    """Words of ink that fill each column from edge to edge, as justified text does."""
    rng = np.random.default_rng(4)
    sheet = np.full((80 + PITCH * rows, 640), 235, np.uint8)
    for left, right in columns:
        for r in range(rows):
            x = left
            while x < right:
                end = min(right, x + int(rng.integers(14, 60)))
                end = right if right - end < 20 else end
                for stem in range(x, end, 4):  # letters; solid ink would be a rule
                    cv2.rectangle(sheet, (stem, 41 + PITCH * r), (stem + 2, 51 + PITCH * r), 40, -1)
                x = end + 6
    if rule:
        middle = (columns[0][1] + columns[1][0]) // 2
        cv2.line(sheet, (middle, 30), (middle, 60 + PITCH * rows), 60, 1)
    return sheet


def box(left: int, right: int, row: int) -> list[list[float]]:
    return page_kinds.quad(left - 3, 39 + PITCH * row, right - left + 6, HIGH)


@pytest.mark.parametrize("rule", [False, True])
@pytest.mark.parametrize("joined", [(), (0,), (3, 7, 8, 20), tuple(range(24))])
def test_lines_across_a_gutter_are_cut(joined: tuple[int, ...], rule: bool) -> None:
    (a, b), (c, d) = COLUMNS
    boxes = []
    for r in range(24):
        boxes += [box(a, d, r)] if r in joined else [box(a, b, r), box(c, d, r)]
    pieces = part_columns(page(rule=rule), np.array(boxes, float))
    found = rects_of(np.concatenate(pieces))
    assert len(found) == 48
    lefts = found[found[:, 0] < 200]
    rights = found[found[:, 0] > 200]
    assert len(lefts) == len(rights) == 24
    assert np.abs(lefts[:, 2] - b).max() < 4
    assert np.abs(rights[:, 0] - c).max() < 4


def test_a_heading_over_two_columns_is_left() -> None:
    """Even where a gap between its letters happens to lie above the gutter."""
    (a, b), (c, d) = COLUMNS
    sheet = np.vstack([np.full((40, 640), 235, np.uint8), page()])
    for left, right in ((150, b), (c, 460)):
        for stem in range(left, right, 8):
            cv2.rectangle(sheet, (stem, 36), (stem + 5, 60), 40, -1)
    boxes = [page_kinds.quad(147, 33, 316, 30)]
    boxes += [np.add(box(*ends, r), (0, 40)).tolist() for r in range(24)
              for ends in ((a, b), (c, d))]
    pieces = part_columns(sheet, np.array(boxes, float))
    assert [len(p) for p in pieces] == [1] * 49


def test_a_dirty_page_that_leans_is_cut_too() -> None:
    (a, b), (c, d) = COLUMNS
    boxes = np.array([q for r in range(24) for q in
                      ([box(a, d, r)] if r % 2 else [box(a, b, r), box(c, d, r)])], float)
    sheet = page(rule=True)
    h, w = sheet.shape
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), -0.8, 1.0)
    leaning = cv2.warpAffine(sheet, turn, (w, h), borderValue=235)
    rng = np.random.default_rng(2)
    leaning[rng.integers(0, h, 300), rng.integers(0, w, 300)] = 60
    assert len(np.concatenate(part_columns(leaning, boxes @ turn[:, :2].T + turn[:, 2]))) == 48


def test_the_outer_ends_stay_where_they_were() -> None:
    boxes = np.array([box(COLUMNS[0][0], COLUMNS[1][1], r) for r in range(24)], float)
    for pieces, whole in zip(part_columns(page(), boxes), rects_of(boxes), strict=True):
        rects = rects_of(pieces)
        assert rects[0, 0] == whole[0]
        assert rects[-1, 2] == whole[2]
        assert (rects[:, [1, 3]] == whole[[1, 3]]).all()


@pytest.mark.parametrize("high", [13, 14, 15])
def test_pieces_keep_all_of_their_letters(high: int) -> None:
    """Whatever the parity of the sizes that white is looked for with."""
    boxes = np.array([page_kinds.quad(37, 39 + PITCH * r, 540, high) for r in range(24)])
    for pieces in part_columns(page(), boxes):
        (_, _, end, _), (start, _, _, _) = rects_of(pieces)
        assert start <= COLUMNS[1][0]
        assert end < COLUMNS[0][1] + 4


def test_words_of_one_column_stay_together() -> None:
    boxes = np.array([box(40, 574, r) for r in range(24)], float)
    for pieces, whole in zip(part_columns(page(((40, 574),)), boxes), boxes, strict=True):
        assert np.array_equal(pieces, whole[None])


def test_short_cells_are_no_columns_of_prose() -> None:
    columns = ((40, 110), (124, 574))  # numbers, with their text
    boxes = np.array([box(40, 574, r) for r in range(24)], float)
    for pieces, whole in zip(part_columns(page(columns), boxes), boxes, strict=True):
        assert np.array_equal(pieces, whole[None])


def test_short_cells_beside_a_rule_are_cut_at_it() -> None:
    columns = ((40, 110), (124, 180))
    boxes = np.array([box(40, 180, r) for r in range(24)], float)
    for pieces in part_columns(page(columns, rule=True), boxes):
        rects = rects_of(pieces)
        assert len(rects) == 2
        assert abs(rects[0, 2] - 110) < 4
        assert abs(rects[1, 0] - 124) < 4


def test_headings_of_two_columns_are_cut_at_the_rule_between_them() -> None:
    (a, b), (c, d) = COLUMNS
    sheet = np.vstack([np.full((40, 640), 235, np.uint8), page(rule=True)])
    cv2.line(sheet, (307, 20), (307, 80), 60, 1)
    for left, right in ((150, b - 3), (c + 3, 460)):
        for stem in range(left, right, 8):
            cv2.rectangle(sheet, (stem, 36), (stem + 5, 60), 40, -1)
    boxes = [page_kinds.quad(147, 33, 316, 30)]
    boxes += [np.add(box(*ends, r), (0, 40)).tolist() for r in range(24)
              for ends in ((a, b), (c, d))]
    heading, *rest = part_columns(sheet, np.array(boxes, float))
    assert len(heading) == 2
    assert [len(p) for p in rest] == [1] * 48


def test_a_rule_that_touches_the_text_is_a_letter_of_it() -> None:
    columns = ((40, 116), (119, 180))
    boxes = np.array([box(40, 180, r) for r in range(24)], float)
    for pieces, whole in zip(part_columns(page(columns, rule=True), boxes), boxes, strict=True):
        assert np.array_equal(pieces, whole[None])


def test_lines_joined_on_two_levels_are_no_heading() -> None:
    (a, b), (c, d) = COLUMNS
    found = [np.array([box(a, b, r), np.add(box(c, d, r), (0, 7))], float) for r in range(24)]
    joined = np.array([[f[0, 0], [f[1, 1, 0], f[0, 0, 1]], f[1, 2], [f[0, 3, 0], f[1, 2, 1]]]
                       for f in found])
    assert sizes_of(joined)[1].min() >= 1.4 * HIGH
    sheet = page()
    sheet[7:, 307:] = sheet[:-7, 307:].copy()
    for pieces, boxes in zip(part_columns(sheet, joined, found), rects_of(np.array(found)
                             .reshape(-1, 4, 2)).reshape(-1, 2, 4), strict=True):
        rects = rects_of(pieces)
        assert len(rects) == 2
        assert np.abs(rects - boxes).max() <= 3.5  # each as high as it was found


def test_text_up_to_the_edge_of_the_page() -> None:
    sheet = page()[:, :580]  # three pixels of white after it, less than half a gutter
    boxes = np.array([box(a, b + 2, r) for r in range(24) for a, b in COLUMNS], float)
    assert len(np.concatenate(part_columns(sheet, boxes))) == 48


def test_a_few_lines_that_all_run_across_are_left() -> None:
    # spaces a little wide, one below the other, come about by chance
    upper, lower = page(((40, 300), (308, 574)), rows=8), page(((40, 574),), rows=8)
    sheet = np.concatenate([upper, lower])
    boxes = np.array([box(40, 574, r) for r in range(8)], float)
    boxes = np.concatenate([boxes, boxes + np.array([0, len(upper)])])
    for pieces, whole in zip(part_columns(sheet, boxes), boxes, strict=True):
        assert np.array_equal(pieces, whole[None])


def test_a_few_lines_across_a_wide_gutter_are_cut() -> None:
    boxes = np.array([box(40, 574, r) for r in range(8)], float)
    far = boxes + np.array([0, 17.0 * 8 + 90])
    sheet = np.concatenate([page(rows=8), page(((40, 574),), rows=8)])
    pieces = part_columns(sheet, np.concatenate([boxes, far]))
    assert [len(p) for p in pieces] == [2] * 8 + [1] * 8


def test_specks_in_a_gutter_are_dirt_and_leaders_are_not() -> None:
    (a, _b), (_c, d) = COLUMNS
    boxes = np.array([box(a, d, r) for r in range(24)], float)
    dirty = page()
    dirty[54::2 * PITCH, [304, 309]] = 60
    assert [len(p) for p in part_columns(dirty, boxes)] == [2] * 24
    dotted = page()
    for r in range(24):  # below the middle of the line, where dots stand
        dotted[50 + PITCH * r:53 + PITCH * r, 302:304] = 40
        dotted[50 + PITCH * r:53 + PITCH * r, 306:309] = 40
        dotted[50 + PITCH * r:53 + PITCH * r, 311:313] = 40
    assert [len(p) for p in part_columns(dotted, boxes)] == [1] * 24


def test_white_as_narrow_as_a_space_is_no_gutter() -> None:
    boxes = np.array([box(40, 574, r) for r in range(24)], float)
    for pieces, whole in zip(part_columns(page(((40, 300), (305, 574))), boxes), boxes,
                             strict=True):
        assert np.array_equal(pieces, whole[None])


def test_white_that_many_lines_share_is_a_gutter_however_narrow() -> None:
    """Fewer may share it by chance, where all of them run across."""
    boxes = np.array([box(40, 574, r) for r in range(24)], float)
    assert [len(p) for p in part_columns(page(((40, 300), (308, 574))), boxes)] == [2] * 24


def test_a_line_far_below_the_columns_runs_across_their_gutter() -> None:
    (a, b), (c, d) = COLUMNS
    boxes = np.array([box(*ends, r) for r in range(24) for ends in ((a, b), (c, d))], float)
    sheet = np.vstack([page(), np.full((160, 640), 235, np.uint8)])
    for left, right in ((180, b), (c, 430)):
        for stem in range(left, right, 4):
            cv2.rectangle(sheet, (stem, 600), (stem + 2, 610), 40, -1)
    boxes = np.concatenate([boxes, [page_kinds.quad(177, 598, 256, HIGH)]])
    assert [len(p) for p in part_columns(sheet, boxes)] == [1] * 49


def test_a_pale_line_that_has_letters_in_the_gutter_is_left() -> None:
    """Beside the ink of the others its own is none."""
    (a, b), (c, d) = COLUMNS
    boxes = np.array([box(a, d, r) if r == 9 else box(*ends, r) for r in range(24)
                      for ends in ([(a, d)] if r == 9 else [(a, b), (c, d)])], float)
    sheet = page()
    sheet[40 + PITCH * 9:53 + PITCH * 9] = 235
    for stem in range(a, d, 4):
        cv2.rectangle(sheet, (stem, 41 + PITCH * 9), (stem + 2, 51 + PITCH * 9), 222, -1)
    assert [len(p) for p in part_columns(sheet, boxes)] == [1] * 47


def test_an_end_that_reaches_over_the_gutter_is_taken_back() -> None:
    (a, b), (c, d) = COLUMNS
    boxes = np.array([q for r in range(24) for q in (box(a, c + 3 if r == 5 else b, r),
                                                     box(c, d, r))], float)
    pieces = part_columns(page(), boxes)
    assert [len(p) for p in pieces] == [1] * 48
    assert rects_of(pieces[10])[0, 2] < b + 4


@pytest.mark.parametrize("lean", [0.8, -0.8])
def test_pieces_of_a_leaning_line_lean_as_it_does(lean: float) -> None:
    ends = ((40, 160), (166, 300), (314, 440), (446, 574))
    found = np.array([[box(*e, r) for e in ends] for r in range(24)], float)
    sheet = page()
    turn = cv2.getRotationMatrix2D((320, 240), -lean, 1.0)  # opencv counts the other way
    leaning = cv2.warpAffine(sheet, turn, sheet.shape[::-1], borderValue=(235,))
    found = found @ turn[:, :2].T + turn[:, 2]
    joined = np.array([around(f, lean) for f in found])
    for pieces in part_columns(leaning, joined, list(found)):
        assert len(pieces) == 2
        assert angles_of(pieces) == pytest.approx([lean, lean], abs=0.05)


def test_light_on_dark_is_the_same() -> None:
    (a, b), (c, d) = COLUMNS
    boxes = np.array([q for r in range(24) for q in
                      ([box(a, d, r)] if r % 3 == 0 else [box(a, b, r), box(c, d, r)])], float)
    light, dark = part_columns(page(), boxes), part_columns(255 - page(), boxes)
    for x, y in zip(light, dark, strict=True):
        assert np.array_equal(x, y)


def test_nothing_to_compare_with() -> None:
    sheet = page()
    assert part_columns(sheet, np.zeros((0, 4, 2))) == []
    one = np.array([box(40, 574, 0)], float)
    assert np.array_equal(part_columns(sheet, one)[0], one)
