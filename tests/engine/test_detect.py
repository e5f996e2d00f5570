"""Searching pages, with drawn maps in place of a net's."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deeptext_cli.config.detector_model import DetectionDefaults
from deeptext_cli.config.model import ModelSpec
from deeptext_cli.data.detection_maps import target_maps
from deeptext_cli.engine.detect import MULTIPLE, LineDetector, ProbabilityMap, search
from deeptext_cli.engine.models import Model
from deeptext_cli.errors import ModelError
from deeptext_cli.metrics.detection import Truth, count_detection

SETTINGS = DetectionDefaults(longest=640)


def page_of_lines(width: int, height: int, text: int, pitch: int) -> tuple[NDArray, NDArray]:
    """Black bars as lines."""
    page = np.full((height, width), 255, np.uint8)
    quads = []
    for y in range(pitch, height - pitch, pitch):
        x0, x1 = width // 10, width - width // 10 - (y // pitch % 5) * width // 10
        page[y:y + text, x0:x1] = 0
        quads.append([[x0, y], [x1, y], [x1, y + text], [x0, y + text]])
    return page, np.array(quads, float)


class Eye:
    """Marks dark bars of `least` to `most` pixels' height, as a trained net marks lines."""

    def __init__(self, least: float = 0.0, most: float = np.inf) -> None:
        self.least, self.most = least, most
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, page: NDArray[np.uint8]) -> NDArray[np.float32]:
        h, w = page.shape
        assert h % MULTIPLE == 0
        assert w % MULTIPLE == 0
        self.sizes.append((h, w))
        _, _labels, stats, _ = cv2.connectedComponentsWithStats((page < 128).astype(np.uint8))
        boxes = [[[x, y], [x + bw, y], [x + bw, y + bh], [x, y + bh]]
                 for x, y, bw, bh, _ in stats[1:] if self.least <= bh <= self.most]
        maps = target_maps(np.array(boxes, float).reshape(-1, 4, 2), np.zeros(len(boxes), bool),
                           (h, w), shrink_ratio=SETTINGS.shrink_ratio)
        return maps.shrunk.astype(np.float32)


def all_found(quads: NDArray, truth: NDArray) -> bool:
    counts = count_detection([Truth(q, "text") for q in truth], list(quads))
    return counts.recall == 1 and counts.precision == 1


@pytest.mark.parametrize("size", [(500, 300), (333, 517), (640, 640), (1300, 900)])
def test_boxes_are_in_page_pixels(size):
    page, truth = page_of_lines(*size, text=24, pitch=50)
    eye = Eye()
    quads, scores, *_ = search(eye, page, SETTINGS)
    assert all_found(quads, truth)
    assert quads.shape == (len(truth), 4, 2)
    assert (scores > 0.99).all()
    assert max(max(s) for s in eye.sizes) <= 640


def test_small_text_of_a_large_page_is_found_in_tiles():
    page, truth = page_of_lines(2400, 1800, text=16, pitch=60)
    eye = Eye(least=3)
    quads, *_ = search(eye, page, SETTINGS)
    assert all_found(quads, truth)
    assert len(eye.sizes) > 2
    assert max(max(s) for s in eye.sizes) <= 640
    # lines across several tiles are whole again
    assert np.ptp(quads[:, :, 0], axis=1).max() > 1500


def test_text_too_small_to_see_at_all_is_looked_for_once_more():
    page, truth = page_of_lines(2400, 1800, text=16, pitch=60)
    quads, *_ = search(Eye(least=9), page, SETTINGS)
    assert all_found(quads, truth)


@pytest.mark.parametrize("height", [2400, 9000])
def test_a_long_page_is_searched_in_parts(height):
    """However long it is, its lines are looked at as those of a shorter one are."""
    page, truth = page_of_lines(600, height, text=14, pitch=40)
    eye = Eye(least=9)
    quads, scores, curves, _, _ = search(eye, page, SETTINGS)
    assert all_found(quads, truth)
    assert len(quads) == len(truth) == len(scores) == len(curves)
    assert len(eye.sizes) >= height / 900
    assert max(max(s) for s in eye.sizes) <= 640


def test_small_lines_among_large_ones_are_found_and_the_large_ones_kept():
    """A quarter is enough; what the finer look is blind to, or sees but an edge of, stays."""
    page, truth = page_of_lines(2400, 1800, text=90, pitch=200)
    small, little = page_of_lines(2400, 1800, text=16, pitch=100)
    page[-600:], more = small[-600:], little[little[:, 0, 1] >= 1200]
    truth = np.concatenate([truth[truth[:, 2, 1] < 1200], more])
    eye = Eye(least=3, most=60)
    quads, scores, curves, _, _ = search(eye, page, SETTINGS)
    assert len(eye.sizes) > 2
    assert all_found(quads, truth)
    assert len(quads) == len(truth) == len(scores) == len(curves)


