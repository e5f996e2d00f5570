"""Ends of lines that their boxes cut off: read from longer boxes, where that is surely right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from deeptext_cli.engine.detect import Found
from deeptext_cli.engine.line_ends import SURE, longer, longer_lines, pieces_within
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.looks import Reading, Span
from deeptext_cli.engine.models import find_model
from deeptext_cli.engine.page_lines import read_lines
from deeptext_cli.layout.quads import quads_of_rects

PAGE = np.full((200, 600), 230, np.uint8)
LINE = np.array([[100, 50], [300, 50], [300, 90], [100, 90]], float)  # 200 by 40


def reading(text: str, places: Sequence[float], sure: Sequence[float]) -> Reading:
    return Reading(text, 0.9, tuple(Span(c, x, x, p) for c, x, p in
                                    zip(text, places, sure, strict=True)))


SHORT = reading("ead", (0.2, 0.5, 0.8), (0.9, 0.9, 0.9))


class Reader:
    """Reads one more letter where the crop is longer to the left, none to the right."""

    def __init__(self, surely: float = 0.95) -> None:
        self.surely = surely
        self.widths: list[int] = []

    def read(self, images: Sequence[NDArray[np.uint8]], *, thorough: bool = True) -> list[Reading]:
        self.widths += [i.shape[1] for i in images]
        # crops come in the order of REACH: left, right, both
        return [reading("head", (0.1, 0.3, 0.6, 0.8), (self.surely, 0.9, 0.9, 0.9)) if k % 3 == 0
                else SHORT for k in range(len(images))]

    sketch = read


def test_the_longer_box_is_taken_with_what_it_says() -> None:
    reader = Reader()
    quad, read = longer_lines(reader, PAGE, [LINE], [SHORT])[0]
    assert read.text == "head"
    assert quad.tolist() == [[60, 50], [300, 50], [300, 90], [60, 90]]
    assert reader.widths == [252, 252, 292]  # with a margin of 0.15 heights at both ends


def test_an_unsure_letter_out_there_does_not_count() -> None:
    assert not longer_lines(Reader(SURE - 0.01), PAGE, [LINE], [SHORT])
    # within the old box it may be as unsure as it was
    faint = reading("head", (0.3, 0.4, 0.6, 0.8), (SURE - 0.2, 0.99, 0.99, 0.99))
    reader = Reader()
    reader.read = lambda images, **_: [faint] * len(images)  # type: ignore[method-assign]
    assert longer_lines(reader, PAGE, [LINE], [SHORT])[0][1] is faint


def test_single_characters_and_tall_boxes_are_left_alone() -> None:
    reader = Reader()
    tall = np.array([[100, 20], [130, 20], [130, 180], [100, 180]], float)
    assert not longer_lines(reader, PAGE, [LINE, tall], [reading("e", (0.5,), (0.6,)), SHORT])
    assert not reader.widths


def test_a_line_does_not_run_into_its_neighbour() -> None:
    below = LINE + np.array([0, 80])
    assert list(longer_lines(Reader(), PAGE, [LINE, below], [SHORT, SHORT])) == [0, 1]
    for away, widths in ((10, [252]),  # to the right alone
                         (30, [236, 252, 260])):  # to the left by less, and both ways
        reader = Reader()
        longer_lines(reader, PAGE, [LINE, LINE - np.array([200 + away, 0])],
                     [SHORT, reading("", (), ())])
        assert reader.widths == widths


def test_nothing_is_read_where_nothing_is_to_be_seen() -> None:
    page = PAGE.copy()
    page[60:80, 110:290:8] = 30
    reader = Reader()
    longer_lines(reader, page, [LINE], [SHORT])
    assert not reader.widths
    page[60:80, 305:330] = 30
    longer_lines(reader, page, [LINE], [SHORT])
    assert reader.widths == [252]  # to the right alone


@pytest.mark.parametrize(("small", "sure", "kept"), [
    ("2002", 0.95, True), ("2002", 0.7, False), ("ea", 0.95, False)])
def test_small_print_within_a_longer_box_stays_if_the_line_does_not_say_it(
        small: str, sure: float, kept: bool) -> None:
    class Signs(Reader):
        def read(self, images: Sequence[NDArray[np.uint8]], *, thorough: bool = True,
                 ) -> list[Reading]:
            print_ = reading(small, [k / 9 for k in range(len(small))], [sure] * len(small))
            head = reading("head", (0.1, 0.3, 0.6, 0.8), (0.95, 0.9, 0.9, 0.9))
            return [head if i.shape[1] == 252 else SHORT if i.shape[1] > 200 else print_
                    for i in images]

    within = quads_of_rects([(150, 56, 200, 66)])[0]
    found = Found(np.stack([LINE, within]), np.array([0.9, 0.9]), [None, None])
    said = {x.line.text for x in read_lines(Signs(), PAGE, found)}
    assert said == ({"head", small} if kept else {"head"})


def test_a_slanted_box_is_made_longer_along_its_text() -> None:
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    assert longer(LINE @ turn, 1.0, 0.5) == pytest.approx(longer(LINE, 1.0, 0.5) @ turn)


def test_pieces_within_a_longer_box_are_named_and_nothing_else() -> None:
    piece, beside = LINE * [0.1, 0.5] + [95, 30], LINE * [0.1, 0.5] + [400, 30]
    assert pieces_within([LINE, piece, beside], [0]) == {1}
    assert pieces_within([LINE, piece, beside], []) == set()
    assert pieces_within([LINE, LINE + 1], [0]) == set()  # as large: no piece


def test_a_sign_whose_box_misses_its_first_letter_is_read_whole() -> None:
    image = Image.new("L", (900, 300), 235)
    ImageDraw.Draw(image).text((150, 60), "Station", fill=25, font=ImageFont.load_default(120))
    box = image.point(lambda v: 255 * (v < 128)).getbbox()
    assert box is not None
    x0, y0, x1, y1 = box
    cut = quads_of_rects([(x0 + 55, y0, x1, y1)])
    found = Found(cut, np.array([0.9]), [None])
    reader = LineReader(find_model("print"), threads=1)
    (line,) = read_lines(reader, np.asarray(image), found)
    assert line.line.text == "Station"
    assert line.quad[0, 0] < x0


def test_so_is_a_large_line_on_a_page_of_many() -> None:
    image = Image.new("L", (900, 900), 235)
    draw = ImageDraw.Draw(image)
    small, rects = ImageFont.load_default(24), []
    for i in range(12):
        draw.text((150, 300 + 40 * i), "a line of the page", fill=25, font=small)
        rects.append(draw.textbbox((150, 300 + 40 * i), "a line of the page", font=small))
    draw.text((150, 60), "Station", fill=25, font=ImageFont.load_default(120))
    x0, y0, x1, y1 = draw.textbbox((150, 60), "Station", font=ImageFont.load_default(120))
    cut = quads_of_rects([*rects, (x0 + 55, y0, x1, y1)])
    found = Found(cut, np.full(13, 0.9), [None] * 13)
    lines = read_lines(LineReader(find_model("print"), threads=1), np.asarray(image), found)
    assert lines[-1].line.text == "Station"
    assert np.array_equal(np.array([x.quad for x in lines[:-1]]), cut[:-1])
