"""Error rates against hand-made cases, jiwer, and the development scoring tool."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.errors import MissingExtraError
from deeptext_cli.metrics import distance as distance_module
from deeptext_cli.metrics.distance import distance, editops
from deeptext_cli.metrics.rules import Rules
from deeptext_cli.metrics.text_metrics import TextCounts, count, measure

SCORE = Path(__file__).resolve().parents[3] / "shared" / "tools" / "score.py"

# Few symbols, so that texts share much, as a reading and its label do
LINE = st.text(alphabet="abAé .,1\u2019\u2013\u00a0\u0301", max_size=12)
PAIRS = st.lists(st.tuples(LINE, LINE), min_size=1, max_size=8)


def brute_distance(a: str, b: str) -> int:
    """The recurrence of Wagner and Fischer, written out."""
    if not a or not b:
        return len(a) + len(b)
    return min(brute_distance(a[1:], b) + 1, brute_distance(a, b[1:]) + 1,
               brute_distance(a[1:], b[1:]) + (a[0] != b[0]))


@settings(max_examples=60, deadline=None)
@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_distance_is_that_of_the_recurrence(a: str, b: str) -> None:
    assert distance(a, b) == brute_distance(a, b) == len(editops(a, b))


def test_counts_of_a_line_by_hand() -> None:
    c = count("der alte Mann", "der  alle Man ")
    assert (c.characters, c.char_edits, c.words, c.word_edits) == (13, 2, 3, 2)
    assert (c.lines, c.exact_lines) == (1, 0)
    assert c.ned_sum == 2 / 13


def test_rates_divide_sums_not_means() -> None:
    total = measure([("abcdefghi", "abcdefghi"), ("x", "y")])
    assert total.cer == 1 / 10
    assert total.exact == 1 / 2
    assert total.mean_levenshtein == 1 / 2
    assert total.one_minus_ned == pytest.approx(0.5)


def test_empty_texts() -> None:
    assert measure([]).rates() == {"cer": 0, "wer": 0, "exact": 0, "mean_levenshtein": 0,
                                   "one_minus_ned": 0}
    both = count("", "  ")
    assert (both.cer, both.wer, both.exact, both.one_minus_ned) == (0, 0, 1, 1)
    spurious = count("", "ab")
    assert (spurious.cer, spurious.wer, spurious.exact, spurious.one_minus_ned) == (1, 1, 0, 0)
    missed = count("ab c", "")
    assert (missed.cer, missed.wer, missed.exact, missed.one_minus_ned) == (1, 1, 0, 0)


@pytest.mark.parametrize(("flags", "a", "b"), [
    ({"fold": True}, "\u201eJa\u201c \u2013 \ufb01x", '"Ja" - fix'),
    ({"ignore_case": True}, "TOTAL \u00c9", "total \u00e9"),
    ({"alnum_only": True}, "Room No. 5", "roomno5"),
    ({"no_space": True}, "to day", "today"),
    ({}, "e\u0301  a\u00a0b ", "\u00e9 a b"),
])
def test_a_rule_forgives_what_it_names_and_nothing_else_does(
        flags: dict[str, bool], a: str, b: str) -> None:
    assert count(a, b, **flags).exact == 1
    if flags:
        assert count(a, b).exact == 0


def test_rules_are_described() -> None:
    assert Rules(fold=True, ignore_case=True).describe() == "fold, ignore case"
    assert "exact" in Rules().describe()


@settings(max_examples=80, deadline=None)
@given(PAIRS)
def test_cer_and_wer_equal_jiwer(pairs: list[tuple[str, str]]) -> None:
    jiwer = pytest.importorskip("jiwer", reason="jiwer is a development dependency")
    rules = Rules()
    cleaned = [(rules.text(r), rules.text(h)) for r, h in pairs]
    cleaned = [(r, h) for r, h in cleaned if r]  # jiwer refuses empty references
    if not cleaned:
        return
    refs, hyps = map(list, zip(*cleaned, strict=True))
    total = measure(cleaned)
    assert total.cer == pytest.approx(jiwer.cer(refs, hyps))
    assert total.wer == pytest.approx(jiwer.wer(refs, hyps))


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.integers(0, 8))
def test_adding_counts_equals_counting_together(pairs: list[tuple[str, str]], at: int) -> None:
    joined = measure(pairs[:at]) + measure(pairs[at:])
    whole = measure(pairs)
    assert joined.ned_sum == pytest.approx(whole.ned_sum)
    assert (joined.char_edits, joined.word_edits, joined.lines) == \
        (whole.char_edits, whole.word_edits, whole.lines)
    assert TextCounts() + whole == whole


@pytest.fixture(scope="module")
def score():  # type: ignore[no-untyped-def]
    if not SCORE.exists():
        pytest.skip("the development tool ../shared/tools/score.py is not here")
    spec = importlib.util.spec_from_file_location("shared_score", SCORE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["shared_score"] = module
    spec.loader.exec_module(module)
    return module


@settings(max_examples=60, deadline=None)
@given(pairs=PAIRS, flags=st.fixed_dictionaries(
    {k: st.booleans() for k in ("fold", "ignore_case", "alnum_only", "no_space")}))
def test_equal_to_the_development_scorer(score, pairs, flags) -> None:  # type: ignore[no-untyped-def]
    theirs = score.score_pairs([("i", r, h) for r, h in pairs], score.Norm(**flags))
    ours = measure(pairs, **flags)
    assert ours.char_edits == theirs["char_edits"]
    assert ours.characters == theirs["ref_chars"]
    assert (ours.cer, ours.wer, ours.exact) == (theirs["cer"], theirs["wer"], theirs["exact"])


def test_folding_equals_the_development_scorer_on_every_bmp_character(score) -> None:  # type: ignore[no-untyped-def]
    norm = score.Norm(fold=True)
    rules = Rules(fold=True)
    assert [c for c in map(chr, range(0x20, 0xD800)) if norm.chars(c) != rules.characters(c)] == []


def test_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "Levenshtein", None)
    distance_module._levenshtein.cache_clear()
    with pytest.raises(MissingExtraError) as caught:
        distance("a", "b")
    assert "[eval]" in str(caught.value)
    distance_module._levenshtein.cache_clear()
