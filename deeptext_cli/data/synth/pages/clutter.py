"""What is on pages beside text: pictures, barcodes, logos, stamps, holes. Only stamps have text."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.pages.sheet import Sheet
from deeptext_cli.data.synth.pages.typesetter import Typesetter
from deeptext_cli.data.synth.scenery import scenery

Grey = NDArray[np.uint8]


def picture(sheet: Sheet, dice: Dice, x0: float, y0: float, x1: float, y1: float) -> None:
    """A photograph, a drawing or a halftone block without text."""
    left, top, right, bottom = max(0, round(x0)), max(0, round(y0)), min(sheet.width, round(x1)), \
        min(sheet.height, round(y1))
    if right - left < 8 or bottom - top < 8:
        return
    field = np.clip(scenery(dice, bottom - top, right - left), 0, 255)
    kind = dice.u()
    if kind < 0.15:
        field = np.where(field > field.mean(), 245, 30)
    elif kind < 0.3:  # a drawing: contours alone
        field = np.where(cv2.Laplacian(cv2.blur(field.astype(np.float32), (5, 5)), cv2.CV_32F)
                         > dice.between(0.3, 2), 40, 250)
    sheet.image[top:bottom, left:right] = field.astype(np.uint8)
    if dice.u() < 0.4:
        sheet.box(left, top, right - 1, bottom - 1, dice.between(0, 120), dice.integer(1, 3))


def barcode(sheet: Sheet, dice: Dice, x: float, y: float, width: float, height: float,
            tone: float) -> None:
    """Bars, or the squares of a matrix code."""
    left, top = round(x), round(y)
    w, h = round(width), round(height)
    if w < 8 or h < 8:
        return
    if dice.u() < 0.7:
        module = max(1, round(w / dice.integer(60, 130)))
        bars = dice.rng.random(-(-w // module)) < 0.5
        mask = np.repeat(bars, module)[None, :w].repeat(h, axis=0)
    else:
        side = min(w, h)
        count = dice.integer(21, 37)
        module = max(1, side // count)
        cells = dice.rng.random((count, count)) < 0.5
        mask = cells.repeat(module, axis=0).repeat(module, axis=1)
    sheet.ink((mask * 255).astype(np.uint8), left, top, tone)


def logo(sheet: Sheet, dice: Dice, x: float, y: float, size: float, tone: float) -> None:
    """A device of a few shapes."""
    s = max(6, round(size))
    mask = np.zeros((s, s), np.uint8)
    for _ in range(dice.integer(1, 4)):
        colour = 255 if dice.u() < 0.7 else 0
        cx, cy, r = dice.between(0.2, 0.8) * s, dice.between(0.2, 0.8) * s, \
            dice.between(0.1, 0.5) * s
        thick = -1 if dice.u() < 0.5 else max(1, s // 20)
        if dice.u() < 0.5:
            cv2.ellipse(mask, (round(cx), round(cy)),
                        (max(1, round(r)), max(1, round(r * dice.between(0.3, 1)))),
                        dice.between(0, 180), 0, 360, colour, thick, cv2.LINE_AA)
        else:
            angles = np.sort(dice.rng.random(dice.integer(3, 6))) * 2 * np.pi
            points = np.stack([cx + r * np.cos(angles), cy + r * np.sin(angles)], 1)
            cv2.polylines(mask, [points.astype(np.int32)], True, colour,
                          max(1, s // 12), cv2.LINE_AA) if thick > 0 else \
                cv2.fillPoly(mask, [points.astype(np.int32)], colour, cv2.LINE_AA)
    sheet.ink(mask, round(x), round(y), tone)


def stamp(sheet: Sheet, setter: Typesetter, dice: Dice, px: float) -> None:
    """A rubber stamp somewhere on the page, turned, its ink thin; its lines get boxes."""
    kind = setter.type(dice, "display" if dice.u() < 0.5 else "text", px * dice.between(0.8, 1.6))
    rows = [setter.words(dice, 1, 2).upper() if dice.u() < 0.6 else setter.number(dice)
            for _ in range(dice.integer(1, 3))]
    lines = [(line, kind.usable(" ".join(r.split()))) for r in rows
             if (line := kind.set(" ".join(r.split()), dice)) is not None]
    if not lines:
        return
    pad = kind.px
    pitch = 1.4 * kind.px
    width = max(line.mask.shape[1] for line, _ in lines) + 2 * pad
    height = round(pitch * len(lines) + 1.2 * pad)
    if width > 0.8 * sheet.width or height > 0.5 * sheet.height:
        return
    plate = Sheet(height, width, 0)
    for i, (line, text) in enumerate(lines):
        plate.write(line, text, (width - line.mask.shape[1]) / 2, pad + pitch * (i + 0.6), 255)
    if dice.u() < 0.6:
        plate.box(2, 2, width - 3, height - 3, 255, dice.integer(1, 3))
    cover = plate.image
    if dice.u() < 0.7:  # ink takes unevenly
        grain = cv2.resize(dice.rng.random((max(2, height // 8), max(2, width // 8)),
                                           dtype=np.float32), (width, height))
        cover = (cover * np.clip(0.35 + grain, 0, 1)).astype(np.uint8)
    angle = np.radians(dice.between(-25, 25))
    c, s = np.cos(angle), np.sin(angle)
    at = (dice.between(0.25, 0.75) * sheet.width, dice.between(0.1, 0.9) * sheet.height)
    matrix = np.array([[c, -s, at[0] - c * width / 2 + s * height / 2],
                       [s, c, at[1] - s * width / 2 - c * height / 2], [0, 0, 1]])
    sheet.place(plate, cover, matrix, tone=dice.between(20, 130))


def holes(sheet: Sheet, dice: Dice, px: float) -> None:
    """Punched holes along the left edge."""
    r = max(3, round(px * dice.between(0.5, 1.0)))
    x = round(px * dice.between(1, 2))
    tone = dice.pick((0, 20, 60, 255))
    for k in range(dice.integer(1, 3)):
        y = round(sheet.height * (0.2 + 0.3 * k + 0.02 * dice.u()))
        cv2.circle(sheet.image, (x, y), r, tone, -1, cv2.LINE_AA)
