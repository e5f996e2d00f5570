"""Words and numbers composed of single handwritten characters, as people fill in forms."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from deeptext_cli.config.synth import StrokesConfig, SynthRecipe
from deeptext_cli.data.pens import draw_line
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.texts import Texts
from deeptext_cli.data.synth.written import lines_of_part, stroke_file, stroke_set

Grey = np.ndarray
Strokes = list[np.ndarray]

# of a line of capitals 1 high: between letters, between words, of a letter's height, off the line
GAP, SPACE, HEIGHT, WANDER = (0.06, 0.34), (0.4, 0.9), (0.88, 1.08), 0.05
OWN = 0.85  # share of characters by the line's own writer, where that writer wrote any


def _curve(*points: tuple[float, float]) -> np.ndarray:
    """A stroke through points, x and y in letter heights, y up from the line."""
    return np.array(points, np.float32) * np.array([1, -1], np.float32)


# what is too small to be cut out of lines
_SIGNS: dict[str, Strokes] = {
    ".": [_curve((0.0, 0.05), (0.03, 0.0))],
    ",": [_curve((0.06, 0.06), (0.05, -0.02), (0.0, -0.14))],
    "-": [_curve((0.0, 0.44), (0.3, 0.46))],
    "/": [_curve((0.0, -0.08), (0.42, 1.05))],
    ":": [_curve((0.0, 0.12), (0.03, 0.07)), _curve((0.02, 0.62), (0.05, 0.57))],
    "'": [_curve((0.05, 1.0), (0.0, 0.8))],
    "+": [_curve((0.0, 0.45), (0.44, 0.47)), _curve((0.22, 0.7), (0.2, 0.2))],
    "(": [_curve((0.2, 1.05), (0.05, 0.75), (0.0, 0.45), (0.06, 0.15), (0.2, -0.1))],
    ")": [_curve((0.0, 1.05), (0.15, 0.75), (0.2, 0.45), (0.14, 0.15), (0.0, -0.1))],
    "=": [_curve((0.0, 0.6), (0.35, 0.61)), _curve((0.0, 0.35), (0.35, 0.36))]}


class Composed:
    """Lines in the hand of one writer each, others' characters where that one wrote none."""

    def __init__(self, path: Path, config: StrokesConfig, texts: Texts) -> None:
        self._set = stroke_set(str(path))
        self._config, self._texts = config, texts
        self._all: dict[str, list[int]] = defaultdict(list)
        self._by: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for i in lines_of_part(self._set, config):
            self._all[self._set.text(i)].append(i)
            self._by[self._set.writer(i)][self._set.text(i)].append(i)
        self._writers = sorted(self._by)

    @classmethod
    def of(cls, recipe: SynthRecipe, texts: Texts) -> Composed | None:
        """None where the recipe names no file of characters, or it is absent."""
        path = stroke_file(recipe)
        if not recipe.strokes.letters or not path.is_file():
            return None
        return cls(path, recipe.strokes, texts)

    def draw(self, dice: Dice) -> tuple[Grey, str]:
        """A grey line and its text: running text in capitals, without what cannot be composed."""
        text = self._texts.running(dice).upper()
        text = " ".join("".join(c for c in text if c in self._all or c in _SIGNS or c == " ")
                        .split())
        if not any(c in self._all for c in text):
            raise LookupError(text)
        strokes = self.strokes(text, dice)
        return draw_line(strokes, dice.rng, dice.integer(*self._config.height),
                         self._set.style), text

    def strokes(self, text: str, dice: Dice) -> Strokes:
        """The strokes of a line, capitals about 100 units high."""
        own = self._by[dice.pick(self._writers)]
        gap, space, wide = dice.between(*GAP), dice.between(*SPACE), dice.between(0.85, 1.15)
        out: Strokes = []
        x = 0.0
        for c in text:
            if c == " ":
                x += space * dice.between(0.8, 1.2)
                continue
            parts = _SIGNS.get(c) or self._character(c, own, dice)
            off = np.array([x, dice.between(-WANDER, WANDER)], np.float32)
            placed = [part * np.array([wide, 1], np.float32) + off for part in parts]
            out += placed
            x = max(float(part[:, 0].max()) for part in placed) + gap * dice.between(0.5, 1.5)
        return [part * np.float32(100) for part in out]

    def _character(self, c: str, own: dict[str, list[int]], dice: Dice) -> Strokes:
        """Standing on 0, about 1 high, from x = 0."""
        known = own[c] if c in own and dice.chance(OWN) else self._all[c]
        strokes = self._set.strokes(dice.pick(known))
        points = np.concatenate(strokes)
        low, high = points.min(axis=0), points.max(axis=0)
        # strokes that lie flat are no taller for that
        scale = dice.between(*HEIGHT) / max(float(high[1] - low[1]), 0.3 * float(high[0] - low[0]))
        return [(s - np.array([low[0], high[1]], np.float32)) * np.float32(scale) for s in strokes]
