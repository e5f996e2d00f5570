from __future__ import annotations

from itertools import pairwise

import numpy as np
import page_kinds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.layout.quads import areas_of, intersection_area, rects_of
from deeptext_cli.layout.tiles import Tile, merge_tiles, plan_tiles, working_scale


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(100, 1500), st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_tiles_cover_the_page_and_overlap(width: int, height: int, limit: int,
                                          overlap: int) -> None:
    tiles = plan_tiles(width, height, limit=limit, overlap=overlap)
    for length, low, high in ((width, "x0", "x1"), (height, "y0", "y1")):
        spans = sorted({(getattr(t, low), getattr(t, high)) for t in tiles})
        assert spans[0][0] == 0
        assert spans[-1][1] == length
        assert all(b - a <= limit for a, b in spans)
        for before, after in pairwise(spans):
            assert before[1] - after[0] >= overlap
    assert len(tiles) == len({(t.x0, t.y0) for t in tiles})


def test_small_pages_are_one_tile_and_bad_overlap_is_refused() -> None:
    assert plan_tiles(640, 480, limit=960) == [Tile(0, 0, 640, 480)]
    with pytest.raises(ValueError, match="overlap"):
        plan_tiles(640, 480, limit=64, overlap=64)


@given(st.integers(1, 9000), st.integers(1, 9000), st.integers(500, 3000), st.integers(0, 800))
@settings(max_examples=60, deadline=None)
def test_working_scale_is_bounded(width: int, height: int, longest: int, shortest: int) -> None:
    scale = working_scale(width, height, longest=longest, shortest=shortest)
    assert max(width, height) * scale <= longest * (1 + 1e-9)
    if scale > 1:
        assert min(width, height) * scale <= shortest * (1 + 1e-9)


def seen(tile: Tile, quads: np.ndarray) -> np.ndarray:
    """What a perfect detector gives for a tile: the boxes cut at its border."""
    rects = rects_of(quads)
    lo, hi = np.array([tile.x0, tile.y0] * 2), np.array([tile.x1, tile.y1] * 2)
    cut = np.clip(rects, lo, hi)
    cut = cut[(cut[:, 2] - cut[:, 0] > 2) & (cut[:, 3] - cut[:, 1] > 4)]
    return cut[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2) - [tile.x0, tile.y0]


def iou(a: np.ndarray, b: np.ndarray) -> float:
    shared = intersection_area(a, b)
    return shared / (areas_of(a)[0] + areas_of(b)[0] - shared)


@pytest.mark.parametrize("kind", sorted(page_kinds.ALL))
@pytest.mark.parametrize("limit", [200, 330, 2000])
def test_lines_cut_by_seams_come_back_whole(kind: str, limit: int) -> None:
    truth = page_kinds.ALL[kind]().array() * 1.0
    width, height = (int(v) + 20 for v in truth.reshape(-1, 2).max(axis=0))
    tiles = plan_tiles(width, height, limit=limit, overlap=64)
    found = [seen(t, truth) for t in tiles]
    rng = np.random.default_rng(0)
    shaken = [q + rng.uniform(-1, 1, (len(q), 1, 2)) for q in found]
    quads, scores = merge_tiles(tiles, shaken, [np.full(len(q), 0.9) for q in found],
                                width=width, height=height)
    assert len(quads) == len(scores) == len(truth)
    assert scores == pytest.approx(np.full(len(truth), 0.9))
    for box in truth:
        assert max(iou(box, q) for q in quads) > 0.75


def test_tight_lines_cut_by_a_seam_stay_two() -> None:
    # boxes that overlap by a third of their height, seen by two tiles with slightly other ends
    truth = np.array([page_kinds.quad(50, 50, 500, 30), page_kinds.quad(50, 70, 500, 30)], float)
    tiles = [Tile(0, 0, 350, 200), Tile(250, 0, 600, 200)]
    found = [seen(t, truth) for t in tiles]
    quads, _ = merge_tiles(tiles, found, [np.ones(2)] * 2, width=600, height=200)
    assert len(quads) == 2
    for box in truth:
        assert max(iou(box, q) for q in quads) > 0.99


SEAM = [Tile(0, 0, 350, 200), Tile(250, 0, 600, 200)]


def test_a_line_whole_in_one_tile_is_kept_as_it_was_seen_there() -> None:
    whole = np.array([page_kinds.quad(150, 50, 190, 20)], float)
    piece = np.array([page_kinds.quad(0, 47, 90, 26)], float)  # of the other tile, cut off
    quads, scores = merge_tiles(SEAM, [whole, piece], [[0.6], [0.9]], width=600, height=200)
    assert quads.tolist() == whole.tolist()
    assert scores.tolist() == [0.6]


def test_a_line_of_two_pieces_is_as_sure_as_both() -> None:
    left, right = (np.array([page_kinds.quad(x, 50, w, 20)], float)
                   for x, w in ((50, 300), (0, 100)))
    quads, scores = merge_tiles(SEAM, [left, right], [[0.9], [0.5]], width=600, height=200)
    assert rects_of(quads).tolist() == [[50, 50, 350, 70]]
    assert scores == pytest.approx([0.8])  # by their lengths


def test_small_print_right_behind_a_heading_that_a_seam_cuts_is_no_piece_of_it() -> None:
    heading = np.array([page_kinds.quad(100, 10, 250, 60)], float)
    small = np.array([page_kinds.quad(90, 30, 150, 20)], float)
    assert len(merge_tiles(SEAM, [heading, small], [[0.9], [0.9]], width=600, height=200)[0]) == 2


def test_what_one_tile_saw_twice_is_left_alone() -> None:
    # not ours to judge: duplicates within a tile are the detector's
    q = np.array([page_kinds.quad(10, 10, 100), page_kinds.quad(12, 10, 100)])
    quads, _ = merge_tiles([Tile(0, 0, 300, 300)], [q], [[0.9, 0.8]], width=300, height=300)
    assert len(quads) == 2


def test_nothing_found() -> None:
    quads, scores = merge_tiles([Tile(0, 0, 9, 9)], [[]], [[]], width=9, height=9)
    assert quads.shape == (0, 4, 2)
    assert scores.shape == (0,)
