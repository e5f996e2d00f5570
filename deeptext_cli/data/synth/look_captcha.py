"""Captchas: characters that are turned, warped, overlapped, struck out."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.cropping import paste
from deeptext_cli.data.synth.degrading import Degrader
from deeptext_cli.data.synth.dice import Dice, Weighted
from deeptext_cli.data.synth.faces import FacePool
from deeptext_cli.data.synth.glyphs import RASTER, SizedFace, shared_cache
from deeptext_cli.data.synth.ink import noise_field
from deeptext_cli.data.synth.scenery import gradient
from deeptext_cli.data.synth.texts import Texts
from deeptext_cli.data.synth.warping import ink_box, waved
from deeptext_cli.text import Charset

Grey = np.ndarray


class CaptchaLook:
    """Draws captchas of the recipe's schemes."""

    def __init__(self, recipe: SynthRecipe, charset: Charset) -> None:
        self._recipe = recipe
        self._pool = FacePool.of(recipe.fonts)
        self._cache = shared_cache()
        self._texts = Texts(recipe, charset)
        self._degrade = Degrader(recipe.augment, recipe.augment_share)
        schemes = {k: w for k, w in recipe.captcha.schemes.items() if w > 0}
        self._schemes: Weighted = Weighted([_SCHEMES[k] for k in sorted(schemes)],
                                           [schemes[k] for k in sorted(schemes)])

    def draw(self, dice: Dice) -> tuple[Grey, str]:
        text = self._texts.running(dice)
        face = self._pool.draw_for(text, dice)
        sized = self._cache.sized(face, RASTER)
        mask = waved(self._characters(sized, text, dice), dice,
                     self._recipe.captcha.wave * self._recipe.captcha.size[1])
        image: Grey = self._schemes.pick(dice)(mask, dice)
        return self._degrade(image, dice), text

    def _characters(self, sized: SizedFace, text: str, dice: Dice) -> Grey:
        """Characters one by one, turned and moved; the whole scaled into the picture."""
        config = self._recipe.captcha
        width, height = config.size
        masks = []
        pen, low, high = RASTER, *config.overlap
        scale = dice.between(0.9, 1.1)
        for char in text:
            glyph = sized.glyph(char)
            mask = _turned(glyph.mask, dice.between(-1, 1) * config.rotation,
                           scale * dice.between(0.88, 1.12))
            y = 2 * RASTER + glyph.y + round(RASTER * dice.between(-0.08, 0.08))
            masks.append((mask, pen, y))
            pen += mask.shape[1] + round(RASTER * dice.between(low, high))
        canvas = np.zeros((3 * RASTER, pen + 2 * RASTER), np.uint8)
        for mask, x, y in masks:
            paste(canvas, mask, x, y)
        x0, y0, x1, y1 = ink_box(canvas)
        inked = canvas[y0:y1, x0:x1]
        fit = min(width * dice.between(0.7, 0.92) / inked.shape[1],
                  height * dice.between(0.55, 0.85) / inked.shape[0])
        size = (max(4, int(inked.shape[1] * fit)), max(4, int(inked.shape[0] * fit)))
        inked = cv2.resize(inked, size, interpolation=cv2.INTER_AREA)
        page = np.zeros((height, width), np.uint8)
        left = round((width - size[0]) * dice.between(0.15, 0.85))
        paste(page, inked, left, round((height - size[1]) * dice.between(0.25, 0.75)))
        return page


def _turned(mask: Grey, degrees: float, scale: float) -> Grey:
    h, w = mask.shape
    if h == 0:
        return mask
    a = np.radians(degrees)
    c, s = scale * abs(np.cos(a)), scale * abs(np.sin(a))
    out_w, out_h = int(np.ceil(w * c + h * s)), int(np.ceil(h * c + w * s))
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, scale)
    matrix[:, 2] += (out_w / 2 - w / 2, out_h / 2 - h / 2)
    return cv2.warpAffine(mask, matrix, (max(1, out_w), max(1, out_h)))


def _blend(mask: Grey, paper: np.ndarray | float, ink: float) -> np.ndarray:
    alpha = mask.astype(np.float32) / 255
    return np.float32(paper) * (1 - alpha) + np.float32(ink) * alpha


def _finished(image: np.ndarray) -> Grey:
    return np.clip(image, 0, 255).astype(np.uint8)


def _curve(page: Grey, points: list[tuple[float, float]], thick: int) -> None:
    """A smooth line through points, as a quadratic Bezier for three of them."""
    p = np.array(points, np.float32)
    if len(p) == 3:
        t = np.linspace(0, 1, 24, dtype=np.float32)[:, None]
        p = (1 - t) ** 2 * p[0] + 2 * t * (1 - t) * p[1] + t ** 2 * p[2]
    cv2.polylines(page, [np.round(p * 16).astype(np.int32)], False, 255, thick, cv2.LINE_AA, 4)


