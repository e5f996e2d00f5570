"""Further looks at unsure lines: which there are, and which is believed."""

from __future__ import annotations

import numpy as np
import pytest

from deeptext_cli.decode.decoder import Sketch
from deeptext_cli.decode.result import Character, Decoded
from deeptext_cli.engine.looks import Look, Posteriors, believed, ways_to_look
from deeptext_cli.engine.models import find_model


def look(text: str, confidence: float, kind: float = 0.0) -> Look:
    said = Posteriors(np.zeros((1, 2), np.float32), None, {"hand": kind})
    return Look(1.0, said, Sketch(Decoded(text, 0.0, (), confidence), confidence))


@pytest.mark.parametrize(("looks", "text"), [
    ([("one", 0.5)], "one"),
    ([("one", 0.5), ("two", 0.6)], "two"),
    ([("one", 0.5), ("two", 0.6), ("One", 0.5)], "one"),  # 2 * 0.125 against 0.216
    ([("one", 0.4), ("two", 0.6), ("one", 0.4)], "two"),  # 2 * 0.064
    ([("one", 0.5), ("one.", 0.55), ("two", 0.6)], "one."),  # of those that agree the surest
    ([("", 0.3), ("-", 0.2), ("--", 0.25)], ""),  # signs alone are not all one
    ([("", 0.0), ("", 0.0)], "")])
def test_looks_that_agree_add_up(looks: list[tuple[str, float]], text: str) -> None:
    assert believed([look(t, c) for t, c in looks]).text == text


def test_where_no_look_is_sure_of_the_line_its_characters_tell() -> None:
    def unsure(text: str, confidence: float, each: float) -> Look:
        characters = tuple(Character(c, i, i + 1, each) for i, c in enumerate(text))
        found = Decoded(text, 0.0, characters, confidence)
        return look(text, confidence)._replace(sketch=Sketch(found, confidence))

    blank, read, worse = (unsure("   ", 3e-5, 0.9), unsure("Dedans", 2e-5, 0.7),
                          unsure("Dodons", 2e-5, 0.5))
    assert believed([blank, worse, read]).text == "Dedans"
    assert believed([blank, worse._replace(found=unsure("Do", 0.1, 0.2).sketch.decoded),
                     read]).text == "Do"  # one is


def test_a_line_is_of_the_kind_that_its_first_look_shows() -> None:
    found = believed([look("one", 0.1, kind=3.0), look("two", 0.9, kind=-5.0)])
    assert (found.text, found.said.odds) == ("two", {"hand": 3.0})


def test_what_is_found_under_a_constraint_counts() -> None:
    allowed = look("one", 0.9)._replace(found=Decoded("1", 0.0, (), 0.2))
    assert believed([allowed, look("two", 0.3)]).text == "two"
    assert believed([allowed, look("two", 0.1)]).text == "1"


def test_places_are_shares_of_the_line_not_of_the_paper_that_fills_its_width_up() -> None:
    said = Posteriors(np.zeros((10, 2), np.float32), None, {})
    decoded = Decoded("ab", 0.0, (Character("a", 1, 2, 0.9), Character("b", 4, 6, 0.8)), 0.7)
    reading = Look(0.5, said, Sketch(decoded, 0.7)).reading(decoded, "print")
    assert [(s.start, s.end) for s in reading.spans] == [pytest.approx((0.2, 0.4)),
                                                         pytest.approx((0.8, 1.0))]


def test_ways_depend_on_the_model_and_the_line() -> None:
    spec = find_model("print").spec
    pale = np.full((20, 100), 255, np.uint8)
    pale[9:11, 10:90:8] = 0
    heavy = pale.copy()
    heavy[3:17, 10:50] = 0
    long = np.tile(pale, (1, 2))
    images = [pale, heavy, long, pale]

    def changes(thorough: bool, **update: object) -> dict[str, list[int]]:
        ways = ways_to_look(spec.model_copy(update=update), images, [0, 1, 2], thorough)
        return {", ".join(f"{k} {v}" for k, v in w.changes.items()): w.numbers for w in ways}

    assert changes(True) == {
        "band False": [0, 1, 2], "polarity other": [1], "stretch 0.8": [0, 1],
        "turn 10.0": [0, 1], "turn -10.0": [0, 1], "slant 0.25": [0, 1]}
    assert changes(False) == {
        "band False": [0, 1, 2], "polarity other": [1], "stretch 0.8": [0, 1]}
    assert changes(True, band=False, polarity="dark") == {
        "trim 0.15": [0, 1, 2], "stretch 0.8": [0, 1]}


def test_handwriting_is_looked_at_leant_wider_and_whole() -> None:
    spec = find_model("print").spec.model_copy(update={"written": True})
    line = np.full((20, 400), 255, np.uint8)
    for thorough in (True, False):
        ways = ways_to_look(spec, [line, line], [1], thorough)
        assert [(w.changes, w.numbers) for w in ways] == [
            ({"slant": 0.25}, [1]), ({"stretch": 1.3}, [1]), ({"band": False}, [1])]
