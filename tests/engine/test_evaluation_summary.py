"""The summary is put together from tested parts; here: that it puts the right ones together."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.engine.calibration_summary import calibration
from deeptext_cli.engine.evaluation_summary import (
    Evaluation,
    LineResult,
    summarise,
    summary_json,
    worst_first,
)
from deeptext_cli.metrics.rules import Rules


def lines() -> list[LineResult]:
    return [
        LineResult("abcd", "abcd", confidence=0.9, source="a", group="p1", height=20, other="abc"),
        LineResult("abcd", "ab", confidence=0.4, source="a", group="p1", height=30, other="ab"),
        LineResult("ABCDEFGHIJ", "abcdefghij", confidence=0.8, source="b", group="p1", height=40,
                   other="ABCDEFGHIJ"),
        LineResult("x", "x", confidence=0.7, source="b", group="p2", height=50, other="x"),
    ]


def test_parts_belong_to_the_right_lines() -> None:
    s = summarise(Evaluation(lines(), against="old", rounds=200))
    assert (s.counts.char_edits, s.counts.characters, s.counts.lines) == (12, 19, 4)
    assert [(x.source, x.counts.char_edits, x.other.char_edits if x.other else None)
            for x in s.sources] == [("a", 2, 3), ("b", 10, 0)]
    assert s.macro["cer"] == pytest.approx((2 / 8 + 10 / 11) / 2)
    assert s.comparison is not None
    assert (s.comparison.lines_better, s.comparison.lines_worse, s.comparison.lines_equal) == \
        (1, 1, 2)
    assert s.comparison.rates["cer"].difference == pytest.approx((12 - 3) / 19)
    assert s.errors.kinds["case"] == 10
    assert s.errors.edits == s.counts.char_edits
    assert worst_first(s) == [2, 1]
    assert set(s.slices) == {"length", "height", "confidence"}
    for bins in s.slices.values():
        assert sum(b.counts.lines for b in bins) == 4


def test_pages_of_two_sources_with_the_same_name_are_two_documents() -> None:
    s = summarise(Evaluation(lines(), rounds=50))
    assert (s.by_document, s.resampled) == (True, 3)
    loose = [LineResult("a", "a"), LineResult("a", "b", group="p"), LineResult("a", "b", group="p")]
    assert summarise(Evaluation(loose, rounds=50)).resampled == 2


def test_rules_reach_every_part() -> None:
    s = summarise(Evaluation(lines(), rules=Rules(ignore_case=True), against="old", rounds=50))
    assert s.counts.char_edits == 2
    assert s.errors.edits == 2
    assert s.sources[1].counts.cer == 0
    assert s.comparison is not None
    assert s.comparison.rates["cer"].b == pytest.approx(3 / 19)


def test_what_is_unknown_is_left_out() -> None:
    s = summarise(Evaluation([LineResult("a", "b")], rounds=10))
    assert s.calibration is None
    assert s.comparison is None
    assert set(s.slices) == {"length"}
    empty = summarise(Evaluation([]))
    assert empty.counts.lines == 0
    assert empty.sources == []


def test_a_comparison_needs_the_other_text() -> None:
    with pytest.raises(ValueError, match="other"):
        Evaluation([LineResult("a", "a")], against="old")


def test_json_is_strict_and_complete() -> None:
    evaluation = Evaluation([LineResult("ab", "a", source="s", key="k")], model="m")
    text = json.dumps(summary_json(evaluation, summarise(evaluation)), allow_nan=False)
    data = json.loads(text)
    assert data["rates"]["cer"] == {"value": 0.5, "low": None, "high": None}
    assert data["counts"]["char_edits"] == 1
    assert data["worst"][0]["key"] == "k"
    assert data["confusions"] == [{"expected": "b", "read": "", "count": 1, "rate": 1.0}]


def test_calibration_by_hand() -> None:
    c = calibration(np.array([0.9, 0.9, 0.6, 0.6]), np.array([True, True, True, False]))
    assert [(b.confidence, b.accuracy, b.lines) for b in c.reliability] == \
        [(pytest.approx(0.6), 0.5, 2), (pytest.approx(0.9), 1.0, 2)]
    assert c.ece == pytest.approx(0.1)
    assert c.risk_coverage == ((0.5, 0.0), (1.0, 0.25))
    assert c.aurc == pytest.approx(0.125)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.8, 0.9, 0.99]), st.booleans()),
                min_size=1, max_size=60))
def test_risk_is_that_of_the_lines_above_each_threshold(pairs: list[tuple[float, bool]]) -> None:
    sure = np.array([p for p, _ in pairs])
    right = np.array([ok for _, ok in pairs])
    c = calibration(sure, right)
    assert sum(b.lines for b in c.reliability) == len(pairs)
    expected = []
    for threshold in sorted(set(sure.tolist()), reverse=True):
        kept = sure >= threshold
        expected.append((kept.mean(), 1 - right[kept].mean()))
    assert np.allclose(c.risk_coverage, expected)
    assert 0 <= c.ece <= 1
    overall = sum(b.lines * b.accuracy for b in c.reliability) / len(pairs)
    assert overall == pytest.approx(right.mean())
