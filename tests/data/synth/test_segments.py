"""Seven segments: which of them light up, and what a display says."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.look_meter import MeterLook
from deeptext_cli.data.synth.segments import SEGMENTS, SegmentStyle, draw_segments
from deeptext_cli.text import latin_charset

UPRIGHT = SegmentStyle(slant=0.0)


def test_an_eight_lights_all_and_a_one_the_right_side() -> None:
    lit, unlit = draw_segments("8", 60, UPRIGHT)
    assert lit.max() == 255
    assert not unlit.any()
    one, rest = draw_segments("1", 60, UPRIGHT)
    columns = np.flatnonzero(one.any(axis=0))
    assert columns.min() > one.shape[1] / 2 - 8 > np.flatnonzero(rest.any(axis=0)).min()
    # what is lit and what is not are the eight again
    both = np.maximum(one, rest).astype(int)
    assert np.abs(both - lit).mean() < 1


def test_digits_can_be_told_apart() -> None:
    for style in (UPRIGHT, SegmentStyle(tails=False), SegmentStyle(width=0.6)):
        drawn = {c: draw_segments(c, 40, style)[0] for c in "0123456789"}
        for a, b in itertools.combinations(drawn, 2):
            assert np.abs(drawn[a].astype(int) - drawn[b]).mean() > 2, (a, b)


def test_points_take_less_room_than_digits() -> None:
    widths = {t: draw_segments(t, 60, UPRIGHT)[0].shape[1] for t in ("12", "1.2", "1:2", "112")}
    assert widths["12"] < widths["1.2"] == widths["1:2"] < widths["112"]
    rows = {p: np.flatnonzero(draw_segments(p, 60, UPRIGHT)[0].any(axis=1)) for p in ".:"}
    # a point stands on the line, a colon's two around the middle
    assert rows["."].mean() > rows[":"].mean() + 10


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(LookupError):
        draw_segments("K", 40, UPRIGHT)


@pytest.mark.parametrize("wheels", [0.0, 1.0])
def test_a_meter_says_what_it_can_show(wheels: float) -> None:
    recipe = SynthRecipe.model_validate({"look": "meter", "meter": {"wheels": wheels}})
    look = MeterLook(recipe, latin_charset())
    said = [look.draw(Dice(np.random.default_rng(i)))[1] for i in range(60)]
    if wheels:
        assert all(re.fullmatch(r"\d{4,8}", text) for text in said)
    else:
        assert all(set(text) <= set(SEGMENTS) | set(".:") for text in said)
        assert any(text.isalpha() for text in said)
        assert any(":" in text for text in said)
        assert any("." in text for text in said)
