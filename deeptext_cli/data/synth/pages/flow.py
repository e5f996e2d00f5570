"""Text that flows: paragraphs, single lines, and pieces at fixed places."""

from __future__ import annotations

import re
from typing import Literal

from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.pages.sheet import Sheet
from deeptext_cli.data.synth.pages.typesetter import WIDEST_SPACE, Type

Align = Literal["left", "right", "centre", "justify"]
GAP = re.compile(r" {2,}")


def put(sheet: Sheet, kind: Type, text: str, x: float, baseline: float, tone: float, dice: Dice,
        *, align: Align = "left", width: float | None = None) -> tuple[float, float] | None:
    """One line at `x` (its left, right or middle by `align`), no wider than `width`.

    Returns the left and right edge; None where nothing was printed.
    """
    text = kind.usable(text)
    if width is not None and text and kind.width(text) > width:
        words = text.split()
        text = " ".join(words[:kind.fit(words, width)])
        if kind.width(text) > 1.02 * width:
            text = text[:max(1, int(len(text) * width / kind.width(text)))].strip()
    line = kind.set(text, dice)
    if line is None:
        return None
    w = line.mask.shape[1]
    left = x - (w if align == "right" else w / 2 if align == "centre" else 0)
    return (left, left + w) if sheet.write(line, text, left, baseline, tone) else None


def pieces(sheet: Sheet, kind: Type, text: str, x: float, right: float, baseline: float,
           tone: float, dice: Dice) -> None:
    """A line whose runs of spaces are gaps: each piece is a line of its own, the last one at the
    right margin now and then."""
    parts = [p for p in GAP.split(text.strip()) if kind.usable(p)]
    at = x
    for i, part in enumerate(parts):
        if i and i == len(parts) - 1 and dice.u() < 0.5 and at < right - kind.width(part):
            put(sheet, kind, part, right, baseline, tone, dice, align="right",
                width=max(1.0, right - at))
            return
        if at >= right - kind.px:
            return
        edges = put(sheet, kind, part, at, baseline, tone, dice, width=right - at)
        if edges is None:
            return
        at = edges[1] + kind.px * dice.between(1.6, 5)


def paragraph(sheet: Sheet, kind: Type, text: str, x: float, y: float, width: float,
              bottom: float, leading: float, tone: float, dice: Dice, *,
              align: Align = "justify", indent: float = 0.0) -> float:
    """Set `text` from the baseline `y` down; returns the baseline after the last line."""
    words = kind.usable(text).split()
    first = True
    while words and y < bottom:
        room = width - (indent if first else 0)
        count = kind.fit(words, room)
        part, words = " ".join(words[:count]), words[count:]
        space = 1.0
        if align == "justify" and words and count > 1:
            slack = room - kind.width(part)
            blanks = (count - 1) * max(1.0, kind.width(" "))
            space = min(WIDEST_SPACE, max(0.8, 1 + slack / blanks))
        line = kind.set(part, dice, space=space)
        if line is not None:
            w = line.mask.shape[1]
            start = x + (indent if first else 0)
            left = {"centre": x + (width - w) / 2, "right": x + width - w}.get(align, start)
            sheet.write(line, part, left, y, tone)
        y += leading
        first = False
    return y


def separator(sheet: Sheet, kind: Type, x0: float, x1: float, y: float, tone: float,
              dice: Dice) -> None:
    """A rule across, drawn or typed: no text, so it gets no box."""
    style = dice.u()
    if style < 0.5:
        sheet.rule((x0, y), (x1, y), tone, dice.pick((1, 1, 2, 3)))
        if style < 0.1:
            sheet.rule((x0, y + 3), (x1, y + 3), tone)
        return
    char = dice.pick("--==**._~")
    advance = max(1.0, kind.width(char))
    line = kind.set(char * max(1, int((x1 - x0) / advance)), dice)
    if line is not None:
        sheet.write(line, "", x0, y + 0.3 * kind.px, tone, label=False)
