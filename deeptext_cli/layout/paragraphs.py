"""Lines in reading order into paragraphs, and words hyphenated across lines joined."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from deeptext_cli.layout.quads import Floats, as_quads, overlap_1d, rects_of
from deeptext_cli.layout.rotation import deskew, estimate_skew

GAP = 0.6  # white above a line, beyond what is usual, in line heights: a new paragraph
HEIGHT_RATIO = 1.4  # larger or smaller type is another paragraph
OF_ANY = 1.7        # at any distance from the line above
SAME_PITCH = 0.25  # a line so near the page's usual distance from the one above is of its size
INDENT = 0.8  # of the line height


def group_paragraphs(quads: ArrayLike, *, skew: float | None = None) -> list[list[int]]:
    """Consecutive runs of lines that make a paragraph, as indices into `quads`.

    `quads` (N, 4, 2) are lines in reading order. A paragraph ends where the next line starts
    another column, leaves more white than the column's lines usually do, is of another size (and
    not merely a low word, or a box cut close, at the usual distance), or is indented between two
    lines that are not. What stands level on one row stays together.
    """
    q = as_quads(quads)
    if not len(q):
        return []
    rects = rects_of(deskew(q, estimate_skew(q) if skew is None else skew))
    usual, pitch = _usual_gap(rects), _usual_pitch(rects)
    out = [[0]]
    for i in range(1, len(rects)):
        if _starts_paragraph(rects, i, out[-1], usual, pitch):
            out.append([])
        out[-1].append(i)
    return out


def _starts_paragraph(rects: Floats, i: int, current: Sequence[int], usual: float,
                      pitch: float) -> bool:
    before, here = rects[i - 1], rects[i]
    heights = sorted((before[3] - before[1], here[3] - here[1]))
    small = max(heights[0], 1e-6)
    if overlap_1d(before[1], before[3], here[1], here[3]) >= 0.5 * small and here[0] >= before[0]:
        return False  # the next cell of a row
    apart = (here[1] + here[3] - before[1] - before[3]) / 2
    if heights[1] > (HEIGHT_RATIO if abs(apart - pitch) > SAME_PITCH * pitch else OF_ANY) * small:
        return True
    if here[1] < before[1]:
        return True  # back to the top: another column
    block = rects[list(current)]
    if overlap_1d(block[:, 0].min(), block[:, 2].max(), here[0], here[2]) <= 0:
        return True
    if here[1] - before[3] > usual + GAP * small:
        return True
    left = float(np.median(block[:, 0]))
    if len(current) < 2 and here[0] < before[0] - INDENT * small:
        left = float(here[0])  # the line above was itself the indented first line
    indented = here[0] - left > INDENT * small
    if not indented or i + 1 >= len(rects):
        return False
    after = rects[i + 1]
    follows = 0 < after[1] - here[1] < 3 * small and after[2] > here[0]
    return bool(follows and here[0] - after[0] > INDENT * small
                and abs(after[0] - left) < INDENT * small)


def _usual_pitch(rects: Floats) -> float:
    """The median distance of the middles of lines that follow each other in a column; 0.0 without
    any."""
    middles = (rects[:, 1] + rects[:, 3]) / 2
    return _median_within(np.diff(middles), rects, 0.5, 3.0)


def _usual_gap(rects: Floats) -> float:
    """The median white between lines that follow each other in a column; 0.0 without any."""
    return max(0.0, _median_within(rects[1:, 1] - rects[:-1, 3], rects, -0.5, 2.0))


def _median_within(steps: Floats, rects: Floats, least: float, most: float) -> float:
    """The median of the steps to each line from the one before that are between so many of its
    heights; 0.0 without any."""
    height = rects[1:, 3] - rects[1:, 1]
    below = (steps > least * height) & (steps < most * height)
    return float(np.median(steps[below])) if below.any() else 0.0


_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010\u00ac\u2e17]$")


def dehyphenate(lines: Sequence[str]) -> list[str]:
    """Words cut by a hyphen at a line's end moved whole to that line; emptied lines go.

    Only where a letter stands before the hyphen and a lower-case letter starts the next line, so
    "1990-" and "Jean-" / "Paul" stay. A compound whose own hyphen falls at the line's end loses
    it: nothing on the page tells the two apart.
    """
    out: list[str] = []
    for line in lines:
        if out and line[:1].islower() and _HYPHEN.search(out[-1]):
            head, _, rest = line.partition(" ")
            out[-1] = out[-1][:-1] + head
            if rest:
                out.append(rest)
        else:
            out.append(line)
    return out
