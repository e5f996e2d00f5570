"""Leaders taken off drawn pages."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deeptext_cli.layout.leaders import without_leaders
from deeptext_cli.layout.quads import quads_of_rects

BOXES = quads_of_rects([(15, 32 + 50 * i, 240, 68 + 50 * i) for i in range(4)])


def drawn(dots: int, step: float = 12.0, paper: int = 255, ink: int = 0,
          climb: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A page of entries and numbers, with and without dots between."""
    page = np.full((240, 800), paper, np.uint8)
    for i, (entry, number) in enumerate((("Preface", "1"), ("A minimising idiom", "12"),
                                         ("Tea", "9"), ("End of it...", "103"))):
        for text, x in ((entry, 20), (number, 720)):
            cv2.putText(page, text, (x, 60 + 50 * i), cv2.FONT_HERSHEY_SIMPLEX, 0.9, ink, 2,
                        cv2.LINE_AA)
    bare = page.copy()
    for i in range(3):
        for k in range(dots):
            x, y = 710 - round(step * (k + 0.5)), 60 + 50 * i - round(climb * k)
            cv2.circle(page, (x, y - 1), 2, ink, -1, cv2.LINE_AA)
    return page, bare


@pytest.mark.parametrize("paper", [255, 30])
@pytest.mark.parametrize(("step", "climb"), [(8.0, 0.0), (12.4, 0.0), (20.0, 0.0), (12.0, 0.2)])
def test_leaders_are_taken_off_and_nothing_else(step: float, climb: float, paper: int) -> None:
    page, bare = drawn(round(300 / step), step, paper, 230 if paper < 128 else 0, climb)
    out = without_leaders(page, BOXES)
    assert out is not None
    assert np.abs(out.astype(int) - bare).max() <= 40
    assert (page != bare).sum() > 500  # nor is the page itself changed


@pytest.mark.parametrize("dots", [0, 3, 7])
def test_an_ellipsis_and_the_dots_of_letters_are_none(dots: int) -> None:
    assert without_leaders(drawn(dots)[0], BOXES) is None


def test_a_dotted_border_between_lines_is_none() -> None:
    page, _ = drawn(0)
    for x in range(20, 700, 10):
        cv2.circle(page, (x, 75), 2, 0, -1)
    assert without_leaders(page, BOXES) is None


def test_dots_at_any_distance_are_none() -> None:
    page, _ = drawn(0)
    dice = np.random.default_rng(2)
    for x in 300 + np.cumsum(dice.choice((6, 11, 19, 27), 22)):
        cv2.circle(page, (int(x), 59), 2, 0, -1)
    assert without_leaders(page, BOXES) is None


def test_letters_between_the_dots_are_no_leader() -> None:
    """As in print of dots, or where something is written over a dotted line."""
    page, _ = drawn(25)
    for i in range(3):
        cv2.putText(page, "written all over the line", (400, 62 + 50 * i),
                    cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
    out = without_leaders(page, BOXES)
    assert out is None or (out != page).mean() < 0.01


def test_too_few_lines_tell_nothing() -> None:
    assert without_leaders(drawn(25)[0], BOXES[:2]) is None
