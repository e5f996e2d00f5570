"""Lines in reading order into paragraphs, and words hyphenated across lines joined."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeptext_cli.layout.ink import runs
from deeptext_cli.layout.quads import (
    Floats,
    angles_of,
    as_quads,
    overlap_1d,
    rects_of,
)
from deeptext_cli.layout.rotation import deskew, estimate_skew
from deeptext_cli.layout.type_size import steady_heights

GAP = 0.6  # white above a line, beyond what is usual, in line heights: a new paragraph
CLOSE = 0.2  # share of a page's gaps that are those within paragraphs, however short these are
ALIKE, SERIES = 0.2, 3  # of a line height by which so many gaps in a row differ that are all alike
ROWS = 2.0  # line heights of white between two rows of cells
LEANING = 10.0  # degrees up to which a box is as high as it is across
HEIGHT_RATIO = 1.4  # larger or smaller type is another paragraph
OF_ANY = 1.7        # at any distance from the line above
SAME_PITCH = 0.25  # a line so near the page's usual distance from the one above is of its size
INDENT = 0.8  # of the line height


def group_paragraphs(quads: ArrayLike, *, skew: float | None = None,
                     sizes: ArrayLike | None = None) -> list[list[int]]:
    """Consecutive runs of lines that make a paragraph, as indices into `quads`.

    `quads` (N, 4, 2) are lines in reading order, `sizes` (N,) those of their type (see
    `type_sizes`), where they are known. A paragraph ends where the next line starts
    another column, leaves more white than the column's lines usually do, is of another size (and
    not merely a low word, or a box cut close, at the usual distance), or is indented between two
    lines that are not. What stands level on one row stays together, and so do rows of cells.
    """
    q = as_quads(quads)
    if not len(q):
        return []
    heights = steady_heights(q, np.zeros(len(q)) if sizes is None else np.asarray(sizes))
    rects = _upright(deskew(q, estimate_skew(q) if skew is None else skew), heights)
    pitch = _usual_pitch(rects)
    level = [_is_level(a, b) for a, b in itertools.pairwise(rects)]
    cells = np.array([False, *level]) | np.array([*level, False])
    rows = np.append(False, cells[1:] & cells[:-1] & ~np.array(level, bool))  # one below another
    tall = _row_heights(rects, level)
    parted = _parted_by_white(rects, tall, rows)
    out = [[0]]
    for i in range(1, len(rects)):
        if not level[i - 1] and (parted[i] or _is_other_type(rects, tall, i, pitch)
                                 or _starts_paragraph(rects, i, out[-1], bool(rows[i]))):
            out.append([])
        out[-1].append(i)
    return out


def _upright(quads: Floats, heights: Floats) -> Floats:
    """(N, 4) rectangles as high as lines are across: a long box that leans by half a degree is half
    as high again from corner to corner."""
    rects = rects_of(quads)
    middle, half = quads[:, :, 1].mean(axis=1), heights / 2
    level = np.abs(angles_of(quads)) <= LEANING
    rects[level, 1], rects[level, 3] = (middle - half)[level], (middle + half)[level]
    return rects


def _is_level(before: Floats, here: Floats) -> bool:
    """Whether a line is the next cell of a row."""
    small = max(1e-6, min(before[3] - before[1], here[3] - here[1]))
    return bool(overlap_1d(before[1], before[3], here[1], here[3]) >= 0.5 * small
                and here[0] >= before[0])


def _row_heights(rects: Floats, level: Sequence[bool]) -> Floats:
    """(N,) the height of the highest line in each one's row."""
    first = np.flatnonzero([True, *(not x for x in level)])
    highest = np.maximum.reduceat(rects[:, 3] - rects[:, 1], first)
    return np.repeat(highest, np.diff(np.append(first, len(rects))))


def _parted_by_white(rects: Floats, tall: Floats, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(N,) which lines have more white above them than is usual between those of a paragraph.

    On pages of short paragraphs that is less than most of the white there is. Lines all of which
    are as far apart, though others are closer, as in double-spaced typescript and in lists, belong
    together for all that, unless that is more than most.
    """
    gap = np.append(0.0, rects[1:, 1] - rects[:-1, 3])
    height = rects[:, 3] - rects[:, 1]
    small = np.append(1.0, np.maximum(np.minimum(height[1:], height[:-1]), 1e-6))
    below = np.append(False, (gap[1:] > -0.5 * height[1:]) & (gap[1:] < 2.0 * height[1:]))
    close, usual = (max(0.0, float(v)) for v in np.quantile(gap[below], (CLOSE, 0.5))) \
        if below.any() else (0.0, 0.0)
    parted = gap > close + GAP * small
    pitch = np.append(0.0, np.diff((rects[:, 1] + rects[:, 3]) / 2))
    same = np.append(False, np.abs(np.diff(pitch)) <= ALIKE * np.minimum(small[1:], small[:-1]))
    for start, end in runs(parted[1:] & parted[:-1] & same[1:]):
        if end - start + 1 >= SERIES:
            parted[start:end + 1] = False
    between = _most_between_rows(gap, np.minimum(tall, np.append(tall[:1], tall[:-1])), rows)
    parted &= ~(rows & (gap <= between))
    return np.asarray(parted | (gap > np.where(rows, between, usual + GAP * small)))


def _most_between_rows(gap: Floats, height: Floats, rows: NDArray[np.bool_]) -> Floats:
    """(N,) the most white above each line that rows of cells of one table have: little more than
    the next rows have or than is usual."""
    some = np.append(0.0, gap[rows])  # the first has none before it
    beside = np.maximum(some[:-1], np.append(some[2:], 0.0))
    most = np.zeros(len(gap))
    if rows.any():
        most[rows] = np.maximum(beside, float(np.median(gap[rows])))
    return np.minimum(ROWS * height, np.maximum(most, 0.0) + GAP * height)


def _is_other_type(rects: Floats, tall: Floats, i: int, pitch: float) -> bool:
    """Whether a line is larger or smaller than the one before."""
    small, large = sorted((float(tall[i - 1]), float(tall[i])))
    apart = (rects[i, 1] + rects[i, 3] - rects[i - 1, 1] - rects[i - 1, 3]) / 2
    ratio = HEIGHT_RATIO if abs(apart - pitch) > SAME_PITCH * pitch else OF_ANY
    return bool(large > ratio * max(small, 1e-6))


def _starts_paragraph(rects: Floats, i: int, current: Sequence[int], cells: bool) -> bool:
    """Whether a line stands in another column or is indented; rows of `cells` may begin with an
    empty one."""
    before, here = rects[i - 1], rects[i]
    small = max(min(before[3] - before[1], here[3] - here[1]), 1e-6)
    if here[1] < before[1]:
        return True  # back to the top: another column
    block = rects[list(current)]
    if overlap_1d(block[:, 0].min(), block[:, 2].max(), here[0], here[2]) <= 0:
        return True
    if cells:
        return False
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
    steps = np.diff((rects[:, 1] + rects[:, 3]) / 2)
    height = rects[1:, 3] - rects[1:, 1]
    below = (steps > 0.5 * height) & (steps < 3.0 * height)
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
