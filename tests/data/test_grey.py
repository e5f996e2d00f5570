"""Grey of coloured images: letters that only their colour tells from the ground stay visible."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from deeptext_cli.data.grey import grey_of
from deeptext_cli.data.images import decode

# as bright as each other, or nearly
PAIRS = [((255, 0, 0), (0, 130, 0)), ((0, 160, 60), (130, 100, 170)), ((210, 0, 0), (40, 40, 40)),
         ((40, 255, 170), (210, 170, 255)), ((128, 0, 255), (170, 40, 0))]


def sign(ink: tuple[int, int, int], ground: tuple[int, int, int], *, size: int = 1,
         shape: tuple[int, int] = (120, 400)) -> np.ndarray:
    """A word in the middle of a ground, RGB."""
    image = np.full((shape[0] * size, shape[1] * size, 3), ground, np.uint8)
    cv2.putText(image, "order 4370", (60 * size, 75 * size), cv2.FONT_HERSHEY_SIMPLEX, 1.2 * size,
                ink, 3 * size)
    return image


@pytest.mark.parametrize("size", [1, 2, 3], ids=["screen", "word", "camera"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_colour_tells_letters_from_the_ground(
        ink: tuple[int, int, int], ground: tuple[int, int, int], size: int) -> None:
    image = sign(ink, ground, size=size)
    if size == 3:  # on a page of many pixels
        image = np.pad(image, ((1000, 1000), (600, 600), (0, 0)), mode="edge")
    letters = cv2.erode((image == ink).all(axis=2).astype(np.uint8), np.ones((2, 2))) == 1
    around = (image == ground).all(axis=2)
    plain = np.asarray(Image.fromarray(image).convert("L"), int)
    grey = grey_of(Image.fromarray(image)).astype(int)
    before = abs(plain[letters].mean() - plain[around].mean())
    apart = np.sign(grey[letters].mean() - grey[around].mean()) * (
        grey[letters] - np.median(grey[around]))
    assert before < 45
    assert apart.mean() > max(50, 1.5 * before)
    assert np.percentile(apart, 5) > 30  # all of them, and to the same side


def test_both_parts_of_a_page_are_seen() -> None:
    """What is plain by its brightness stays, to the last grey level, where no colour is."""
    image = np.full((600, 800, 3), 245, np.uint8)
    image[300:420, 200:600] = sign((255, 0, 0), (0, 130, 0))
    cv2.putText(image, "plain words", (60, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (20, 20, 20), 3)
    grey = grey_of(Image.fromarray(image))
    plain = np.asarray(Image.fromarray(image).convert("L"))
    assert (grey[:240] == plain[:240]).all()
    assert grey[330:390, 250:550].std() > 2 * plain[330:390, 250:550].std()


@given(st.integers(0, 10 ** 6), st.integers(1, 90), st.integers(1, 90))
@settings(max_examples=40, deadline=None)
def test_grey_images_stay_as_they_are(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    grey = rng.integers(0, 256, (height, width), np.uint8)
    tint = rng.uniform(0.6, 1, 3)
    image = (grey[..., None] * tint).astype(np.uint8)  # paper of any colour
    for mode in ("L", "RGB"):
        got = grey_of(Image.fromarray(grey).convert(mode))
        assert (got == grey).all()
    got = grey_of(Image.fromarray(image))
    assert (got == np.asarray(Image.fromarray(image).convert("L"))).all()


def test_strips_of_a_long_page_join() -> None:
    """A word across the edge of a strip is as plain as any other."""
    image = np.tile(sign(*PAIRS[0]), (12, 1, 1))
    grey = grey_of(Image.fromarray(image)).reshape(12, 120, 400)
    assert grey[:, 60:80, 60:300].std(axis=(1, 2)).min() > 0.9 * grey[0, 60:80, 60:300].std()


def test_decoded_so_as_well() -> None:
    image = sign(*PAIRS[0])
    data = cv2.imencode(".png", image[..., ::-1])[1].tobytes()
    assert (decode(data) == grey_of(Image.fromarray(image))).all()
    assert decode(data).std() > 2 * np.asarray(Image.fromarray(image).convert("L")).std()
