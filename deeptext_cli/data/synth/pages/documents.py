"""Letters, reports, and pages of several columns."""

from __future__ import annotations

from deeptext_cli.config.synth_pages import PagesRecipe
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.pages import clutter
from deeptext_cli.data.synth.pages.flow import Align, paragraph, pieces, put, separator
from deeptext_cli.data.synth.pages.sheet import Sheet
from deeptext_cli.data.synth.pages.typesetter import Type, Typesetter

_MEMO = ("TO:", "FROM:", "DATE:", "SUBJECT:", "Re:", "Von", "Datum:", "An:", "cc:", "Betreff:")


def tones(dice: Dice) -> tuple[float, float]:
    """Paper and ink."""
    paper = 255 - dice.skewed(0, 80, 2.0) if dice.u() < 0.7 else 255.0
    return paper, dice.skewed(0, 0.55, 1.8) * paper


def letter(recipe: PagesRecipe, setter: Typesetter, dice: Dice) -> Sheet:
    """A letter, memo or page of a report or book: one column."""
    px = dice.integer(*recipe.em)
    chars = dice.integer(36, 84)
    margin = px * dice.between(1.5, 5)
    body = setter.type(dice, "text", px)
    width = min(1150.0, max(240.0, chars * body.width("abcdefgh ijklmno") / 16))
    paper, ink = tones(dice)
    sheet = Sheet(int(min(1250, width * dice.between(0.7, 1.5))), int(width + 2 * margin), paper)
    leading = px * dice.between(1.08, 2.1)
    x, right, bottom = margin, margin + width, sheet.height - margin
    y = margin + px
    if dice.u() < 0.5:
        y = _head(sheet, setter, body, dice, x, right, y, ink)
    if dice.u() < 0.3:  # lines on top of a memo: label and value
        tab = x + px * dice.between(4, 9)
        for _ in range(dice.integer(2, 5)):
            edges = put(sheet, body, dice.pick(_MEMO), x, y, ink, dice)
            at = max(tab, edges[1] + 1.3 * px) if edges else tab
            put(sheet, body, setter.prose(dice, 8, 40), at, y, ink, dice, width=right - at)
            y += leading
        y += leading * dice.u()
    align: Align = "justify" if dice.u() < 0.5 else "left"
    indent = px * dice.between(1, 3) if dice.u() < 0.5 else 0.0
    gap = leading * dice.pick((0, 0, 0.5, 1, 1))
    while y < bottom:
        draw = dice.u()
        if draw < 0.12:
            heading = setter.resized(body, px * dice.between(1.0, 1.8)) if dice.u() < 0.6 \
                else setter.type(dice, "display", px * dice.between(1.0, 1.8))
            y += 0.4 * heading.px
            put(sheet, heading, setter.words(dice, 2, 6), x if dice.u() < 0.6 else
                (x + right) / 2 - width / 4, y, ink, dice, width=width / 2)
            y += max(leading, 1.3 * heading.px)
            continue
        if draw < 0.2:  # a list, or lines of an address
            left = x + px * dice.between(0, 3)
            for k in range(dice.integer(2, 6)):
                if y >= bottom:
                    break
                mark = dice.pick((f"{k + 1}.", "-", "•", f"({'abcdef'[k % 6]})", ""))
                text = setter.prose(dice, 5, 45) if dice.u() < 0.7 else setter.number(dice)
                pieces(sheet, body, f"{mark} {text}".strip(), left, right, y, ink, dice)
                y += leading
            y += gap
            continue
        if draw < 0.24 and y < bottom - 6 * px:
            high = px * dice.between(4, 10)
            clutter.picture(sheet, dice, x + dice.between(0, 0.4) * width, y - 0.5 * px,
                            x + dice.between(0.5, 1.0) * width, min(bottom, y + high))
            y += high + 1.5 * px
            continue
        y = paragraph(sheet, body, setter.prose(dice, 20, 600), x, y, width, bottom, leading, ink,
                      dice, align=align, indent=indent) + gap
    if dice.u() < 0.35:
        put(sheet, body, dice.pick(("{}", "- {} -", "[{}]", "Page {}", "S. {}")).format(
            dice.integer(1, 400)), sheet.width / 2 if dice.u() < 0.6 else right - 2 * px,
            sheet.height - 0.35 * margin, ink, dice)
    if dice.u() < 0.15:
        clutter.holes(sheet, dice, px)
    return sheet


