"""Photographs with words in them, and screens."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.synth_pages import PagesRecipe
from deeptext_cli.data.images import decode
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.ink import noise_field
from deeptext_cli.data.synth.pages import clutter
from deeptext_cli.data.synth.pages.flow import put
from deeptext_cli.data.synth.pages.sheet import Sheet, projected
from deeptext_cli.data.synth.pages.typesetter import Typesetter
from deeptext_cli.data.synth.scenery import scenery

Grey = NDArray[np.uint8]
FENCED = 0.12   # share of photographs behind wires or bars


def scene(recipe: PagesRecipe, setter: Typesetter, dice: Dice) -> Sheet:
    """A view with one to six signs or letterings, each seen from its own side."""
    h, w = dice.integer(420, 900), dice.integer(480, 1000)
    sheet = Sheet(h, w)
    pictures = backdrops(str(Path(recipe.folder or ".") / recipe.backdrops)) \
        if recipe.backdrops else ()
    real = bool(pictures) and dice.chance(recipe.backdrop_share)
    if real:
        sheet.image = view_of(dice.pick(pictures), h, w, dice)
    else:
        sheet.image = np.clip(scenery(dice, h, w), 0, 255).astype(np.uint8)
    # busy surroundings: bricks, windows, leaves
    for _ in range(dice.integer(0, 1) if real else dice.integer(0, 5)):
        x, y = dice.between(-0.1, 0.9) * w, dice.between(-0.1, 0.9) * h
        _texture(sheet, dice, x, y, x + dice.between(0.1, 0.6) * w, y + dice.between(0.1, 0.6) * h)
    taken = np.zeros((h, w), np.uint8)  # by signs placed already
    for _ in range(dice.integer(1, 6)):
        _sign(sheet, setter, dice, taken)
    if dice.u() < FENCED:
        _fence(sheet, dice)
    return sheet


@lru_cache(maxsize=4)
def backdrops(folder: str) -> tuple[Grey, ...]:
    """The pictures of a folder, grey; none where there is no such folder."""
    paths = sorted(p for p in Path(folder).glob("*") if p.suffix in (".jpg", ".png"))
    return tuple(decode(p.read_bytes()) for p in paths)


def view_of(picture: Grey, h: int, w: int, dice: Dice) -> Grey:
    """A random part of a picture, at most three times as large as the result, half of them
    mirrored."""
    ph, pw = picture.shape
    scale = min(ph / h, pw / w)
    scale *= dice.between(0.35, 1.0)
    ch, cw = max(8, int(h * scale)), max(8, int(w * scale))
    y, x = dice.integer(0, max(0, ph - ch)), dice.integer(0, max(0, pw - cw))
    part = picture[y:y + ch, x:x + cw]
    if dice.u() < 0.5:
        part = part[:, ::-1]
    how = cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(part, (w, h), interpolation=how), np.uint8)


def _sign(sheet: Sheet, setter: Typesetter, dice: Dice, taken: Grey) -> None:
    px = 14 * (130 / 14) ** dice.u()
    kind = setter.type(dice, "display" if dice.u() < 0.8 else "script", px)
    rows = []
    for _ in range(dice.pick((1, 1, 1, 2, 2, 3, 4))):
        text = setter.words(dice, 1, dice.pick((1, 1, 2, 3))) if dice.u() < 0.8 else \
            " ".join(setter.number(dice).split())[:18]
        own = kind if dice.u() < 0.8 else setter.resized(kind, kind.px * dice.between(0.5, 1.2))
        line = own.set(text, dice)
        if line is not None:
            rows.append((line, own.usable(text)))
    if not rows:
        return
    pad = round(kind.px * dice.between(0.15, 0.9)) + 2
    width = max(line.mask.shape[1] for line, _ in rows) + 2 * pad
    leading = dice.between(0.95, 1.25) if dice.u() < 0.5 else 1.25
    pitch = [leading * max(line.ascent + line.descent, 0.9 * line.em) for line, _ in rows]
    height = round(sum(pitch)) + 2 * pad
    plate = Sheet(height, width, 0)
    letters = Sheet(height, width, 0)
    y = float(pad)
    middle = dice.u() < 0.7
    for (line, text), step in zip(rows, pitch, strict=True):
        x = (width - line.mask.shape[1]) / 2 if middle else pad
        letters.write(line, text, x, y + 0.1 * step + line.ascent, 255)
        y += step
    if not letters.lines:
        return
    matrix = _view(dice, width, height, sheet)
    corners = projected(np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32),
                        matrix)
    x0, y0 = np.maximum(corners.min(axis=0), 0).astype(int)
    x1, y1 = np.ceil(corners.max(axis=0)).astype(int)
    if taken[y0:y1, x0:x1].any():
        return
    taken[y0:y1, x0:x1] = 1
    panel = dice.u() < 0.55
    back = dice.between(10, 245) if panel else float(np.median(sheet.image[y0:y1, x0:x1]))
    far = [v for v in (back + dice.between(60, 200), back - dice.between(60, 200)) if 0 <= v <= 255]
    tone = dice.pick(far) if far else (255.0 if back < 128 else 0.0)
    if panel:
        plate.image[:] = round(back)
        if dice.u() < 0.4:
            plate.box(1, 1, width - 2, height - 2, tone, max(1, round(kind.px / 12)))
        cover = np.full((height, width), 255, np.uint8)
        sheet.place(plate, cover, matrix)
    elif dice.u() < 0.5:  # a shadow or an edge, so that letters on a busy ground can be read
        edge = cv2.dilate(letters.image, np.ones((3, 3), np.uint8), iterations=max(
            1, round(kind.px / 30)))
        bare = Sheet(height, width, 0)
        sheet.place(bare, edge, matrix, tone=255 - tone)
    sheet.place(letters, letters.image, matrix, tone=tone)


def _view(dice: Dice, width: int, height: int, sheet: Sheet) -> NDArray[np.float64]:
    """A projection of the sign into the picture."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners.copy()
    if dice.u() < 0.5:
        tilt = dice.between(0, 0.18)
        for point in moved:
            point += (dice.between(-1, 1) * tilt * min(width, 3 * height) * 0.5,
                      dice.between(-1, 1) * tilt * height)
    angle = np.radians(dice.between(-15, 15) if dice.u() < 0.5 else dice.between(-3, 3))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    moved = moved @ turn.T
    span = moved.max(axis=0) - moved.min(axis=0)
    shrink = min(1.0, 0.95 * sheet.width / span[0], 0.95 * sheet.height / span[1])
    moved = (moved - moved.min(axis=0)) * shrink
    room = np.array([sheet.width, sheet.height]) - moved.max(axis=0)
    moved += np.array([dice.between(0, max(1.0, room[0])), dice.between(0, max(1.0, room[1]))],
                      np.float32)
    return cv2.getPerspectiveTransform(corners, moved.astype(np.float32))


