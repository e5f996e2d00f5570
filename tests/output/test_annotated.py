from __future__ import annotations

import cv2
import numpy as np
import pytest
import sample_pages as sp

from deeptext_cli.document import Line, Page, box_of_rect, page_of_lines
from deeptext_cli.errors import UsageError
from deeptext_cli.output.annotated import draw, text_strip
from deeptext_cli.output.formats import write


def test_page_on_the_left_text_on_the_right() -> None:
    page = sp.two_lines()
    data = write("png", [page], [sp.picture(page)])
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (300, 1200, 3)
    assert (image[62, 100] == 200).all()  # the page itself, within a box
    text = image[:, 600:]
    for line in page.lines:
        (x0, y0), _, (x1, y1), _ = line.box
        inked = text[int(y0) + 2:int(y1) - 1, int(x0) + 2:int(x1) - 2].min(axis=2) < 128
        assert inked.mean() > 0.03
        columns = np.flatnonzero(inked.any(axis=0))  # the text fills its box
        assert columns[0] < 15
        assert columns[-1] > x1 - x0 - 20
    assert (text[200:] == 255).all()


def test_colours_tell_confidence() -> None:
    def edge(confidence: float) -> np.ndarray:
        line = Line("x", confidence, box_of_rect(10, 20, 90, 60))
        _b, g, r = draw(page_of_lines("p", 1, 100, 80, [line]), None)[60, 50]
        return int(g) - int(r)

    assert edge(1.0) > 50 > -50 > edge(0.0)


def test_turned_text_is_drawn_along_its_box() -> None:
    box = sp.turned(box_of_rect(20, 30, 220, 60), 100)
    image = draw(page_of_lines("p", 1, 100, 300, [Line("downwards", 1, box)]), None)
    x0, y0 = np.min(box, axis=0).astype(int)
    x1, y1 = np.max(box, axis=0).astype(int)
    inked = image[y0 + 2:y1 - 1, 100 + x0 + 2:100 + x1 - 1].min(axis=2) < 128
    assert inked.mean() > 0.05
    upright = draw(page_of_lines("p", 1, 300, 100, [
        Line("downwards", 1, box_of_rect(20, 30, 220, 60))]), None)[32:59, 322:519]
    level = np.rot90(image[y0 + 2:y1 - 1, 100 + x0 + 2:100 + x1 - 1])
    assert abs((upright.min(axis=2) < 128).mean() - inked.mean()) < 0.02
    halves = [np.mean(part.min(axis=2) < 128) for part in np.array_split(level, 2, axis=1)]
    expected = [np.mean(part.min(axis=2) < 128) for part in np.array_split(upright, 2, axis=1)]
    assert halves == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("letter", "äčřžšęßłőøæœțĐŽ„€ſ‰–")
def test_letters_beyond_ascii_are_really_drawn(letter: str) -> None:
    missing, shown = text_strip("\U000e0fff"), text_strip(letter)
    assert shown is not None
    assert shown.max() > 128
    for other in ("?", missing):
        strip = text_strip(other) if isinstance(other, str) else other
        assert strip is None or strip.shape != shown.shape or (strip != shown).any()


def test_large_pages_are_reduced_and_odd_boxes_survive() -> None:
    page = page_of_lines("p", 1, 8000, 6000, [
        Line("off the page", 0.5, box_of_rect(-500, -500, -10, -400)),
        Line("half", 0.5, box_of_rect(7900, 5900, 9000, 6100)),
        Line("flat", 0.5, box_of_rect(5, 5, 5, 5))])
    assert draw(page, None).shape == (1500, 4000, 3)


def test_one_page_a_file() -> None:
    with pytest.raises(UsageError, match="one page"):
        write("png", [Page("a", 1, 9, 9), Page("b", 1, 9, 9)])
