"""Lines that a detector drew across the narrow gutter between two columns of prose, as newspapers
have them, across an upright rule between any columns, or across the border of a cell, cut in two.

What tells a gutter from the space between two words is the white, or the rule, that runs down past
several lines (Baird, "Background structure in document images", 1994).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.borders import cell_borders
from deeptext_cli.layout.ink import (
    FEWEST,
    Grey,
    contrast,
    ink_of,
    level_rules,
    runs,
    upright_rules,
)
from deeptext_cli.layout.quads import Floats, angles_of, around, rects_of, sizes_of

HEIGHT = 14.0         # of a typical line, to which the page is brought down
# of a gutter in heights of a line: least width, least length down the page
WIDTH, LENGTH = 0.45, 5.5
WIDE = 0.65           # of one that does not come about by chance, whatever runs across
SPECK = 0.016         # least area of what is no dirt, in squared heights
RULE = 3.0            # ink that runs on for so many heights is a rule, and no text
PROSE, LONG = 8.0, 4  # so many lines on either side are so long
NEAR = 6.0            # heights within which other lines stand beside it too
RULED = 3             # so many lines on either side of a rule are enough, of any length
THIN, FREE = 0.35, 0.3  # most width of a rule with its rims, least white on both sides together
ROWS, CROSSED = 6, 0.6  # least lines on either side; most of them that run across,
MANY = 9              # unless so many have white there; in typescript eight may by chance
HEADING = 1.4         # typical heights from which a line is a heading, which may run over white;
LARGE = 2.0           # and those from which the spaces between its words are as wide as a gutter
RIM = 0.2             # of a gap's width
BARE, EXTREME = 0.4, 4  # most contrast of a gap beside its line's; percentiles left out of both
SHORT = 0.5           # least length of a piece, in heights
REACH = 4.0           # heights from it within which a ragged line beside it ends
MARGIN = 0.04         # of a height that a piece keeps beyond its ink: reading adds its own


def part_columns(page: Grey, quads: Floats,
                 found: Sequence[Floats] | None = None) -> list[Floats]:
    """Each box (4, 2) of `quads` as its pieces (K, 4, 2) from the left, mostly one.

    Ends of boxes that reach into a gutter are taken back, so that it stays free.
    page: grey (H, W), dark ink. `found`: the boxes (M, 4, 2) that each was joined from, which tell
    what runs across and what is a heading better than it does: two lines on different levels, or a
    line beside a heading, are high together. Pages with few long lines to compare with are looked
    at only where they have an upright rule.
    """
    whole = [q[None] for q in quads]
    found = whole if found is None else found
    if len(quads) < 2:
        return whole
    for i, (cells, gaps) in enumerate(zip(cell_borders(page, quads), _gaps(page, quads, found),
                                          strict=True)):
        cuts = sorted(cells + [gap for gap in gaps if not _meets(gap, cells)])
        if cuts:
            whole[i] = _pieces(quads[i], found[i], np.array(cuts))
    return whole


def _gaps(page: Grey, quads: Floats, found: Sequence[Floats]) -> list[list[tuple[float, float]]]:
    """For each line the stretches, from x to x, where it runs across a gutter or a rule between
    columns."""
    none: list[list[tuple[float, float]]] = [[] for _ in quads]
    length, height = sizes_of(quads)
    if len(quads) < 2 * RULED:
        return none
    ink, scale, size = ink_of(page, quads, HEIGHT)
    long = max(3, round(RULE * size))
    upright = upright_rules(ink, long)
    some = len(quads) >= FEWEST and (length > PROSE * height).sum() >= 2 * ROWS
    if not some and not upright.any():
        return none
    white = _white(ink, cv2.max(upright, level_rules(ink, long)), size)
    rects, parts = rects_of(quads) * scale, rects_of(np.concatenate(found)) * scale
    centres = np.clip((rects[:, 1] + rects[:, 3]) / 2, 0, len(white) - 1).astype(int)
    sheet = _Sheet(page, quads, scale, ink, upright, _corridors(white, size, WIDTH),
                   _corridors(white, size, WIDE), rects, centres, parts, size)
    out = []
    for i, boxes in enumerate(found):
        high = float(sizes_of(boxes)[1].min()) * scale / size
        met = [_cut(sheet, i, run, high) for run in _runs(sheet.white, sheet.rects[i])]
        out.append([(cut[0] / scale, cut[1] / scale) for cut in met if cut])
    return out


def _meets(gap: tuple[float, float], others: Sequence[tuple[float, float]]) -> bool:
    return any(gap[0] < right and left < gap[1] for left, right in others)


class _Sheet(NamedTuple):
    """A page (H, W) and its lines (N, 4, 2); and, brought down by `scale` until these are `size`
    pixels high: 1 where there is ink, a rule that runs down, white wide enough for a gutter, white
    too wide for chance; the lines (N, 4), the rows of their middles (N,), and the boxes (M, 4) that
    they were joined from."""

    page: Grey
    quads: Floats
    scale: float
    ink: Grey
    upright: Grey
    white: Grey
    wide: Grey
    rects: Floats
    centres: NDArray[np.intp]
    parts: Floats
    size: float


def _cut(sheet: _Sheet, i: int, run: tuple[int, int], high: float) -> tuple[int, int] | None:
    """What to cut out of line `i`, so many typical heights high, where it meets a corridor: all of
    that, or the white about a rule in it, which headings do not run across either."""
    rule = _rule(sheet.ink, sheet.upright, sheet.rects[i], run, sheet.size)
    if rule and _parts(sheet, sheet.white, i, run, ruled=True):
        return rule
    if (high < HEADING and _parts(sheet, sheet.white, i, run)) or (
            high < LARGE and _parts(sheet, sheet.wide, i, run)):
        start, end = run[0] / sheet.scale, run[1] / sheet.scale
        return run if _is_bare(sheet.page, sheet.quads[i], start, end) else None
    return None


def _is_bare(page: Grey, quad: Floats, start: float, end: float) -> bool:
    """Whether a line's gap from x to x is bare paper beside the rest of it, not pale letters that
    the page's other lines outdo."""
    rim = RIM * (end - start)  # letters may reach into it
    return _levels(page, _between(quad, start + rim, end - rim)) <= BARE * _levels(page, quad)


