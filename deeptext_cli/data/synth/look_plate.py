"""Plates: characters on a painted or stamped plate, with frame, bolts, dirt, from any side."""

from __future__ import annotations

import cv2
import numpy as np

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.cropping import paste
from deeptext_cli.data.synth.degrading import Degrader
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.faces import FacePool
from deeptext_cli.data.synth.glyphs import shared_cache
from deeptext_cli.data.synth.ink import noise_field
from deeptext_cli.data.synth.scenery import gradient, in_scenery
from deeptext_cli.data.synth.setting import Style, set_line
from deeptext_cli.data.synth.texts import Texts
from deeptext_cli.data.synth.warping import mounted, to_height
from deeptext_cli.text import Charset

Grey = np.ndarray

RASTER = 56
_LEGENDS = ("SPEED LTD", "AUTO HAUS", "GARAGE", "REPUBLIC", "TAXI", "STATE", "www.cars", "CITY")


class PlateLook:
    """Draws plates."""

    def __init__(self, recipe: SynthRecipe, charset: Charset) -> None:
        self._recipe = recipe
        self._pool = FacePool.of(recipe.fonts)
        self._cache = shared_cache()
        self._texts = Texts(recipe, charset)
        self._degrade = Degrader(recipe.augment, recipe.augment_share)

    def draw(self, dice: Dice) -> tuple[Grey, str]:
        text = self._texts.running(dice)
        face = self._pool.draw_for(text, dice)
        sized = self._cache.sized(face, RASTER)
        spaced = text
        if len(text) > 4 and dice.u() < 0.4:  # a gap between the groups, which the label has not
            at = dice.integer(2, len(text) - 2)
            spaced = f"{text[:at]} {text[at:]}"
        style = Style(RASTER * dice.between(0, 0.22), dice.between(0.6, 1.8), False, 0.0,
                      dice.pick((0, 0, 1, 2)), 0.0)
        mask = set_line(sized, spaced, style, dice).mask
        squeeze = dice.between(0.6, 1.1)
        mask = cv2.resize(mask, (max(4, round(mask.shape[1] * squeeze)), mask.shape[0]),
                          interpolation=cv2.INTER_AREA)
        plate = self._plate(mask, dice)
        image = self._in_view(plate, dice)
        image = to_height(image, dice.integer(*self._recipe.plate.height))
        return self._degrade(image, dice), text

    def _plate(self, mask: Grey, dice: Dice) -> Grey:
        """The plate seen from the front."""
        config = self._recipe.plate
        h, w = mask.shape
        top, side = round(h * dice.between(0.18, 0.6)), round(h * dice.between(0.2, 0.7))
        band = round(h * dice.between(0.3, 0.6)) if dice.chance(config.band) else 0
        left = side + band
        height, width = h + 2 * top, w + side + left
        dark = dice.u() < 0.2
        paper = dice.between(10, 90) if dark else dice.between(150, 250)
        ink = dice.between(170, 250) if dark else dice.between(5, 80)
        image = np.full((height, width), paper, np.float32)
        letters = np.zeros((height, width), np.uint8)
        paste(letters, mask, left, top)
        if dice.u() < 0.4:  # stamped: light catches one edge of the characters
            shine = np.roll(letters, (-2, -2), (0, 1)).astype(np.float32)
            image += (shine - letters) * np.float32(dice.between(-0.2, 0.25))
        alpha = letters.astype(np.float32) / 255
        image = image * (1 - alpha) + ink * alpha
        if band:
            image[:, :band] = dice.between(20, 120)
            self._small_print(image, dice.pick(("D", "E", "CZ", "F", "PL", "EU")), dice,
                              (round(band * 0.1), round(height * 0.65), round(band * 0.8)), 235)
        if dice.chance(config.border):
            thick, inset = max(1, round(h * dice.between(0.03, 0.09))), dice.integer(0, top // 3)
            cv2.rectangle(image, (inset, inset), (width - 1 - inset, height - 1 - inset), ink,
                          thick)
        if dice.chance(config.bolts):
            radius = max(2, round(h * dice.between(0.05, 0.1)))
            y = dice.pick((top // 2, height // 2, height - top // 2))
            for x in (left // 2, width - side // 2):
                cv2.circle(image, (x, y), radius, dice.between(40, 220), -1, cv2.LINE_AA)
                cv2.circle(image, (x, y), radius, dice.between(20, 120), 1, cv2.LINE_AA)
        if dice.chance(config.legend) and top > 12:
            y = round(top * 0.2) if dice.u() < 0.5 else height - round(top * 0.75)
            self._small_print(image, dice.pick(_LEGENDS), dice,
                              (round(width * dice.between(0.3, 0.5)), y, width // 3), ink,
                              height=round(top * 0.5))
        return np.clip(image, 0, 255).astype(np.uint8)

    def _small_print(self, image: np.ndarray, text: str, dice: Dice,
                     place: tuple[int, int, int], tone: float, height: int = 0) -> None:
        """Unlabelled print at (x, y) within a width, never taller than a legend."""
        x, y, width = place
        face = self._pool.draw_for("0", dice)
        if not face.covers(text):
            return
        style = Style(0.0, 1.0, False, 0.0, 0, 0.0)
        mask = set_line(self._cache.sized(face, RASTER), text, style, dice).mask
        scale = min(width / mask.shape[1], (height or width) / mask.shape[0])
        size = (int(mask.shape[1] * scale), int(mask.shape[0] * scale))
        if min(size) < 3:
            return
        mask = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        layer = np.zeros(image.shape, np.uint8)
        paste(layer, mask, x, y)
        alpha = layer.astype(np.float32) / 255
        image += (np.float32(tone) - image) * alpha

    def _in_view(self, plate: Grey, dice: Dice) -> Grey:
        """On a vehicle, from the side, in its light, with its dirt."""
        config = self._recipe.plate
        layers = mounted(plate, dice, margin=0.25, share=config.perspective, tilt=0.18,
                         rotation=10)
        h, w = layers.shape[:2]
        image = layers[..., 0].astype(np.float32)
        image += gradient(dice, h, w, dice.skewed(0, 45, 1.5))
        if dice.chance(config.dirt):
            noise = noise_field(dice, h, w).astype(np.float32) / 255
            patches = np.clip((noise - dice.between(0.5, 0.7)) * 4, 0, 1)
            tone = np.float32(dice.between(40, 220))
            image += (tone - image) * patches * np.float32(dice.between(0.15, 0.5))
        return in_scenery(image, layers[..., 1], dice)
