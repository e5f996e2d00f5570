"""Meters, clocks and scales: displays of seven segments, and counters with wheels of digits."""

from __future__ import annotations

import cv2
import numpy as np

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.cropping import paste
from deeptext_cli.data.synth.degrading import Degrader
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.faces import FacePool
from deeptext_cli.data.synth.glyphs import shared_cache
from deeptext_cli.data.synth.scenery import gradient, in_scenery
from deeptext_cli.data.synth.segments import SegmentStyle, draw_segments
from deeptext_cli.data.synth.setting import Style, set_line
from deeptext_cli.data.synth.warping import ink_box, mounted, to_height
from deeptext_cli.text import Charset

Grey = np.ndarray

RASTER = 60
_WORDS = ("Err", "OFF", "On", "Lo", "Hi", "End", "FULL", "Fr", "CAL", "HELP", "Pro", "door",
          "CLEAn", "dEF", "run", "OPEn", "Auto", "HoLd", "bAtt")
_DIGITS = "0123456789"


class MeterLook:
    """Draws what meters show. What a recipe's `text` says is not used."""

    def __init__(self, recipe: SynthRecipe, charset: Charset) -> None:
        self._config = recipe.meter
        self._pool = FacePool.of(recipe.fonts)
        self._cache = shared_cache()
        self._degrade = Degrader(recipe.augment, recipe.augment_share)

    def draw(self, dice: Dice) -> tuple[Grey, str]:
        if dice.chance(self._config.wheels):
            panel, text = self._wheels(dice)
        else:
            panel, text = self._display(dice)
        image = self._in_view(panel, dice)
        image = to_height(image, dice.integer(*self._config.height))
        return self._degrade(image, dice), text

    def _display(self, dice: Dice) -> tuple[Grey, str]:
        """Segments that glow on dark, or stand dark on a panel."""
        text = dice.pick(_WORDS) if dice.chance(self._config.words) else _reading(dice)
        style = SegmentStyle(dice.between(0.42, 0.62), dice.between(0.09, 0.2),
                             dice.skewed(0.0, 0.045, 1.3), dice.between(0.12, 0.4),
                             dice.pick((0.0, dice.between(0.05, 0.2))), dice.u() < 0.85)
        lit, unlit = draw_segments(text, RASTER, style)
        if dice.chance(self._config.lit):
            panel, ink = dice.skewed(2, 70, 1.5), dice.between(140, 255)
        else:
            panel, ink = dice.between(95, 230), dice.skewed(5, 80, 1.5)
        ghost = dice.skewed(0.02, 0.25, 2) if dice.chance(self._config.ghosts) else 0.0
        image = np.full(lit.shape, panel, np.float32)
        for layer, share in ((unlit, ghost), (lit, 1.0)):
            image += (ink - image) * (layer.astype(np.float32) / 255 * np.float32(share))
        if ink > panel and dice.u() < 0.6:  # light spreads in the glass
            reach = RASTER * dice.between(0.05, 0.2)
            glow = cv2.GaussianBlur(lit.astype(np.float32), (0, 0), reach)
            image += glow * np.float32((ink - panel) / 255 * dice.between(0.1, 0.6))
        elif ink < panel and dice.u() < 0.4:  # the shadow of the crystal on what is behind it
            shift = dice.integer(1, 3)
            shade = np.roll(lit, (shift, shift), (0, 1)).astype(np.float32) / 255
            image -= shade * (1 - lit.astype(np.float32) / 255) * np.float32(dice.between(8, 40))
        return np.clip(image, 0, 255).astype(np.uint8), text

    def _wheels(self, dice: Dice) -> tuple[Grey, str]:
        """Digits on wheels behind windows, the last ones of another tone."""
        text = "".join(dice.pick(_DIGITS) for _ in range(dice.integer(4, 8)))
        face = self._cache.sized(self._pool.draw_for(_DIGITS, dice), RASTER)
        style = Style(0.0, 1.0, False, 0.0, dice.pick((0, 0, 1)), 0.0)
        glyphs = {}
        for c in _DIGITS:
            mask = set_line(face, c, style, dice).mask
            left, top, right, bottom = ink_box(mask, 0)
            glyphs[c] = mask[top:bottom, left:right]
        high = max(g.shape[0] for g in glyphs.values())
        wide = max(g.shape[1] for g in glyphs.values())
        cell = (round(high * dice.between(1.25, 1.9)), round(wide * dice.between(1.15, 1.9)))
        dark = dice.u() < 0.8
        paper, ink = (dice.skewed(5, 70, 1.3), dice.between(170, 250)) if dark else (
            dice.between(160, 245), dice.skewed(5, 80, 1.3))
        frame, seam = dice.between(10, 240), dice.integer(0, max(1, cell[1] // 5))
        decimals = dice.pick((0, 0, 1, 2, 3)) if len(text) > 4 else 0
        other = float(np.clip(paper + dice.pick((-1, 1)) * dice.between(0, 70), 0, 255))
        windows = []
        for i, c in enumerate(text):
            last = i >= len(text) - decimals
            roll = dice.between(-0.05, 0.05)
            if i == len(text) - 1 and dice.u() < 0.5:
                roll = dice.between(-0.3, 0.3)
            window = np.full(cell, other if last else paper, np.float32)
            digits = np.zeros(cell, np.uint8)
            for step in (-1, 0, 1):  # the digits before and after come into sight
                shown = glyphs[_DIGITS[(int(c) + step) % 10]]
                y = cell[0] / 2 + (step + roll) * high * 1.35 - shown.shape[0] / 2
                paste(digits, shown, round(cell[1] / 2 - shown.shape[1] / 2), round(y))
            window += (ink - window) * (digits.astype(np.float32) / 255)
            if dice.u() < 0.5:  # the wheel is round: darker above and below
                y = np.abs(np.linspace(-1, 1, cell[0], dtype=np.float32))[:, None]
                window *= 1 - np.float32(dice.between(0.1, 0.5)) * y**2
            windows += [np.full((cell[0], seam), frame, np.float32)] * bool(i) + [window]
        image = np.concatenate(windows, axis=1)
        edge = round(cell[0] * dice.skewed(0.02, 0.4, 1.5))
        image = cv2.copyMakeBorder(image, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=frame)
        return np.clip(image, 0, 255).astype(np.uint8), text

    def _in_view(self, panel: Grey, dice: Dice) -> Grey:
        """Behind glass, seen from a side."""
        layers = mounted(panel, dice, margin=0.3, share=0.6, tilt=0.15, rotation=8)
        h, w = layers.shape[:2]
        image = layers[..., 0].astype(np.float32) + gradient(dice, h, w, dice.skewed(0, 40, 1.5))
        if dice.u() < 0.3:  # a reflection
            x = np.arange(w, dtype=np.float32)[None] - np.float32(dice.between(0, w))
            y = np.arange(h, dtype=np.float32)[:, None] * np.float32(dice.between(-1, 1))
            image += np.float32(dice.between(10, 80)) * np.exp(
                -((x + y) / np.float32(h * dice.between(0.2, 1.0))) ** 2)
        return in_scenery(image, layers[..., 1], dice)


def _reading(dice: Dice) -> str:
    """What a display may show: a count, a measure, a time."""
    kind = dice.u()
    if kind < 0.25:
        hour, minute = dice.integer(0, 23), dice.integer(0, 59)
        text = f"{hour:{dice.pick(('', '02'))}d}:{minute:02d}"
        return f"{text}:{dice.integer(0, 59):02d}" if dice.u() < 0.15 else text
    digits = "".join(dice.pick(_DIGITS) for _ in range(dice.integer(1, 7)))
    if kind < 0.65 and len(digits) > 1:
        at = dice.integer(max(1, len(digits) - 3), len(digits) - 1)
        digits = f"{digits[:at]}.{digits[at:]}"
    return f"-{digits}" if dice.u() < 0.08 else digits
