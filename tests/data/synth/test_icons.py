"""Icons stand beside and between words, in the picture alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.engine import LineSynthesiser, load_recipe
from deeptext_cli.data.synth.icons import Icons

PAPER, INK, ICON = 200, 40, 120


@pytest.fixture
def icons(tmp_path: Path) -> Icons:
    """One icon: a coloured disc of several tones."""
    y, x = np.mgrid[:48, :48]
    tone = np.full((1, 48, 48), ICON, np.uint8)
    tone[0, :24] += 20
    cover = (np.hypot(y - 24, x - 24) < 22)[None].astype(np.uint8) * 255
    np.savez(tmp_path / "icons.npz", tone=tone, cover=cover)
    recipe = SynthRecipe.model_validate({"icons": {"path": "icons.npz"}, "folder": str(tmp_path)})
    found = Icons.of(recipe)
    assert found is not None
    return found


def line(text: str = "abc", height: int = 30) -> tuple[np.ndarray, str]:
    image = np.full((height, 20 * len(text)), PAPER, np.uint8)
    image[8:-8, 4:-4:3] = INK
    return image, text


def dice(seed: int) -> Dice:
    return Dice(np.random.default_rng(seed))


def test_icons_stand_around_the_text_which_stays_as_it_is(icons: Icons) -> None:
    sides = set()
    for seed in range(80):
        image, text = icons.with_text(line, dice(seed))
        drawn, _ = line()
        h, w = drawn.shape
        assert text in ("abc", "abc abc")
        assert image.shape[1] > w * len(text.split()) + 15
        assert image[0, 0] == image[0, -1] == PAPER  # no seam where the icon's picture begins
        # the line's own pixels, all of them, somewhere along the row
        windows = np.lib.stride_tricks.sliding_window_view(image, (h, w))
        at = np.flatnonzero((windows == drawn).all(axis=(2, 3)).any(axis=0))
        assert len(at) >= 1
        sides.add((at[0] > 10, at[-1] + w < image.shape[1] - 10))
    assert len(sides) >= 3  # before, after, on both sides


def test_a_second_text_takes_the_first_ones_tones(icons: Icons) -> None:
    """Two pieces of one row are printed alike, whatever each was drawn in."""
    drawn = iter([line(), (255 - line(height=60)[0] // 2, "dark")] * 200)
    joined = 0
    for seed in range(60):
        image, text = icons.with_text(lambda: next(drawn), dice(seed))
        if text == "abc dark":
            joined += 1
            assert abs(float(np.median(image)) - PAPER) < 3
            assert abs(int(image.min()) - INK) < 40
        if text.split() != ["abc", "dark"] and "abc" in text:
            next(drawn)  # the pairs stay together
    assert joined > 3


def test_without_the_file_nothing_changes(tmp_path: Path) -> None:
    recipe = SynthRecipe.model_validate({"icons": {"path": "none.npz"}, "folder": str(tmp_path)})
    assert Icons.of(recipe) is None
    assert Icons.of(SynthRecipe()) is None


def test_a_recipe_shows_them(tmp_path: Path, icons: Icons, fonts: Path) -> None:
    """A share of the lines is wider for them; labels do not know of them."""
    (tmp_path / "r.yaml").write_text("icons: {path: icons.npz, share: 1.0}\n", encoding="utf-8")
    with_icons = LineSynthesiser(load_recipe(tmp_path / "r.yaml", fonts=[fonts]))
    without = LineSynthesiser(load_recipe(tmp_path / "r.yaml", ["icons.share=0"], fonts=[fonts]))
    some = [with_icons.sample(i) for i in range(30)]
    none = [without.sample(i) for i in range(30)]
    assert np.mean([x.shape[1] / len(t) for x, t in some]) \
        > 1.1 * np.mean([x.shape[1] / len(t) for x, t in none])
    again, _ = with_icons.sample(3)
    np.testing.assert_array_equal(again, some[3][0])
