"""Splits must sum to the whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.metrics.breakdown import by_key, macro, quantile_edges, slices
from deeptext_cli.metrics.text_metrics import TextCounts, count

A, B = count("aaaa", "aaab"), count("bb", "")


def test_by_key_and_macro() -> None:
    groups = by_key([A, B, A], ["x", "y", "x"])
    assert list(groups) == ["x", "y"]
    assert groups["x"] == A + A
    assert macro(groups)["cer"] == pytest.approx((0.25 + 1) / 2)
    assert macro({}) == {}
    with pytest.raises(ValueError, match="keys"):
        by_key([A], [])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(-5, 5), max_size=20), st.lists(st.integers(-4, 4), max_size=5))
def test_every_line_is_in_exactly_the_slice_of_its_value(
        values: list[float], edges: list[int]) -> None:
    counts = [TextCounts(lines=1, characters=i) for i in range(len(values))]
    got = slices(counts, values, edges)
    assert sum((s.counts for s in got), TextCounts()) == sum(counts, TextCounts())
    for s in got:
        inside = [i for i, v in enumerate(values)
                  if s.low <= v and (s.high is None or v < s.high)]
        assert s.counts.characters == sum(inside)
        assert s.counts.lines == len(inside)


def test_slices_refuse_what_has_no_place() -> None:
    with pytest.raises(ValueError, match="NaN"):
        slices([A], [float("nan")], [0])
    assert slices([], [], [0]) == []


def test_quantile_edges() -> None:
    assert quantile_edges(list(range(100))) == [0, 25, 50, 75]
    assert quantile_edges([3, 3, 3]) == [3]
    assert quantile_edges([]) == []
