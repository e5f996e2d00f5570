"""Lines are drawn level, bent or turned onto a page, and must come back as they were."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.layout.quads import rotate
from deeptext_cli.layout.rectify import (
    bend,
    centre_line,
    crop_along,
    crop_polygon,
    crop_quad,
    is_tall,
    straightened,
    turned,
)


def strip(width: int = 240, height: int = 32) -> np.ndarray:
    """A line's picture: smooth, and nowhere the same."""
    image = np.full((height, width), 255, np.uint8)
    cv2.putText(image, "Reading 4711", (6, height - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 2,
                cv2.LINE_AA)
    return cv2.GaussianBlur(image, (0, 0), 1.2)


def placed(line: np.ndarray, angle: float, centre: tuple[float, float] = (200.0, 190.0),
           size: tuple[int, int] = (400, 380)) -> tuple[np.ndarray, np.ndarray]:
    """The line on a white page turned clockwise, and its quad."""
    h, w = line.shape
    corners = rotate([[0, 0], [w, 0], [w, h], [0, h]], angle, (w / 2, h / 2))
    quad = corners + np.array(centre) - [w / 2, h / 2]
    matrix = cv2.getPerspectiveTransform(
        np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32) - 0.5,
        (quad - 0.5).astype(np.float32))
    page = cv2.warpPerspective(line, matrix, size, flags=cv2.INTER_CUBIC, borderValue=255)
    return page, quad


def difference(a: np.ndarray, b: np.ndarray) -> float:
    assert a.shape == b.shape
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


@pytest.mark.parametrize("angle", [0, 4, -15, 40, 90, 180, 270, 101])
def test_a_quad_comes_back_level(angle: float) -> None:
    line = strip()
    page, quad = placed(line, angle)
    assert difference(crop_quad(page, quad), line) < 4


def test_upright_crops_are_exact() -> None:
    page = np.random.default_rng(0).integers(0, 256, (90, 120), dtype=np.uint8)
    quad = [[10, 20], [70, 20], [70, 45], [10, 45]]
    assert np.array_equal(crop_quad(page, quad), page[20:45, 10:70])
    colour = np.repeat(page[..., None], 3, axis=2)
    assert np.array_equal(crop_quad(colour, quad), colour[20:45, 10:70])


def test_padding_is_in_text_heights_and_repeats_the_border() -> None:
    page = np.arange(100, dtype=np.uint8)[None].repeat(40, axis=0)
    crop = crop_quad(page, [[0, 10], [50, 10], [50, 30], [0, 30]], pad_along=0.5, pad_across=0.25)
    assert crop.shape == (30, 70)
    assert (crop[:, :10] == 0).all()  # beyond the left edge
    assert (crop[0, 10:] == np.arange(60)).all()


def test_text_that_reads_downwards_is_turned_upright() -> None:
    line = strip()
    page, quad = placed(line, 90)
    x0, y0 = quad.min(axis=0)
    x1, y1 = quad.max(axis=0)
    upright_box = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]  # a detector's idea of it
    assert is_tall(upright_box)
    assert difference(crop_quad(page, upright_box), line) < 4
    assert crop_quad(page, upright_box, turn_tall=False).shape == line.shape[::-1]
    # and what reads upwards is two quarter turns from there
    page, quad = placed(line, 270)
    assert difference(crop_quad(page, turned(upright_box, 3), turn_tall=False), line) < 4


