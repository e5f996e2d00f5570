"""Recorded handwriting as a source of lines: strokes drawn anew by `deeptext_cli.data.strokes`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from deeptext_cli.config.synth import StrokesConfig, SynthRecipe
from deeptext_cli.data.strokes import StrokeSet
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.text import Charset, normalise

Grey = np.ndarray


@lru_cache(maxsize=4)
def stroke_set(path: str) -> StrokeSet:
    """A stroke file, read once for all recipes."""
    return StrokeSet(path)


def stroke_file(recipe: SynthRecipe) -> Path:
    """Where a recipe's stroke file is, if it names one."""
    return Path(recipe.folder or ".") / Path(recipe.strokes.path).expanduser()


def lines_of_part(strokes: StrokeSet, config: StrokesConfig) -> list[int]:
    """Numbers of the lines by the writers that a recipe draws."""
    train, val = strokes.split(config.val_share, config.seed)
    return [int(i) for i in (train if config.part == "train" else val)]


class Written:
    """Lines of one part (train or val writers) of a stroke file."""

    def __init__(self, path: Path, config: StrokesConfig, charset: Charset) -> None:
        self._set = stroke_set(str(path))
        self._height = config.height
        self._lines = [i for i in lines_of_part(self._set, config)
                       if not charset.unknown(normalise(self._set.text(i)))]

    @classmethod
    def of(cls, recipe: SynthRecipe, charset: Charset) -> Written | None:
        """None where the recipe names no file of lines, it is absent, or no line suits."""
        path = stroke_file(recipe)
        if not recipe.strokes.path or recipe.strokes.letters or not path.is_file():
            return None
        written = cls(path, recipe.strokes, charset)
        return written if written._lines else None

    def draw(self, dice: Dice) -> tuple[Grey, str]:
        line = dice.pick(self._lines)
        image = self._set.render(line, dice.rng, dice.integer(*self._height))
        return image, self._set.text(line)
