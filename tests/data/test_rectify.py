"""Lines cut from pages: against plain slices, and against pages warped by hand."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.data.rectify import Shape, cut, line_spacing, oriented_quad, paper

RNG = np.random.default_rng(0)
LINE = np.full((40, 300), 235, np.uint8)
for _x in range(10, 280, 16):
    _y = int(RNG.integers(6, 20))
    LINE[_y:_y + 14, _x:_x + int(RNG.integers(5, 12))] = 20
LINE = cv2.GaussianBlur(LINE, (5, 5), 1.2)
PAGE = np.full((300, 400), 235, np.uint8)
PAGE[100:140, 50:350] = LINE
BOX = ((50.0, 100.0), (350.0, 100.0), (350.0, 140.0), (50.0, 140.0))


def turned(angle: float) -> tuple[np.ndarray, tuple[tuple[float, float], ...], np.ndarray]:
    """The page turned about its middle, with its box."""
    matrix = cv2.getRotationMatrix2D((199.5, 149.5), angle, 1)
    page = cv2.warpAffine(PAGE, matrix, (400, 300), borderValue=235, flags=cv2.INTER_CUBIC)
    # the corners as cv2 counts: from the middle of the first pixel
    corners = cv2.transform(np.array([BOX]) - 0.5, matrix)[0] + 0.5
    return page, tuple((float(x), float(y)) for x, y in corners), matrix


def close(a: np.ndarray, b: np.ndarray, limit: float) -> None:
    assert abs(a.shape[0] - b.shape[0]) <= 2
    assert abs(a.shape[1] - b.shape[1]) <= 2
    h, w = (min(m, n) for m, n in zip(a.shape, b.shape, strict=True))
    assert np.abs(a[:h, :w].astype(int) - b[:h, :w].astype(int)).mean() < limit


def test_upright_quad_keeps_the_pixels() -> None:
    assert (cut(PAGE, Shape(quad=BOX), padding=0) == LINE).all()
    padded = cut(PAGE, Shape(quad=BOX), padding=0.1)
    assert padded.shape == (48, 308)
    assert (padded[4:-4, 4:-4] == LINE).all()
    at_edge = ((-5.0, 0.0), (30.0, 0.0), (30.0, 20.0), (-5.0, 20.0))
    assert cut(PAGE, Shape(quad=at_edge), padding=0.5).shape == (30, 40)


@settings(max_examples=12, deadline=None)
@given(st.floats(-14, 14))
def test_turned_quad_polygon_and_baseline_agree(angle: float) -> None:
    page, box, _ = turned(angle)
    close(cut(page, Shape(quad=box), padding=0), LINE, 4)
    base = ((box[3][0], box[3][1]), (box[2][0], box[2][1]))
    close(cut(page, Shape(polygon=box, baseline=base), padding=0), LINE, 4)
    close(cut(page, Shape(polygon=box, baseline=base), padding=0, method="baseline"), LINE, 4)


def test_reading_direction_of_the_quad_counts() -> None:
    upside_down = tuple(BOX[(i + 2) % 4] for i in range(4))
    close(cut(PAGE, Shape(quad=upside_down), padding=0), LINE[::-1, ::-1], 0.5)
    down = np.rot90(PAGE, -1).copy()  # text runs downwards
    quad = tuple((300.0 - y, x) for x, y in BOX)
    close(cut(down, Shape(quad=quad), padding=0), LINE, 0.5)


def test_polygon_hides_neighbours() -> None:
    page = PAGE.copy()
    page[141:160, 60:340] = 0  # the next line, within the bounding box of a bent polygon
    polygon = (*BOX, (50.0, 160.0), (55.0, 160.0), (55.0, 141.0), (50.0, 141.0))
    line = cut(page, Shape(polygon=polygon, baseline=((50, 138), (350, 138))), padding=0)
    assert line.shape[0] == 60
    assert (line[43:, 20:280] > 200).all()
    assert paper(LINE) > 200


def test_bent_baseline_is_straightened() -> None:
    bump = 12 * np.sin(np.linspace(0, math.pi, 300))
    page = np.full((300, 400), 235, np.uint8)
    for i in range(300):
        top = 100 + round(float(bump[i]))
        page[top:top + 40, 50 + i] = LINE[:, i]
    baseline = tuple((50.0 + i, 140.0 + float(bump[i])) for i in range(0, 300, 3))
    line = cut(page, Shape(baseline=baseline), padding=0, spacing=40 / 0.75)
    straight = line[:40, :300].astype(int)
    flat = page[100:140, 50:350].astype(int)
    error = np.abs(straight[:, :298] - LINE[:, :298]).mean()
    assert error < 0.5 * np.abs(flat[:, :298] - LINE[:, :298]).mean()


@pytest.mark.parametrize("shape", [
    Shape(), Shape(quad=((5, 5),) * 4), Shape(quad=tuple((x + 5000, y) for x, y in BOX)),
    Shape(quad=((0, 0), (1e6, 0), (1e6, 1e6), (0, 1e6))), Shape(baseline=((3, 3), (3, 3))),
    Shape(quad=((float("nan"), 0), (9, 0), (9, 9), (0, 9))), Shape(polygon=((1, 1), (2, 2))),
])
def test_useless_shapes_are_refused(shape: Shape) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        cut(PAGE, shape)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-90, 500), st.floats(-90, 400)), min_size=4, max_size=4))
def test_any_quad_gives_an_image_or_a_reason(corners: list[tuple[float, float]]) -> None:
    for shape in (Shape(quad=tuple(corners)), Shape(polygon=tuple(corners)),
                  Shape(baseline=tuple(corners))):
        try:
            image = cut(PAGE, shape)
        except ValueError:
            continue
        assert image.dtype == np.uint8
        assert image.ndim == 2
        assert image.size


def test_direction_without_a_baseline_is_the_nearest_to_upright() -> None:
    for angle in (-10, 0, 10):
        _, box, _ = turned(angle)
        got = np.array(oriented_quad(box, None))
        assert np.abs(got - np.array(box)).max() < 0.5


def test_spacing() -> None:
    assert line_spacing([((0, y), (9, y)) for y in (10, 50, 92, 130)]) == 40
    assert line_spacing([((0, 1), (9, 1))]) is None
