"""Overlap against a raster, matching against enumeration, coverage by hand."""

from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deeptext_cli.metrics.detection import (
    DetectionCounts,
    Truth,
    count_detection,
    match,
    polygon_iou,
)


def box(x: float, y: float, w: float, h: float) -> list[list[float]]:
    return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]]


def turned(cx: float, cy: float, w: float, h: float, degrees: float) -> np.ndarray:
    return cv2.boxPoints(((cx, cy), (w, h), degrees))


def test_iou_of_upright_boxes() -> None:
    assert polygon_iou(box(0, 0, 10, 10), box(0, 0, 10, 10)) == pytest.approx(1)
    assert polygon_iou(box(0, 0, 10, 10), box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert polygon_iou(box(0, 0, 10, 10), box(2, 2, 5, 5)) == pytest.approx(0.25)
    assert polygon_iou(box(0, 0, 10, 10), box(10, 0, 10, 10)) == 0
    assert polygon_iou(box(0, 0, 10, 10), box(3, 3, 0, 5)) == 0
    backwards = box(0, 0, 10, 10)[::-1]
    assert polygon_iou(backwards, box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    far = 20_000
    assert polygon_iou(box(far, far, 10, 10), box(far + 5, far, 10, 10)) == pytest.approx(1 / 3)


QUAD = st.tuples(st.floats(30, 70), st.floats(30, 70), st.floats(10, 50), st.floats(10, 30),
                 st.floats(0, 180)).map(lambda p: turned(*p))


@settings(max_examples=60, deadline=None)
@given(QUAD, QUAD)
@example(turned(30, 30, 10, 10, 2), turned(30, 30, 10, 11, 2))  # edges in line
def test_iou_is_that_of_a_raster(a: np.ndarray, b: np.ndarray) -> None:
    scale = 8
    masks = []
    for q in (a, b):
        mask = np.zeros((100 * scale, 100 * scale), np.uint8)
        cv2.fillConvexPoly(mask, np.round(q * scale).astype(np.int32), 1)
        masks.append(mask.astype(bool))
    raster = (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum()
    assert polygon_iou(a, b) == pytest.approx(raster, abs=0.03)
    assert polygon_iou(a, a) == pytest.approx(1, abs=1e-5)
    assert polygon_iou(a, b) == pytest.approx(polygon_iou(b, a), abs=1e-5)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 10**6))
def test_matching_finds_the_most_pairs(rows: int, columns: int, seed: int) -> None:
    iou = np.random.default_rng(seed).random((rows, columns))
    partners = match(iou, 0.6)
    pairs = [(i, j) for i, j in enumerate(partners) if j >= 0]
    assert len({j for _, j in pairs}) == len(pairs)
    assert all(iou[i, j] >= 0.6 for i, j in pairs)
    slots = [*range(columns), *[-1] * rows]
    best = max(sum(j >= 0 and iou[i, j] >= 0.6 for i, j in enumerate(choice))
               for choice in itertools.permutations(slots, rows))
    assert len(pairs) == best


def test_counts_of_a_page() -> None:
    truths = [Truth(box(0, 0, 100, 10), "abcdefghij"), Truth(box(0, 20, 100, 10), "klm nop"),
              Truth(box(0, 40, 100, 10), "???", ignore=True)]
    predictions = [box(2, 0, 98, 10),    # finds the first
                   box(0, 20, 40, 10),   # covers under half of the second: not found
                   box(0, 41, 90, 9),    # on what does not count
                   box(0, 80, 50, 10)]   # on nothing
    c = count_detection(truths, predictions)
    assert c == DetectionCounts(truths=2, predictions=3, matched=1, characters=16,
                                characters_covered=13)
    assert (c.precision, c.recall) == (1 / 3, 1 / 2)
    assert c.h_mean == pytest.approx(0.4)
    assert c.coverage == 13 / 16


def test_one_prediction_finds_one_line() -> None:
    twice = [box(0, 0, 100, 10), box(0, 0, 99, 10)]
    c = count_detection([Truth(box(0, 0, 100, 10), "a")], twice)
    assert (c.matched, c.predictions) == (1, 2)


def test_half_of_the_union_shared_is_found() -> None:
    line = [Truth(box(0, 0, 100, 10), "a")]
    assert [count_detection(line, [box(0, 0, w, 10)]).matched for w in (45, 55)] == [0, 1]


def test_what_lies_mostly_on_what_does_not_count_is_left_out_unless_it_finds_a_line() -> None:
    blot = Truth(box(0, 0, 100, 10), "???", ignore=True)
    for on_it, predictions in ((45, 1), (55, 0)):
        assert count_detection([blot], [box(100 - on_it, 0, 100, 10)]).predictions == predictions
    c = count_detection([blot, Truth(box(0, 2, 100, 8), "a")], [box(0, 2, 100, 8)])
    assert (c.matched, c.predictions) == (1, 1)


def test_words_boxed_one_by_one_cover_a_line_without_finding_it() -> None:
    c = count_detection([Truth(box(0, 0, 100, 10), "aaaa bbbbb")],
                        [box(0, 0, 40, 10), box(50, 0, 50, 10)], min_iou=0.6)
    assert c.matched == 0
    assert c.coverage == 1


def test_a_strip_over_the_middle_does_not_cover() -> None:
    assert count_detection([Truth(box(0, 0, 100, 10), "abc")], [box(0, 4, 100, 2)]).coverage == 0


def test_coverage_follows_a_slanted_line() -> None:
    slanted = turned(50, 50, 80, 10, 30)
    start = int(np.argmin(slanted.sum(axis=1)))
    quad = np.roll(slanted, -start, axis=0)
    axis = np.array([math.cos(math.radians(30)), math.sin(math.radians(30))])
    half = turned(*(np.array([50, 50]) - 20 * axis), 40, 12, 30)
    assert count_detection([Truth(quad, "abcdefgh")], [half]).characters_covered == 4


def test_nothing_there_nothing_found() -> None:
    empty = count_detection([], [])
    assert (empty.precision, empty.recall, empty.h_mean, empty.coverage) == (1, 1, 1, 1)
    missed = count_detection([Truth(box(0, 0, 9, 9), "a")], [])
    assert (missed.precision, missed.recall, missed.h_mean, missed.coverage) == (0, 0, 0, 0)
    spurious = count_detection([], [box(0, 0, 9, 9)])
    assert (spurious.precision, spurious.recall) == (0, 1)
    both = missed + spurious
    assert both == DetectionCounts(truths=1, predictions=1, characters=1)
