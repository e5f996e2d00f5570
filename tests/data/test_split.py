"""Splits: whole groups, near the asked share, the same whatever else is done."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.data.split import NO_SPLIT, TEST, TRAIN, VAL, GroupRule, assign, share_of
from deeptext_cli.errors import UsageError


def split(groups: list[str], share: float, seed: int = 0) -> list[int]:
    shares = np.array([share_of(seed, g) for g in groups])
    return assign(shares, np.full(len(groups), NO_SPLIT, np.uint8), share).tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=60),
       st.floats(0.01, 0.99), st.integers(0, 5))
def test_groups_stay_whole_and_both_sides_exist(groups: list[str], share: float,
                                                seed: int) -> None:
    got = split(groups, share, seed)
    by_group = {g: {s for s, h in zip(got, groups, strict=True) if h == g} for g in groups}
    assert all(len(s) == 1 for s in by_group.values())
    if len(by_group) > 1:
        assert set(got) == {TRAIN, VAL}
    else:
        assert set(got) == {TRAIN}


def test_share_is_kept() -> None:
    groups = [str(i) for i in range(5000)]
    got = split(groups, 0.1)
    assert got.count(VAL) == 500
    assert split(groups, 0.1) == got
    assert split(groups, 0.1, seed=1) != got
    assert split(groups, 0) == [TRAIN] * 5000
    assert split(groups, 1) == [VAL] * 5000


def test_additions_move_little() -> None:
    groups = [str(i) for i in range(2000)]
    before = split(groups, 0.1)
    after = split([*groups, *(f"new {i}" for i in range(200))], 0.1)[:2000]
    assert sum(a != b for a, b in zip(before, after, strict=True)) < 40


def test_own_splits_are_followed_where_there_are_two() -> None:
    shares = np.array([share_of(0, str(i)) for i in range(8)])
    own = np.array([TRAIN] * 4 + [VAL] * 2 + [TEST, NO_SPLIT], np.uint8)
    assert assign(shares, own, 0.5).tolist() == [0, 0, 0, 0, 1, 1, 2, 0]
    only_train = np.full(8, TRAIN, np.uint8)
    assert assign(shares, only_train, 0.5).tolist().count(VAL) == 4
    no_val = np.array([TRAIN] * 6 + [TEST] * 2, np.uint8)
    got = assign(shares, no_val, 0.5).tolist()
    assert got[6:] == [TEST, TEST]
    assert got[:6].count(VAL) == 3
    assert TEST not in assign(shares, no_val, 0.5, follow_own=False).tolist()


def test_rules() -> None:
    assert GroupRule(None)("a/b.png", "text", "own", 5) == "own"
    assert GroupRule("label")("a/b.png", "text", "own", 5) == "text"
    assert GroupRule("rows:3")("a/b.png", "text", "own", 5) == "rows 1"
    assert GroupRule("^([^/]+)/")("a/b.png", "text", "own", 5) == "a"
    assert GroupRule("x(1)|(b)")("a/b.png", "text", "own", 5) == "b"
    assert GroupRule("[a-z]/")("a/b.png", "text", "own", 5) == "a/"
    assert GroupRule("^z")("a/b.png", "text", "own", 5) == "own"
    for wrong in ("(", "rows:0"):
        with pytest.raises(UsageError, match="--group"):
            GroupRule(wrong)
