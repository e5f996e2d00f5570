"""Curved lines: found from the outline of their region, straight ones and blots left alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deeptext_cli.layout.curves import Curve, curve_of
from deeptext_cli.layout.dbnet import boxes_from_map
from deeptext_cli.layout.quads import rotate

RATIO = 0.6
TEXT = 24.0   # height of the drawn line; shrunk at 0.6 a long line keeps 0.36 of it


def ribbon(sag: float, angle: float = 0.0) -> NDArray[np.float32]:
    """A map with one line, 300 long, whose middle hangs `sag` lower than its ends."""
    x = np.linspace(50, 350, 80)
    middle = np.stack([x, 200 + sag * (1 - ((x - 200) / 150) ** 2)], axis=1)
    points = rotate(middle, angle, (200, 200))
    prob = np.zeros((400, 400), np.float32)
    cv2.polylines(prob, [np.round(points).astype(np.int32)], False, 1.0, round(0.36 * TEXT))
    return prob


def found(prob: NDArray[np.float32]) -> list[Curve | None]:
    regions = boxes_from_map(prob, shrink_ratio=RATIO, min_size=1)
    return [curve_of(c, q, RATIO) for c, q in zip(regions.contours, regions.quads, strict=True)]


@pytest.mark.parametrize("angle", [0.0, 12.0])
@pytest.mark.parametrize("sag", [-30.0, 18.0, 30.0])
def test_a_curve_follows_its_line(sag: float, angle: float) -> None:
    [curve] = found(ribbon(sag, angle))
    assert curve is not None
    assert curve.height == pytest.approx(TEXT, rel=0.25)
    middle = rotate(curve.part(0.5, 0.5).mean(axis=0), -angle, (200, 200))
    assert middle == pytest.approx([200.5, 200.5 + sag], abs=3)
    ends = rotate(curve.centre[[0, -1]], -angle, (200, 200))
    # the ends come back out to where the text ends
    assert ends[0, 0] == pytest.approx(50 - 0.32 * TEXT, abs=6)
    assert ends[1, 0] == pytest.approx(350 + 0.32 * TEXT, abs=6)


@pytest.mark.parametrize("sag", [0.0, 3.0])
@pytest.mark.parametrize("angle", [0.0, 9.0, -30.0])
def test_straight_lines_have_no_curve(sag: float, angle: float) -> None:
    assert found(ribbon(sag, angle)) == [None]


def test_two_lines_run_together_are_no_curve() -> None:
    prob = np.zeros((200, 400), np.float32)
    prob[60:70, 40:360] = 1
    prob[70:110, 40:60] = 1  # an L
    assert found(prob) == [None]


def test_parts_lie_along_the_line() -> None:
    curve = Curve(np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0]]), 10.0)
    first, last = curve.part(0.0, 0.1), curve.part(0.9, 1.0)
    assert first == pytest.approx(np.array([[0, -5], [20, -5], [20, 5], [0, 5]]), abs=1e-6)
    assert last == pytest.approx(np.array([[105, 80], [105, 100], [95, 100], [95, 80]]), abs=1e-6)
    assert curve.outline().shape == (16, 2)
    assert curve.outline()[[0, -1]] == pytest.approx(np.array([[0, -5], [0, 5]]), abs=1e-6)
