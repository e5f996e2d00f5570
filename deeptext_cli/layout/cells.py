"""Tables that are ruled all round their cells: which cell each line stands in.

Cells whose text runs over several lines are read one after the other, row by row. Without rules
the lines of neighbouring cells would be taken for rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeptext_cli.layout.borders import framed_cells
from deeptext_cli.layout.ink import Grey, Ink, ink_of, rules_of
from deeptext_cli.layout.order import reading_order
from deeptext_cli.layout.quads import Floats, as_quads, quads_of_rects, rects_of
from deeptext_cli.layout.sections import sections_of

HEIGHT = 14.0            # of a typical line, to which the page is brought down
UPRIGHT, LEVEL = 1.6, 5  # heights of a line that a rule down and a rule across run on at least
SMALLEST = (1.5, 0.8)    # width and height of a cell, in heights of a line
FEWEST_CELLS = 6         # of a table, that hold text
APART = 1.0              # heights between neighbouring cells
SAME_ROW = 0.6           # heights by which the tops of a row's cells differ
INSIDE = 0.7             # least share of a line that lies in its cell


@dataclass(frozen=True)
class Table:
    """Lines of a table: its box (x0, y0, x1, y1), and the line numbers of its cells in rows from
    the top, each from the left."""

    box: Floats
    cells: list[list[int]]


def order_of_page(page: Grey, quads: ArrayLike, *, skew: float | None = None,
                  words: ArrayLike | None = None,
                  goes_on: ArrayLike | None = None) -> list[int]:
    """As `reading_order`, section by section of the page (H, W), with the cells of ruled tables one
    after the other."""
    q = as_quads(quads)
    lines = _Lines(q, np.ones(len(q), bool) if words is None else np.asarray(words, bool),
                   np.zeros(len(q), bool) if goes_on is None else np.asarray(goes_on, bool), skew)
    if len(q) < FEWEST_CELLS:
        return lines.order(list(range(len(q))))
    ink = ink_of(page, q, HEIGHT)
    tables = tables_of(ink, q)
    if tables:
        tables = tables_of(ink, q, framed_cells(page, q))
    sections = sections_of(ink, q, [table.box for table in tables])
    return [i for section in sections for i in _in_section(lines, section, tables)]


class _Lines(NamedTuple):
    """The lines of a page, and what `reading_order` is told of them."""

    quads: Floats
    words: NDArray[np.bool_]
    goes_on: NDArray[np.bool_]
    skew: float | None

    def order(self, some: list[int], boxes: Sequence[Floats] = ()) -> list[int]:
        """Places of these lines, and after them of upright boxes (4,), in reading order."""
        no = np.zeros(len(boxes), bool)
        return reading_order(
            np.concatenate([self.quads[some], quads_of_rects(boxes)]), skew=self.skew,
            words=np.append(self.words[some], no), goes_on=np.append(self.goes_on[some], no))


def _in_section(lines: _Lines, section: list[int], tables: list[Table]) -> list[int]:
    """Numbers of a section's lines in reading order."""
    inside = set(section)
    tables = [t for t in tables if t.cells[0][0] in inside]
    within = {i for table in tables for cell in table.cells for i in cell}
    free = [i for i in section if i not in within]
    out: list[int] = []
    for k in lines.order(free, [table.box for table in tables]):
        if k < len(free):
            out.append(free[k])
            continue
        for cell in tables[k - len(free)].cells:
            out += [cell[j] for j in lines.order(cell)]
    return out


def tables_of(page: Ink, quads: Floats, framed: ArrayLike = ()) -> list[Table]:
    """The ruled tables of a page with cells of several lines, of boxes (N, 4, 2); the frames of
    the cells `framed` (K, 4) are rules, however short: of a narrow column they part the cells."""
    ink, scale, size = page
    rules = rules_of(ink, max(3, int(UPRIGHT * size)), int(LEVEL * size))
    insides = np.asarray(framed, np.float64).reshape(-1, 4) * scale
    for x0, y0, x1, y1 in np.rint(insides).astype(int).tolist():
        cv2.rectangle(rules, (x0 - 1, y0 - 1), (x1, y1), 1)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - rules, connectivity=4)
    if count <= FEWEST_CELLS:
        return []
    boxes = stats[:, :4].astype(np.float64)
    boxes[:, 2:] += boxes[:, :2]
    boxes[0] = 0.0  # the rules
    h, w = ink.shape
    closed = (boxes[:, :2] > 0).all(axis=1) & (boxes[:, 2] < w) & (boxes[:, 3] < h)
    closed &= (boxes[:, 2:] - boxes[:, :2] >= np.array(SMALLEST) * size).all(axis=1)
    lines_of: dict[int, list[int]] = {}
    for i, rect in enumerate(rects_of(quads) * scale):
        cell = _cell(labels, rect)
        if closed[cell]:
            lines_of.setdefault(cell, []).append(i)
    cells = [c for c in lines_of if not _surrounds(boxes[c], boxes[list(lines_of)])]
    tables = []
    for group in _neighbours(boxes[cells], APART * size):
        numbers = [cells[k] for k in group]
        if len(numbers) >= FEWEST_CELLS and any(len(lines_of[c]) > 1 for c in numbers):
            box = np.concatenate([boxes[numbers, :2].min(axis=0), boxes[numbers, 2:].max(axis=0)])
            tables.append(Table(box / scale, [
                lines_of[numbers[k]] for k in _in_rows(boxes[numbers], SAME_ROW * size)]))
    return tables


def _cell(labels: NDArray[np.int32], rect: Floats) -> int:
    """The region that most of a line's middle lies in; 0 where none has enough of it."""
    h, w = labels.shape
    y = min(h - 1, max(0, int((rect[1] + rect[3]) / 2)))
    row = labels[y, max(0, int(rect[0])):max(1, min(w, int(rect[2])))]
    if not len(row):
        return 0
    counts = np.bincount(row)
    best = int(counts.argmax())
    return best if counts[best] >= INSIDE * len(row) else 0


def _surrounds(box: Floats, others: Floats) -> bool:
    """Whether another one lies inside a region, which then is the frame around a table."""
    inside = (others[:, :2] > box[:2]).all(axis=1) & (others[:, 2:] < box[2:]).all(axis=1)
    return bool(inside.any())


def _neighbours(boxes: Floats, reach: float) -> list[list[int]]:
    """Groups of boxes (N, 4) that touch, or nearly."""
    gap_x = np.maximum(boxes[:, None, 0], boxes[:, 0]) - np.minimum(boxes[:, None, 2], boxes[:, 2])
    gap_y = np.maximum(boxes[:, None, 1], boxes[:, 1]) - np.minimum(boxes[:, None, 3], boxes[:, 3])
    near = (gap_x <= reach) & (gap_y <= reach)
    left = set(range(len(boxes)))
    groups = []
    while left:
        group, reached = set(), {min(left)}
        while reached:
            group |= reached
            reached = set(np.flatnonzero(near[list(reached)].any(axis=0)).tolist()) - group
        groups.append(sorted(group))
        left -= group
    return groups


def _in_rows(boxes: Floats, same: float) -> list[int]:
    """Cells by rows of their tops, each from the left."""
    by_top = np.argsort(boxes[:, 1], kind="stable")
    row = np.cumsum(np.diff(boxes[by_top, 1], prepend=boxes[by_top[0], 1]) > same)
    return [int(i) for _, _, i in sorted(zip(row, boxes[by_top, 0], by_top, strict=True))]
