"""Ink of the other side is left out, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from deeptext_cli.engine.looks import Reading, Span
from deeptext_cli.engine.show_through import on_the_other_side

PAPER = 220


def line(ink: int, *, turned: bool = False) -> np.ndarray:
    """A wedge of ink, thick on the left; in a mirror on the right."""
    image = np.full((30, 200), PAPER, np.uint8)
    for x in range(0, 160, 4):
        image[8:22 - x // 16, x:x + 3] = ink
    return np.ascontiguousarray(image[:, ::-1]) if turned else image


def reading(text: str, sureness: float) -> Reading:
    return Reading(text, sureness ** len(text),
                   tuple(Span(c, 0.0, 1.0, sureness) for c in text))


class Knows:
    """Reads lines whose thick end is on the left surely, others badly."""

    def __init__(self, sure: float = 0.9, text: str = "in the garden") -> None:
        self.sure, self.text, self.asked = sure, text, 0

    def read(self, images: Sequence[np.ndarray], *, thorough: bool = True) -> list[Reading]:
        self.asked += len(images)
        inks = [im < PAPER - 20 for im in images]
        return [reading(self.text, self.sure if i[:, :100].sum() > i[:, 100:].sum() else 0.3)
                for i in inks]

    sketch = read


DARK = [line(20), line(30), line(25)]
SURE = [reading("a line of text", 0.95)] * 3


def test_pale_lines_that_make_sense_in_a_mirror_are_the_other_side_s() -> None:
    reader = Knows()
    found = on_the_other_side(reader, [*DARK, line(150, turned=True)],
                              [*SURE, reading("sit was sentensit", 0.4)])
    assert found == {3}
    assert reader.asked == 1  # what is dark or sure is not read twice


@pytest.mark.parametrize(("image", "said"), [
    (line(150), reading("a faint line", 0.4)),                      # faint, but the right way round
    (line(40, turned=True), reading("sit was sentensit", 0.4)),     # as dark as the others
    (line(150, turned=True), reading("a line read well", 0.8)),     # sure of itself
    (line(150, turned=True), reading("3/4", 0.4)),                  # too short to tell
], ids=["faint", "dark", "sure", "short"])
def test_other_lines_stay(image: np.ndarray, said: Reading) -> None:
    assert on_the_other_side(Knows(), [*DARK, image], [*SURE, said]) == set()


def test_a_mirror_that_shows_hardly_more_says_nothing() -> None:
    doubtful = reading("sit was sentensit", 0.4)
    images, said = [*DARK, line(150, turned=True)], [*SURE, doubtful]
    assert on_the_other_side(Knows(sure=0.5), images, said) == set()
    assert on_the_other_side(Knows(text="et"), images, said) == set()


def test_nothing_is_asked_of_no_lines_and_of_one() -> None:
    reader = Knows()
    assert on_the_other_side(reader, [], []) == set()
    assert on_the_other_side(reader, [line(150, turned=True)], [reading("some text", 0.3)]) == set()
