"""Whole pages with the shipped models, drawn small; which reading of a box counts."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from deeptext_cli.engine.detect import Found, LineDetector
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.looks import Reading, Span
from deeptext_cli.engine.models import find_model
from deeptext_cli.engine.page_lines import read_lines
from deeptext_cli.engine.page_reader import PageReader, PageText
from deeptext_cli.layout.quads import quads_of_rects

TEXT = ["The wages of the weavers fell", "from nine shillings to seven,", "and bread grew dear.",
        "Nobody in the town knew why."]


@pytest.fixture(scope="module")
def pages() -> PageReader:
    return PageReader(LineReader(find_model("print"), threads=1),
                      LineDetector(find_model("detect"), threads=1))


def drawn(lines: Sequence[tuple[int, int, str]], size: tuple[int, int] = (640, 420),
          em: int = 28) -> NDArray[np.uint8]:
    """Lines of text at (x, y)."""
    image = Image.new("L", size, 245)
    font = ImageFont.load_default(em)
    for x, y, text in lines:
        ImageDraw.Draw(image).text((x, y), text, fill=20, font=font)
    return np.asarray(image)


def said(page: PageText) -> list[str]:
    return [line.text for block in page.blocks for line in block.lines]


PAGE = drawn([(60, 60 + 55 * i, t) for i, t in enumerate(TEXT)])


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_turned_page_is_read_upright_and_its_boxes_lie_on_it(pages: PageReader,
                                                               rotation: int) -> None:
    lying = np.ascontiguousarray(np.rot90(PAGE, rotation // 90))
    page = pages.read(lying)
    assert page.rotation == rotation
    assert said(page) == TEXT
    box = np.array(page.blocks[0].lines[0].box)
    x, y = box.mean(axis=0)
    first = {0: (240, 75), 90: (75, 400), 180: (400, 345), 270: (345, 240)}[rotation]
    assert (x, y) == pytest.approx(first, abs=25)
    # the first edge of the box runs as the text does
    right, down = box[1] - box[0]
    off = (np.degrees(np.arctan2(down, right)) + rotation + 180) % 360 - 180
    assert off == pytest.approx(0, abs=3)


def test_nothing_is_turned_when_told_not_to(pages: PageReader) -> None:
    assert pages.read(np.ascontiguousarray(np.rot90(PAGE, 2)), turn=False).rotation == 0


def test_a_leaning_page_keeps_its_order(pages: PageReader) -> None:
    big = cv2.copyMakeBorder(PAGE, 80, 80, 80, 80, cv2.BORDER_CONSTANT, value=(245,))
    centre = (big.shape[1] / 2, big.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(centre, -11, 1.0)  # opencv counts the other way
    leaning = cv2.warpAffine(big, matrix, big.shape[::-1], borderValue=(245,))
    page = pages.read(np.asarray(leaning, dtype=np.uint8))
    assert said(page) == TEXT
    assert page.skew == pytest.approx(11, abs=1)
    assert page.rotation == 0


def test_a_curled_page_is_read_line_by_line(pages: PageReader) -> None:
    """Lines closer than they are bent: a box around one holds parts of the next two."""
    text = [f"{t} {u}" for t, u in itertools.product(TEXT[:4], TEXT[2:])]
    flat = drawn([(40, 60 + 30 * i, t) for i, t in enumerate(text)], (760, 360), em=20)
    y, x = np.mgrid[0:flat.shape[0], 0:flat.shape[1]].astype(np.float32)
    sag = (36 * np.sin(np.pi * x / flat.shape[1])).astype(np.float32)
    curled = cv2.remap(flat, x, y + sag - 18, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    page = pages.read(np.asarray(curled, dtype=np.uint8))
    assert said(page) == text
    lines = [line for block in page.blocks for line in block.lines]
    assert all(line.polygon is not None for line in lines)
    for line in lines:  # outlines and words follow the bend: the middle of a line lies higher
        first, middle = line.words[0], line.words[len(line.words) // 2]
        assert np.mean([p[1] for p in first.box]) > np.mean([p[1] for p in middle.box]) + 4
        around = np.array(line.polygon)
        assert np.array(line.box)[:, 1].min() <= around[:, 1].min() + 0.5


@pytest.mark.parametrize(("share", "paper"), [(0.03, 200), (0.03, 40), (-0.03, 60)])
def test_a_faded_page_is_read_like_any_other(pages: PageReader, share: float,
                                             paper: int) -> None:
    faded = np.round((PAGE - 245.0) * share + paper).astype(np.uint8)
    assert int(faded.max()) - int(faded.min()) <= 8
    assert said(pages.read(faded)) == TEXT


def test_the_grain_of_bare_paper_is_no_text(pages: PageReader) -> None:
    rng = np.random.default_rng(0)
    grain = cv2.GaussianBlur(rng.normal(0, 4, (420, 640)), (0, 0), 1.2) + 215
    assert pages.read(np.round(grain).astype(np.uint8)).blocks == ()


def test_an_empty_page_is_empty(pages: PageReader) -> None:
    assert pages.read(np.full((300, 400), 230, np.uint8)) == PageText((), 0, 0.0)


class Told:
    """A reader that says what it is told, by the size of the image."""

    def __init__(self, **by_shape: tuple[str, float]) -> None:
        self.by_shape = by_shape
        self.count = 0

    def read(self, images: Sequence[NDArray[np.uint8]], *, thorough: bool = True) -> list[Reading]:
        self.count += len(images)
        out = []
        for image in images:
            kind = "wide" if image.shape[1] > image.shape[0] else "tall"
            text, p = self.by_shape[kind]
            spans = tuple(Span(c, i / len(text), (i + 1) / len(text), p)
                          for i, c in enumerate(text))
            out.append(Reading(text, p ** len(text), spans))
        return out


def read(told: Told, rects: list[list[float]], scores: list[float]) -> list[str]:
    found = Found(quads_of_rects(rects), np.array(scores), [None] * len(rects))
    page = np.full((200, 200), 255, np.uint8)
    return [x.line.text for x in read_lines(told, page, found)]  # type: ignore[arg-type]


TALL = [[20, 20, 30, 60]]
WIDE = [20, 20, 120, 40]


def test_a_tall_box_may_hold_an_upright_digit() -> None:
    told = Told(tall=("1", 0.95), wide=("-", 0.6))
    assert read(told, TALL, [0.8]) == ["1"]
    assert told.count == 3  # upright, and both ways down


def test_a_tall_box_may_hold_turned_words() -> None:
    assert read(Told(tall=("I", 0.95), wide=("Total", 0.9)), TALL, [0.8]) == ["Total"]


@pytest.mark.parametrize(("score", "sure", "kept"), [
  (0.8, 0.6, True), (0.8, 0.4, False), (0.6, 0.75, True), (0.6, 0.6, False),
    (0.3, 0.9, True), (0.3, 0.8, False)])
def test_a_box_that_is_read_unsurely_holds_no_text(score: float, sure: float, kept: bool) -> None:
    told = Told(tall=("much text beside it", 0.99), wide=("AB", sure))
    found = read(told, [[140, 20, 155, 190], WIDE], [0.9, score])
    assert ("AB" in found) == kept


@pytest.mark.parametrize(("odds", "kept"), [({}, False), ({"hand": -1.0}, False),
                                            ({"hand": 1.0}, True)])
def test_handwriting_may_be_read_less_surely(odds: dict[str, float], kept: bool) -> None:
    class Kind(Told):
        def read(self, images: Sequence[NDArray[np.uint8]], *, thorough: bool = True,
                 ) -> list[Reading]:
            return [dataclasses.replace(r, odds=odds) for r in super().read(images)]

    told = Kind(tall=("much text beside it", 0.99), wide=("AB", 0.45))
    assert ("AB" in read(told, [[140, 20, 155, 190], WIDE], [0.9, 0.8])) == kept


def test_a_nought_by_itself_is_text_on_a_page_of_lines() -> None:
    """It is unsure of being an O; in a photograph, of being text."""
    told = Told(tall=("much text beside it", 0.99), wide=("0", 0.6))
    lines = [[140, 4 + 12 * k, 143, 14 + 12 * k] for k in range(12)]
    assert "0" in read(told, [*lines, WIDE], [0.9] * 12 + [0.6])
    assert "0" not in read(told, [*lines[:8], WIDE], [0.9] * 8 + [0.6])
    told = Told(tall=("much text beside it", 0.99), wide=("4", 0.6))
    assert "4" not in read(told, [*lines, WIDE], [0.9] * 12 + [0.6])


def test_a_page_unsure_all_over_is_kept() -> None:
    """Then the model does not fit, as one for print on a page of handwriting."""
    assert read(Told(wide=("illegible", 0.2)), [WIDE, [20, 80, 120, 100]], [0.8, 0.6]) == [
        "illegible"]
    assert read(Told(wide=("illegible", 0.3)), [WIDE, [20, 80, 120, 100]], [0.8, 0.6]) == [
        "illegible"] * 2
