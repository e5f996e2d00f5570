"""Boxes from probability maps that were drawn from known boxes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.layout.dbnet import boxes_from_map, unclip_distance
from deeptext_cli.layout.quads import areas_of, intersection_area, rotate
from deeptext_cli.layout.stacked import part_lines

PAGES = Path(__file__).parents[3] / "shared/data/doc-sroie/pages.jsonl"


def shrink(width: float, height: float, ratio: float = 0.4) -> float:
    """What DB's labels take off each side of a rectangle: D = A (1 - r^2) / L."""
    return width * height * (1 - ratio**2) / (2 * (width + height))


def quad(cx: float, cy: float, width: float, height: float, angle: float) -> np.ndarray:
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
    return rotate(half, angle) + np.array([cx, cy])


def fill(image: np.ndarray, corners: np.ndarray, value: float) -> None:
    """Sets the pixels whose centres lie in a quad."""
    y, x = np.mgrid[:image.shape[0], :image.shape[1]] + 0.5
    inside = np.ones(image.shape, bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        inside &= (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= 0
    image[inside] = value


def iou(a: np.ndarray, b: np.ndarray) -> float:
    shared = intersection_area(a, b)
    return shared / (areas_of(a)[0] + areas_of(b)[0] - shared)


@given(st.floats(20, 1000), st.floats(8, 100))
@settings(max_examples=60, deadline=None)
def test_exact_unclip_undoes_the_shrinking(width: float, height: float) -> None:
    d = shrink(width, height)
    back = unclip_distance(width - 2 * d, height - 2 * d, None)
    assert back == pytest.approx(d, rel=1e-9)


def test_unclip_ratio_is_area_over_perimeter() -> None:
    assert unclip_distance(100, 10, 1.5) == pytest.approx(1.5 * 1000 / 220)


@pytest.mark.parametrize("angle", [0, 3, -12, 30, 44])
def test_finds_turned_boxes(angle: float) -> None:
    prob = np.zeros((400, 600), np.float32)
    truth = [quad(300, 100, 260, 40, angle), quad(300, 300, 150, 30, angle)]
    for (w, h), box in zip([(260, 40), (150, 30)], truth, strict=True):
        d = shrink(w, h, 0.7)
        centre = box.mean(axis=0)
        fill(prob, quad(*centre, w - 2 * d, h - 2 * d, angle), 0.9)
    found = boxes_from_map(prob, unclip_ratio=None, shrink_ratio=0.7)
    assert len(found) == 2
    for box in truth:
        k = int(np.argmax([iou(box, q) for q in found.quads]))
        assert iou(box, found.quads[k]) > 0.9
        assert np.linalg.norm(found.quads[k] - box, axis=1).max() < 5  # the corners' order too
    assert found.scores == pytest.approx([0.9, 0.9], abs=1e-6)


@pytest.mark.parametrize("angle", [0, 2, 7, 30])
def test_boxes_are_neither_fat_nor_thin(angle: float) -> None:
    """The mean over positions within a pixel; no growing, so nothing hides the error."""
    errors = []
    for shift in np.linspace(0, 0.9, 7):
        prob = np.zeros((200, 300), np.float32)
        fill(prob, quad(150 + shift, 100 + shift, 200, 20, angle), 1.0)
        found = boxes_from_map(prob, unclip_ratio=0.0).quads[0]
        sides = np.linalg.norm(np.diff(found, axis=0), axis=1)
        errors.append(sides[:2] - [200, 20])
    assert np.abs(np.mean(errors, axis=0)).max() < 0.4


def test_a_region_of_a_digit_stands_upright_and_one_that_leans_stays_so() -> None:
    """The smallest rectangle around a round region lies any way, and one that stands on its corner
    cuts the digit's edges off."""
    prob = np.zeros((100, 200), np.float32)
    y, x = np.mgrid[:100, :200]
    prob[np.abs(x - 50) + np.abs(y - 50) <= 7] = 0.9  # as a blob of a few pixels is:
    prob[(np.abs(x - 50) > 5) | (np.abs(y - 50) > 5)] = 0.0  # eight-sided
    fill(prob, quad(150, 50, 40, 16, 40), 0.9)
    found = boxes_from_map(prob, unclip_ratio=0.0)
    assert len(found) == 2
    upright, leaning = sorted(found.quads, key=lambda q: q[:, 0].mean())
    assert sorted(map(tuple, upright.tolist())) == [(45, 45), (45, 56), (56, 45), (56, 56)]
    edge = leaning[1] - leaning[0]
    assert np.degrees(np.arctan2(edge[1], edge[0])) == pytest.approx(40, abs=4)


def test_scale_and_pixel_extent() -> None:
    prob = np.zeros((50, 100), np.float32)
    prob[10:20, 20:60] = 1.0  # pixels 20..59 cover 20..60
    found = boxes_from_map(prob, unclip_ratio=0.0, scale=(2.0, 3.0))
    assert found.quads[0].tolist() == pytest.approx(
        np.array([[40, 30], [120, 30], [120, 60], [40, 60]]))


def test_drops_unsure_and_tiny_regions_and_noise() -> None:
    prob = np.full((100, 200), 0.1, np.float32)
    prob[10:20, 10:90] = 0.5  # above the threshold, not sure enough
    prob[40:42, 10:90] = 0.95  # too thin
    prob[60:70, 10:90] = 0.95
    found = boxes_from_map(prob)
    assert len(found) == 1
    assert found.scores[0] == pytest.approx(0.95)
    assert len(boxes_from_map(prob, box_threshold=0.4)) == 2
    assert len(boxes_from_map(prob, min_size=1.0)) == 2
    assert len(boxes_from_map(np.zeros((5, 5)))) == 0


def test_score_is_of_the_region_alone() -> None:
    # a frame: its rectangle is mostly empty, its own pixels are sure
    prob = np.zeros((100, 200), np.float32)
    prob[10:90, 10:190] = 0.9
    prob[15:85, 15:185] = 0.0
    prob[40:50, 40:160] = 0.8  # a line inside the frame is not lost
    found = boxes_from_map(prob)
    assert sorted(found.scores) == pytest.approx([0.8, 0.9])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_scores_against_plain_means(seed: int) -> None:
    rng = np.random.default_rng(seed)
    prob = cv2.GaussianBlur(rng.random((60, 80)).astype(np.float32), (0, 0), 3)
    prob = (prob - prob.min()) / np.ptp(prob)
    found = boxes_from_map(prob, threshold=0.5, box_threshold=0.0, min_size=0.0)
    _, labels = cv2.connectedComponents((prob > 0.5).astype(np.uint8), connectivity=8)
    regions = [labels == k for k in range(1, labels.max() + 1)]
    whole = [prob[r].mean() for r in regions if not part_lines(prob, r)]
    assert whole
    assert all(np.abs(found.scores - mean).min() < 1e-5 for mean in whole)


@pytest.mark.skipif(not PAGES.exists(), reason="needs ../shared/data/doc-sroie")
def test_real_receipt_comes_back_from_its_own_labels() -> None:
    """Labels of real receipts, shrunk and drawn at half resolution, give the lines again."""
    hits = total = 0
    with PAGES.open() as file:
        for _, row in zip(range(3), file, strict=False):
            page = json.loads(row)
            prob = np.zeros((page["height"] // 2 + 1, page["width"] // 2 + 1), np.float32)
            boxes = [np.array(line["box"]) for line in page["lines"]]
            for box in boxes:
                w, h = np.ptp(box, axis=0)
                d = shrink(w, h, 0.7)
                fill(prob, quad(*(box.mean(axis=0) / 2), (w - 2 * d) / 2, (h - 2 * d) / 2, 0), 1)
            found = boxes_from_map(prob, unclip_ratio=None, shrink_ratio=0.7, min_size=1,
                                   scale=(2, 2))
            hits += sum(max((iou(b, q) for q in found.quads), default=0) > 0.7 for b in boxes)
            total += len(boxes)
    assert hits / total > 0.97
