"""Receipts, forms and tables."""

from __future__ import annotations

from deeptext_cli.config.synth_pages import PagesRecipe
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.pages import clutter
from deeptext_cli.data.synth.pages.documents import tones
from deeptext_cli.data.synth.pages.flow import pieces, put, separator
from deeptext_cli.data.synth.pages.sheet import Sheet
from deeptext_cli.data.synth.pages.typesetter import Type, Typesetter


def receipt(recipe: PagesRecipe, setter: Typesetter, dice: Dice) -> Sheet:
    """A till receipt."""
    px = dice.integer(recipe.em[0] + 1, recipe.em[1])
    body = setter.type(dice, "receipt", px)
    width = dice.integer(22, 46) * body.width("0123456789 abcde") / 16
    margin = px * dice.between(0.4, 2.5)
    paper, ink = tones(dice)
    sheet = Sheet(int(min(1300, width * dice.between(1.0, 2.8))), int(width + 2 * margin), paper)
    leading = px * dice.between(1.05, 1.7)
    x, right, y = margin, margin + width, margin + px
    middle = sheet.width / 2
    if dice.u() < 0.3:
        clutter.logo(sheet, dice, middle - 2 * px, y - px, 4 * px, ink)
        y += 4 * px
    head = setter.type(dice, "display", px * dice.between(1.0, 2.2)) if dice.u() < 0.5 else body
    y += head.px - px
    put(sheet, head, setter.words(dice, 1, 3), middle, y, ink, dice, align="centre", width=width)
    y += 1.2 * head.px
    for _ in range(dice.integer(2, 6)):
        put(sheet, body, " ".join(setter.number(dice).split()), middle, y, ink, dice,
            align="centre", width=width)
        y += leading
    bottom = sheet.height - margin
    while y < bottom:
        draw = dice.u()
        if draw < 0.12:
            separator(sheet, body, x, right, y - 0.3 * px, ink, dice)
        elif draw < 0.2:
            put(sheet, body, setter.words(dice, 1, 5), middle, y, ink, dice, align="centre",
                width=width)
        elif draw < 0.28:
            big = setter.resized(body, px * dice.between(1.1, 1.7))
            y += 0.4 * (big.px - px)
            _item(sheet, setter, big, dice, x, right, y, ink)
            y += 0.6 * (big.px - px)
        elif draw < 0.31 and y < bottom - 4 * px:
            clutter.barcode(sheet, dice, middle - 0.3 * width, y - 0.5 * px, 0.6 * width,
                            px * dice.between(2, 4), ink)
            y += 4.2 * px
            put(sheet, body, " ".join(setter.number(dice).split()), middle, y, ink, dice,
                align="centre", width=width)
        elif draw < 0.35:  # a title in a dark bar
            text = body.usable(setter.words(dice, 1, 3))
            line = body.set(text, dice)
            if line is not None and line.mask.shape[1] < width:
                sheet.box(x, y - 1.0 * px, right, y + 0.45 * px, ink, -1)
                sheet.write(line, text, middle - line.mask.shape[1] / 2, y, paper)
                y += 0.4 * px
        else:
            _item(sheet, setter, body, dice, x, right, y, ink)
        y += leading
    return sheet


def _item(sheet: Sheet, setter: Typesetter, body: Type, dice: Dice, x: float, right: float,
          y: float, ink: float) -> None:
    """Name and amounts, or whatever a receipt's line says."""
    style = dice.u()
    if style < 0.5:
        pieces(sheet, body, setter.number(dice), x, right, y, ink, dice)
        return
    edges = put(sheet, body, setter.words(dice, 1, 4), x + body.px * dice.pick((0, 0, 1, 2)), y,
                ink, dice, width=0.6 * (right - x))
    amount = f"{10 ** dice.between(-0.5, 4):.2f}"
    if edges and edges[1] < right - body.width(amount) - 1.6 * body.px:
        put(sheet, body, amount + dice.pick(("", "", " SR", "*", " A")), right, y, ink, dice,
            align="right", width=right - edges[1] - 1.2 * body.px)
        if style > 0.85:
            at = (edges[1] + right) / 2 - 1.5 * body.px
            if at > edges[1] + 1.4 * body.px and at + 5 * body.px < right - body.width(amount):
                put(sheet, body, str(dice.integer(1, 20)), at, y, ink, dice)