def _strike(mask: Grey, dice: Dice) -> Grey:
    """Smeared letters on a shaded ground, one or two strokes through all of them."""
    h, w = mask.shape
    smeared = mask.astype(np.float32)
    if dice.u() < 0.8:  # hairs: the letter moved along itself with a ragged strength
        ragged = noise_field(dice, h, w).astype(np.float32) / 255
        shift = np.roll(mask, dice.integer(1, 3), axis=dice.integer(0, 1)).astype(np.float32)
        smeared = np.maximum(smeared * (0.55 + 0.45 * ragged), shift * ragged * 0.9)
    lines = np.zeros_like(mask)
    for _ in range(1 if dice.u() < 0.7 else 2):
        y0, y1 = dice.between(0.2, 0.8) * h, dice.between(0.25, 0.75) * h
        start = dice.between(0.0, 0.15) * w
        end = dice.between(0.75, 0.95) * w
        middle = (dice.between(0.3, 0.7) * w, dice.between(0.1, 0.9) * h)
        _curve(lines, [(start, y0), middle, (end, y1)], 1 if dice.u() < 0.6 else 2)
        if dice.u() < 0.6:  # with a hook at its beginning
            _curve(lines, [(start + dice.between(-4, 6), y0 + dice.between(-0.3, 0.3) * h),
                           (start, y0)], 1)
    paper = 225 + gradient(dice, h, w, dice.between(5, 35))
    ink = dice.skewed(0, 60, 2)
    image = _blend(np.maximum(smeared, lines).astype(np.uint8), paper, ink)
    return _finished(cv2.GaussianBlur(image, (0, 0), dice.between(0.4, 0.9)))


def _arcs(mask: Grey, dice: Dice) -> Grey:
    h, w = mask.shape
    lines = np.zeros_like(mask)
    for _ in range(dice.integer(2, 5)):
        points = [(dice.u() * w, dice.u() * h) for _ in range(3)]
        _curve(lines, points, dice.integer(1, 2))
    image = _blend(mask, 245.0, dice.between(20, 150))
    image = _blend(cv2.convertScaleAbs(lines, alpha=dice.between(0.4, 1)), image,
                   dice.between(30, 160))
    return _finished(image)


def _grid(mask: Grey, dice: Dice) -> Grey:
    image = _blend(mask, dice.between(225, 255), dice.between(0, 50))
    step, thick = dice.integer(7, 14), dice.integer(1, 2) if dice.u() < 0.3 else 1
    tone = dice.between(0, 170)
    for start in range(thick):
        image[dice.integer(0, 2) + start::step] = tone
        image[:, dice.integer(0, 2) + start::step] = tone
    return _finished(image)


def _noise(mask: Grey, dice: Dice) -> Grey:
    h, w = mask.shape
    tone = dice.between(120, 220)
    image = _blend(mask, tone, tone - dice.between(70, 110))
    image += (noise_field(dice, h, w).astype(np.float32) - 128) * dice.between(0.4, 0.9)
    return _finished(image)


def _dots(mask: Grey, dice: Dice) -> Grey:
    h, w = mask.shape
    keep = (dice.rng.random((h // 2 + 1, w // 2 + 1)) < dice.between(0.6, 0.85)).astype(np.uint8)
    holes = cv2.resize(keep, (w, h), interpolation=cv2.INTER_NEAREST)
    tone = dice.between(140, 235)
    image = _blend(mask * holes, tone, tone - dice.between(90, 135))
    specks = dice.rng.random((h, w)) < dice.between(0, 0.03)
    image[specks] = dice.between(0, 255)
    return _finished(image)


def _boxes(mask: Grey, dice: Dice) -> Grey:
    h, w = mask.shape
    image = _blend(mask, dice.between(200, 255), dice.between(0, 60))
    for _ in range(dice.integer(1, 4)):
        x, y = dice.integer(0, w - 10), dice.integer(0, h - 6)
        corner = (x + dice.integer(10, w // 2), y + dice.integer(5, h // 2))
        cv2.rectangle(image, (x, y), corner, dice.between(0, 120), 1)
    return _finished(image)


def _outline(mask: Grey, dice: Dice) -> Grey:
    size = 3
    edge = cv2.subtract(cv2.dilate(mask, np.ones((size, size), np.uint8)), mask)
    paper = dice.between(170, 255)
    return _finished(_blend(edge, paper, paper - dice.between(110, 165)))


_SCHEMES: dict[str, Callable[[Grey, Dice], Grey]] = {
    "strike": _strike, "arcs": _arcs, "grid": _grid, "noise": _noise, "dots": _dots,
    "boxes": _boxes, "outline": _outline}
