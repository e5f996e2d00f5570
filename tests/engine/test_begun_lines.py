"""Initials are joined to the lines that they begin, where a reading bears them out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from deeptext_cli.document import Line, Word
from deeptext_cli.engine.assemble import begun_with
from deeptext_cli.engine.begun_lines import begun_lines
from deeptext_cli.engine.looks import Reading, Span
from deeptext_cli.layout.initials import Initial
from deeptext_cli.layout.quads import quads_of_rects

PAGE = np.full((100, 200), 255, np.uint8)
INITIAL = Initial(quads_of_rects([[5, 5, 30, 45]])[0],
                  quads_of_rects([[35, 5, 180, 22], [35, 25, 180, 42]]), (3, 4))
BOX = ((35.0, 5.0), (180.0, 5.0), (180.0, 22.0), (35.0, 22.0))


def reading(text: str, sure: float) -> Reading:
    return Reading(text, sure, tuple(Span(c, i / len(text), (i + 1) / len(text), sure)
                                     for i, c in enumerate(text)))


class Told:
    """Says these readings, one after the other."""

    def __init__(self, *readings: tuple[str, float]) -> None:
        self.readings = [reading(*r) for r in readings]

    def read(self, images: Sequence[np.ndarray], *, thorough: bool = True) -> list[Reading]:
        assert len(images) == len(self.readings)
        return self.readings

    def sketch(self, images: Sequence[np.ndarray]) -> list[Reading]:
        raise AssertionError


BEFORE = {3: reading("\\ he moped", 0.8), 4: reading("wandered", 0.9)}


@pytest.mark.parametrize(("said", "letter"), [("S", "S"), ("w", "W"), ("“M", "M"), ("0", "O"),
                                              ("|", "I")])
def test_lines_are_read_anew_beside_a_letter(said: str, letter: str) -> None:
    told = Told((said, 0.6), ("he moped", 0.9), ("wandered", 0.95))
    lines, replaced = begun_lines(told, PAGE, [INITIAL], BEFORE)
    assert replaced == {3, 4}
    assert [(x.letter, x.reading.text) for x in lines] == [(letter, "he moped"), ("", "wandered")]
    assert all(x.beside is INITIAL.quad for x in lines)


@pytest.mark.parametrize("told", [
    (("Se", 0.9), ("he moped", 0.9), ("wandered", 0.95)),   # no letter
    (("7", 0.9), ("he moped", 0.9), ("wandered", 0.95)),
    (("S", 0.2), ("he moped", 0.9), ("wandered", 0.95)),    # an unsure one
    (("S", 0.9), ("he moped", 0.3), ("wandered", 0.95)),    # its lines are worse for it
    (("S", 0.9), ("he moped", 0.7), ("wandered", 0.8))])
def test_what_no_reading_bears_out_changes_nothing(told: tuple[tuple[str, float], ...]) -> None:
    assert begun_lines(Told(*told), PAGE, [INITIAL], BEFORE) == ([], set())
    assert begun_lines(Told(), PAGE, [], BEFORE) == ([], set())


def test_lines_that_were_unsure_before_must_be_read_surely_all_the_same() -> None:
    before = {3: reading("\\ he moped", 0.5), 4: reading("wandered", 0.5)}
    for sure, lines in ((0.45, 0), (0.55, 2)):
        told = Told(("S", 0.9), ("he moped", sure), ("wandered", 0.95))
        assert len(begun_lines(told, PAGE, [INITIAL], before)[0]) == lines


@pytest.mark.parametrize(("letter", "text", "expected"), [
    ("S", "HE MOPED.", "SHE MOPED."), ("I", "t was a", "It was a"), ("A", "lice was", "Alice was"),
    ("A", "Tale of", "A Tale of"), ("I", "AM here", "IAM here"), ("M", "", "M")])
def test_a_letter_joins_its_word(letter: str, text: str, expected: str) -> None:
    words = tuple(Word(w, 0.9, BOX) for w in text.split())
    line = begun_with(Line(text, 0.8, BOX, words), INITIAL.quad, letter, 0.5)
    assert line.text == expected
    assert [w.text for w in line.words] == expected.split()
    assert line.confidence == pytest.approx(0.4)
    assert line.words[0].box[0] == (5.0, 5.0)  # from the initial on
