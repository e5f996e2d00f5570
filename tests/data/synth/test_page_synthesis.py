"""Synthetic pages: repeatable, and every box is on a line of its own."""

import cv2
import numpy as np
import pytest

from deeptext_cli.config.synth_pages import PagesRecipe
from deeptext_cli.data.synth.pages.engine import PageSynthesiser
from deeptext_cli.data.synth.pages.sheet import Sheet
from deeptext_cli.errors import DataError

KINDS = ("letter", "columns", "receipt", "form", "table", "scene", "handwriting", "screen",
         "poster")
PLAIN = {"skewed": 0.0, "perspective": 0.0, "surroundings": 0.0, "stamps": 0.0, "folds": 0.0,
         "texture": 0.0, "degraded": 0.0}


def synthesiser(kind, **options):
    try:
        made = PageSynthesiser(PagesRecipe(kinds={kind: 1.0}, **options), seed=3)
        made.sample(0)
    except DataError:
        pytest.skip("no usable fonts on this machine")
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_a_function_of_seed_and_number(kind):
    one, two = synthesiser(kind), synthesiser(kind)
    two.sample(7)
    for i in (5, 2):
        a, b = one.sample(i), two.sample(i)
        assert np.array_equal(a[0], b[0])
        assert a[2] == b[2]
        assert all(np.array_equal(p, q) for p, q in zip(a[1], b[1], strict=True))
    assert not np.array_equal(one.sample(1)[0], one.sample(2)[0])


def test_photographs_lie_on_backdrops(tmp_path):
    ramp = np.tile(np.linspace(90, 110, 400, dtype=np.uint8), (300, 1))
    cv2.imwrite(str(tmp_path / "a.png"), ramp)
    (tmp_path / "notes.txt").write_text("no picture")
    made = synthesiser("scene", backdrops=str(tmp_path), backdrop_share=1.0, **PLAIN)
    for i in range(6):
        image = made.sample(i)[0]
        assert np.mean((image > 85) & (image < 115)) > 0.3  # the rest: signs, bricks, letters
    absent = synthesiser("scene", backdrops=str(tmp_path / "none"), backdrop_share=1.0)
    drawn = synthesiser("scene")
    assert np.array_equal(absent.sample(1)[0], drawn.sample(1)[0])


@pytest.mark.parametrize("kind", KINDS)
def test_every_box_holds_ink_and_is_clockwise(kind):
    made = synthesiser(kind, **PLAIN)
    lines = blank = 0
    for i in range(6):
        image, quads, texts = made.sample(i)
        assert image.dtype == np.uint8
        assert image.ndim == 2
        assert len(quads) == len(texts)
        h, w = image.shape
        for quad, text in zip(quads, texts, strict=True):
            assert text.strip()
            assert quad.shape == (4, 2)
            x, y = quad.T
            assert np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) > 0  # clockwise, y down
            x0, y0, x1, y1 = (round(v) for v in (x.min(), y.min(), x.max(), y.max()))
            assert x1 > 0
            assert y1 > 0
            assert x0 < w
            assert y0 < h
            part = image[max(0, y0):y1, max(0, x0):x1]
            lines += 1
            blank += bool(np.ptp(part.astype(int)) < 15)
    assert lines >= 6
    assert blank <= 0.02 * lines


@pytest.mark.parametrize("kind", ["letter", "table", "receipt"])
def test_gaps_part_lines_and_lines_part_at_gaps(kind):
    """Ink on the rows of a box goes on without a wide gap inside it, and boxes on one level are
    apart: so that what one line is means the same on all pages."""
    made = synthesiser(kind, **PLAIN)
    checked = 0
    for i in range(10, 18):
        _, quads, texts = made.sample(i)
        boxes = np.array([[q[:, 0].min(), q[:, 1].min(), q[:, 0].max(), q[:, 1].max()]
                          for q in quads]).reshape(-1, 4)
        for k, (x0, y0, x1, y1) in enumerate(boxes):
            height = y1 - y0
            level = (np.minimum(boxes[:, 3], y1) - np.maximum(boxes[:, 1], y0)) > 0.6 * height
            level[k] = False
            for a, _, b, _ in boxes[level]:
                gap = max(a - x1, x0 - b)
                checked += 1
                assert gap > 0.25 * height, (i, texts[k])
    assert checked > 10


def test_boxes_turn_with_the_page():
    straight = synthesiser("letter", **PLAIN)
    turned = PageSynthesiser(straight.recipe.model_copy(update={"skewed": 1.0, "skew": 15.0}),
                             seed=3)
    steep = 0
    for i in range(12):
        for quad in turned.sample(i)[1]:
            run, rise = quad[1] - quad[0]
            steep += abs(rise) > 0.05 * abs(run)
    assert steep > 5


def test_ink_is_blended_and_clipped():
    sheet = Sheet(10, 12, 200)
    sheet.ink(np.array([[255, 128, 0]], np.uint8), -1, 3, 0)
    assert abs(int(sheet.image[3, 0]) - 100) <= 1
    assert sheet.image[3, 1:].tolist() == [200] * 11
    dark = Sheet(4, 4, 10)
    dark.ink(np.full((9, 9), 255, np.uint8), -2, -2, 250)
    assert (dark.image == 250).all()


def test_a_sheet_placed_on_another_takes_its_lines_along():
    small, big = Sheet(20, 40, 0), Sheet(100, 100, 255)
    small.box(10, 5, 30, 15, 255, -1)
    small.mark(10, 5, 30, 15, "x")
    shift = np.array([[2.0, 0, 15], [0, 2.0, 30], [0, 0, 1]])
    big.place(small, small.image, shift, tone=7)
    x0, y0, x1, y1 = 35, 40, 75, 60
    assert big.lines[0].quad.tolist() == [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    assert (big.image[y0 + 3:y1 - 2, x0 + 3:x1 - 2] == 7).all()
    assert (big.image[:y0 - 3] == 255).all()
    assert (big.image[y1 + 6:] == 255).all()
    far = np.array([[1.0, 0, 500], [0, 1, 500], [0, 0, 1]])
    before = big.image.copy()
    big.place(small, small.image, far, tone=0)
    assert np.array_equal(before, big.image)
