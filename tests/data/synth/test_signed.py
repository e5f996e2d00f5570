"""Pieces that stand or fall with their signs: of every kind, of characters that models know."""

from __future__ import annotations

import re

import numpy as np
import pytest

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.signed import signed
from deeptext_cli.data.synth.texts import Texts
from deeptext_cli.text import latin_charset


@pytest.fixture(scope="module")
def drawn() -> list[str]:
    dice = Dice(np.random.default_rng(0))
    return [signed(dice) for _ in range(8000)]


@pytest.mark.parametrize("pattern", [
    r"^\w+ == \w+$", r"^\w+ \| \w+$", r"^\w+ -> \w+$", r"^\w+\.\.\.$", r"^\w+\.\.\.\)$",
    r"^\.\.\.$", r"^\w+ – \w+$", r"^\w+—\w+$", r"^→ \w+$", r"^[A-Z]+2O$", r"^x²$", r"^-\w$",
    r"^--\w+=\w+$", r"^“\w+”$", r"^www$", r"^\[ \]$", r"^\w+ \| \w+ \| \w+$"])
def test_every_kind_is_drawn(drawn: list[str], pattern: str) -> None:
    assert any(re.search(pattern, text) for text in drawn)


def test_they_are_short_and_of_the_latin_charset(drawn: list[str]) -> None:
    assert all(text == text.strip() and 1 <= len(text) <= 60 for text in drawn)
    assert {c for text in drawn for c in text} <= set(latin_charset().chars)


@pytest.mark.parametrize("kind", ["signs", "prose"])
def test_three_dots_are_one_label_whatever_draws_them(kind: str) -> None:
    """An ellipsis looks as three full stops do: two labels for one picture teach neither."""
    texts = Texts(SynthRecipe.model_validate({"text": {"kind": kind, "signs": 1.0}}),
                  latin_charset())
    dice = Dice(np.random.default_rng(1))
    lines = [texts.running(dice) for _ in range(3000)]
    assert any("..." in line for line in lines)
    assert not any("…" in line for line in lines)