def columns(recipe: PagesRecipe, setter: Typesetter, dice: Dice) -> Sheet:
    """An article of two or three columns with title, pictures and captions."""
    px = dice.integer(recipe.em[0], max(recipe.em[0], recipe.em[1] - 10))
    body = setter.type(dice, "text", px)
    count = dice.pick((2, 2, 2, 3, 3, 4))
    column = dice.between(18, 40) * body.width("abcdefgh ijklmno") / 16
    gutter = px * dice.between(1.0, 3.0)
    margin = px * dice.between(1, 4)
    width = count * column + (count - 1) * gutter
    paper, ink = tones(dice)
    sheet = Sheet(int(min(1200, max(360, width * dice.between(0.7, 1.5)))),
                  int(width + 2 * margin), paper)
    y = margin + px
    leading = px * dice.between(1.05, 1.45)
    if dice.u() < 0.7:
        title = setter.type(dice, "display" if dice.u() < 0.5 else "text",
                            px * dice.between(1.5, 3.5))
        y += 0.6 * title.px
        y = paragraph(sheet, title, setter.words(dice, 3, 8), margin, y, width,
                      y + 2 * title.px, 1.15 * title.px, ink, dice,
                      align="centre" if dice.u() < 0.5 else "left") + 0.3 * px
        if dice.u() < 0.4:
            put(sheet, body, setter.words(dice, 2, 4), margin, y, ink, dice, width=width)
            y += leading
        if dice.u() < 0.4:
            separator(sheet, body, margin, margin + width, y - 0.4 * px, ink, dice)
        y += 1.0 * px
    between = dice.u() < 0.25
    for k in range(count):
        _column(sheet, setter, body, dice, margin + k * (column + gutter), y, column,
                sheet.height - margin, leading, ink)
        if between and k:
            at = margin + k * (column + gutter) - gutter / 2
            sheet.rule((at, y - px), (at, sheet.height - margin), ink)
    return sheet


def _column(sheet: Sheet, setter: Typesetter, body: Type, dice: Dice, x: float, y: float,
            width: float, bottom: float, leading: float, ink: float) -> None:
    px = body.px
    indent = px if dice.u() < 0.6 else 0.0
    while y < bottom:
        draw = dice.u()
        if draw < 0.1 and y < bottom - 8 * px:
            high = px * dice.between(5, 14)
            clutter.picture(sheet, dice, x, y - 0.7 * px, x + width, min(bottom, y + high - px))
            y += high + 0.6 * px
            small = setter.resized(body, 0.8 * px)
            y = paragraph(sheet, small, setter.prose(dice, 10, 90), x, y, width, bottom,
                          1.1 * small.px, ink, dice, align="left") + 0.8 * px
        elif draw < 0.2:
            head = setter.resized(body, px * dice.between(1.0, 1.5))
            y += 0.5 * px
            put(sheet, head, setter.words(dice, 1, 4), x, y, ink, dice, width=width)
            y += 1.4 * head.px
        else:
            y = paragraph(sheet, body, setter.prose(dice, 40, 500), x, y, width, bottom, leading,
                          ink, dice, indent=indent)
            y += dice.pick((0, 0, 0.5)) * leading


def _head(sheet: Sheet, setter: Typesetter, body: Type, dice: Dice, x: float, right: float,
          y: float, ink: float) -> float:
    """A letterhead or title; returns the next baseline."""
    px = body.px
    place: Align = dice.pick(("left", "centre", "right"))
    at = {"left": x, "centre": (x + right) / 2, "right": right}[place]
    head = setter.type(dice, "display", px * dice.between(1.1, 3.0))
    if dice.u() < 0.3:
        clutter.logo(sheet, dice, x if place != "left" else right - 4 * px, y - px,
                     px * dice.between(2, 5), ink)
    y += head.px * 0.6
    put(sheet, head, setter.words(dice, 1, 4), at, y, ink, dice, align=place, width=right - x)
    y += 1.3 * max(px, head.px * 0.8)
    for _ in range(dice.integer(0, 4)):
        put(sheet, body, " ".join(setter.number(dice).split()), at, y, ink, dice, align=place,
            width=0.7 * (right - x))
        y += 1.3 * px
    if dice.u() < 0.4:
        separator(sheet, body, x, right, y, ink, dice)
        y += px
    return y + px * dice.between(0.5, 3)
