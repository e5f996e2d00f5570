"""Cut a set line out of its page: neighbours, rules, margins, slope, as a detector would."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from deeptext_cli.config.synth import CropConfig, LayoutConfig
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.setting import SetLine

Mask = np.ndarray

FEWEST_DOTS = 6  # of a leader: fewer are text that breaks off
MAX_SLIVER = 0.30   # of the crop's height, that a neighbouring line may show
MAX_SLOPE = 0.035   # rise over run: 2 degrees
MAX_DRIFT = 0.45    # a slope never lifts the line's end by more than this share of its height
GLYPH_CUT = 0.06    # of the outer glyph's width, that a negative margin may cut


def crop(line: SetLine, neighbour: Callable[[], SetLine], dice: Dice, config: CropConfig,
         layout: LayoutConfig) -> Mask:
    """Coverage mask of the crop, still at raster scale.

    Args:
        line: the labelled line.
        neighbour: sets another line of the same look; called only where one shows.
    """
    line = _measured(line, dice.chance(config.tight))
    text_h, w = line.ascent + line.descent, line.mask.shape[1]
    low, high = config.fill
    fill = low + (high - low) * (1 - dice.u() ** 1.5)  # tight crops are the rule
    # rounding never fills more than the most that the configuration asks for
    height = max(4, math.ceil(text_h / high), round(text_h / fill))
    slack = height - text_h
    top = round(slack * min(1.0, max(0.0, 0.5 + 0.5 * dice.between(-1, 1) * dice.u() ** 0.5)))
    baseline = top + line.ascent
    left = _margin(dice, config, line.em, line.first)
    right = _margin(dice, config, line.em, line.last)
    width = max(4, w + left + right)

    page = np.zeros((height, width), np.uint8)
    paste(page, line.mask, left, baseline - line.baseline)
    if dice.chance(config.neighbours):
        _neighbours(page, line, neighbour, baseline, left, dice)
    if dice.chance(config.rules):
        _rules(page, line, baseline, left, w, dice)
    if config.write_on and dice.chance(config.write_on):
        page, left = _lines_to_write_on(page, line, baseline, left, w, dice)
    if dice.chance(layout.underline):
        _underline(page, line, baseline, left, w, dice)
    if layout.mnemonic and dice.chance(layout.mnemonic):  # under a letter, whichever
        at = left + round(dice.between(0.0, 1.0) * max(0, w - 0.5 * line.em))
        _underline(page, line, baseline, at, round(dice.between(0.35, 0.7) * line.em), dice)
    if dice.chance(layout.skew):
        page = _sloped(page, text_h, dice)
    return page


def _measured(line: SetLine, tight: bool) -> SetLine:
    """The line with the ascent and descent that an annotator would box.

    Accents on capitals and hanging letters always count, since a crop must not cut them. A tight
    box goes by the ink alone, so that `sauce` gives a lower one than `fjord`.
    """
    above, below = line.baseline, line.mask.shape[0] - line.baseline
    if not tight:
        return line._replace(ascent=max(line.ascent, above), descent=max(line.descent, below))
    least = max(0, round(0.4 * line.em) - (above + below))  # a lone dash still gets some room
    return line._replace(ascent=max(1, above + least - least // 2), descent=below + least // 2)


def paste(page: Mask, mask: Mask, x: int, y: int) -> None:
    """Lay `mask` over `page` at (x, y), cut at the edges; the darker ink stays."""
    h, w = mask.shape
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(page.shape[1], x + w), min(page.shape[0], y + h)
    if x1 > x0 and y1 > y0:
        part = page[y0:y1, x0:x1]
        np.maximum(part, mask[y0 - y:y1 - y, x0 - x:x1 - x], out=part)


def _margin(dice: Dice, config: CropConfig, em: int, outer: int) -> int:
    low, high = config.margin
    margin = dice.between(low, 0.3) if dice.u() < 0.7 else dice.skewed(0.3, max(0.3, high), 1.5)
    return max(round(margin * em), -int(GLYPH_CUT * outer))


def _neighbours(page: Mask, line: SetLine, neighbour: Callable[[], SetLine], baseline: int,
                left: int, dice: Dice) -> None:
    sides = dice.pick(((-1,), (1,), (-1, 1)))
    height = page.shape[0]
    pitch = (line.ascent + line.descent) * dice.between(0.98, 1.45)
    for side in sides:
        other = neighbour()
        at = baseline + side * round(pitch)
        top, bottom = at - other.baseline, at - other.baseline + other.mask.shape[0]
        limit = round(MAX_SLIVER * dice.u() * height)
        if side < 0:
            at -= max(0, bottom - limit)
        else:
            at += max(0, height - limit - top)
        shift = dice.integer(-2 * line.em, 2 * line.em) if dice.u() < 0.5 else 0
        mask = other.mask
        if shift > 0 and left + shift > 0:  # text of the page goes on to the left
            shift -= other.mask.shape[1] // 3
        paste(page, mask, left + shift, at - other.baseline)


def _rules(page: Mask, line: SetLine, baseline: int, left: int, width: int, dice: Dice) -> None:
    """Rules, boxes, cell borders, leaders: background, so never touching the text's glyphs."""
    height, total = page.shape
    thick = max(1, round(line.em * dice.skewed(0.02, 0.1, 2)))
    ink = int(dice.between(110, 255))
    above = baseline - line.ascent - thick
    below = baseline + line.descent + 1
    kind = dice.u()
    gap = dice.between(0.12, 0.6) * line.em
    ends = (left - round(gap) - thick, left + width + round(gap))
    if kind < 0.45:    # a horizontal rule above or below
        y = below + round(gap * 0.4) if dice.u() < 0.65 else above - round(gap * 0.4)
        y = min(max(y, 0), height - thick)
        if y >= baseline + line.descent * 0.6 or y + thick <= baseline - line.ascent:
            page[y:y + thick] = np.maximum(page[y:y + thick], ink)
    if 0.3 < kind < 0.8:  # vertical rules of a cell: through the whole crop, beyond text height
        for side, x in zip((0.75, 0.6), ends, strict=True):
            if dice.u() < side and 0 <= x < total - thick + 1:
                page[:, x:x + thick] = np.maximum(page[:, x:x + thick], ink)
    if kind > 0.8 and kind < 0.9:  # dots or a line to write on, at the baseline, after the text
        start = left + width + round(line.em * dice.between(0.4, 0.8))
        y = min(baseline, height - thick)
        step = max(thick + 2, round(line.em * dice.between(0.16, 0.4)))
        dots = range(start, total - thick, step)
        if dice.u() < 0.5 or len(dots) < FEWEST_DOTS:
            page[y:y + thick, start:] = ink
        else:
            for x in dots:
                page[max(0, y - thick):y, x:x + thick] = ink
    if kind > 0.88:  # a full box
        for y in (above - round(gap * 0.3), below + round(gap * 0.3)):
            if 0 <= y <= height - thick:
                page[y:y + thick, max(0, ends[0]):ends[1] + thick] = ink
        for x in ends:
            if 0 <= x <= total - thick:
                page[max(0, above):min(height, below + thick), x:x + thick] = ink


