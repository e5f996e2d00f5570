"""Alignments must give the texts back and cost the edit distance; kinds and confusions by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.metrics.alignment import (
    KINDS,
    Step,
    align,
    confusions_of,
    error_kind,
    error_table,
    kinds_of,
    runs,
)
from deeptext_cli.metrics.distance import distance
from deeptext_cli.metrics.rules import Rules

LINE = st.text(alphabet="abAé .,1", max_size=14)


@settings(max_examples=150, deadline=None)
@given(LINE, LINE)
def test_alignment_gives_both_texts_back_at_the_price_of_the_distance(a: str, b: str) -> None:
    steps = align(a, b)
    assert "".join(s.reference for s in steps) == a
    assert "".join(s.hypothesis for s in steps) == b
    assert sum(not s.equal for s in steps) == distance(a, b)
    assert sum(kinds_of(steps).values()) == distance(a, b)
    assert set(kinds_of(steps)) <= set(KINDS)


@settings(max_examples=100, deadline=None)
@given(LINE, LINE)
def test_runs_alternate_and_give_both_texts_back(a: str, b: str) -> None:
    joined = runs(align(a, b))
    assert "".join(s.reference for s in joined) == a
    assert "".join(s.hypothesis for s in joined) == b
    assert all(x.equal != y.equal for x, y in pairwise(joined))


@pytest.mark.parametrize(("reference", "hypothesis", "kind"), [
    ("a", "b", "substitution"), ("", "b", "insertion"), ("b", "", "deletion"),
    ("a", "A", "case"), ("é", "É", "case"), ("é", "e", "diacritics"), ("É", "e", "diacritics"),
    ("ł", "l", "diacritics"), ("ſ", "s", "diacritics"), ("ſ", "f", "substitution"),
    (".", ",", "punctuation"), ("", ".", "punctuation"), ("–", "", "punctuation"),
    ("|", "l", "substitution"), (" ", "", "space"), ("", " ", "space"), (" ", "-", "space"),
    ("0", "O", "substitution"), ("€", "$", "punctuation"),
])
def test_kinds(reference: str, hypothesis: str, kind: str) -> None:
    assert error_kind(reference, hypothesis) == kind


def test_two_characters_read_as_one_are_one_confusion() -> None:
    assert confusions_of(align("corn", "com")) == {("rn", "m"): 1}
    assert confusions_of(align("am", "arn")) == {("m", "rn"): 1}
    assert confusions_of(align("abc", "xyc")) == {("a", "x"): 1, ("b", "y"): 1}
    assert confusions_of(align("ab", "")) == {("a", ""): 1, ("b", ""): 1}
    lost_space = confusions_of([Step("a", "b"), Step(" ", "")])
    assert lost_space == {("a", "b"): 1, (" ", ""): 1}


def test_table_counts_and_rates() -> None:
    table = error_table([("eee", "cce"), ("e é", "eé"), ("fine", "fine"), ("corn", "com"),
                         ("a", "a!")])
    rows = {(c.expected, c.read): (c.count, c.rate) for c in table.confusions}
    assert rows == {("e", "c"): (2, 2 / 5), (" ", ""): (1, 1.0), ("rn", "m"): (1, 1.0),
                    ("", "!"): (1, None)}
    assert table.confusions[0].expected == "e"
    assert table.kinds == {"substitution": 3, "insertion": 0, "deletion": 1, "case": 0,
                           "diacritics": 0, "punctuation": 1, "space": 1}
    assert table.edits == 6


def test_table_honours_the_rules() -> None:
    assert error_table([("AB c", "a bC")], Rules(ignore_case=True, no_space=True)).edits == 0
