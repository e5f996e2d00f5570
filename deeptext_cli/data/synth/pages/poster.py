"""Posters, covers, advertisements: heavy letters set close, on colours and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.synth_pages import PagesRecipe
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.pages.flow import Align
from deeptext_cli.data.synth.pages.scene import backdrops, view_of
from deeptext_cli.data.synth.pages.sheet import Sheet
from deeptext_cli.data.synth.pages.typesetter import Type, Typesetter
from deeptext_cli.data.synth.scenery import scenery
from deeptext_cli.data.synth.setting import SetLine

Grey = NDArray[np.uint8]

LARGEST = 230      # em of a headline, in pixels
CONTRAST = 40.0    # least between letters and what is behind them, of 255
PICTURE = 0.3      # share on a picture; the others on plain or shaded colour


def poster(recipe: PagesRecipe, setter: Typesetter, dice: Dice) -> Sheet:
    """One to four blocks from the top down: headlines, and details in small type."""
    h, w = dice.integer(420, 1000), dice.integer(420, 1000)
    sheet = Sheet(h, w)
    sheet.image = _ground(recipe, dice, h, w)
    align = cast(Align, dice.pick(("left", "centre", "centre", "right")))
    margin = dice.between(0.03, 0.12) * w
    y = dice.between(0.02, 0.25) * h
    for block in range(dice.integer(1, 4)):
        if block == 0 or dice.u() < 0.4:
            y = _headline(sheet, setter, dice, align, margin, y)
        else:
            y = _details(sheet, setter, dice, align, margin, y)
        y += dice.between(0.02, 0.12) * h
        if y > 0.95 * h:
            break
    return sheet


def _ground(recipe: PagesRecipe, dice: Dice, h: int, w: int) -> Grey:
    """A picture, a flat tone or a gradient, with a few shapes on it."""
    pictures = backdrops(str(Path(recipe.folder or ".") / recipe.backdrops)) \
        if recipe.backdrops else ()
    if dice.u() < PICTURE:
        if pictures and dice.chance(recipe.backdrop_share):
            return view_of(dice.pick(pictures), h, w, dice)
        return np.clip(scenery(dice, h, w), 0, 255).astype(np.uint8)
    low, high = dice.between(0, 255), dice.between(0, 255)
    if dice.u() < 0.35:
        high = low
    y, x = np.mgrid[:h, :w].astype(np.float32)
    if dice.u() < 0.5:
        angle = dice.between(0, 2 * np.pi)
        along = x * np.float32(np.cos(angle) / w) + y * np.float32(np.sin(angle) / h)
    else:
        along = np.hypot(x / w - np.float32(dice.u()), y / h - np.float32(dice.u()))
    along = (along - along.min()) / max(float(np.ptp(along)), 1e-6)
    image = (low + (high - low) * along).astype(np.uint8)
    for _ in range(dice.pick((0, 0, 0, 1, 2, 4))):
        tone = dice.between(0, 255)
        centre = (round(dice.u() * w), round(dice.u() * h))
        if dice.u() < 0.5:
            cv2.circle(image, centre, round(dice.between(0.05, 0.5) * w), tone,
                       -1 if dice.u() < 0.7 else dice.integer(2, 14), cv2.LINE_AA)
        else:
            corner = (round(dice.u() * w), round(dice.u() * h))
            cv2.rectangle(image, centre, corner, tone, -1)
    return image


def _headline(sheet: Sheet, setter: Typesetter, dice: Dice, align: Align, margin: float,
              y: float) -> float:
    """Lines of large letters; returns where they end."""
    kind = setter.type(dice, "display" if dice.u() < 0.9 else "script", 60)
    room = sheet.width - 2 * margin
    texts = [setter.words(dice, 1, dice.pick((1, 1, 2, 3))) for _ in range(dice.integer(1, 4))]
    upper = dice.u() < 0.65
    texts = [kind.usable(t.upper() if upper else t) for t in texts]
    texts = [t for t in texts if t]
    if not texts:
        return y
    share = dice.between(0.35, 1.0)
    widest = max(kind.width(t) for t in texts)
    filled = dice.u() < 0.2  # every line as wide as the others
    pitch = dice.between(0.8, 1.05) if upper else dice.between(0.98, 1.3)
    for text in texts:
        wide = kind.width(text) if filled else widest
        px = min(float(LARGEST), 60 * share * room / max(wide, 1.0), 0.4 * sheet.height)
        own = setter.resized(kind, px)
        line = own.set(text, dice)
        if line is None:
            continue
        if line.mask.shape[1] > sheet.width - 2 or y + pitch * px > sheet.height:
            break
        baseline = y + (0.78 if upper else 0.85) * px
        _letters(sheet, line, text, _left(sheet, line, align, margin), baseline, dice)
        y += pitch * px
    return y


def _details(sheet: Sheet, setter: Typesetter, dice: Dice, align: Align, margin: float,
             y: float) -> float:
    """Small lines, at times in letters set wide; returns where they end."""
    kind = setter.type(dice, dice.pick(("display", "text", "screen")), dice.integer(10, 34))
    if dice.u() < 0.25:
        kind = Type(setter, kind.sized, kind.style._replace(
            tracking=dice.between(0.08, 0.3) * kind.px))
    pitch = dice.between(1.15, 2.2) * kind.px
    for _ in range(dice.integer(1, 5)):
        text = setter.prose(dice, 12, 60) if dice.u() < 0.5 else setter.words(dice, 1, 4)
        if dice.u() < 0.3:
            text = " ".join(setter.number(dice).split())
        text = kind.usable(text)
        words = text.split()
        text = " ".join(words[:kind.fit(words, sheet.width - 2 * margin)]) if words else ""
        line = kind.set(text, dice)
        if line is None:
            continue
        if y + pitch > sheet.height:
            break
        _letters(sheet, line, text, _left(sheet, line, align, margin), y + kind.px, dice)
        y += pitch
    return y


def _left(sheet: Sheet, line: SetLine, align: Align, margin: float) -> float:
    width = line.mask.shape[1]
    return {"left": margin, "right": sheet.width - margin - width}.get(
        align, (sheet.width - width) / 2)


def _letters(sheet: Sheet, line: SetLine, text: str, x: float, baseline: float,
             dice: Dice) -> None:
    """A line in a tone that can be told from what is behind it, with a bar, an edge or a shadow
    now and then."""
    h, w = line.mask.shape
    left, top = round(x), round(baseline) - line.baseline
    behind = sheet.image[max(0, top):top + h, max(0, left):left + w]
    if not behind.size:
        return
    low, high = np.percentile(behind, (10, 90))
    light, dark = float(high) + CONTRAST, float(low) - CONTRAST
    extra = dice.u()
    tones = [dice.between(light, 255)] * (light < 255) + [dice.between(0, dark)] * (dark > 0)
    tone = dice.pick(tones) if tones else (255.0 if float(behind.mean()) < 128 else 0.0)
    if dice.u() < 0.4 and tones:
        tone = 255.0 if tone > float(behind.mean()) else 0.0
    if extra < 0.1 or not tones:  # a bar or a label behind it
        pad = 0.15 * line.em
        back = dice.between(0, 90) if tone > 127 else dice.between(165, 255)
        sheet.box(left - pad, top - pad, left + w + pad, top + h + pad, back, -1)
    elif extra < 0.25:  # a shadow
        shift = max(1, round(dice.between(0.02, 0.06) * line.em))
        sheet.ink(line.mask, left + shift, top + shift, 255 - tone)
    elif extra < 0.35:  # an edge
        reach = max(1, round(0.03 * line.em))
        edge = cv2.dilate(cv2.copyMakeBorder(line.mask, reach, reach, reach, reach,
                                             cv2.BORDER_CONSTANT), np.ones((3, 3), np.uint8),
                          iterations=reach)
        sheet.ink(edge.astype(np.uint8), left - reach, top - reach, 255 - tone)
    sheet.write(line, text, x, baseline, tone)
