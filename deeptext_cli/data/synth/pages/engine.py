"""The page synthesiser: sample i of a recipe and a seed is always the same page and lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.base import load_config
from deeptext_cli.config.synth_pages import PagesRecipe
from deeptext_cli.data.synth.dice import Dice, Weighted
from deeptext_cli.data.synth.pages.business import form, receipt, table
from deeptext_cli.data.synth.pages.clutter import stamp
from deeptext_cli.data.synth.pages.documents import columns, letter
from deeptext_cli.data.synth.pages.finish import finish
from deeptext_cli.data.synth.pages.handwriting import handwriting
from deeptext_cli.data.synth.pages.poster import poster
from deeptext_cli.data.synth.pages.scene import scene, screen
from deeptext_cli.data.synth.pages.sheet import Sheet
from deeptext_cli.data.synth.pages.typesetter import Typesetter

Composer = Callable[[PagesRecipe, Typesetter, Dice], Sheet]
_COMPOSERS: dict[str, Composer] = {
    "letter": letter, "columns": columns, "receipt": receipt, "form": form, "table": table,
    "scene": scene, "handwriting": handwriting, "screen": screen, "poster": poster}
_PHOTOS = ("scene", "screen", "poster")  # pictures as they are: neither turned nor aged


def load_page_recipe(path: str | Path, overrides: Sequence[str] = ()) -> PagesRecipe:
    """Read a recipe; relative paths in it start at its own folder.

    Raises ConfigError naming file, line and key.
    """
    recipe = load_config(path, PagesRecipe, overrides)
    return recipe.model_copy(update={
        "folder": recipe.folder or str(Path(path).resolve().parent),
        "name": recipe.name or Path(path).stem})


class PageSynthesiser:
    """Draws pages with the boxes and texts of their lines. Cheap to pickle: caches stay behind."""

    def __init__(self, recipe: PagesRecipe, *, seed: int = 0) -> None:
        self.recipe, self.seed = recipe, seed
        self._setter: Typesetter | None = None
        self._kinds: Weighted | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_setter": None, "_kinds": None}

    def sample(self, i: int) -> tuple[NDArray[np.uint8], list[NDArray[np.float32]], list[str]]:
        """Page `i`: grey image (H, W), boxes (4, 2) in its pixels, clockwise from the text's top
        left, and texts: a pure function of recipe, seed and `i`.

        Words less than about one height apart are one line; wider gaps part lines.
        """
        if self._setter is None or self._kinds is None:
            self._setter = Typesetter(self.recipe)
            kinds = [k for k, weight in self.recipe.kinds.items() if weight > 0]
            self._kinds = Weighted(kinds, [self.recipe.kinds[k] for k in kinds])
        dice = Dice(np.random.default_rng((self.seed, 7, i)))
        kind: str = self._kinds.pick(dice)
        sheet = _COMPOSERS[kind](self.recipe, self._setter, dice)
        if kind not in _PHOTOS and dice.chance(self.recipe.stamps):
            stamp(sheet, self._setter, dice, dice.between(*self.recipe.em))
        sheet = finish(sheet, self.recipe, dice, photo=kind in _PHOTOS)
        return sheet.image, [line.quad for line in sheet.lines], [line.text for line in sheet.lines]
