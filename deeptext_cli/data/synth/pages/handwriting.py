"""Pages written by hand: recorded strokes, or script faces, on blank, ruled or squared paper."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.synth import StrokesConfig
from deeptext_cli.config.synth_pages import PagesRecipe
from deeptext_cli.data.strokes import StrokeSet
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.pages.documents import tones
from deeptext_cli.data.synth.pages.flow import put
from deeptext_cli.data.synth.pages.sheet import PAD, Sheet
from deeptext_cli.data.synth.pages.typesetter import Typesetter

_SHIFT = 4


@lru_cache(maxsize=2)
def _lines(path: str, val_share: float, seed: int, part: str) -> tuple[StrokeSet, tuple[int, ...]]:
    strokes = StrokeSet(path)
    train, val = strokes.split(val_share, seed)
    return strokes, tuple(int(i) for i in (train if part == "train" else val))


def recorded(recipe: PagesRecipe) -> tuple[StrokeSet, tuple[int, ...]] | None:
    """The recipe's stroke file and the lines of its part; None where it names none."""
    config: StrokesConfig = recipe.strokes
    path = Path(recipe.folder or ".") / Path(config.path).expanduser()
    if not config.path or not path.is_file():
        return None
    return _lines(str(path), config.val_share, config.seed, config.part)


def handwriting(recipe: PagesRecipe, setter: Typesetter, dice: Dice) -> Sheet:
    """A letter or note."""
    letters = dice.between(9, 30)   # height of small letters, pixels
    pitch = letters * dice.between(2.2, 4.2)
    width = min(1150.0, letters * dice.between(18, 50))
    paper, ink = tones(dice)
    margin = letters * dice.between(1, 5)
    sheet = Sheet(int(min(1250, max(260, width * dice.between(0.5, 1.5)))),
                  int(width + 2 * margin), paper)
    first = margin + 2 * letters
    _ruling(sheet, dice, first, pitch, ink)
    source = recorded(recipe)
    share = recipe.strokes.share if source else 0.0
    if source and dice.u() < share:
        _by_strokes(sheet, source, dice, letters, pitch, margin, width, first, ink)
    else:
        script = setter.type(dice, "script", 2.4 * letters)
        y = first
        while y < sheet.height - 0.5 * letters:
            indent = letters * dice.between(0, 6) if dice.u() < 0.25 else letters * dice.u()
            put(sheet, script, setter.prose(dice, 20, 80), margin + indent,
                y + letters * dice.between(-0.15, 0.15), ink, dice, width=width - indent)
            y += pitch * dice.pick((1, 1, 1, 1, 1, 2))
    return sheet


def _by_strokes(sheet: Sheet, source: tuple[StrokeSet, tuple[int, ...]], dice: Dice,
                letters: float, pitch: float, margin: float, width: float, first: float,
                ink: float) -> None:
    strokes, numbers = source
    at = dice.integer(0, len(numbers) - 1)
    slant, stretch = dice.between(-0.2, 0.4), dice.between(0.8, 1.25)
    thick = letters * dice.between(0.06, 0.2)
    slope = np.tan(np.radians(dice.between(-2.5, 2.5) if dice.u() < 0.5 else 0.0))
    y = first + max(0.0, -slope * width)
    size = None
    while y < sheet.height - 0.6 * letters:
        number = numbers[at % len(numbers)]
        at += 1
        parts = strokes.strokes(number)
        points = np.concatenate(parts)
        # small letters are where most of the ink is; one size for the whole page
        low, high = np.percentile(points[:, 1], (25, 75))
        size = size or max(1e-3, 1.25 * float(high - low))
        scale = letters / size
        base = float(np.percentile(points[:, 1], 80))
        indent = letters * dice.between(0, 5) if dice.u() < 0.25 else 0.6 * letters * dice.u()
        room = width - indent
        placed = []
        for part in parts:
            q = np.empty_like(part)
            q[:, 1] = (part[:, 1] - base) * scale
            q[:, 0] = part[:, 0] * scale * stretch - slant * q[:, 1]
            placed.append(q)
        placed = [q for q in placed if q[:, 0].max() <= room]
        if placed:
            _draw(sheet, placed, strokes.text(number), margin + indent, y, slope, thick, ink)
        y += pitch * dice.pick((1, 1, 1, 1, 1.1, 2))


def _draw(sheet: Sheet, parts: list[NDArray[np.float32]], text: str, x: float, y: float,
          slope: float, thick: float, ink: float) -> None:
    moved = [np.stack([p[:, 0] + x, p[:, 1] + y + slope * p[:, 0]], 1) for p in parts]
    everything = np.concatenate(moved)
    if everything.min() < 0 or everything[:, 0].max() >= sheet.width \
            or everything[:, 1].max() >= sheet.height:
        return
    fixed = [np.round(p * (1 << _SHIFT)).astype(np.int32).reshape(-1, 1, 2) for p in moved]
    cv2.polylines(sheet.image, fixed, False, round(ink), max(1, round(thick)), cv2.LINE_AA, _SHIFT)
    flat = np.concatenate(parts)
    grow = thick / 2 + PAD * 20
    (x0, y0), (x1, y1) = flat.min(axis=0) - grow, flat.max(axis=0) + grow
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    sheet.mark(0, 0, 1, 1, text)
    sheet.lines[-1].quad[:] = np.stack(
        [corners[:, 0] + x, corners[:, 1] + y + slope * corners[:, 0]], 1)


def _ruling(sheet: Sheet, dice: Dice, first: float, pitch: float, ink: float) -> None:
    """Lines or squares printed on the paper."""
    style = dice.u()
    paper = float(sheet.image[0, 0])
    tone = paper - (paper - ink) * dice.between(0.15, 0.7)
    if style < 0.3:
        y = first + 0.05 * pitch
        while y < sheet.height:
            sheet.rule((0, y), (sheet.width, y), tone)
            y += pitch
        if dice.u() < 0.3:
            x = sheet.width * dice.between(0.05, 0.15)
            sheet.rule((x, 0), (x, sheet.height), tone)
    elif style < 0.4:
        step = pitch / dice.integer(1, 3)
        for k in range(int(max(sheet.height, sheet.width) / step) + 1):
            sheet.rule((0, k * step), (sheet.width, k * step), tone)
            sheet.rule((k * step, 0), (k * step, sheet.height), tone)