def _lines_to_write_on(page: Mask, line: SetLine, baseline: int, left: int, width: int,
                       dice: Dice) -> tuple[Mask, int]:
    """What is left of a form's line to write on, before the text, after it or both, and where the
    text then begins: no underscore, however short the piece."""
    before, after = dice.pick(((True, False), (True, False), (False, True), (True, True)))
    room = [round(dice.skewed(0.2, 4.0, 2.0) * line.em) * side for side in (before, after)]
    page = np.pad(page, ((0, 0), room))
    left += room[0]
    thick = max(1, round(line.em * dice.between(0.02, 0.09)))
    y = min(baseline + round(line.em * dice.between(-0.02, 0.14)), page.shape[0] - thick)
    ink = int(dice.between(110, 255))
    gap = round(dice.between(-0.02, 0.4) * line.em)
    if before:
        page[y:y + thick, :max(0, left - gap)] = ink
    if after:
        page[y:y + thick, left + width + gap:] = ink
    return page, left


def _underline(page: Mask, line: SetLine, baseline: int, left: int, width: int,
               dice: Dice) -> None:
    thick = max(1, round(line.em * dice.between(0.03, 0.08)))
    y = baseline + round(line.em * dice.between(0.05, 0.16))
    if y + thick <= page.shape[0]:
        x0, x1 = max(0, left), max(1, left + width)
        page[y:y + thick, x0:x1] = np.maximum(page[y:y + thick, x0:x1], int(dice.between(150, 255)))


def _sloped(page: Mask, text_h: int, dice: Dice) -> Mask:
    """The line rises or falls; the crop grows by the drift, so that nothing is lost."""
    h, w = page.shape
    slope = dice.between(-MAX_SLOPE, MAX_SLOPE)
    drift = slope * w
    limit = MAX_DRIFT * text_h
    if abs(drift) > limit:
        drift = limit if drift > 0 else -limit
        slope = drift / w
    pad = int(np.ceil(abs(drift) * 0.5))
    if pad == 0:
        return page
    matrix = np.array([[1, 0, 0], [slope, 1, pad - drift / 2]], np.float32)
    return cv2.warpAffine(page, matrix, (w, h + 2 * pad), flags=cv2.INTER_LINEAR)
