"""Training crops: boxes stay on the ink whatever happens to the page."""

import cv2
import numpy as np
import pytest

from deeptext_cli.config.detection import CropSettings
from deeptext_cli.data.page_crops import heights_of, training_crop
from deeptext_cli.data.page_degrade import degrade
from deeptext_cli.data.pages import LabelledPage


def page_of_bars():
    """Solid black lines on white, so that boxes can be compared with pixels."""
    image = np.full((900, 700), 255, np.uint8)
    quads = []
    for k in range(12):
        y, h = 40 + 70 * k, 14 + 2 * k
        image[y:y + h, 60:620 - 30 * k] = 0
        quads.append([[60, y], [620 - 30 * k, y], [620 - 30 * k, y + h], [60, y + h]])
    q = np.array(quads, np.float32)
    return LabelledPage(image, q, ("x",) * len(q), np.zeros(len(q), bool))


@pytest.mark.parametrize("seed", range(12))
def test_boxes_follow_the_pixels(seed):
    settings = CropSettings(size=256, turned=0.5, inverted=0.0, rotation=4)
    crop = training_crop(page_of_bars(), settings, np.random.default_rng(seed), degraded=0.0)
    assert crop.image.shape == (256, 256)
    assert crop.image.dtype == np.uint8
    expected = np.zeros((256, 256), np.uint8)
    for quad in crop.quads:
        cv2.fillConvexPoly(expected, np.round(quad * 16).astype(np.int32), 1, shift=4)
    inner = cv2.erode(expected, np.ones((5, 5), np.uint8)) > 0
    outer = cv2.dilate(expected, np.ones((5, 5), np.uint8)) > 0
    assert expected.any(), "a crop shows a line, save for the few that are taken anywhere"
    if inner.any():
        assert np.percentile(crop.image[inner], 99) < 110
    # what the page does not cover has a tone of its own
    on_page = crop.image[~outer]
    assert np.median(on_page[on_page > 128]) > 200 if (on_page > 128).any() else True
    text = np.repeat(np.repeat(crop.maps.shrunk, 2, 0), 2, 1) > 0
    assert not text.any() or crop.image[text].max() < 128


def test_same_generator_state_same_crop():
    settings = CropSettings(size=128)
    a, b = (training_crop(page_of_bars(), settings, np.random.default_rng(5), degraded=1.0)
            for _ in range(2))
    assert np.array_equal(a.image, b.image)
    assert np.array_equal(a.maps.shrunk, b.maps.shrunk)


def test_inverted_crops_are_the_same_in_negative():
    crops = [training_crop(page_of_bars(), CropSettings(size=128, inverted=share),
                           np.random.default_rng(5), degraded=0.0) for share in (0.0, 1.0)]
    assert np.array_equal(crops[0].image, 255 - crops[1].image)
    assert np.array_equal(crops[0].maps.shrunk, crops[1].maps.shrunk)


def test_text_heights_cover_the_range_asked_for():
    settings = CropSettings(size=256, text_height=(8, 60), fill=0, turned=0, rotation=0)
    lows, highs = [], []
    for seed in range(40):
        crop = training_crop(page_of_bars(), settings, np.random.default_rng(seed))
        heights = heights_of(crop.quads)
        lows.append(heights.min())
        highs.append(heights.max())
    assert min(lows) < 10
    assert max(highs) > 40


def test_a_page_without_lines_gives_a_crop():
    page = LabelledPage(np.full((50, 900), 255, np.uint8), np.zeros((0, 4, 2), np.float32), (),
                        np.zeros(0, bool))
    crop = training_crop(page, CropSettings(size=96), np.random.default_rng(0), degraded=1.0)
    assert crop.maps.shrunk.sum() == 0
    assert crop.image.shape == (96, 96)


@pytest.mark.parametrize("seed", range(20))
def test_degraded_text_can_still_be_seen(seed):
    page = np.full((200, 300), 240, np.uint8)
    for k in range(6):
        cv2.putText(page, "Reading lines", (10, 25 + 32 * k), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 30, 2)
    out = degrade(page, np.random.default_rng(seed), text=16)
    assert out.shape == page.shape
    assert out.dtype == np.uint8
    ink = page < 60
    bare = cv2.dilate(ink.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    # the difference of the means, in units of the spread of the paper nearby
    difference = float(out[bare].mean()) - float(out[ink].mean())
    assert difference > 20 or difference > 0.6 * float(out[bare].std())
    again = degrade(page, np.random.default_rng(seed), text=16)
    assert np.array_equal(out, again)
