from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deeptext_cli.layout.single_line import is_single_line

DATA = Path(__file__).parents[3] / "shared/data"


def picture(lines: int, *, height: float = 0.9, pitch: int = 38, text: str = "Handgloves 1234 yes",
            light: bool = False, angle: float = 0.0, noise: float = 0.0) -> np.ndarray:
    image = np.full((pitch * lines + 16, 420), 235, np.uint8)
    for k in range(lines):
        cv2.putText(image, text, (10, 8 + pitch * k + int(pitch * 0.75)),
                    cv2.FONT_HERSHEY_SIMPLEX, height, 30, 2, cv2.LINE_AA)
    if angle:
        centre = (image.shape[1] / 2, image.shape[0] / 2)
        image = cv2.warpAffine(image, cv2.getRotationMatrix2D(centre, angle, 1),
                               image.shape[::-1], borderValue=235)
    if noise:
        image = np.clip(image + np.random.default_rng(0).normal(0, noise, image.shape), 0,
                        255).astype(np.uint8)
    return 255 - image if light else image


@pytest.mark.parametrize("options", [{}, {"light": True}, {"noise": 12.0}, {"angle": 2.0}])
def test_one_line_and_several(options: dict[str, float]) -> None:
    assert is_single_line(picture(1, **options))
    for lines in (2, 3, 6, 12):
        assert not is_single_line(picture(lines, **options))


@pytest.mark.parametrize("scale", [0.75, 2.0, 4.0])
def test_size_does_not_matter(scale: float) -> None:
    def scaled(image: np.ndarray) -> np.ndarray:
        return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)

    assert is_single_line(scaled(picture(1)))
    assert not is_single_line(scaled(picture(3)))


def test_a_rule_below_is_no_second_line() -> None:
    image = picture(1)
    image[-6:-4] = 20
    assert is_single_line(image)


def test_slivers_of_neighbours_do_not_count() -> None:
    image = picture(3)
    assert is_single_line(image[38:38 + 54])


@example(150, 1, 0)
@example(41, 2, 255)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 255))
@settings(max_examples=40, deadline=None)
def test_blank_images_are_answered(height: int, width: int, value: int) -> None:
    answer = is_single_line(np.full((height, width), value, np.uint8))
    assert answer == (height <= 40 or width >= 2 * height)


def test_colour_is_refused() -> None:
    with pytest.raises(ValueError, match="grey"):
        is_single_line(np.zeros((10, 10, 3), np.uint8))


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
@pytest.mark.parametrize(("name", "is_line", "least"), [
    ("captcha_v2", True, 0.95), ("captcha_numbers_kr", True, 0.95), ("hw-fr-copiste", True, 0.97),
    ("lines_ocrd_testset", True, 0.97), ("plates_es_uc3m", True, 0.97),
    ("words_icdar2015", True, 0.95), ("words_iiit5k", True, 0.97), ("doc-sroie", False, 0.97),
    ("doc-funsd", False, 0.97), ("hw-en-hooker", False, 0.97), ("scene-icdar2003", False, 0.9)])
def test_real_images(name: str, is_line: bool, least: float) -> None:
    files = sorted((DATA / name / ("images" if is_line else "pages")).iterdir())
    chosen = random.Random(5).sample(files, min(len(files), 100 if is_line else 12))
    images = [cv2.imread(str(f), cv2.IMREAD_GRAYSCALE) for f in chosen]
    right = [is_single_line(i) == is_line for i in images if i is not None]
    assert sum(right) >= least * len(right) - 1