def _levels(page: Grey, quad: Floats) -> float:
    """Grey levels between the light and the dark in the middle of a box."""
    x0, y0, x1, y1 = rects_of(quad)[0]
    quarter = (y1 - y0) / 4
    part = page[max(0, int(y0 + quarter)):int(y1 - quarter) + 1, max(0, int(x0)):int(x1) + 1]
    return contrast(part, EXTREME)


def _white(ink: Grey, rules: Grey, size: float) -> Grey:
    """1 where there is no text; rules and specks are none."""
    text = cv2.subtract(ink, cv2.dilate(rules, np.ones((3, 3), np.uint8)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(text, connectivity=8)
    white = stats[:, cv2.CC_STAT_AREA] <= SPECK * size * size
    white[0] = True  # the paper
    return np.asarray(white[labels].view(np.uint8))


def _corridors(white: Grey, size: float, width: float) -> Grey:
    """1 where white is so many heights wide and long enough for a gutter."""
    # the page goes on white beyond its edges
    side = int(LENGTH * size)
    longer = cv2.copyMakeBorder(white, side, side, 0, 0, cv2.BORDER_CONSTANT, value=1)
    kernel = np.ones((side, max(2, round(width * size))), np.uint8)
    # MORPH_OPEN moves everything by a pixel where a side is even
    middle = ((kernel.shape[1] - 1) // 2, (kernel.shape[0] - 1) // 2)
    opened = cv2.dilate(cv2.erode(longer, kernel), kernel, anchor=middle)
    return np.asarray(opened[side:-side], np.uint8)


def _runs(white: Grey, rect: Floats) -> list[tuple[int, int]]:
    """The corridors that the middle of a line crosses or reaches into: (left, right)."""
    row = white[min(len(white) - 1, max(0, int((rect[1] + rect[3]) / 2)))]
    return [(int(a), int(b)) for a, b in runs(row > 0) if b > rect[0] and a < rect[2]]


def _rule(ink: Grey, upright: Grey, rect: Floats, run: tuple[int, int],
          size: float) -> tuple[int, int] | None:
    """The white (left, right) around a rule that stands by itself in a corridor, all along the
    height of a line; the corridor itself takes in what is close to the rule."""
    top, bottom = max(0, round(rect[1])), max(1, round(rect[3]))
    rim = (bottom - top) // 4  # boxes reach into the lines above and below
    middle = slice(top + rim, bottom - rim)
    at = runs(np.asarray(upright[middle, run[0]:run[1]].all(axis=0))) + run[0]
    if len(at) != 1:
        return None
    left, right = (int(x) for x in at[0])
    core = np.flatnonzero(ink[middle, left:right].mean(axis=0) > 0.5)  # without its rims
    if not core.size:
        return None
    left, right = left + int(core[0]), left + int(core[-1]) + 1
    reach = round(size)
    beside = ink[middle, max(0, left - reach):left][:, ::-1], ink[middle, right:right + reach]
    free = [int(np.append(part.any(axis=0), True).argmax()) for part in beside]
    if right - left > THIN * size or sum(free) < FREE * size:
        return None
    return left - free[0], right + free[1]


def _parts(sheet: _Sheet, white: Grey, i: int, run: tuple[int, int], *,
           ruled: bool = False) -> bool:
    """Whether enough lines, some of them long, stand on both sides of a corridor of `white` that
    line `i` meets, and few boxes as they were found run across it, unless it is a wide one."""
    rects, centre, parts, size = sheet.rects, sheet.centres, sheet.parts, sheet.size
    left, right = run
    half = WIDTH * size / 2  # a corridor that is wide here may be narrow further down
    x = right - half if rects[i, 0] > left else left + half if rects[i, 2] < right else \
        (left + right) / 2
    closed = np.flatnonzero(white[:, min(max(int(x), 0), white.shape[1] - 1)] == 0)
    at = int(closed.searchsorted(centre[i]))
    top = closed[at - 1] if at else -1
    bottom = closed[at] if at < len(closed) else len(white)
    beside = (centre > top) & (centre < bottom)
    # a line that is cut here counts on both sides
    before = beside & (rects[:, 0] < x) & (rects[:, 2] > x - REACH * size)
    after = beside & (rects[:, 2] > x) & (rects[:, 0] < x + REACH * size)
    lines = min(np.count_nonzero(before), np.count_nonzero(after))
    if ruled and lines >= RULED:
        return True
    if lines < ROWS:
        return False
    near = np.abs(centre - centre[i]) <= NEAR * size
    near[i] = False  # a heading over the columns has none of them beside it
    if not (before & near).any() or not (after & near).any():
        return False
    middle = parts[:, [1, 3]].mean(axis=1)
    crossed = ((middle > top) & (middle < bottom)
               & (parts[:, 0] < x - 2 * size) & (parts[:, 2] > x + 2 * size))
    if white is not sheet.wide and lines < MANY and crossed.sum() > CROSSED * lines:
        return False
    lengths = (np.minimum(rects[before, 2], x) - rects[before, 0],
               rects[after, 2] - np.maximum(rects[after, 0], x))
    return all((n >= PROSE * size).sum() >= LONG for n in lengths)


def _pieces(quad: Floats, found: Floats, cuts: Floats) -> Floats:
    """What lies between the gaps `cuts` (K, 2), which run from x to x, of a line (4, 2) and of the
    boxes (M, 4, 2) that it was joined from: up to K + 1 quads."""
    angle = float(angles_of(quad)[0])
    heights = sizes_of(found)[1]
    pieces = []
    for a, b in zip(np.insert(cuts[:, 1], 0, -np.inf), np.append(cuts[:, 0], np.inf), strict=True):
        within = []
        for box, height in zip(found, heights, strict=True):
            margin = MARGIN * height
            first, last = box[[0, 3], 0].mean(), box[[1, 2], 0].mean()
            start, end = max(first, a - margin), min(last, b + margin)
            if end - start >= SHORT * height:
                within.append(_between(box, start, end))
        if within:
            pieces.append(within[0] if len(within) == 1 else around(within, angle))
    return np.array(pieces or [quad])


def _between(quad: Floats, start: float, end: float) -> Floats:
    """The part of a quad whose top and bottom lie between two x."""
    top, bottom = quad[[0, 1]], quad[[3, 2]]

    def at(edge: NDArray[np.float64], x: float) -> NDArray[np.float64]:
        share = np.clip((x - edge[0, 0]) / max(1e-6, edge[1, 0] - edge[0, 0]), 0.0, 1.0)
        return np.asarray(edge[0] + share * (edge[1] - edge[0]))

    return np.array([at(top, start), at(top, end), at(bottom, end), at(bottom, start)])