def _fence(sheet: Sheet, dice: Dice) -> None:
    """Wires, bars or a pane's cross before it all."""
    h, w = sheet.height, sheet.width
    tone = dice.between(10, 245)
    for across in (True, False):
        if dice.u() < 0.35:
            continue
        step = dice.between(25, 160)
        lean = dice.between(-0.15, 0.15)
        thick = dice.integer(1, 3)
        reach = w if across else h
        for at in np.arange(dice.between(0, step), h if across else w, step):
            first, last = (0.0, float(at)), (float(reach), at + lean * reach)
            if not across:
                first, last = first[::-1], last[::-1]
            cv2.line(sheet.image, (round(first[0]), round(first[1])),
                     (round(last[0]), round(last[1])), round(tone), thick, cv2.LINE_AA)


def _texture(sheet: Sheet, dice: Dice, x0: float, y0: float, x1: float, y1: float) -> None:
    """A patch of bricks, panes, railings or leaves: regular and irregular shapes of a size with
    letters that are none."""
    left, top = max(0, round(x0)), max(0, round(y0))
    right, bottom = min(sheet.width, round(x1)), min(sheet.height, round(y1))
    if right - left < 16 or bottom - top < 16:
        return
    part = sheet.image[top:bottom, left:right]
    base, other = dice.between(20, 235), dice.between(20, 235)
    kind = dice.u()
    h, w = part.shape
    if kind < 0.3:
        a, b = dice.integer(8, 40), dice.integer(6, 60)
        y, x = np.mgrid[:h, :w]
        joint = (y % a < max(1, a // 8)) | ((x + (y // a % 2) * (b // 2)) % b < max(1, b // 10))
        part[:] = np.where(joint, other, base).astype(np.uint8)
    elif kind < 0.5:
        step = dice.integer(6, 40)
        bars = (np.arange(w) % step < step * dice.between(0.1, 0.6))
        part[:] = np.where(bars[None], other, base).astype(np.uint8)
    else:
        size = dice.between(3, 14)
        field = noise_field(dice, max(4, int(h / size)), max(4, int(w / size)))
        field = cv2.resize(field, (w, h), interpolation=cv2.INTER_CUBIC).astype(np.float32)
        if dice.u() < 0.5:
            part[:] = np.where(field > 128, base, other).astype(np.uint8)
        else:
            part[:] = np.clip(base + (field - 128) * dice.between(0.3, 2), 0, 255).astype(np.uint8)


def screen(recipe: PagesRecipe, setter: Typesetter, dice: Dice) -> Sheet:
    """A picture of a program's window: bars, buttons, lists, dark or light."""
    h, w = dice.integer(380, 900), dice.integer(480, 1100)
    dark = dice.u() < 0.4
    back = dice.between(15, 60) if dark else dice.between(225, 255)
    ink = dice.between(170, 255) if dark else dice.between(0, 90)
    sheet = Sheet(h, w, back)
    px = dice.integer(11, 20)
    kind = setter.type(dice, "screen", px)
    side = 0.0
    if dice.u() < 0.6:
        side = dice.between(0.12, 0.3) * w
        shade = back + dice.between(10, 40) * (1 if dark else -1)
        sheet.box(0, 0, side, h, shade, -1)
        y = 2.5 * px
        while y < h - px:
            put(sheet, kind, setter.words(dice, 1, 2), 1.2 * px, y, ink, dice, width=side - 2 * px)
            y += px * dice.between(1.5, 2.6)
    y = 2.0 * px
    while y < h - px:
        draw = dice.u()
        x = side + px * dice.between(1, 3)
        if draw < 0.25:
            for _ in range(dice.integer(1, 4)):  # buttons
                text = kind.usable(setter.words(dice, 1, 2))
                line = kind.set(text, dice)
                if line is None or x + line.mask.shape[1] + 3 * px > w:
                    break
                wide = line.mask.shape[1] + 2 * px
                fill = dice.between(40, 200)
                sheet.box(x, y - 1.2 * px, x + wide, y + 0.7 * px, fill, -1)
                sheet.write(line, text, x + px, y, 255 if fill < 140 else 0)
                x += wide + px * dice.between(0.5, 2)
            y += 2.6 * px
        elif draw < 0.35 and y < h - 8 * px:
            clutter.picture(sheet, dice, x, y, x + dice.between(5, 20) * px, y + 6 * px)
            y += 8 * px
        elif draw < 0.5:
            head = setter.resized(kind, px * dice.between(1.2, 2.0))
            y += 0.6 * head.px
            put(sheet, head, setter.words(dice, 1, 5), x, y, ink, dice, width=w - x - px)
            y += 1.5 * head.px
        else:
            for _ in range(dice.integer(1, 6)):
                put(sheet, kind, setter.prose(dice, 10, 90), x, y, ink, dice, width=w - x - px)
                y += 1.45 * px
            y += px
    return sheet
