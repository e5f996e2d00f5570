from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.layout import quads as Q

SQUARE = np.array([[0, 0], [10, 0], [10, 4], [0, 4]], float)


def test_turning_is_clockwise_as_seen() -> None:
    # a point to the right of the centre goes down (y grows downwards)
    assert np.allclose(Q.rotate([[1.0, 0.0]], 90), [[0, 1]])
    assert np.allclose(Q.rotate([[3.0, 2.0]], 180, (1, 1)), [[-1, 0]])


@given(st.floats(-180, 180), st.floats(-50, 50), st.floats(-50, 50))
@settings(max_examples=40, deadline=None)
def test_turning_matches_opencv(angle: float, cx: float, cy: float) -> None:
    matrix = cv2.getRotationMatrix2D((cx, cy), -angle, 1.0)  # its angles are counter-clockwise
    expected = SQUARE @ matrix[:, :2].T + matrix[:, 2]
    assert np.allclose(Q.rotate(SQUARE, angle, (cx, cy)), expected, atol=1e-5)


@given(st.floats(-44, 44), st.permutations(range(4)))
@settings(max_examples=40, deadline=None)
def test_corners_put_in_order(angle: float, order: list[int]) -> None:
    quad = Q.rotate(SQUARE, angle, (5, 2))
    assert np.allclose(Q.order_corners(quad[order]), quad)


def test_tall_box_keeps_its_top_at_the_top() -> None:
    tall = np.array([[0, 0], [4, 0], [4, 30], [0, 30]], float)
    assert np.allclose(Q.order_corners(tall[[2, 0, 3, 1]]), tall)


@given(st.floats(-179, 179))
@settings(max_examples=30, deadline=None)
def test_angle_and_sizes_survive_turning(angle: float) -> None:
    quad = Q.rotate(SQUARE, angle)
    assert Q.angles_of(quad)[0] == pytest.approx(angle, abs=1e-6)
    along, across = Q.sizes_of(quad)
    assert (along[0], across[0]) == pytest.approx((10, 4))


def test_expand_moves_every_side_out() -> None:
    for angle in (0, 33, 140):
        grown = Q.expand(Q.rotate(SQUARE, angle), 2, 1)
        expected = Q.rotate([[-2, -1], [12, -1], [12, 5], [-2, 5]], angle)
        assert np.allclose(grown, expected)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(1, 50),
                          st.integers(1, 50)), min_size=1, max_size=6), st.floats(-40, 40))
@settings(max_examples=30, deadline=None)
def test_around_holds_all_and_is_tight(rects: list[tuple[int, int, int, int]],
                                       angle: float) -> None:
    quads = Q.rotate(Q.quads_of_rects([(x, y, x + w, y + h) for x, y, w, h in rects]), angle)
    outer = Q.around(quads, angle)
    inside = Q.rotate(quads.reshape(-1, 2), -angle)
    level = Q.rotate(outer, -angle)
    assert np.allclose(level.min(axis=0), inside.min(axis=0))
    assert np.allclose(level.max(axis=0), inside.max(axis=0))


def test_areas_and_intersections() -> None:
    assert Q.areas_of(Q.rotate(SQUARE, 25)).tolist() == pytest.approx([40])
    assert Q.intersection_area(SQUARE, SQUARE + np.array([5, 2])) == pytest.approx(10)
    assert Q.intersection_area(SQUARE, SQUARE + np.array([50, 0])) == 0
