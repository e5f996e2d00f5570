from __future__ import annotations

import numpy as np
import page_kinds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.layout.quads import rotate
from deeptext_cli.layout.rotation import choose_rotation, deskew, estimate_skew


@given(st.floats(-15, 15), st.sampled_from(sorted(page_kinds.ALL)))
@settings(max_examples=40, deadline=None)
def test_skew_of_turned_pages(angle: float, kind: str) -> None:
    turned = rotate(page_kinds.ALL[kind]().array(), angle, (300, 300))
    assert estimate_skew(turned) == pytest.approx(angle, abs=1e-6)
    assert estimate_skew(deskew(turned, angle)) == pytest.approx(0, abs=1e-6)


def test_a_slanted_stamp_does_not_tilt_the_page() -> None:
    level = [page_kinds.quad(50, 40 * i, 300) for i in range(8)]
    stamp = rotate([page_kinds.quad(100, 500, 350)], 30)
    assert estimate_skew([*level, *stamp]) == 0


def test_upside_down_leans_as_upright_does() -> None:
    lines = rotate([page_kinds.quad(50, 40 * i, 300) for i in range(5)], 183.0)
    assert estimate_skew(lines) == pytest.approx(3.0)


def test_no_guess_from_short_words_or_few_lines() -> None:
    words = rotate([page_kinds.quad(50 * i, 40 * i, 30) for i in range(9)], 9)
    assert estimate_skew(words) == 0
    assert estimate_skew(rotate([page_kinds.quad(0, 0, 300)], 9)) == 0
    assert estimate_skew([]) == 0


def test_long_lines_say_more_than_many_short_ones() -> None:
    words = rotate([page_kinds.quad(50, 40 * i, 70) for i in range(5)], 9)
    lines = [page_kinds.quad(50, 300 + 40 * i, 300) for i in range(2)]
    assert estimate_skew([*words, *lines]) == 0


def test_what_leans_far_is_no_page_askew() -> None:
    lines = np.array([page_kinds.quad(50, 40 * i, 300) for i in range(5)])
    assert estimate_skew(rotate(lines, 19)) == pytest.approx(19)
    assert estimate_skew(rotate(lines, 25)) == 0


def test_turns_where_the_evidence_is_clear() -> None:
    turn = choose_rotation({0: [0.3, 0.2, 0.4], 180: [0.9, 0.95, 0.8], 90: [0.1] * 3})
    assert (turn.rotation, turn.certain) == (180, True)
    assert turn.margin == pytest.approx(0.8833 - 0.3, abs=1e-3)
    two = choose_rotation({0: [0.7, 0.6], 180: [1.0, 0.98]})
    assert (two.rotation, two.certain) == (180, True)


@pytest.mark.parametrize("confidences", [
    {0: [0.50, 0.52, 0.5], 180: [0.55, 0.56, 0.55]},  # too close
    {0: [0.1, 0.1], 180: [0.9, 0.9]},  # too few lines
    {0: [0.85, 0.82], 180: [0.99, 0.99]},  # two, read well either way
    {0: [0.1], 180: [1.0]},
    {0: [0.3] * 4, 90: [0.8] * 4, 270: [0.78] * 4},  # two turns as good as each other
    {0: [0.9, 0.9, 0.9, 0.0], 180: [0.85, 0.85, 0.85, 1.0]},  # one line for it, three against
    {0: [0.2] * 4, 180: [0.6] * 4},  # read badly either way
])
def test_never_turns_on_thin_evidence(confidences: dict[int, list[float]]) -> None:
    turn = choose_rotation(confidences)
    assert turn.rotation == 0
    assert not turn.certain


def test_upright_and_sure_of_it() -> None:
    assert choose_rotation({0: [0.9] * 3, 180: [0.2] * 3}).certain
    with pytest.raises(ValueError, match="as it lies"):
        choose_rotation({180: [1.0]})


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6),
       st.lists(st.floats(0, 1), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_turn_is_never_worse_than_staying(a: list[float], b: list[float]) -> None:
    turn = choose_rotation({0: a, 180: b})
    if turn.rotation:
        assert np.mean(b) >= np.mean(a) + 0.1
        assert len(b) >= 3 or (len(b) == 2 and min(b) >= 0.95 and np.mean(b) >= np.mean(a) + 0.2)
