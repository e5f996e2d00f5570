"""Intervals against theory, the permutation test against enumeration."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.metrics.intervals import (
    RATE_NAMES,
    Difference,
    as_matrix,
    bootstrap,
    compare,
    group_sums,
    rates_of,
    resample,
    verdict,
)
from deeptext_cli.metrics.text_metrics import TextCounts, count, measure

PAIRS = st.lists(st.tuples(st.text("ab ", max_size=6), st.text("ab ", max_size=6)), max_size=8)


def binary(right: int, wrong: int) -> list[TextCounts]:
    """Lines of one character, so many right and so many wrong."""
    return [count("a", "a")] * right + [count("a", "b")] * wrong


@settings(max_examples=80, deadline=None)
@given(PAIRS)
def test_vector_rates_are_those_of_the_counts(pairs: list[tuple[str, str]]) -> None:
    counts = [count(a, b) for a, b in pairs]
    rates = rates_of(as_matrix(counts).sum(axis=0))
    assert {k: float(v) for k, v in rates.items()} == pytest.approx(measure(pairs).rates())
    assert set(RATE_NAMES) == set(measure(pairs).rates())


def test_interval_of_a_share_is_the_binomial_one() -> None:
    n, p = 400, 0.2
    interval = bootstrap(binary(320, 80), rounds=4000)["cer"]
    margin = 1.96 * math.sqrt(p * (1 - p) / n)
    assert interval.value == p
    assert interval.low == pytest.approx(p - margin, abs=0.006)
    assert interval.high == pytest.approx(p + margin, abs=0.006)


def test_lines_that_fail_together_widen_the_interval_only_where_groups_are_known() -> None:
    rng = np.random.default_rng(3)
    counts, groups = [], []
    for document in range(40):  # a document is read wholly right or wholly wrong
        counts += [count("a", "a" if rng.random() < 0.7 else "b")] * 25
        groups += [document] * 25
    by_line = bootstrap(counts)["cer"]
    by_group = bootstrap(counts, groups)["cer"]
    assert by_group.value == by_line.value
    ratio = (by_group.high - by_group.low) / (by_line.high - by_line.low)
    assert ratio == pytest.approx(5, rel=0.25)  # the square root of 25 lines a document


def test_same_seed_same_interval_and_another_seed_another() -> None:
    counts = binary(30, 11)
    assert bootstrap(counts, seed=5) == bootstrap(counts, seed=5)
    assert bootstrap(counts, seed=5) != bootstrap(counts, seed=6)


def test_resampling_is_the_same_in_one_block_and_many(monkeypatch: pytest.MonkeyPatch) -> None:
    sums = as_matrix(binary(20, 13))
    whole = resample(sums, 50, np.random.default_rng(1))
    monkeypatch.setattr("deeptext_cli.metrics.intervals._CHUNK", 100)
    assert (resample(sums, 50, np.random.default_rng(1)) == whole).all()
    assert (whole[:, 0] == 33).all()  # every round draws as many lines as there are


def test_too_little_to_resample() -> None:
    only = bootstrap(binary(0, 1))["cer"]
    assert only.value == 1
    assert math.isnan(only.low)
    assert bootstrap([])["cer"].value == 0
    one = compare(binary(0, 1), binary(1, 0))["cer"]
    assert (one.difference, one.p_value) == (1, 1)


def test_groups_must_match_the_lines() -> None:
    with pytest.raises(ValueError, match="groups"):
        group_sums(as_matrix(binary(2, 1)), ["a"])
    with pytest.raises(ValueError, match="paired"):
        compare(binary(1, 1), binary(1, 0))


def test_p_value_is_that_of_all_sign_flips() -> None:
    rng = np.random.default_rng(0)
    a = [count("abcdefgh", "abcdefgh"[:k]) for k in rng.integers(3, 9, 8)]
    b = [count("abcdefgh", "abcdefgh"[:k]) for k in rng.integers(0, 6, 8)]
    d = [x.char_edits - y.char_edits for x, y in zip(a, b, strict=True)]
    flips = [abs(sum(s * x for s, x in zip(signs, d, strict=True)))
             for signs in itertools.product((-1, 1), repeat=8)]
    exact = sum(f >= abs(sum(d)) for f in flips) / len(flips)
    assert 0.001 < exact < 0.5
    assert compare(a, b, rounds=20_000)["cer"].p_value == pytest.approx(exact, abs=0.012)


def test_p_values_are_uniform_when_nothing_differs() -> None:
    rng = np.random.default_rng(7)
    low = 0
    for trial in range(100):
        errors = rng.integers(0, 6, (2, 60))
        a, b = ([TextCounts(lines=1, characters=20, char_edits=int(e)) for e in row]
                for row in errors)
        low += compare(a, b, rounds=200, seed=trial)["cer"].p_value <= 0.2
    assert 8 <= low <= 34  # 20 expected, standard deviation 4


def test_pairing_sees_what_two_separate_intervals_cannot() -> None:
    rng = np.random.default_rng(1)
    hard = rng.integers(0, 15, 300)
    b = [TextCounts(lines=1, characters=20, char_edits=int(e)) for e in hard]
    a = [TextCounts(lines=1, characters=20, char_edits=max(0, int(e) - (i % 5 == 0)))
         for i, e in enumerate(hard)]
    apart, other = bootstrap(a)["cer"], bootstrap(b)["cer"]
    assert apart.high > other.low
    paired = compare(a, b)["cer"]
    assert paired.difference == pytest.approx(paired.a - paired.b)
    assert paired.high < 0
    assert paired.p_value < 0.01
    turned = compare(b, a)["cer"]
    assert turned.low == pytest.approx(-paired.high)
    same = compare(a, a)["cer"]
    assert (same.difference, same.p_value) == (0, 1)
    assert math.isnan(same.low)


def test_lines_that_are_all_alike_show_no_certainty() -> None:
    third = TextCounts(lines=1, characters=3, char_edits=1, ned_sum=1 / 3)
    for counts in (binary(4, 0), binary(0, 4), [third] * 7):
        for interval in bootstrap(counts).values():
            assert math.isnan(interval.low)
            assert math.isnan(interval.high)


def test_a_verdict_needs_interval_and_test() -> None:
    def said(name: str, low: float, high: float, p: float) -> str:
        return verdict(Difference(0, 0, (low + high) / 2, low, high, p), name)

    assert said("exact", -0.3, -0.01, 0.124) == "no clear difference"
    assert said("exact", -0.3, 0.01, 0.04) == "no clear difference"
    assert said("exact", -0.3, -0.01, 0.04) == "worse"
    assert said("cer", -0.3, -0.01, 0.04) == "better"
    assert said("cer", 0.01, 0.3, 0.04) == "worse"
    # every line right against every line wrong: no draw differs, but the test sees it
    for lines, words in ((20, "better"), (3, "no clear difference")):
        found = compare(binary(lines, 0), binary(0, lines))["cer"]
        assert math.isnan(found.low)
        assert verdict(found, "cer") == words
