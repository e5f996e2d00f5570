"""Contrast is raised where a page has little, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deeptext_cli.layout.faded import CLEAR, FADED, MOST, unfaded


def page(paper: int, ink: int, words: int = 40) -> np.ndarray:
    """Small dark bars on paper."""
    rng = np.random.default_rng(3)
    sheet = np.full((600, 800), paper, np.uint8)
    for _ in range(words):
        y, x = int(rng.integers(0, 580)), int(rng.integers(0, 740))
        sheet[y:y + 10, x:x + 50] = ink
    return sheet


@given(st.integers(0, 255), st.integers(0, 255))
def test_what_is_clear_stays_and_what_is_faded_becomes_clear(paper: int, ink: int) -> None:
    before = page(paper, ink)
    after = unfaded(before)
    if abs(paper - ink) >= FADED:
        assert after is before
        return
    levels = int(after.max()) - int(after.min())
    assert levels == pytest.approx(min(CLEAR, MOST * abs(paper - ink)), abs=4)
    if paper != ink:  # dark stays darker than light
        assert (after[before == ink].astype(int).max() < after[before == paper].min()) \
            == (ink < paper)


def test_a_lone_word_tells_that_a_page_is_clear() -> None:
    sheet = np.full((3300, 2550), 255, np.uint8)  # a letter at 300 dpi
    sheet[1600:1640, 1200:1320:4] = 0
    assert unfaded(sheet) is sheet


def test_single_specks_do_not() -> None:
    sheet = page(200, 170)
    sheet[np.random.default_rng(1).integers(0, 600, 20), 7] = 0
    assert np.ptp(unfaded(sheet)[100:500, 100:700].astype(int)) > 150


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (7, 7), (8, 8)])
def test_the_smallest_pages(shape: tuple[int, int]) -> None:
    assert unfaded(np.full(shape, 200, np.uint8)).shape == shape
