"""Words in photographs: arcs, views from the side, outlines, shadows, busy backgrounds."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.degrading import Degrader
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.faces import FacePool
from deeptext_cli.data.synth.glyphs import RASTER, shared_cache
from deeptext_cli.data.synth.scenery import gradient, scenery
from deeptext_cli.data.synth.setting import draw_style, set_line
from deeptext_cli.data.synth.texts import Texts
from deeptext_cli.data.synth.warping import ink_box, on_arc, padded, seen
from deeptext_cli.text import Charset

Grey = np.ndarray
OTHERS = 3  # channel of the words around, where there are any


class SceneLook:
    """Draws words as cameras see them."""

    def __init__(self, recipe: SynthRecipe, charset: Charset) -> None:
        self._recipe = recipe
        self._pool = FacePool.of(recipe.fonts)
        self._cache = shared_cache()
        self._texts = Texts(recipe, charset)
        self._degrade = Degrader(recipe.augment, recipe.augment_share)

    def draw(self, dice: Dice) -> tuple[Grey, str]:
        recipe = self._recipe
        if dice.chance(recipe.text.random):
            face = self._pool.draw(dice)
            text = self._texts.random(dice, face.coverage)
        else:
            text = self._texts.running(dice)
            face = self._pool.draw_for(text, dice)
        if not text:
            return np.full((8, 8), 255, np.uint8), ""
        sized = self._cache.sized(face, RASTER)
        style = draw_style(dice, recipe.layout, recipe.wear, sized)
        mask = set_line(sized, text, style, dice).mask
        stretch = dice.between(0.6, 1.5) if dice.chance(recipe.layout.stretch) else 1.0
        if stretch != 1.0:
            mask = cv2.resize(mask, (max(4, round(mask.shape[1] * stretch)), mask.shape[0]))

        layers = self._layers(mask, dice)
        if dice.chance(recipe.scene.neighbours):
            def another() -> Grey:
                words = "".join(c for c in self._texts.running(dice) if c in face.coverage)
                return set_line(sized, words.strip() or text, style, dice).mask
            layers = among_others(layers, dice, another)
        layers = self._viewed(layers, dice)
        layers = _cropped(layers, dice)
        low, high = recipe.layout.em
        em = low * (high / low) ** dice.u()
        scale = min(em / RASTER, recipe.layout.max_width / layers.shape[1])
        size = (max(6, round(layers.shape[1] * scale)), max(6, round(layers.shape[0] * scale)))
        layers = cv2.resize(layers, size, interpolation=cv2.INTER_AREA)
        return self._degrade(self._painted(layers, dice), dice), text

    def _layers(self, mask: Grey, dice: Dice) -> Grey:
        """Channels: letters, their outline or shadow (drawn beneath), the panel; then OTHERS."""
        config = self._recipe.scene
        mask = padded(mask, 0.35)
        under = np.zeros_like(mask)
        draw = dice.u()
        if draw < config.outline:
            size = dice.integer(3, 5)
            under = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
            if dice.u() < 0.25:  # hollow letters
                mask = cv2.subtract(under, mask)
        elif draw < config.outline + config.shadow:
            dx, dy = dice.integer(-3, 3), dice.integer(1, 3)
            depth = dice.integer(1, 4) if dice.u() < 0.5 else 1  # a solid relief or a shadow
            for step in range(1, depth + 1):
                x, y = round(dx * step / depth), round(dy * step / depth)
                matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
                moved = cv2.warpAffine(mask, matrix, mask.shape[::-1])
                under = np.maximum(under, moved)
            if dice.u() < 0.5:
                under = cv2.GaussianBlur(under, (0, 0), dice.between(0.6, 3))
        panel = np.zeros_like(mask)
        if dice.chance(config.panel):
            inset = round(mask.shape[0] * dice.between(0, 0.2))
            panel[inset:mask.shape[0] - inset, inset:mask.shape[1] - inset] = 255
        return np.dstack([mask, under, panel])

    def _viewed(self, layers: Grey, dice: Dice) -> Grey:
        config = self._recipe.scene
        aspect = layers.shape[1] / layers.shape[0]
        if dice.chance(config.curve) and aspect > 1.2:
            layers = on_arc(layers, dice.between(15, 100) * (1 if dice.u() < 0.7 else -1))
        tilt = dice.skewed(0.03, 0.3, 1.4) if dice.chance(config.perspective) else 0.0
        if tilt or config.rotation:
            layers = seen(layers, dice, tilt=tilt, rotation=config.rotation * dice.u())
        return layers

    def _painted(self, layers: Grey, dice: Dice) -> Grey:
        """Tones: background, panel, under-layer, letters that stand out from what is behind."""
        h, w = layers.shape[:2]
        image = scenery(dice, h, w)
        alpha = layers.astype(np.float32) / 255
        if layers[..., 2].any():
            tone = np.float32(dice.between(10, 245)) + gradient(dice, h, w, dice.skewed(0, 30, 2))
            image += (tone - image) * alpha[..., 2]
        behind = float(np.average(image, weights=alpha[..., 0] + 1e-4))
        spread = float(image.std())
        low, high = self._recipe.scene.contrast
        least = min(120.0, low + spread)  # a busy ground asks for more
        contrast = dice.between(least, max(least, high))
        up, down = 255 - behind, behind
        lighter = dice.u() < (0.5 if min(up, down) > contrast else float(up > down))
        tone = behind + contrast if lighter else behind - contrast
        under_tone = dice.between(0, 255) if dice.u() < 0.4 else (0.0 if lighter else 255.0)
        if abs(under_tone - tone) < 50:
            under_tone = 0.0 if tone > 127 else 255.0
        image += (under_tone - image) * (alpha[..., 1] * np.float32(dice.between(0.4, 1)))
        letters = np.float32(tone) + gradient(dice, h, w, dice.skewed(0, 25, 2))
        opaque = np.float32(dice.between(0.85, 1))
        image += (letters - image) * (alpha[..., 0] * opaque)
        if layers.shape[2] > OTHERS:
            image += (letters - image) * (alpha[..., OTHERS] * opaque)
        return np.clip(image, 0, 255).astype(np.uint8)


def _cropped(layers: Grey, dice: Dice) -> Grey:
    """Cut to the letters with the margins that annotators of scene text leave."""
    x0, y0, x1, y1 = ink_box(layers[..., 0])
    h = y1 - y0
    margins = [round(h * (dice.between(-0.02, 0.12) if dice.u() < 0.7 else dice.between(0, 0.4)))
               for _ in range(4)]
    left, top, right, bottom = x0 - margins[0], y0 - margins[1], x1 + margins[2], y1 + margins[3]
    pads = [max(0, -top), max(0, bottom - layers.shape[0]), max(0, -left),
            max(0, right - layers.shape[1])]
    if any(pads):
        layers = cv2.copyMakeBorder(layers, pads[0], pads[1], pads[2], pads[3],
                                    cv2.BORDER_REPLICATE)
    return layers[top + pads[0]:bottom + pads[0], left + pads[2]:right + pads[2]]


def among_others(layers: Grey, dice: Dice, another: Callable[[], Grey]) -> Grey:
    """Words of the same lettering around these, in a channel of their own; never over these.

    layers: (H, W, 3), the letters in channel 0. another: makes the mask of other words.
    """
    x0, y0, x1, y1 = ink_box(layers[..., 0])
    tall = y1 - y0
    room = round(0.9 * tall)
    layers = cv2.copyMakeBorder(layers, room, room, room, room, cv2.BORDER_REPLICATE)
    others = np.zeros(layers.shape[:2], np.uint8)
    x0, y0, x1, y1 = x0 + room, y0 + room, x1 + room, y1 + room
    for is_above in (True, False):
        if dice.u() < 0.5:
            mask = another()
            gap = round(tall * dice.between(0.12, 0.6))
            shift = 0 if dice.u() < 0.5 else round(dice.between(-0.3, 0.3) * (x1 - x0))
            _laid(others, mask, x0 + shift, y0 - gap - mask.shape[0] if is_above else y1 + gap)
    for is_left in (True, False):
        if dice.u() < 0.2:
            mask = another()
            gap = round(tall * dice.between(0.3, 0.7))
            _laid(others, mask, x0 - gap - mask.shape[1] if is_left else x1 + gap,
                  y1 - mask.shape[0])
    return np.dstack([layers, others])


def _laid(canvas: Grey, mask: Grey, x: int, y: int) -> None:
    """Put a mask onto the canvas at (x, y), as far as it lies there."""
    h, w = canvas.shape
    left, top, right, bottom = max(0, x), max(0, y), min(w, x + mask.shape[1]), min(
        h, y + mask.shape[0])
    if left < right and top < bottom:
        part = canvas[top:bottom, left:right]
        np.maximum(part, mask[top - y:bottom - y, left - x:right - x], out=part)
