"""Page figures by hand and against the development scorer."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.metrics.page import PageCounts, count_page, measure_pages
from deeptext_cli.metrics.rules import Rules

SCORE = Path(__file__).resolve().parents[3] / "shared" / "tools" / "score.py"
PAGE = st.lists(st.sampled_from(["a", "bc", "BC", "d.", "\n", "é"]), max_size=9).map(" ".join)


def test_order_costs_characters_but_no_words() -> None:
    swapped = count_page("one two\nthree", "three\none two")
    assert swapped.bow_f1 == 1
    assert swapped.text.cer > 0.5
    assert count_page("one two\nthree", "one\ntwo three").text.cer == 0


def test_words_are_hit_once_each() -> None:
    c = count_page("a a b", "a b b c")
    assert (c.word_hits, c.words_read, c.text.words) == (2, 4, 3)
    assert (c.bow_precision, c.bow_recall) == (2 / 4, 2 / 3)
    assert c.bow_f1 == pytest.approx(4 / 7)


def test_empty_pages() -> None:
    assert count_page("", "").bow_f1_macro == 1
    assert count_page("", "a").bow_f1_macro == 0
    nothing = PageCounts()
    assert (nothing.bow_f1, nothing.bow_f1_macro, nothing.pages) == (0, 0, 0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(PAGE, PAGE), max_size=5), st.booleans())
def test_equal_to_the_development_scorer(pairs: list[tuple[str, str]], ignore_case: bool) -> None:
    if not SCORE.exists():
        pytest.skip("the development tool ../shared/tools/score.py is not here")
    spec = importlib.util.spec_from_file_location("shared_score_pages", SCORE)
    assert spec
    assert spec.loader
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    theirs = score.score_pairs([("i", r, h) for r, h in pairs],
                               score.Norm(ignore_case=ignore_case), page=True)
    ours = measure_pages(pairs, Rules(ignore_case=ignore_case))
    for name in ("bow_precision", "bow_recall", "bow_f1", "bow_f1_macro"):
        assert getattr(ours, name) == pytest.approx(theirs[name]), name
    assert (ours.text.cer, ours.text.wer) == (theirs["cer"], theirs["wer"])
