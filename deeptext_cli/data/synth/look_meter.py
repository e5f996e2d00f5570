"""Meters, clocks and scales: displays of seven segments, and counters with wheels of digits."""

from __future__ import annotations

import cv2
import numpy as np

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.degrading import Degrader
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.faces import FacePool
from deeptext_cli.data.synth.glyphs import shared_cache
from deeptext_cli.data.synth.scenery import gradient, scenery
from deeptext_cli.data.synth.segments import SegmentStyle, draw_segments
from deeptext_cli.data.synth.setting import Style, set_line
from deeptext_cli.data.synth.warping import seen
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
        low, high = self._config.height
        height = dice.integer(low, high)
        scale = height / image.shape[0]
        size = (max(8, round(image.shape[1] * scale)), height)
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else
                           cv2.INTER_LINEAR)
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
        glyphs = {c: _trimmed(set_line(face, c, style, dice).mask) for c in set(_DIGITS)}
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
            for step in (-1, 0, 1):  # the digits before and after come into sight
                shown = glyphs[_DIGITS[(int(c) + step) % 10]]
                _blend(window, shown, cell[0] / 2 + (step + roll) * high * 1.35, cell[1] / 2, ink)
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
        layers = np.dstack([panel, np.full_like(panel, 255)])
        margin = dice.skewed(0, 0.3, 2)
        pads = [round(panel.shape[0] * margin * dice.u()) for _ in range(4)]
        layers = cv2.copyMakeBorder(layers, pads[0], pads[1], pads[2], pads[3],
                                    cv2.BORDER_CONSTANT)
        if dice.u() < 0.6:
            layers = seen(layers, dice, tilt=dice.skewed(0.02, 0.15, 1.5),
                          rotation=dice.skewed(0, 8, 1.5))
        h, w = layers.shape[:2]
        image = layers[..., 0].astype(np.float32) + gradient(dice, h, w, dice.skewed(0, 40, 1.5))
        if dice.u() < 0.3:  # a reflection
            x = np.arange(w, dtype=np.float32)[None] - np.float32(dice.between(0, w))
            y = np.arange(h, dtype=np.float32)[:, None] * np.float32(dice.between(-1, 1))
            image += np.float32(dice.between(10, 80)) * np.exp(
                -((x + y) / np.float32(h * dice.between(0.2, 1.0))) ** 2)
        cover = layers[..., 1].astype(np.float32) / 255
        around = scenery(dice, h, w)
        return np.clip(around + (image - around) * cover, 0, 255).astype(np.uint8)


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


def _trimmed(mask: Grey) -> Grey:
    """A glyph without the blank around it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        raise LookupError("a digit without ink")
    return mask[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]


def _blend(window: np.ndarray, mask: Grey, y: float, x: float, tone: float) -> None:
    """A glyph centred at (x, y), as far as it is in the window."""
    top, left = round(y - mask.shape[0] / 2), round(x - mask.shape[1] / 2)
    y0, y1 = max(0, top), min(window.shape[0], top + mask.shape[0])
    x0, x1 = max(0, left), min(window.shape[1], left + mask.shape[1])
    if y0 >= y1 or x0 >= x1:
        return
    part = mask[y0 - top:y1 - top, x0 - left:x1 - left].astype(np.float32) / 255
    window[y0:y1, x0:x1] += (np.float32(tone) - window[y0:y1, x0:x1]) * part
