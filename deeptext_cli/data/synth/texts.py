"""What a line says: the text settings of a recipe at work."""

from __future__ import annotations

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.cells import cell
from deeptext_cli.data.synth.corpus import Corpus, RandomStrings, vary
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.numbers import NumberLines
from deeptext_cli.data.synth.screens import ScreenLines
from deeptext_cli.data.synth.signed import signed
from deeptext_cli.text import Charset


class Texts:
    """Draws the raw text of a line and the face it is set in."""

    def __init__(self, recipe: SynthRecipe, charset: Charset) -> None:
        self._config = recipe.text
        self._charset = frozenset(charset.chars)
        self._corpus = Corpus(recipe.text.files, recipe.folder or ".")
        self._numbers = NumberLines(self._corpus)
        self._screens = ScreenLines(self._corpus)
        self._random: dict[frozenset[str], RandomStrings] = {}

    def random(self, dice: Dice, coverage: frozenset[str]) -> str:
        """A string of no language that the face can draw."""
        strings = self._random.get(coverage)
        if strings is None:
            usable = sorted(self._charset & coverage)
            strings = self._random[coverage] = RandomStrings(usable)
        c = self._config
        return strings.draw(dice, c.min_length, min(c.max_length, 40))

    def running(self, dice: Dice) -> str:
        """A line of text of the recipe's kind, with only characters of the charset."""
        c = self._config
        if c.kind == "pattern":
            length = dice.integer(c.min_length, c.max_length)
            return "".join(dice.pick(c.alphabet) for _ in range(length))
        if c.kind == "numbers" and not dice.chance(c.prose):
            text = self._numbers.draw(dice)
            if dice.u() < c.upper:
                text = text.upper()
        elif c.kind == "cells":
            text = cell(dice)
        elif c.kind == "signs":
            text = signed(dice)
        elif c.kind == "screens":
            text = self._screens.draw(dice)
        elif c.kind == "words":
            draw = self._corpus.distinct_words if dice.chance(c.distinct) else self._corpus.words
            text = self._varied(draw(dice, 1, dice.pick((1, 1, 1, 2, 3))), dice)
        else:
            short = dice.u() < 0.25
            high = min(c.max_length, 16) if short else c.max_length
            text = self._varied(self._corpus.slice(dice, min(c.min_length, high), high), dice)
        # one sign or three, nobody can tell that sees them: the same label for both
        text = text.replace("…", "...")
        if not self._charset.issuperset(text):
            text = "".join(ch for ch in text if ch in self._charset)
        return text[:c.max_length].strip()

    def _varied(self, text: str, dice: Dice) -> str:
        c = self._config
        return vary(text, dice, upper=c.upper, title=c.title, signs=c.signs, accents=c.accents)
