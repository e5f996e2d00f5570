"""Pages that are searched once more without their leaders."""

from __future__ import annotations

import numpy as np

from deeptext_cli.engine.detect import Found
from deeptext_cli.engine.page_reader import _with_others
from deeptext_cli.layout.quads import quads_of_rects, rects_of


def found(*rects: tuple[int, int, int, int]) -> Found:
    return Found(quads_of_rects(rects), np.full(len(rects), 0.8), [None] * len(rects), [], [])


def test_what_was_found_before_stays_where_the_page_is_as_it_was() -> None:
    before = found((10, 10, 190, 30), (10, 50, 80, 70), (90, 90, 100, 110))
    changed = np.zeros((120, 200), bool)
    changed[25:28, 60:160] = True  # the dots of the first line
    now = found((10, 10, 50, 30), (170, 10, 190, 30), (10, 51, 80, 70))
    both = _with_others(now, before, changed)
    assert rects_of(both.quads).tolist() == [
        *rects_of(now.quads).tolist(), [90, 90, 100, 110]]
    assert len(both.scores) == len(both.curves) == 4
