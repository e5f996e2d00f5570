from __future__ import annotations

import subprocess
import sys

import pytest
import sample_pages as sp

from deeptext_cli.document import (
    Block,
    Line,
    Page,
    bounds,
    box_angle,
    box_of_rect,
    iter_words,
    page_of_lines,
)

BOX = box_of_rect(0, 0, 10, 5)


def test_text_and_confidence_of_a_page() -> None:
    page = Page("p", 1, 9, 9, (Block((Line("abc", 0.9, BOX), Line("d", 0.1, BOX))),
                               Block((Line("", 0.5, BOX),))))
    assert page.text == "abc\nd\n\n"
    # three characters, one, and an empty line that counts as one
    assert page.confidence == pytest.approx((3 * 0.9 + 0.1 + 0.5) / 5)
    assert [line.text for line in page.lines] == ["abc", "d", ""]


def test_an_empty_page_has_no_text_and_no_confidence() -> None:
    page = page_of_lines("p", 1, 9, 9, [])
    assert (page.text, page.confidence, page.blocks) == ("", 0.0, ())


@pytest.mark.parametrize(("turns", "angle"), [(0, 0), (1, 90), (2, 180), (3, -90)])
def test_angle_is_clockwise_as_seen(turns: int, angle: float) -> None:
    box = BOX
    for _ in range(turns):
        box = sp.turned(box, 100)
    assert abs(box_angle(box)) == pytest.approx(abs(angle))
    assert box_angle(box) == pytest.approx(angle) or abs(angle) == 180


def test_bounds_and_block_box() -> None:
    assert bounds([(3, 4), (1, 9), (2, -1)]) == (1, -1, 3, 9)
    block = Block((Line("a", 1, BOX), Line("b", 1, box_of_rect(5, 20, 30, 25))))
    assert block.box == box_of_rect(0, 0, 30, 25)
    with pytest.raises(ValueError, match="unpack"):
        _ = Block(()).box


def test_words_of_a_line() -> None:
    line = sp.line("two words", 0, 0)
    assert [w.text for w in iter_words(line)] == ["two", "words"]
    whole = list(iter_words(Line("two words", 0.5, BOX)))
    assert [(w.text, w.confidence, w.box) for w in whole] == [("two words", 0.5, BOX)]
    assert list(iter_words(Line("", 0.5, BOX))) == []


def test_imports_the_standard_library_only() -> None:
    code = ("import sys, deeptext_cli.document; "
            "print([m for m in ('numpy', 'cv2', 'pydantic', 'typer') if m in sys.modules])")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