def form(recipe: PagesRecipe, setter: Typesetter, dice: Dice) -> Sheet:
    """A form: labels, boxes, rules to write on, and entries in another hand or type."""
    px = dice.integer(recipe.em[0], max(recipe.em[0], recipe.em[1] - 8))
    label = setter.type(dice, "text", px)
    need = dice.pick(("text", "text", "script", "receipt"))
    entry = setter.type(dice, need, px * (dice.between(1.1, 1.8) if need == "script" else 1.1))
    paper, ink = tones(dice)
    width = px * dice.between(28, 62)
    margin = px * dice.between(1, 4)
    sheet = Sheet(int(min(1250, width * dice.between(0.6, 1.4))), int(width + 2 * margin), paper)
    x, right, y, bottom = margin, margin + width, margin + px, sheet.height - margin
    if dice.u() < 0.7:
        title = setter.type(dice, "display", px * dice.between(1.2, 2.4))
        y += 0.5 * title.px
        put(sheet, title, setter.words(dice, 2, 5), sheet.width / 2, y, ink, dice, align="centre",
            width=width)
        y += 2 * px
    while y < bottom - 2 * px:
        draw = dice.u()
        if draw < 0.45:
            y = _boxes(sheet, setter, label, entry, dice, x, right, y, ink)
        elif draw < 0.8:
            y = _fields(sheet, setter, label, entry, dice, x, right, y, ink)
        elif draw < 0.9:
            y = _checks(sheet, setter, label, dice, x, right, y, ink)
        else:
            for _ in range(dice.integer(1, 4)):
                put(sheet, label, setter.prose(dice, 30, 110), x, y, ink, dice, width=width)
                y += 1.25 * px
            y += 0.6 * px
    return sheet


def _boxes(sheet: Sheet, setter: Typesetter, label: Type, entry: Type, dice: Dice, x: float,
           right: float, y: float, ink: float) -> float:
    """A row of boxes with a small label and an entry each."""
    high = label.px * dice.between(1.6, 2.2) + entry.px * 1.5
    top = y - label.px
    count = dice.integer(1, 4)
    shaded = dice.u() < 0.15
    for k in range(count):
        x0 = x + (right - x) * k / count
        x1 = x + (right - x) * (k + 1) / count
        if shaded:
            sheet.box(x0, top, x1, top + 1.35 * label.px, 0.8 * float(sheet.image[0, 0]), -1)
        sheet.box(x0, top, x1, top + high, ink, dice.pick((1, 1, 2)))
        put(sheet, label, setter.words(dice, 1, 3), x0 + 0.3 * label.px, top + label.px, ink, dice,
            width=x1 - x0 - 0.6 * label.px)
        if dice.u() < 0.7:
            _entry(sheet, setter, entry, dice, x0 + 0.6 * label.px, x1 - 0.3 * label.px,
                   top + high - 0.4 * entry.px, ink)
    return top + high + label.px * dice.pick((1.0, 1.0, 2.0))


