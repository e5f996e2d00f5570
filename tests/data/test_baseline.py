"""A line's slope and bend, found and undone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from deeptext_cli.data.baseline import baseline, straighten
from deeptext_cli.data.line import level, normalise_line, text_band

ANY = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=60))


def written(slope: float = 0.0, bend: float = 0.0, *, width: int = 640) -> np.ndarray:
    """A line of print 120 high, its columns shifted down by slope and bend (rows)."""
    image = np.full((120, width), 255, np.uint8)
    cv2.putText(image, "the quick brown fox jumps", (12, 70), cv2.FONT_HERSHEY_SIMPLEX,
                width / 450, 0, 2, cv2.LINE_AA)
    x = np.arange(width, dtype=np.float32)
    down = slope * (x - width / 2) + bend * (4 * (x / width - 0.5) ** 2 - 1 / 3)
    rows = np.arange(120, dtype=np.float32)[:, None] - down[None]
    return cv2.remap(image, np.tile(x, (120, 1)), rows.astype(np.float32), cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("slope", [-0.1, -0.05, 0.04, 0.1])
def test_a_slope_is_found_and_undone(slope: float) -> None:
    aslant = written(slope)
    assert baseline(aslant)[0] == pytest.approx(slope, abs=0.015)
    tight = text_band(written())
    found = text_band(straighten(aslant))
    assert abs((found[1] - found[0]) - (tight[1] - tight[0])) <= 8
    assert found[1] - found[0] < text_band(aslant)[1] - text_band(aslant)[0]


@pytest.mark.parametrize("slope", [-0.2, 0.15])
def test_a_word_that_is_clearly_aslant_is_laid_level(slope: float) -> None:
    word = np.full((150, 240), 255, np.uint8)
    cv2.putText(word, "DENHAM", (18, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 0, 4, cv2.LINE_AA)
    aslant = cv2.warpAffine(word, np.float32([[1, 0, 0], [slope, 1, -120 * slope]]), (240, 150),
                            borderValue=(255,))
    assert baseline(aslant)[0] == pytest.approx(slope, abs=0.03)
    assert baseline(word) == (0.0, 0.0)


def test_a_bend_is_found_and_undone() -> None:
    for sign in (1, -1):
        slope, bend = baseline(written(0.0, sign * 14.0))
        assert slope == 0.0
        assert bend == pytest.approx(sign * 14.0, abs=4.0)
    both = written(-0.05, 20.0)
    slope, bend = baseline(both)
    assert slope == pytest.approx(-0.05, abs=0.015)
    assert bend > 8
    top, bottom = text_band(straighten(both))
    assert bottom - top < 0.8 * np.subtract(*text_band(both)[::-1])


def test_a_level_line_and_a_short_one_stay_as_they_are() -> None:
    for image in (written(), written(0.1)[:, :200], np.full((60, 400), 255, np.uint8)):
        assert straighten(image) is image


@given(ANY)
@settings(max_examples=60, deadline=None)
def test_any_image_keeps_its_shape(image: np.ndarray) -> None:
    out = straighten(image)
    assert out.shape == image.shape
    assert out.dtype == np.uint8


def test_lines_come_to_the_net_level_unless_the_crop_is_taken_as_it_is() -> None:
    aslant = written(0.1)
    level_width, width = (normalise_line(aslant, 32, band=b).shape[1] for b in (True, False))
    assert level_width > 1.3 * width


def test_a_dotted_rule_is_not_the_text() -> None:
    """Its rows have more edges than any letters; the net was shown the rule alone."""
    image = written()
    image[112, ::3] = 0
    text = np.flatnonzero((written() < 128).any(axis=1))
    top, bottom = text_band(level(image))
    assert top <= text[0]
    assert bottom >= text[-1]
    assert top > 10
    # and a line of dots alone stays
    dots = np.full((60, 300), 255, np.uint8)
    dots[40, ::3] = 0
    top, bottom = text_band(level(dots))
    assert top <= 40 < bottom


def test_leaders_are_not_the_text() -> None:
    """The dots of a menu's leaders stand all in the same few rows."""
    image = np.full((90, 1600), 255, np.uint8)
    cv2.putText(image, "Soup of the day", (12, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 0, 2,
                cv2.LINE_AA)
    text = np.flatnonzero((image < 128).any(axis=1))
    for x in range(400, 1590, 14):
        cv2.circle(image, (x, 58), 2, 0, -1)
    top, bottom = text_band(level(image))
    assert top <= text[0]
    assert bottom >= text[-1]
