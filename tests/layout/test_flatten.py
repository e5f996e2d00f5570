"""Pages that do not lie flat: the shape found from the map, straight pages left alone."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.layout.dbnet import boxes_from_map
from deeptext_cli.layout.flatten import KNOTS, Sheet, shape_of
from deeptext_cli.layout.quads import Floats

RATIO = 0.6
TEXT = 20.0      # height of a line's text; shrunk at 0.6 a long line keeps 0.36 of it
WIDTH, HEIGHT = 900, 700
LEVELS = [80.0 + 50 * i for i in range(12)]

Shape = Callable[[Floats, Floats], Floats]  # how far below its level a line runs at x


def outlines(shape: Shape, levels: list[float] = LEVELS, start: float = 60.0,
             end: float = 840.0) -> list[Floats]:
    """Regions of a map on which lines run along y = level + shape(x, level)."""
    prob = np.zeros((HEIGHT, WIDTH), np.float32)
    x = np.linspace(start, end, 200)
    for level in levels:
        points = np.stack([x, level + shape(x, np.full_like(x, level))], axis=1)
        cv2.polylines(prob, [np.round(points).astype(np.int32)], False, 1.0, round(0.36 * TEXT))
    return boxes_from_map(prob, shrink_ratio=RATIO, min_size=1).contours


def arch(x: Floats, level: Floats) -> Floats:
    """The curl of a book's page, stronger towards its foot."""
    return -(20 + 20 * level / HEIGHT) * np.sin(np.pi * x / WIDTH)


def fan(x: Floats, level: Floats) -> Floats:
    """Lines of a sheet seen from a side."""
    return (level / HEIGHT - 0.5) * 0.08 * (x - WIDTH / 2)


def straight(x: Floats, level: Floats) -> Floats:
    return 0.02 * x


def strays(sheet: Sheet, shape: Shape, gap: float = 0.0) -> float:
    """How far, at most, the lines would still be from level if the page were laid flat; but for
    `gap` pixels in the middle."""
    x = np.linspace(60, 840, 60)
    x = x[np.abs(x - WIDTH / 2) >= gap / 2]
    worst = 0.0
    for level in LEVELS:
        true = level + shape(x, np.full_like(x, level))
        # the level of the flat page whose line is nearest to this one
        candidates = level + np.linspace(-60, 60, 481)
        way = np.abs([sheet.to_page(np.stack([x, np.full_like(x, c)], axis=1))[:, 1] - true
                      for c in candidates]).max(axis=1)
        worst = max(worst, float(way.min()))
    return worst


def spread(x: Floats, level: Floats) -> Floats:
    """Two pages of an open book that fall towards the fold between them."""
    return 60 * np.maximum(0, 1 - np.abs(x - WIDTH / 2) / 300) ** 2


@pytest.mark.parametrize("shape", [arch, fan])
def test_the_shape_is_found(shape: Shape) -> None:
    sheet = shape_of(outlines(shape), RATIO)
    assert sheet is not None
    assert strays(sheet, shape) < 0.1 * TEXT


def test_two_pages_meet_in_a_fold() -> None:
    pages = outlines(spread, end=WIDTH / 2 - 30) + outlines(spread, start=WIDTH / 2 + 30)
    sheet = shape_of(pages, RATIO)
    assert sheet is not None
    assert strays(sheet, spread, gap=60) < 0.15 * TEXT


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4), st.floats(-1, 1))
def test_a_shape_found_is_the_true_one(waves: list[float], change: float) -> None:
    """Whatever smooth shape the page has: it is left alone, or undone."""
    def shape(x: Floats, level: Floats) -> Floats:
        u, v = 2 * x / WIDTH - 1, 2 * level / HEIGHT - 1
        return sum((1 + 0.4 * change * v) * a * 15 * u**(k + 1) for k, a in enumerate(waves))

    sheet = shape_of(outlines(shape), RATIO)
    assert sheet is None or strays(sheet, shape) < 0.15 * TEXT


def test_straight_lines_are_left_alone() -> None:
    assert shape_of(outlines(straight), RATIO) is None


def test_one_curved_line_does_not_bend_a_page() -> None:
    """As a seal's rim, or a signature's flourish."""
    found = outlines(straight, LEVELS[:-2]) + outlines(arch, LEVELS[-1:])
    assert shape_of(found, RATIO) is None


def test_a_line_of_another_shape_does_not_spoil_it() -> None:
    found = outlines(arch, LEVELS[:-1]) + outlines(straight, LEVELS[-1:])
    sheet = shape_of(found, RATIO)
    assert sheet is not None
    assert strays(sheet, arch) < 0.15 * TEXT


def test_few_or_short_lines_tell_nothing() -> None:
    assert shape_of(outlines(arch, LEVELS[:5]), RATIO) is None
    assert shape_of(outlines(arch, end=180.0), RATIO) is None
    assert shape_of([], RATIO) is None


def test_a_page_is_laid_flat() -> None:
    """Drawn lines come out level, and points of the flat page lie on them on the page as it was."""
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    x = np.arange(60, 841)
    for level in LEVELS:
        points = np.stack([x, level + arch(x, np.full(len(x), level))], axis=1)
        cv2.polylines(page, [np.round(points).astype(np.int32)], False, (0,), 3)
    sheet = shape_of(outlines(arch), RATIO)
    assert sheet is not None
    flat = sheet.flattened(page)
    assert flat.shape == page.shape
    darkest = flat[:, 100:800].mean(axis=1)  # a level line darkens its rows along all their length
    rows = [y for y in range(1, HEIGHT - 1)
            if darkest[y] < 60 and darkest[y] == darkest[y - 1:y + 2].min()]
    assert len(rows) >= len(LEVELS) - 2  # the first may have gone above the page's top
    for y in rows:
        on_page = sheet.to_page([[px + 0.5, y + 0.5] for px in range(100, 800, 50)])
        assert all(page[round(py - 0.5) - 1:round(py - 0.5) + 2, round(px - 0.5)].min() < 90
                   for px, py in on_page)


def test_pixels_and_points_move_alike() -> None:
    """A page whose grey is its row: laid flat it tells from where each pixel came."""
    first = 200
    page = np.repeat(np.clip(np.arange(HEIGHT) - first, 0, 255)[:, None], WIDTH, axis=1)
    sheet = shape_of(outlines(arch), RATIO)
    assert sheet is not None
    x, y = np.meshgrid(np.arange(100, WIDTH - 100, 10), np.arange(250, 400, 10))
    came = sheet.flattened(page.astype(np.uint8))[y, x] + float(first)
    told = sheet.to_page(np.stack([x, y], axis=-1))[..., 1]
    assert np.abs(came - told).mean() < 0.3  # the grey is whole, which alone makes 0.25


def test_the_shape_goes_on_a_little_beyond_the_lines() -> None:
    """Straight on, as far as a short line tells of longer ones, and level from there."""
    knots = np.stack([np.arange(KNOTS), np.zeros(KNOTS)]).astype(float)
    sheet = Sheet(np.array([100.0, 50.0]), np.array([200.0, 90.0]), knots)
    x = np.array([150.0, 200, 220, 225, 5000, -5000])
    each = (KNOTS - 1) / 100  # a pixel
    assert sheet.offset(x, np.full(6, 60.0)) == pytest.approx(
        [50 * each, 100 * each, 120 * each, 125 * each, 125 * each, -25 * each])
