"""Rules right across a page, which part it into sections that are read one after the other: the
columns above such a rule do not go on below it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from deeptext_cli.layout.ink import FEWEST, Grey, Ink, level_rules
from deeptext_cli.layout.quads import Floats, rects_of

RULE = 8.0         # heights of a line that a rule runs on at least
ACROSS = 0.9       # of the width of the page's text that it runs on
LEANING = 0.05     # most of its length by which it falls or rises
MOST = 8           # rules; more are those of ruled paper or of a table
THROUGH = 0.3      # of a line's height about its middle, which no such rule crosses


def sections_of(page: Ink, quads: Floats, within: Sequence[Floats] = ()) -> list[list[int]]:
    """Numbers of the lines (N, 4, 2) of a page by sections, from the top; mostly one.

    within: boxes (4,) of tables, whose own rules part nothing.
    """
    everything = [list(range(len(quads)))]
    if len(quads) < FEWEST:
        return everything
    ink, scale, size = page
    rects = rects_of(quads) * scale
    middle = (rects[:, :2] + rects[:, 2:]) / 2
    boxes = [np.asarray(box) * scale for box in within]
    below = np.zeros(len(quads), np.intp)
    rules = 0
    for left, right in _rules(ink, rects, size):
        if any(b[1] - size < min(left[1], right[1]) < b[3] + size for b in boxes):
            continue
        share = np.clip((middle[:, 0] - left[0]) / (right[0] - left[0]), 0.0, 1.0)
        away = middle[:, 1] - (left[1] + share * (right[1] - left[1]))
        if (np.abs(away) < THROUGH * (rects[:, 3] - rects[:, 1])).any():
            continue
        below += away > 0
        rules += 1
    if not 0 < rules <= MOST:
        return everything
    return [np.flatnonzero(below == k).tolist() for k in np.unique(below)]


def _rules(ink: Grey, rects: Floats, size: float) -> list[tuple[Floats, Floats]]:
    """The ends (x, y) of the rules that run right across the text."""
    first, last = rects[:, 0].min(), rects[:, 2].max()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        level_rules(ink, round(RULE * size)), connectivity=8)
    found = []
    for k in range(1, count):
        x, y, w, h = stats[k, :4].tolist()
        if min(x + w, last) - max(x, first) < ACROSS * (last - first) or h > LEANING * w + 3:
            continue
        part = labels[y:y + h, x:x + w] == k
        rows = [float(np.flatnonzero(column).mean()) + y
                for column in (part[:, 0], part[:, -1])]
        found.append((np.array([x, rows[0]]), np.array([x + w - 1, rows[1]])))
    return found