def _fields(sheet: Sheet, setter: Typesetter, label: Type, entry: Type, dice: Dice, x: float,
            right: float, y: float, ink: float) -> float:
    """Labels followed by a rule or dots and an entry on it."""
    count = dice.pick((1, 1, 2, 2, 3))
    y += 0.4 * entry.px
    for k in range(count):
        x0 = x + (right - x) * k / count
        x1 = x + (right - x) * (k + 1) / count - label.px
        edges = put(sheet, label, setter.words(dice, 1, 3) + dice.pick((":", "", " :")), x0, y, ink,
                    dice, width=0.6 * (x1 - x0))
        start = (edges[1] if edges else x0) + label.px * dice.between(0.3, 2)
        style = dice.u()
        if style < 0.6:
            sheet.rule((start, y + 0.2 * label.px), (x1, y + 0.2 * label.px), ink,
                       dice.pick((1, 1, 2)))
        elif style < 0.75:
            for dot in range(int(start), int(x1), max(3, label.px // 3)):
                sheet.box(dot, y, dot + 1, y + 1, ink, -1)
        if dice.u() < 0.75 and start < x1 - 2 * entry.px:
            _entry(sheet, setter, entry, dice, max(start, (edges[1] if edges else x0)
                                                   + 1.3 * label.px), x1, y, ink)
    return y + label.px * dice.between(1.5, 2.5)


def _entry(sheet: Sheet, setter: Typesetter, entry: Type, dice: Dice, x: float, right: float,
           baseline: float, ink: float) -> None:
    text = setter.prose(dice, 4, 30) if dice.u() < 0.5 else " ".join(setter.number(dice).split())
    if right - x > entry.px:
        put(sheet, entry, text, x, baseline, ink, dice, width=right - x)


def _checks(sheet: Sheet, setter: Typesetter, label: Type, dice: Dice, x: float, right: float,
            y: float, ink: float) -> float:
    """Boxes to tick."""
    side = 0.8 * label.px
    for _ in range(dice.integer(1, 3)):
        at = x
        while at < right - 6 * label.px:
            sheet.box(at, y - side, at + side, y, ink)
            if dice.u() < 0.4:
                sheet.rule((at, y - side), (at + side, y), ink, 2)
                sheet.rule((at + side, y - side), (at, y), ink, 2)
            edges = put(sheet, label, setter.words(dice, 1, 2), at + 1.5 * side, y, ink, dice,
                        width=right - at - 2 * side)
            at = (edges[1] if edges else at + 4 * side) + label.px * dice.between(1.5, 6)
        y += 1.6 * label.px
    return y + 0.6 * label.px


def table(recipe: PagesRecipe, setter: Typesetter, dice: Dice) -> Sheet:
    """A table of words and figures, ruled or not."""
    px = dice.integer(recipe.em[0], max(recipe.em[0], recipe.em[1] - 8))
    body = setter.type(dice, "text" if dice.u() < 0.6 else "receipt", px)
    count = dice.integer(2, 8)
    widths = [px * dice.between(3, 12) for _ in range(count)]
    widths[0] += px * dice.between(2, 10)
    margin = px * dice.between(1, 3.5)
    paper, ink = tones(dice)
    width = sum(widths)
    row = px * dice.between(1.25, 2.6)
    sheet = Sheet(int(min(1200, max(260, row * dice.integer(8, 40)))), int(width + 2 * margin),
                  paper)
    x, y, bottom = margin, margin + px, sheet.height - margin
    lines, verticals = dice.pick((0, 0, 1, 1, 2)), dice.u() < 0.4
    if dice.u() < 0.5:
        put(sheet, setter.resized(body, px * dice.between(1, 1.6)), setter.words(dice, 2, 6), x, y,
            ink, dice, width=width)
        y += 2 * px
    kinds = [dice.pick(("words", "number", "number", "short")) for _ in widths]
    kinds[0] = dice.pick(("words", "words", "number"))
    top, first = y - px, True
    gap = 1.1 * px if not verticals else 0.5 * px
    while y < bottom:
        at = x
        if lines and (first or lines == 2):
            sheet.rule((x, y + 0.35 * row), (x + width, y + 0.35 * row), ink)
        if first and dice.u() < 0.2:
            sheet.box(x, y - px, x + width, y + 0.3 * row, 0.78 * paper, -1)
        for kind, w in zip(kinds, widths, strict=True):
            text = _cell(setter, dice, "words" if first else kind)
            if kind == "number" and not first:
                put(sheet, body, text, at + w - gap, y, ink, dice, align="right", width=w - gap)
            elif dice.u() < 0.93:
                put(sheet, body, text, at + (0.2 * px if verticals else 0), y, ink, dice,
                    width=w - gap)
            at += w
        y += row
        first = False
    if verticals:
        at = x
        for w in [*widths, 0.0]:
            sheet.rule((at - 0.2 * px, top), (at - 0.2 * px, min(bottom, y - 0.6 * row)), ink)
            at += w
    return sheet


def _cell(setter: Typesetter, dice: Dice, kind: str) -> str:
    if kind == "words":
        return setter.words(dice, 1, 3)
    if kind == "short":
        return dice.pick(("x", "yes", "no", "A", "B", "-", "n/a", "1", "2", "kg", "C3", "IV"))
    return f"{10 ** dice.between(-1, 5):,.{dice.pick((0, 0, 1, 2, 2))}f}"
