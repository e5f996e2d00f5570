"""Set a string as one line of type: positions, spacing, and the marks of a worn typewriter."""

from __future__ import annotations

import re
from typing import NamedTuple

import cv2
import numpy as np

from deeptext_cli.config.synth import LayoutConfig, WearConfig
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.glyphs import SizedFace

Mask = np.ndarray
Placed = tuple[Mask, int, int]  # a glyph's mask, its left edge and its top above the baseline


RAISED = 0.6  # share of the lines whose references are raised,
SMALL, HIGH = 0.66, 0.36  # to this share of their size, so many em above the baseline
_REFERENCE = re.compile(r"(?<=[^\s\[(])\[\d{1,3}\]")


class SetLine(NamedTuple):
    """A set line: coverage mask (H, W) and its measures in pixels.

    Row `baseline` of the mask is the baseline. `first` and `last` are the widths of the outer
    glyphs, which a crop must not cut much.
    """

    mask: Mask
    baseline: int
    ascent: int
    descent: int
    em: int
    first: int
    last: int


class Style(NamedTuple):
    """How one line is set; drawn once, so that neighbouring lines look alike."""

    tracking: float          # extra pixels after every glyph
    space: float             # factor on the space's advance
    shaped: bool             # through the shaping engine
    worn: float              # 0 for none, 1 for a badly worn typewriter
    weight: int              # pixels of dilation (positive) or erosion (negative)
    pitch: float             # pixels that every letter takes; 0 for the face's own advances
    raised: bool = False     # references like [1] right after a word are set small and high


def draw_style(dice: Dice, layout: LayoutConfig, wear: WearConfig, sized: SizedFace) -> Style:
    """Draw a style for lines of one face."""
    px, kind = sized.px, sized.face.kind
    tracking, space = 0.0, 1.0
    if dice.chance(layout.tracking):
        wide = dice.u()
        tracking = px * (dice.between(-0.035, 0.06) if wide < 0.7 else dice.between(0.06, 0.3))
    if dice.chance(layout.wide_spaces):
        space = dice.between(0.6, 1.0) if dice.u() < 0.4 else dice.skewed(1.0, 3.0, 2.0)
    if tracking > 0.1 * px:  # letterspaced words stay apart
        space += 2.5 * tracking / sized.space
    pitch = 0.0
    if kind in ("serif", "sans") and dice.chance(layout.fixed_pitch):
        pitch = px * dice.between(0.5, 0.66)
    typewritten = kind == "typewriter" or (pitch > 0 and kind == "serif")
    worn = dice.skewed(0.15, 1.0, 1.5) if typewritten and dice.chance(wear.typewriter) else 0.0
    shaped = dice.chance(layout.shaped) and not (worn or tracking or pitch) and space == 1.0
    weight = 0
    draw = dice.u()
    if draw < layout.bold:
        weight = 1 if px < 28 else dice.integer(1, 2)
    elif draw > 1 - layout.thin and px >= 28:
        weight = -1
    raised = not (shaped or worn or pitch) and dice.u() < RAISED
    return Style(tracking, space, shaped, worn, weight, pitch, raised)


