"""Short entries of tables and labels: of every kind, of characters that models know."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deeptext_cli.data.synth.cells import cell, roman
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.text import latin_charset

VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


@pytest.fixture(scope="module")
def drawn() -> list[str]:
    dice = Dice(np.random.default_rng(0))
    return [cell(dice) for _ in range(8000)]


@pytest.mark.parametrize("pattern", [
    r"^0m?g$", r"^\d+%$", r"^\(i\)$", r"^I{2,3}$", r"^\d-\d$", r"^-\d+°C$", r"^\d+x$", r"^__\w+__$",
    r"^\w+_\w+\.py$", r"^\$\d+\.\d\d$", r"^\d+,\d\d €$", r"^\d$", r"^[A-Z]\d+$", r"^\d\d:\d\d$",
    r"^N/A$", r"^\[\d+\]$", r"^\d+ ml$"])
def test_every_kind_is_drawn(drawn: list[str], pattern: str) -> None:
    assert any(re.search(pattern, text) for text in drawn)


def test_they_are_short_and_of_the_latin_charset(drawn: list[str]) -> None:
    assert all(text == text.strip() and 1 <= len(text) <= 24 for text in drawn)
    assert {c for text in drawn for c in text} <= set(latin_charset().chars)


@given(st.integers(1, 3999))
def test_roman_numerals_add_up(value: int) -> None:
    worth = [VALUES[c] for c in roman(value)]
    total = sum(-a if a < b else a for a, b in zip(worth, [*worth[1:], 0], strict=True))
    assert total == value
    assert not re.search(r"I{4}|X{4}|C{4}|VV|LL|DD|IL|IC|VX|XD|XM|LC|DM", roman(value))
