"""Setting, cropping and inking of lines, on faces that everybody has."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.config.synth import CropConfig, InkConfig, LayoutConfig, WearConfig
from deeptext_cli.data.synth import cropping
from deeptext_cli.data.synth.catalogue import load_faces
from deeptext_cli.data.synth.dice import Dice, Weighted
from deeptext_cli.data.synth.glyphs import GlyphCache, SizedFace
from deeptext_cli.data.synth.ink import faxed, inked, noise_field, thermal
from deeptext_cli.data.synth.setting import SetLine, Style, dotted, draw_style, set_line
from deeptext_cli.data.synth.warping import ink_box, on_arc, seen

PLAIN = Style(tracking=0.0, space=1.0, shaped=False, worn=0.0, weight=0, pitch=0.0)


def _dice(seed: int) -> Dice:
    return Dice(np.random.default_rng(seed))


@pytest.fixture(scope="module")
def sized(fonts: Path) -> SizedFace:
    face = next(f for f in load_faces([fonts]) if f.kind == "serif")
    return GlyphCache().sized(face, 36)


def test_cached_glyphs_set_what_the_font_library_sets(sized: SizedFace) -> None:
    """Oracle: the same string rendered whole. Without kerning the two agree to a pixel."""
    for text in ("nm hollow", "Hamburg 1234", "fjord (no)"):
        mine = set_line(sized, text, PLAIN, _dice(0))
        whole = set_line(sized, text, PLAIN._replace(shaped=True), _dice(0))
        assert abs(mine.mask.shape[1] - whole.mask.shape[1]) <= 0.03 * whole.mask.shape[1] + 2
        assert mine.baseline == whole.baseline
        assert abs(int(mine.mask.sum()) / int(whole.mask.sum()) - 1) < 0.06


def test_spaces_are_gaps_and_tracking_widens(sized: SizedFace) -> None:
    def width(text: str, style: Style = PLAIN) -> int:
        return set_line(sized, text, style, _dice(0)).mask.shape[1]

    assert width("a     b") - width("a b") == pytest.approx(4 * sized.space, abs=1.5)
    assert width("abcd", PLAIN._replace(tracking=5.0)) == width("abcd") + 15


def test_fixed_pitch_puts_letters_in_equal_cells(sized: SizedFace) -> None:
    line = set_line(sized, "i" * 8, PLAIN._replace(pitch=20.0), _dice(0))
    columns = np.flatnonzero(line.mask.max(axis=0) > 128)
    starts = columns[np.flatnonzero(np.diff(columns, prepend=-9) > 1)]
    assert np.diff(starts).tolist() == [20] * 7
    wide = set_line(sized, "WMW", PLAIN._replace(pitch=20.0), _dice(0))
    assert wide.mask.shape[1] <= 60  # squeezed, so that they do not run into each other


def test_references_are_raised_after_words_alone(sized: SizedFace) -> None:
    style = PLAIN._replace(raised=True)

    def inked(text: str, style: Style) -> tuple[int, int, int]:
        line = set_line(sized, text, style, _dice(0))
        return line.mask.shape[1], line.baseline, line.mask.shape[0] - line.baseline

    width, above, below = inked("nn[12]", PLAIN)
    raised_width, raised_above, raised_below = inked("nn[12]", style)
    assert raised_width < width
    assert raised_above >= above
    assert raised_below < below  # brackets reach below the baseline where they are not raised
    for text in ("nn [12]", "[12] nn", "nn[1, 2]", "nn[ab]"):
        assert inked(text, style) == inked(text, PLAIN)


def test_wear_moves_letters_but_keeps_them(sized: SizedFace) -> None:
    clean = set_line(sized, "typewritten", PLAIN, _dice(0)).mask
    for seed in range(25):
        worn = set_line(sized, "typewritten", PLAIN._replace(worn=1.0), _dice(seed)).mask
        assert worn.sum() > 0.25 * clean.sum()
        assert 0.85 < worn.shape[1] / clean.shape[1] < 1.25


def test_thinning_never_rubs_letters_out(sized: SizedFace) -> None:
    clean = set_line(sized, "thin", PLAIN, _dice(0)).mask
    thin = set_line(sized, "thin", PLAIN._replace(weight=-1), _dice(0)).mask
    bold = set_line(sized, "thin", PLAIN._replace(weight=2), _dice(0)).mask
    assert 0.4 * clean.sum() < thin.sum() <= clean.sum() < bold.sum()


def test_dots_look_like_the_letters_from_afar(sized: SizedFace) -> None:
    line = set_line(sized, "HANDEL 1680", PLAIN, _dice(0))
    for seed in range(8):
        far = [cv2.GaussianBlur(m.astype(np.float32), (0, 0), 3)
               for m in (line.mask, dotted(line, _dice(seed)).mask)]
        assert np.corrcoef(far[0].ravel(), far[1].ravel())[0, 1] > 0.85


def test_strokes_thinner_than_a_dot_are_printed_too() -> None:
    mask = np.zeros((60, 120), np.uint8)
    mask[10:50, 10:110:20] = 255  # upright strokes of one pixel; dots are four to six apart
    mask[10, 10:110] = 255
    line = SetLine(mask, baseline=50, ascent=45, descent=10, em=55, first=10, last=10)
    for seed in range(8):
        dots = dotted(line, _dice(seed)).mask
        assert all(dots[18:48, x - 5:x + 6].max() > 100 for x in range(10, 110, 20))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2 ** 32 - 1), text=st.sampled_from(
    ["fjord", "ÅÉŘ", "no accents", "x", "Typ, groß;", "...", "Ąę"]))
def test_crops_never_cut_the_text(sized: SizedFace, seed: int, text: str) -> None:
    """Ink lost at the edges stays below 15 % even of a single letter."""
    if not sized.face.covers(text):
        return
    line = set_line(sized, text, PLAIN, _dice(seed))
    config = CropConfig(neighbours=0, rules=0)
    page = cropping.crop(line, lambda: line, _dice(seed), config,
                         LayoutConfig(skew=0, underline=0))
    assert int(page.sum()) >= 0.85 * int(line.mask.sum())
    assert page.shape[1] >= line.mask.shape[1] - 0.1 * (line.first + line.last) - 1


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2 ** 32 - 1))
def test_neighbours_show_at_most_a_third(sized: SizedFace, seed: int) -> None:
    """The labelled line is made invisible: all ink is the neighbours' and keeps to the edges."""
    line = set_line(sized, "middle", PLAIN, _dice(seed))
    other = set_line(sized, "jumbled ÅÉ", PLAIN, _dice(seed))
    ghost = line._replace(mask=np.zeros_like(line.mask))
    page = cropping.crop(ghost, lambda: other, _dice(seed), CropConfig(neighbours=1, rules=0),
                         LayoutConfig(skew=0, underline=0))
    rows = np.flatnonzero(page.max(axis=1) > 0) / page.shape[0]
    assert not len(rows) or not ((rows > 0.32) & (rows < 0.68)).any()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2 ** 32 - 1))
