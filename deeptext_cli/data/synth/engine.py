"""The line synthesiser: sample i of a recipe and a seed is always the same image and text."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from deeptext_cli.config.base import load_config
from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.dice import Dice, Weighted
from deeptext_cli.data.synth.look_captcha import CaptchaLook
from deeptext_cli.data.synth.look_line import LineLook
from deeptext_cli.data.synth.look_meter import MeterLook
from deeptext_cli.data.synth.look_plate import PlateLook
from deeptext_cli.data.synth.look_scene import SceneLook
from deeptext_cli.errors import ConfigError
from deeptext_cli.text import Charset, latin_charset, normalise

Grey = np.ndarray

_OF_A_MIX = ("name", "mix", "folder")  # keys that a mix keeps for itself
_TRIES = 24  # draws for one sample before the recipe is called impossible


class Look(Protocol):
    """Draws one sample of one kind of image."""

    def draw(self, dice: Dice) -> tuple[Grey, str]:
        """A grey image (H, W) and its raw text."""


_LOOKS: dict[str, Callable[[SynthRecipe, Charset], Look]] = {
    "line": LineLook, "scene": SceneLook, "captcha": CaptchaLook, "plate": PlateLook,
    "meter": MeterLook}


def load_recipe(path: str | Path, overrides: Sequence[str] = (), *,
                fonts: Sequence[str | Path] = (), text: Sequence[str | Path] = ()) -> SynthRecipe:
    """Read a recipe; relative paths in it start at its own folder.

    Args:
        path: YAML file.
        overrides: `key=value` settings; those of a mix go to each of its recipes.
        fonts: font folders instead of the recipe's.
        text: text files or globs instead of the recipe's.

    Raises:
        ConfigError: names file, line and key.
    """
    settings = list(overrides)
    if fonts:
        settings.append(f"fonts.folders={json.dumps([str(Path(f).resolve()) for f in fonts])}")
    if text:
        files = [{"path": str(Path(t).resolve())} for t in text]
        settings.append(f"text.files={json.dumps(files)}")
    own = [s for s in settings if s.partition("=")[0].split(".")[0] in _OF_A_MIX]
    recipe = load_config(path, SynthRecipe, own)
    passed_on = tuple(s for s in settings if s not in own)
    if not recipe.mix:
        recipe, passed_on = load_config(path, SynthRecipe, settings), ()
    return recipe.model_copy(update={
        "folder": recipe.folder or str(Path(path).resolve().parent),
        "name": recipe.name or Path(path).stem,
        "overrides": recipe.overrides + passed_on})


def recipe_charset(recipe: SynthRecipe) -> Charset:
    """The charset a recipe implies: its alphabet, or the Latin charset of the shipped models."""
    if recipe.mix:
        parts = [recipe_charset(r) for r, _ in _parts(recipe)]
        return Charset(dict.fromkeys(c for part in parts for c in part.chars))
    if recipe.text.alphabet:
        return Charset(sorted(set(recipe.text.alphabet)))
    return latin_charset()


class LineSynthesiser:
    """Draws labelled line images.

    Args:
        recipe: what to draw; see `load_recipe`.
        charset: labels hold only characters of it; None for the recipe's own charset.
        seed: another seed, another endless series.

    Instances hold caches and are cheap to pickle: workers fill caches of their own.
    """

    def __init__(self, recipe: SynthRecipe, *, charset: Charset | None = None,
                 seed: int = 0) -> None:
        self.recipe = recipe
        self.charset = charset or recipe_charset(recipe)
        self.seed = seed
        self._chars = frozenset(self.charset.chars)
        self._looks: Weighted | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_looks": None}

    def sample(self, i: int) -> tuple[Grey, str]:
        """Image uint8 (H, W) and text of sample `i`, a pure function of recipe, seed and `i`.

        Raises ConfigError where the recipe cannot give a label of the charset.
        """
        if self._looks is None:
            self._looks = self._build()
        dice = Dice(np.random.default_rng((self.seed, i)))
        for _ in range(_TRIES):
            try:
                image, raw = self._looks.pick(dice).draw(dice)
            except LookupError:  # no face has all characters of the text: another text
                continue
            text = normalise(raw)
            if text and self._chars.issuperset(text):
                return image, text
        raise ConfigError(f"recipe {self.recipe.name!r} gives no text of the charset that a font "
                          "can draw", remedy="check `text:` and `fonts:` against the charset")

    def _build(self) -> Weighted:
        parts = _parts(self.recipe)
        return Weighted([_look(r, self.charset) for r, _ in parts], [w for _, w in parts])


def _parts(recipe: SynthRecipe) -> list[tuple[SynthRecipe, float]]:
    """The recipes of a mix, flattened, with their weights."""
    if not recipe.mix:
        return [(recipe, 1.0)]
    parts = []
    for entry in recipe.mix:
        inner = _parts(load_recipe(Path(recipe.folder) / entry.recipe, recipe.overrides))
        total = sum(w for _, w in inner)
        parts += [(r, entry.weight * w / total) for r, w in inner]
    return parts


def _look(recipe: SynthRecipe, charset: Charset) -> Look:
    return _LOOKS[recipe.look](recipe, charset)