def bent(line: np.ndarray, depth: float, angle: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The line sagging by `depth` pixels in the middle, on a page; and its outline."""
    h, w = line.shape

    def sag(x: np.ndarray) -> np.ndarray:
        return depth * (1 - (2 * x / w - 1) ** 2)

    big = 460
    ys, xs = np.mgrid[:big, :big].astype(float)
    points = rotate(np.stack([xs, ys], axis=-1), -angle, (big / 2, big / 2))
    u = points[..., 0] - (big - w) / 2
    v = points[..., 1] - (big - h) / 2 - sag(u)
    page = cv2.remap(line, u.astype(np.float32), v.astype(np.float32), cv2.INTER_CUBIC,
                     borderValue=255)
    x = np.linspace(0, w, 40)
    outline = np.concatenate([np.stack([x, sag(x)], 1), np.stack([x, sag(x) + h], 1)[::-1]])
    outline = rotate(outline + np.array([big - w, big - h]) / 2, angle, (big / 2, big / 2))
    return page, outline + 0.5  # pixel centres lie at a half


@pytest.mark.parametrize(("depth", "angle"), [(0, 0), (12, 0), (-18, 0), (12, 20), (15, -35)])
def test_a_bent_line_is_pulled_straight(depth: float, angle: float) -> None:
    line = strip()
    page, outline = bent(line, depth, angle)
    crop = crop_polygon(page, outline, angle, pad_across=0.0)
    assert abs(crop.shape[0] - line.shape[0]) <= 3
    # an arc is longer than what it spans
    assert line.shape[1] <= crop.shape[1] + 1 <= line.shape[1] * 1.06
    back = cv2.resize(crop, line.shape[::-1])
    assert difference(back, line) < 12
    straight = cv2.resize(crop_quad(page, cv2.boxPoints(cv2.minAreaRect(
        outline.astype(np.float32))), turn_tall=False), line.shape[::-1])
    if abs(depth) > 10:
        assert difference(back, line) < 0.6 * difference(straight, line)


@pytest.mark.parametrize("depth", [0.0, 10.0, 25.0])
def test_bend_measures_the_sag(depth: float) -> None:
    _, outline = bent(strip(), depth)
    assert bend(outline) == pytest.approx(depth / 32, abs=0.06)


def test_centre_line_of_a_rectangle() -> None:
    centre, height = centre_line([[10, 20], [110, 20], [110, 40], [10, 40]])
    assert height == pytest.approx(20)
    assert np.allclose(centre[:, 1], 30)
    assert centre[0, 0] == pytest.approx(10)
    assert centre[-1, 0] == pytest.approx(110)
    with pytest.raises(ValueError, match="no length"):
        centre_line([[1, 1], [1, 5], [1, 9]])


@pytest.mark.parametrize("skew", [12.0, -7.0, 0.0])
def test_a_straightened_page_knows_where_it_came_from(skew: float) -> None:
    rng = np.random.default_rng(0)
    page = cv2.GaussianBlur(rng.integers(0, 256, (150, 220), dtype=np.uint8), (0, 0), 4)
    straight, back = straightened(page, skew)
    for x, y in ((40.5, 50.5), (110.5, 75.5), (180.5, 100.5)):  # middles of pixels
        px, py = rotate([x, y], -skew) - rotate(
            [[0, 0], [220, 0], [220, 150], [0, 150]], -skew).min(axis=0)
        assert back[:, :2] @ (px, py) + back[:, 2] == pytest.approx([x, y])
        seen = cv2.getRectSubPix(straight, (1, 1), (px - 0.5, py - 0.5))[0, 0]
        assert int(seen) == pytest.approx(int(page[int(y), int(x)]), abs=3)
    # a line that leant by the skew lies level
    a, b = (np.linalg.inv(back[:, :2]) @ (np.array(p) - back[:, 2]) for p in (
        (50.0, 60.0), (50 + 90 * np.cos(np.radians(skew)), 60 + 90 * np.sin(np.radians(skew)))))
    assert b - a == pytest.approx([90, 0], abs=1e-6)


def test_straight_strip_equals_the_crop() -> None:
    page, _ = placed(strip(), 0)
    crop = crop_along(page, [[80, 190], [200, 190], [320, 190]], 32)
    assert difference(crop, crop_quad(page, [[80, 174], [320, 174], [320, 206], [80, 206]])) < 1


@given(st.lists(st.floats(-80, 180), min_size=8, max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_quad_gives_a_crop(values: list[float]) -> None:
    page = np.zeros((100, 100), np.uint8)
    crop = crop_quad(page, np.array(values).reshape(4, 2))
    assert crop.ndim == 2
    assert min(crop.shape) >= 1


def test_a_row_beyond_the_page_repeats_its_border() -> None:
    page = np.arange(24, dtype=np.uint8).reshape(4, 6)
    out = crop_quad(page, [[1, -1], [5, -1], [5, 0], [1, 0]])
    assert out.tolist() == [[1, 2, 3, 4]]