def test_guesses_of_the_first_look_take_no_line_s_place():
    """Of what it saw but dimly, as if two rows were one, the finer look tells the lines apart."""
    page, truth = page_of_lines(2400, 1800, text=24, pitch=60)
    eye = Eye(least=3)

    def run(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        seen = eye(image)
        if len(eye.sizes) == 1:
            seen[192:224] = 0
            seen[200:202, 40:280] = seen[216:218, 40:280] = 0.45
        return seen

    settings = SETTINGS.model_copy(update={"fine_below": 8.0})
    found = search(run, page, settings)
    assert len(eye.sizes) > 2
    assert all_found(found.quads[found.scores >= settings.box_threshold], truth)


def test_one_search_where_there_are_many_lines_large_enough():
    page, _ = page_of_lines(1280, 1500, text=40, pitch=100)
    eye = Eye()
    search(eye, page, SETTINGS)
    assert len(eye.sizes) == 1
    small, truth = page_of_lines(300, 200, text=7, pitch=30)
    eye = Eye(least=3)
    quads, *_ = search(eye, small, SETTINGS.model_copy(update={"fine_below": 0.0}))
    assert max(eye.sizes) == eye.sizes[0]  # looked at more coarsely, not in tiles
    assert len(quads) == len(truth)


def test_lines_too_large_to_see_are_looked_for_at_a_coarser_scale():
    page, truth = page_of_lines(640, 480, text=80, pitch=150)
    assert all_found(search(Eye(most=60), page, SETTINGS).quads, truth)
    assert not len(search(Eye(most=30), page, SETTINGS).quads)
    small, _ = page_of_lines(640, 480, text=40, pitch=150)  # 20 at the coarser scale: too few
    assert not len(search(Eye(most=30), small, SETTINGS).quads)


@pytest.mark.parametrize(("seen", "whole"), [(0.0, True), (0.3, True), (0.8, False)])
def test_a_line_seen_coarsely_takes_the_place_of_its_pieces(seen, whole):
    """Not of what may be all of it, or a line of its own."""
    page, truth = page_of_lines(640, 480, text=80, pitch=150)
    x0, x1 = truth[0, :2, 0]

    def run(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        if image.shape[1] == 640:  # at the working scale its beginning alone is marked
            image = image.copy()
            image[:, int(x0 + seen * (x1 - x0)):] = 255
        return Eye()(image)

    found = search(run, page, SETTINGS)
    assert len(found.quads) == len(found.scores) == len(found.curves) == len(truth)
    assert (abs(found.quads[:, :, 0].max() - x1) < 8) == whole


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (40, 60), (3000, 5)])
def test_pages_without_text_give_nothing(shape):
    quads, scores, *_ = search(Eye(), np.full(shape, 255, np.uint8), SETTINGS)
    assert quads.shape == (0, 4, 2)
    assert scores.shape == (0,)


def test_a_recogniser_is_refused(tmp_path):
    model = Model(tmp_path, ModelSpec(name="words", charset="ab"))
    with pytest.raises(ModelError, match="not a detector"):
        LineDetector(model)


def column_of_characters(count: int) -> tuple[NDArray, ProbabilityMap]:
    """A page of lines, and the map on which a character beside each is marked faintly, and the
    gaps between them nearly as much."""
    page, _ = page_of_lines(600, 32 * (count + 2), text=16, pitch=32)
    sure = Eye()

    def run(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        out = sure(image)
        column = slice(275, 279)
        out[20:16 * count + 4, column] = 0.45
        for k in range(count):
            out[16 * (k + 1) + 2:16 * (k + 1) + 6, column] = 0.62
        return out

    return page, run


def test_lone_characters_below_each_other_are_guesses_of_their_own():
    page, run = column_of_characters(15)
    found = search(run, page, SETTINGS)
    guesses = found.quads[found.scores < SETTINGS.box_threshold]
    assert len(guesses) == 15
    height = guesses[:, :, 1].max(axis=1) - guesses[:, :, 1].min(axis=1)
    assert ((height > 12) & (height < 24)).all()  # as the lines of 16 pixels
    rows = np.sort(guesses[:, :, 1].mean(axis=1))
    assert np.abs(rows - (32 * np.arange(1, 16) + 8)).max() < 3

    # where there are few lines, what is marked faintly is no table
    page, run = column_of_characters(5)
    assert len(search(run, page, SETTINGS).quads) <= 6
