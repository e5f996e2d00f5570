"""What every writer of a format is, and what several of them need.

A writer gives bytes in three steps, so that long work streams: `header`, then `page` for each page
as it is read, then `footer`. A `PageError` goes to `page` like any page; formats without a place
for it give nothing, and whoever drives the writer reports it elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.document import Box, Line, Page, PageError, bounds, box_angle

Image = NDArray[np.uint8]
Bounds = tuple[float, float, float, float]  # x0, y0, x1, y1


class Writer:
    """Base of all writers; writes nothing. `holds_errors`: a file of nothing but what could not be
    read is worth having."""

    holds_errors = False

    def header(self) -> bytes:
        """What comes before the first page."""
        return b""

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        """One page; `image` is what was read, grey (H, W) or RGB (H, W, 3), for formats that
        show it."""
        raise NotImplementedError

    def footer(self) -> bytes:
        """What comes after the last page."""
        return b""


# all that XML 1.0 does not allow in a document, escaped or not, and the C1 controls
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Text without control characters and lone surrogates; tabs and line ends become spaces."""
    return re.sub(r"[\t\r\n\u2028\u2029]", " ", _FORBIDDEN.sub("", text))


def probability(value: float) -> float:
    """A confidence forced into 0..1 (NaN gives 0), for formats that reject anything else."""
    return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0


def number(value: float, digits: int = 1) -> int | float:
    """A coordinate rounded, as a whole number where it is one."""
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded


def pixel_rect(box: Box, page: Page | None = None) -> tuple[int, int, int, int]:
    """The upright rectangle around a box in whole pixels (left, top, right, bottom), within the
    page if one is given; at least one pixel wide and high."""
    x0, y0, x1, y1 = bounds(box)
    left, top, right, bottom = math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)
    if page is not None:
        left, top = min(max(left, 0), page.width - 1), min(max(top, 0), page.height - 1)
        right, bottom = min(right, page.width), min(bottom, page.height)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def length_of(box: Box) -> float:
    """Length of a box along its text, in pixels."""
    return math.dist(box[0], box[1])


def height_of(box: Box) -> float:
    """Height of a box across its text, in pixels."""
    return math.dist(box[0], box[3])


def text_angle(page: Page) -> float:
    """Direction of a page's text in degrees clockwise; 0.0 without lines."""
    return angle_of(page.lines)


def angle_of(lines: Sequence[Line]) -> float:
    """Direction of most text: of the line that holds the median of their summed lengths."""
    weighed = sorted((box_angle(line.box), length_of(line.box)) for line in lines)
    half = sum(length for _, length in weighed) / 2
    for angle, length in weighed:
        half -= length
        if half <= 0:
            return angle
    return 0.0


def levelled(line: Line, angle: float) -> Bounds:
    """Bounds of a line's box after turning the page back by `angle` degrees about its origin."""
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return bounds((x * c + y * s, y * c - x * s) for x, y in line.box)


def is_level(a: Bounds, b: Bounds) -> bool:
    """Whether two levelled lines stand on one row."""
    return abs((a[1] + a[3]) - (b[1] + b[3])) < min(a[3] - a[1], b[3] - b[1])


def rows_of(lines: Sequence[Line], angle: float) -> list[list[int]]:
    """Indices of lines that stand level with each other, rows from the top, each from the left."""
    rects = [levelled(line, angle) for line in lines]
    rows: list[list[int]] = []
    for i in sorted(range(len(rects)), key=lambda k: rects[k][1] + rects[k][3]):
        if rows and is_level(rects[i], rects[rows[-1][-1]]):
            rows[-1].append(i)
        else:
            rows.append([i])
    return [sorted(row, key=lambda k: rects[k][0]) for row in rows]