def set_line(sized: SizedFace, text: str, style: Style, dice: Dice) -> SetLine:
    """Set `text`; runs of spaces stay as gaps. The mask has at least one row and one column."""
    if style.shaped:
        mask, _, top = sized.shaped(text)
        first = sized.glyph(text[0]).mask.shape[1]
        last = sized.glyph(text[-1]).mask.shape[1]
        line = SetLine(mask, -top, sized.ascent, sized.descent, sized.px, first, last)
    elif style.worn:
        line = _typed(sized, text, style, dice)
    else:
        line = _cached(sized, text, style)
    if line.mask.size == 0:
        line = line._replace(mask=np.zeros((1, max(1, sized.px // 2)), np.uint8), baseline=1)
    if style.weight:
        line = _reweighted(line, style.weight)
    return line


def _positions(sized: SizedFace, text: str, style: Style) -> list[Placed]:
    if style.pitch:
        return _pitched(sized, text, style)
    placed = []
    pen, space = 0.5, sized.space * style.space + style.tracking
    glyph, tracking = sized.glyph, style.tracking
    raised = {i for m in _REFERENCE.finditer(text) for i in range(*m.span())} \
        if style.raised and "[" in text else ()
    for i, char in enumerate(text):
        if char == " ":
            pen += space
            continue
        mask, x, y, advance = glyph(char)
        if i in raised:
            h, w = mask.shape
            if h:
                mask = cv2.resize(mask, (max(1, round(w * SMALL)), max(1, round(h * SMALL))),
                                  interpolation=cv2.INTER_AREA)
            x, y, advance = round(x * SMALL), round(y * SMALL - HIGH * sized.px), advance * SMALL
        placed.append((mask, int(pen) + x, y))
        pen += advance + tracking
    return placed


def _pitched(sized: SizedFace, text: str, style: Style) -> list[Placed]:
    """Every letter in the middle of a cell of one width; wide letters are squeezed into it."""
    placed = []
    pen, pitch = 0.0, style.pitch + style.tracking
    room = max(2, int(0.96 * style.pitch))
    for char in text:
        if char == " ":
            pen += pitch * max(1.0, style.space)
            continue
        g = sized.glyph(char)
        mask = g.mask
        if mask.shape[1] > room:
            mask = cv2.resize(mask, (room, mask.shape[0]), interpolation=cv2.INTER_AREA)
        placed.append((mask, round(pen + (style.pitch - mask.shape[1]) / 2), g.y))
        pen += pitch
    return placed


def _composed(placed: list[Placed], sized: SizedFace) -> SetLine:
    boxes = []
    left = top = 1 << 20
    right = bottom = -left
    for mask, x, y in placed:
        h, w = mask.shape
        if not h:
            continue
        x1, y1 = x + w, y + h
        boxes.append((mask, x, y, x1, y1))
        if x < left:
            left = x
        if y < top:
            top = y
        if x1 > right:
            right = x1
        if y1 > bottom:
            bottom = y1
    if not boxes:
        return SetLine(np.zeros((0, 0), np.uint8), 0, sized.ascent, sized.descent, sized.px, 0, 0)
    canvas = np.zeros((bottom - top, right - left), np.uint8)
    reach = left  # glyphs that start beyond all earlier ones are copied, which is faster
    for mask, x, y, x1, y1 in boxes:
        if x >= reach:
            canvas[y - top:y1 - top, x - left:x1 - left] = mask
        else:
            part = canvas[y - top:y1 - top, x - left:x1 - left]
            np.maximum(part, mask, part)
        if x1 > reach:
            reach = x1
    return SetLine(canvas, -top, sized.ascent, sized.descent, sized.px,
                   boxes[0][0].shape[1], boxes[-1][0].shape[1])


def _cached(sized: SizedFace, text: str, style: Style) -> SetLine:
    return _composed(_positions(sized, text, style), sized)


def _typed(sized: SizedFace, text: str, style: Style, dice: Dice) -> SetLine:
    """As a worn machine types: each type bar has its own offset, each stroke its own force."""
    worn, px = style.worn, sized.px
    rng = dice.rng
    placed = _positions(sized, text, style)
    n = len(placed)
    # A type bar is bent once and for all: the offset belongs to the letter, with some play
    bars = rng.normal(0, 0.028 * worn * px, (128, 2))
    play = rng.normal(0, 0.012 * worn * px, (n, 2))
    force = np.clip(rng.normal(1 - 0.12 * worn, 0.16 * worn, n), 0.35, 1.15).tolist()
    tilt = dice.u() < 0.3 * worn  # the shift key stops short: capitals hang
    hang = round(dice.between(-0.09, 0.09) * px) if tilt else 0
    letters = [c for c in text if c != " "]
    out: list[Placed] = []
    for i, (mask, x, y) in enumerate(placed):
        dx, dy = bars[ord(letters[i]) % 128] + play[i]
        x, y = x + round(dx), y + round(dy) + (hang if letters[i].isupper() else 0)
        k = force[i]
        draw = dice.u()
        if mask.size == 0:
            continue
        if k < 0.97 or k > 1.05:
            mask = cv2.convertScaleAbs(mask, alpha=k)
        if draw < 0.05 * worn:      # struck at a slant: one side prints faintly
            ramp = np.linspace(dice.between(0.25, 0.6), 1, mask.shape[1], dtype=np.float32)
            mask = (mask * (ramp if dice.u() < 0.5 else ramp[::-1])).astype(np.uint8)
        elif draw < 0.09 * worn:    # struck twice
            out.append((mask, x + max(1, px // 16), y + dice.integer(-1, 1)))
        elif draw < 0.13 * worn:    # clogged type
            mask = cv2.dilate(mask, np.ones((2, 2), np.uint8))
        out.append((mask, x, y))
    line = _composed(out, sized)
    if line.mask.size and dice.u() < 0.5 * worn:  # the ribbon's weave and dry patches
        h, w = line.mask.shape
        patches = rng.random((max(2, h // 6), max(2, w // 6)), dtype=np.float32)
        grain = cv2.resize(patches, (w, h), interpolation=cv2.INTER_LINEAR)
        depth = dice.between(0.2, 0.75) * worn
        line = line._replace(mask=(line.mask * (1 - depth * grain)).astype(np.uint8))
    if line.mask.size and dice.u() < 0.45:
        line = _spread(line, dice)
    return line


def _spread(line: SetLine, dice: Dice) -> SetLine:
    """Ink through a cloth ribbon or a carbon copy: soft, fat letters whose counters fill."""
    pad = max(1, line.em // 12)
    mask = cv2.copyMakeBorder(line.mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    sigma = line.em * dice.between(0.015, 0.055)
    mask = cv2.GaussianBlur(mask, (0, 0), sigma)
    mask = cv2.convertScaleAbs(mask, alpha=dice.between(1.1, 2.2))
    return line._replace(mask=mask, baseline=line.baseline + pad,
                         first=line.first + 2 * pad, last=line.last + 2 * pad)


def _reweighted(line: SetLine, weight: int) -> SetLine:
    size = abs(weight) + 1
    kernel = np.ones((size, size), np.uint8)
    if weight < 0:
        thin = cv2.erode(line.mask, kernel)
        # Strokes of one or two pixels would vanish: such faces stay as they are
        return line._replace(mask=thin) if thin.max(initial=0) > 150 \
            and thin.sum() > 0.45 * line.mask.sum() else line
    padded = cv2.copyMakeBorder(line.mask, 0, size - 1, 0, size - 1, cv2.BORDER_CONSTANT)
    return line._replace(mask=cv2.dilate(padded, kernel, anchor=(size - 1, size - 1)))


THIN = 0.45  # of what the strokes cover of a dot's square, from which on it is printed


def dotted(line: SetLine, dice: Dice) -> SetLine:
    """As a dot-matrix printer puts it on paper: the mask sampled onto a grid of round dots."""
    dots = dice.integer(9, 13)                      # dots over the ascender's height
    pitch = max(2.0, line.ascent / dots)
    h, w = line.mask.shape
    grid_w, grid_h = max(1, round(w / pitch)), max(1, round(h / pitch))
    grid = cv2.resize(line.mask, (grid_w, grid_h), interpolation=cv2.INTER_AREA)
    # the pins of a printer leave no stroke out for being thinner than they are
    level = min(dice.between(80, 120), THIN * float(np.percentile(grid[grid > 0], 90))) \
        if grid.any() else 255.0
    on = np.clip((grid.astype(np.float32) - level) * 5 + 128, 0, 255).astype(np.uint8)
    step = max(3, round(pitch))
    centre = (step - 1) / 2
    yy, xx = np.mgrid[:step, :step]
    radius = step * dice.between(0.42, 0.62)
    dot = np.clip(radius - np.hypot(yy - centre, xx - centre) + 0.5, 0, 1).astype(np.float32)
    big = cv2.resize(on, (grid_w * step, grid_h * step), interpolation=cv2.INTER_NEAREST)
    printed = (big * np.tile(dot, (grid_h, grid_w))).astype(np.uint8)
    printed = cv2.resize(printed, (w, h), interpolation=cv2.INTER_AREA)
    gain = min(3.0, 255 / max(1, int(printed.max())))
    return line._replace(mask=cv2.convertScaleAbs(printed, alpha=gain))
