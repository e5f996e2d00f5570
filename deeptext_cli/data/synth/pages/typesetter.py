"""Type for pages: faces by what a page needs, lines fitted to a width, words and numbers."""

from __future__ import annotations

import string
from collections.abc import Sequence

from deeptext_cli.config.synth import LayoutConfig, WearConfig
from deeptext_cli.config.synth_pages import PagesRecipe
from deeptext_cli.data.synth.corpus import Corpus, vary
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.faces import FacePool
from deeptext_cli.data.synth.glyphs import GlyphCache, SizedFace
from deeptext_cli.data.synth.numbers import NumberLines
from deeptext_cli.data.synth.setting import SetLine, Style, draw_style, set_line

KINDS: dict[str, dict[str, float]] = {  # page's need -> weight of each kind of face
    "text": {"serif": 40, "sans": 25, "typewriter": 25, "mono": 5, "condensed": 3, "fraktur": 2},
    "receipt": {"mono": 30, "dotmatrix": 12, "sans": 25, "condensed": 12, "typewriter": 16,
                "serif": 5},
    "display": {"display": 25, "sans": 35, "condensed": 15, "serif": 18, "script": 6,
                "fraktur": 1},
    "script": {"script": 1},
    "screen": {"sans": 75, "mono": 15, "serif": 10},
}
_LAYOUT = LayoutConfig(tracking=0.12, wide_spaces=0.15, shaped=0.0, bold=0.06, thin=0.02)
_WEAR = WearConfig(typewriter=0.6)
BASIC = frozenset(string.ascii_letters + string.digits + ".,:-'()/")
SMALLEST, WIDEST_SPACE = 6, 1.7


class Typesetter:
    """Gives types and texts."""

    def __init__(self, recipe: PagesRecipe) -> None:
        self._fonts = recipe.fonts
        self._cache = GlyphCache()
        self.corpus = Corpus(recipe.files, recipe.folder or ".")
        self._numbers = NumberLines(self.corpus)

    def type(self, dice: Dice, need: str, px: float) -> Type:
        """A face for `need` (see KINDS) at an em of `px`, with a style."""
        pool = FacePool.of(self._fonts.model_copy(update={"kinds": KINDS[need]}))
        face = pool.draw(dice)
        for _ in range(20):  # a face of few letters would drop too much of the texts
            if face.coverage >= BASIC:
                break
            face = pool.draw(dice)
        sized = self._cache.sized(face, max(SMALLEST, round(px)))
        return Type(self, sized, draw_style(dice, _LAYOUT, _WEAR, sized))

    def resized(self, kind: Type, px: float) -> Type:
        """The same face and style at another size."""
        factor = max(SMALLEST, round(px)) / kind.sized.px
        sized = self._cache.sized(kind.sized.face, max(SMALLEST, round(px)))
        style = kind.style._replace(tracking=kind.style.tracking * factor,
                                    pitch=kind.style.pitch * factor)
        return Type(self, sized, style)

    def prose(self, dice: Dice, low: int, high: int) -> str:
        """A run of text."""
        return vary(self.corpus.slice(dice, low, high), dice, upper=0.04, title=0.02)

    def words(self, dice: Dice, low: int, high: int) -> str:
        """A few words, in one of the usual cases."""
        return vary(self.corpus.words(dice, low, high), dice, upper=0.35, title=0.3)

    def number(self, dice: Dice) -> str:
        """A line of a receipt, form or table: pieces that belong together are one string."""
        return self._numbers.draw(dice)


class Type:
    """A face at a size and in a style."""

    def __init__(self, owner: Typesetter, sized: SizedFace, style: Style) -> None:
        self.owner, self.sized, self.style = owner, sized, style

    @property
    def px(self) -> int:
        return self.sized.px

    def usable(self, text: str) -> str:
        """What of `text` the face has."""
        return " ".join("".join(c for c in text if c in self.sized.face.coverage).split())

    def set(self, text: str, dice: Dice, *, space: float = 1.0) -> SetLine | None:
        """The line; None where the face has nothing of it. `space` widens the word spaces."""
        text = self.usable(text)
        if not text:
            return None
        style = self.style
        if space != 1.0:
            style = style._replace(space=style.space * space)
        return set_line(self.sized, text, style, dice)

    def width(self, text: str) -> float:
        """About how wide a text is."""
        sized, style = self.sized, self.style
        space = sized.space * style.space + style.tracking
        if style.pitch:
            return len(text) * (style.pitch + style.tracking)
        return sum(space if c == " " else sized.glyph(c).advance + style.tracking for c in text)

    def fit(self, words: Sequence[str], width: float) -> int:
        """How many of `words` go on a line of `width`, at least one."""
        used, space = 0.0, self.width(" ")
        for i, word in enumerate(words):
            used += self.width(word) + (space if i else 0.0)
            if used > width and i:
                return i
        return max(1, len(words))