def test_rules_stay_off_the_glyphs(sized: SizedFace, seed: int) -> None:
    line = set_line(sized, "cell", PLAIN, _dice(seed))
    ghost = SetLine(np.zeros_like(line.mask), *line[1:])
    config = CropConfig(neighbours=0, rules=1, tight=0)
    plain = LayoutConfig(skew=0, underline=0)
    ruled = cropping.crop(ghost, lambda: line, _dice(seed), config, plain)
    inked_line = cropping.crop(line, lambda: line, _dice(seed),
                               config.model_copy(update={"rules": 0.0}), plain)
    assert ruled.shape == inked_line.shape
    assert not ((ruled > 0) & (inked_line > 60)).any()


def test_polarity_and_contrast() -> None:
    mask = np.zeros((20, 60), np.uint8)
    mask[5:15, 20:40] = 255
    for seed in range(40):
        dark = inked(mask, _dice(seed), InkConfig(inverted=0))
        light = inked(mask, _dice(seed), InkConfig(inverted=1))
        assert dark[mask == 0].mean() - dark[mask > 0].mean() > 30
        assert light[mask > 0].mean() - light[mask == 0].mean() > 30
        fax = faxed(255 - mask, _dice(seed))
        assert fax[mask == 0].mean() - fax[mask > 0].mean() > 100
        assert thermal(mask, _dice(seed))[mask > 0].mean() > 60


def test_noise_of_any_size() -> None:
    for shape in ((1, 1), (300, 40), (20, 5000)):
        field = noise_field(_dice(1), *shape)
        assert field.shape == shape
    assert abs(float(noise_field(_dice(1), 200, 1000).mean()) - 128) < 12


def test_views_keep_all_ink() -> None:
    mask = np.zeros((40, 200), np.uint8)
    mask[10:30, 20:180] = 255
    for degrees in (-90, -20, 1, 45, 120):
        bent = on_arc(mask, degrees)
        assert int(bent.sum()) == pytest.approx(int(mask.sum()), rel=0.06)
    for seed in range(20):
        view = seen(mask, _dice(seed), tilt=0.2, rotation=20)
        x0, y0, x1, y1 = ink_box(view)
        assert x0 > 0
        assert y0 > 0
        assert x1 < view.shape[1]
        assert y1 < view.shape[0]


def test_style_follows_its_shares(sized: SizedFace) -> None:
    never = LayoutConfig(shaped=0, tracking=0, wide_spaces=0, bold=0, thin=0, fixed_pitch=0)
    drawn = [draw_style(_dice(i), never, WearConfig(), sized) for i in range(40)]
    assert all(style._replace(raised=False) == PLAIN for style in drawn)
    assert 12 < sum(style.raised for style in drawn) < 36
    always = LayoutConfig(tracking=1, wide_spaces=1, fixed_pitch=1)
    style = draw_style(_dice(3), always, WearConfig(), sized)
    assert style.tracking != 0
    assert style.space != 1
    assert style.pitch > 0
    assert not style.shaped


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2 ** 32 - 1), low=st.integers(-5, 5), more=st.integers(0, 9))
def test_dice_keep_to_their_bounds(seed: int, low: int, more: int) -> None:
    dice = _dice(seed)
    for _ in range(120):
        assert low <= dice.integer(low, low + more) <= low + more
        assert low <= dice.between(low, low + more) <= low + more
        assert low <= dice.skewed(low, low + more, 2.0) <= low + more


def test_weights_are_frequencies() -> None:
    dice, weighted = _dice(0), Weighted(["a", "b", "c"], [1, 0, 3])
    draws = [weighted.pick(dice) for _ in range(4000)]
    assert draws.count("b") == 0
    assert draws.count("a") / 4000 == pytest.approx(0.25, abs=0.03)
    with pytest.raises(ValueError, match="nothing to draw"):
        Weighted([], [])
