"""Group boxes of words or pieces into lines of text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeptext_cli.layout.quads import Floats, around, as_quads, overlap_1d, rects_of, sizes_of
from deeptext_cli.layout.rotation import deskew, estimate_skew

# Boxes above one another by more than so many heights are of one row only where they share so much
# of the lower one's height: close lines that lean reach into each other's row.
STACKED, LEVEL = 1.0, 0.75
BESIDE = 0.5  # most of the narrower box's width that two boxes of a line may share
SAME = 0.75   # or else the least of their height: then both hold the same text
# A narrow gap is one between columns where most of the rows near it, up to so many above and below,
# have it too; prose so many heights long ends there, and what begins is longer than a number.
NEAR_ROWS, GUTTER_ROWS, PROSE, BESIDE_PROSE = 3, 2, 8.0, 2.0
BESIDE_ONE = 4.6  # most heights of a label that what stands beside it alone may be high
# Words, so many heights long, in letters so many times as large stand on the same line as others
# where their boxes' lower edges, below the descenders, are apart by a quarter of the difference.
WORDS, LARGER, ASTRAY = 3.0, 1.5, 0.38
UPENDED = 2.5  # boxes so many times as high as wide hold words that run up or down


def rows_of(rects: Floats, *, min_overlap: float = 0.5, max_ratio: float = 2.5,
            labels: bool = False) -> list[list[int]]:
    """Indices of upright rectangles in rows from the top, each row from the left.

    A box joins the row that it overlaps most, if the overlap is at least `min_overlap` of the
    smaller height and the heights differ by no more than `max_ratio`: a tall logo beside four
    lines is a row of its own and does not pull the four into one. With `labels`, what is written
    large beside a single label may be higher (see BESIDE_ONE). Nor does a box join a row that it
    stands below (see STACKED).
    """
    if not len(rects):
        return []
    top, bottom = rects[:, 1], rects[:, 3]
    height = np.maximum(bottom - top, 1e-6)
    pairs = _labelled(rects, height, min_overlap, max_ratio) if labels else None
    rows: list[list[int]] = []
    tops = np.empty(len(rects))  # the rows' mean extents
    bottoms = np.empty(len(rects))
    for i in np.argsort((top + bottom) / 2, kind="stable"):
        n = len(rows)
        shared = np.minimum(bottoms[:n], bottom[i]) - np.maximum(tops[:n], top[i])
        tall = np.maximum(bottoms[:n] - tops[:n], 1e-6)
        share = shared / np.minimum(tall, height[i])
        far = np.maximum(tall, height[i]) > max_ratio * np.minimum(tall, height[i])
        if pairs is not None and far.any():
            far &= [not pairs[i, row].any() for row in rows]
        share[far] = 0.0
        likely = np.flatnonzero(share >= min_overlap)
        best = next((int(k) for k in likely[np.argsort(-share[likely], kind="stable")]
                     if not _is_stacked(rects[i], rects[rows[k]])), -1)
        if best >= 0:
            rows[best].append(int(i))
            tops[best] = np.mean(top[rows[best]])
            bottoms[best] = np.mean(bottom[rows[best]])
        else:
            tops[n], bottoms[n] = top[i], bottom[i]
            rows.append([int(i)])
    n = len(rows)
    rows = [sorted(row, key=lambda k: (rects[k, 0], rects[k, 2])) for row in rows]
    return [rows[k] for k in np.argsort(tops[:n] + bottoms[:n], kind="stable")]


def _labelled(rects: Floats, height: Floats, min_overlap: float,
              max_ratio: float) -> NDArray[np.bool_]:
    """(N, N) which boxes are a label and what is written large beside it alone."""
    pairs = np.zeros((len(rects), len(rects)), bool)
    for i in np.flatnonzero(height > max_ratio * height.min()):
        level = overlap_1d(rects[:, 1], rects[:, 3], rects[i, 1], rects[i, 3])
        beside = np.flatnonzero((level > 0) & (np.arange(len(rects)) != i))
        # a single row, of which all share some height
        if len(beside) and rects[beside, 1].max() < rects[beside, 3].min():
            small = beside[(level >= min_overlap * height)[beside]
                           & (height[i] <= BESIDE_ONE * height[beside])]
            pairs[i, small] = pairs[small, i] = True
    return pairs


def _is_stacked(rect: Floats, row: Floats) -> bool:
    """Whether a rectangle stands above or below one of a row rather than beside it."""
    low = np.minimum(row[:, 3] - row[:, 1], rect[3] - rect[1])
    beside = overlap_1d(row[:, 0], row[:, 2], rect[0], rect[2])
    level = overlap_1d(row[:, 1], row[:, 3], rect[1], rect[3])
    return bool(((beside > STACKED * low) & (level < LEVEL * low)).any())


def group_into_lines(quads: ArrayLike, *, max_gap: float = 1.2, min_overlap: float = 0.5,
                     skew: float | None = None) -> list[list[int]]:
    """Which boxes form a line: indices, each line in reading order, lines from the top.

    `quads` (N, 4, 2) are words or pieces of lines. Neighbours in a row are one line if the gap
    between them is at most `max_gap` times their height, so that columns and the cells of tables
    stay apart; columns beside prose do at a narrower gap too, which the rows near it share.
    `skew` in degrees; None estimates it from the boxes.
    """
    q = as_quads(quads)
    if not len(q):
        return []
    rects = rects_of(deskew(q, estimate_skew(q) if skew is None else skew))
    lines: list[list[int]] = []
    rows = rows_of(rects, min_overlap=min_overlap)
    rects_of_rows = [rects[row] for row in rows]
    for r, row in enumerate(rows):
        nearby = (rects_of_rows[max(0, r - NEAR_ROWS):r]
                  + rects_of_rows[r + 1:r + 1 + NEAR_ROWS])
        open_lines: list[list[int]] = []
        for i in row:
            near = [line for line in open_lines if _goes_on(rects[line], rects[i], max_gap)
                    and not _is_gutter(rects[line], rects[i], nearby)]
            if near:
                max(near, key=lambda line: _shared_height(rects[line[-1]], rects[i])).append(i)
            else:
                open_lines.append([i])
        lines += open_lines
    return lines


def _goes_on(line: Floats, rect: Floats, max_gap: float) -> bool:
    """Whether a box (4,) goes on where a line's boxes (N, 4), all further left, end. One that
    lies above or below them does not, however close."""
    height = min(rect[3] - rect[1], line[-1, 3] - line[-1, 1])
    reach = line[:, 2].max()
    if rect[0] - reach > max_gap * height:
        return False
    narrower = min(rect[2] - rect[0], reach - line[:, 0].min())
    if narrower > WORDS * height and _is_off_line(line[-1], rect, height):
        return False
    if min(reach, rect[2]) - rect[0] <= BESIDE * narrower:
        return True
    return max(_shared_height(r, rect) for r in line) >= SAME * height


def _is_off_line(a: Floats, b: Floats, height: float) -> bool:
    """Whether boxes (4,) of quite different height, the lesser one `height`, do not stand on one
    line: a heading or a quotation set large beside a column of text."""
    more = max(a[3] - a[1], b[3] - b[1]) - height
    return bool(more > (LARGER - 1) * height and abs(a[3] - b[3]) > ASTRAY * more)


def _is_gutter(line: Floats, rect: Floats, rows: Sequence[Floats]) -> bool:
    """Whether the gap between a line's boxes (N, 4) and the next one (4,) parts prose from another
    column: most of the rows nearby have boxes on either side of it and none across."""
    end, height = line[:, 2].max(), rect[3] - rect[1]
    if (rect[0] <= end or end - line[:, 0].min() < PROSE * height
            or rect[2] - rect[0] < BESIDE_PROSE * height):
        return False
    middle = (end + rect[0]) / 2
    across = parted = 0
    for row in rows:
        if abs(row[:, [1, 3]].mean() - rect[[1, 3]].mean()) > 2 * NEAR_ROWS * height:
            continue
        length = row[:, 2] - row[:, 0]
        if ((row[:, 0] < middle) & (row[:, 2] > middle)).any():
            across += 1
        elif ((row[:, 2] <= middle) & (length >= PROSE * height)).any() and (
                (row[:, 0] >= middle) & (length >= BESIDE_PROSE * height)).any():
            parted += 1
    return parted >= GUTTER_ROWS and parted > 2 * across


def _shared_height(a: Floats, b: Floats) -> float:
    return float(min(a[3], b[3]) - max(a[1], b[1]))


def merge_into_lines(quads: ArrayLike, *, max_gap: float = 1.2,
                     skew: float | None = None) -> tuple[Floats, list[list[int]]]:
    """As `group_into_lines`, with the quad (L, 4, 2) around each line at the page's skew.

    Words that run up or down, as beside the axis of a chart, form lines of their own.
    """
    q = as_quads(quads)
    angle = estimate_skew(q) if skew is None else skew
    along, across = sizes_of(q)
    upended = across > UPENDED * along
    level, up = np.flatnonzero(~upended), np.flatnonzero(upended)
    groups = [level[g].tolist() for g in group_into_lines(q[level], max_gap=max_gap, skew=angle)]
    # laid on their side: x and y change places, and what leans right leans left
    groups += [up[g].tolist() for g in group_into_lines(q[up][:, :, ::-1], max_gap=max_gap,
                                                         skew=-angle)]
    merged = [q[g[0]] if len(g) == 1 else around(q[g], angle) for g in groups]
    return np.array(merged).reshape(-1, 4, 2), groups
