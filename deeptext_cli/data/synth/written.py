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
def _strokes(path: str) -> StrokeSet:
    return StrokeSet(path)


class Written:
    """Lines of one part (train or val writers) of a stroke file."""

    def __init__(self, path: Path, config: StrokesConfig, charset: Charset) -> None:
        self._set = _strokes(str(path))
        self._height = config.height
        train, val = self._set.split(config.val_share, config.seed)
        numbers = train if config.part == "train" else val
        self._lines = [int(i) for i in numbers
                       if not charset.unknown(normalise(self._set.text(int(i))))]

    @classmethod
    def of(cls, recipe: SynthRecipe, charset: Charset) -> Written | None:
        """None where the recipe names no file of lines, it is absent, or no line suits."""
        path = Path(recipe.folder or ".") / Path(recipe.strokes.path).expanduser()
        if not recipe.strokes.path or recipe.strokes.letters or not path.is_file():
            return None
        written = cls(path, recipe.strokes, charset)
        return written if written._lines else None

    def draw(self, dice: Dice) -> tuple[Grey, str]:
        line = dice.pick(self._lines)
        image = self._set.render(line, dice.rng, dice.integer(*self._height))
        return image, self._set.text(line)
