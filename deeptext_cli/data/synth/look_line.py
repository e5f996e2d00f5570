"""Lines of print, as cut out of pages: the look of the recipes `prose` and `numbers`."""

from __future__ import annotations

import cv2
import numpy as np

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.composed import Composed
from deeptext_cli.data.synth.cropping import crop
from deeptext_cli.data.synth.degrading import Degrader
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.faces import FacePool
from deeptext_cli.data.synth.glyphs import RASTER, shared_cache
from deeptext_cli.data.synth.icons import Icons
from deeptext_cli.data.synth.ink import faxed, inked, thermal
from deeptext_cli.data.synth.setting import SetLine, dotted, draw_style, set_line
from deeptext_cli.data.synth.texts import Texts
from deeptext_cli.data.synth.written import Written
from deeptext_cli.text import Charset

Grey = np.ndarray

SCREEN = (11, 21)  # em sizes of text hinted for a screen, which is never scaled
LEAST_EM = 12       # pixels; a very long line rather passes `max_width` than goes below
_TOO_FINE = ("script", "fraktur", "display")  # black and white at fax resolution fills them
# double quotation marks as many a type case has them: two single ones
_QUOTES = {"“": "‘‘", "”": "’’", "„": "‚‚", '"': "''"}
_DOT_KINDS = ("mono", "sans", "typewriter")  # faces of dots have theirs


class LineLook:
    """Draws labelled lines of print."""

    def __init__(self, recipe: SynthRecipe, charset: Charset) -> None:
        self._recipe = recipe
        self._pool = FacePool.of(recipe.fonts)
        self._cache = shared_cache()
        self.texts = Texts(recipe, charset)
        self._degrade = Degrader(recipe.augment, recipe.augment_share)
        self._icons = Icons.of(recipe)
        self._written = Composed.of(recipe, self.texts) or Written.of(recipe, charset)

    def draw(self, dice: Dice) -> tuple[Grey, str]:
        recipe = self._recipe
        if self._written is not None and dice.chance(recipe.strokes.share):
            image, text = self._written.draw(dice)
        elif self._icons is not None and dice.chance(recipe.icons.share):
            image, text = self._icons.with_text(lambda: self._printed(dice), dice)
        else:
            image, text = self._printed(dice)
        return self._degrade(image, dice) if text else image, text

    def _printed(self, dice: Dice) -> tuple[Grey, str]:
        """A line as it is printed, before anything happens to it."""
        recipe = self._recipe
        if dice.chance(recipe.text.random):
            face = self._pool.draw(dice)
            text = self.texts.random(dice, face.coverage)
        else:
            text = self.texts.running(dice)
            face = self._pool.draw_for(text, dice)
        if not text:
            return np.full((8, 8), 255, np.uint8), ""

        low, high = recipe.layout.em
        em = low * (high / low) ** dice.u()
        raster = RASTER
        if dice.chance(recipe.layout.screen):
            em = raster = dice.integer(*SCREEN)
        sized = self._cache.sized(face, raster)
        style = draw_style(dice, recipe.layout, recipe.wear, sized)
        printed = text
        if _QUOTES.keys() & set(text) and dice.chance(recipe.layout.wide_quotes):
            printed = "".join(_QUOTES.get(c, c) for c in text)
            printed = printed if face.coverage.issuperset(printed) else text
        line = set_line(sized, printed, style, dice)
        wear = recipe.wear
        as_dots = raster > 30 and face.kind in _DOT_KINDS and not style.worn \
            and dice.chance(wear.dotmatrix)
        if as_dots:
            line = dotted(line, dice)

        def neighbour() -> SetLine:
            other = self.texts.running(dice)
            goal = max(4, round(len(text) * dice.between(0.6, 1.4)))
            while len(other) < goal:
                other += " " + (self.texts.running(dice) or "-")
            return set_line(sized, "".join(c for c in other[:goal] if c in face.coverage) or text,
                            style._replace(shaped=False), dice)

        mask = crop(line, neighbour, dice, recipe.crop, recipe.layout)
        scale = min(em / raster, max(LEAST_EM / raster,
                                     recipe.layout.max_width / mask.shape[1]))
        fax = dice.chance(wear.fax) and face.kind not in _TOO_FINE
        if fax:
            scale = min(scale, dice.between(15, 30) / raster)
        stretch = 1.0
        if dice.chance(recipe.layout.stretch):
            stretch = dice.between(0.65, 1.0) if dice.u() < 0.6 else dice.between(1.0, 1.3)
        mask = scaled(mask, scale, stretch)
        if dice.chance(wear.thermal):
            mask = thermal(mask, dice)
        return faxed(255 - mask, dice) if fax else inked(mask, dice, recipe.ink), text


def scaled(mask: Grey, scale: float, stretch: float = 1.0) -> Grey:
    """Resize by `scale`, the width by `stretch` more. At least 4 pixels each way."""
    h, w = mask.shape
    size = (max(4, round(w * scale * stretch)), max(4, round(h * scale)))
    if size == (w, h):
        return mask
    if size[0] * 2 <= w and size[1] * 2 <= h:  # halving by area is fast, other ratios are not
        mask = cv2.resize(mask, (max(4, w // 2), max(4, h // 2)), interpolation=cv2.INTER_AREA)
    shrink = min(size[0] / mask.shape[1], size[1] / mask.shape[0]) < 0.6
    return cv2.resize(mask, size, interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)
