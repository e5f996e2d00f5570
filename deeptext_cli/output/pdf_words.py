"""Where the words of a searchable PDF lie, so that its readers keep them whole, apart and in order.

Poppler (`pdftotext`) joins what lies closer than a tenth of the text height, spaces or not; tears a
word whose letters climb or fall by half a point; and ends a line where words lie half a height
off its first one. So words are level, a little apart, and those of lines that lean are drawn
towards a level line, as far as they still lie on what they say.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, dist, radians, sin, tan

from deeptext_cli.document import Block, Box, Line, Page, Point, Word, box_angle, iter_words
from deeptext_cli.output.writer import angle_of, height_of, length_of

MIN_GAP = 0.2    # of the text height, between words
MAX_FALL = 0.4   # of the text height, from a line's first word to its last
MAX_SHIFT = 0.7  # of the text height; what would move further stays in its place


def placed_words(page: Page) -> Iterator[tuple[Word, Box]]:
    """All words in reading order, each with a level (or, for turned text, upright) box."""
    for block in page.blocks:
        shear = _Shear(block)
        for line in block.lines:
            for word, box in _apart(list(iter_words(line))):
                yield word, shear.moved(_levelled(box), line)


class _Shear:
    """Takes words of a block up or down, the more the further they are from its middle, so that
    all its lines lean less by the same angle."""

    def __init__(self, block: Block) -> None:
        angle = angle_of(block.lines)
        self._quarter = _quarter(angle)
        self._along = cos(radians(self._quarter)), sin(radians(self._quarter))
        lines = [line for line in block.lines if _quarter(line.angle) == self._quarter]
        places = [self._place(p) for line in lines for p in line.box]
        self._middle = (min(places) + max(places)) / 2 if places else 0.0
        self._slope = 0.0
        if lines:
            self._slope = self._too_much(lines, tan(radians(angle - self._quarter)),
                                         (max(places) - min(places)) / 2)

    @staticmethod
    def _too_much(lines: list[Line], slope: float, reach: float) -> float:
        """Of the slope of lines, what is to be taken away; none where it moves words too far."""
        height = sorted(height_of(line.box) for line in lines)[len(lines) // 2]
        longest = max(length_of(line.box) for line in lines)
        allowed = MAX_FALL * height / max(longest, 1e-6)
        excess = max(0.0, abs(slope) - allowed)
        if excess * reach > MAX_SHIFT * height:
            return 0.0
        return excess if slope > 0 else -excess

    def _place(self, point: Point) -> float:
        """How far along the text a point lies."""
        return point[0] * self._along[0] + point[1] * self._along[1]

    def moved(self, box: Box, line: Line) -> Box:
        """The box of a word of the line at its new place."""
        if not self._slope or _quarter(line.angle) != self._quarter:
            return box
        shift = self._slope * (self._middle - (self._place(box[0]) + self._place(box[2])) / 2)
        dx, dy = -shift * self._along[1], shift * self._along[0]
        a, b, c, d = ((x + dx, y + dy) for x, y in box)
        return a, b, c, d


def _apart(words: list[Word]) -> Iterator[tuple[Word, Box]]:
    """The words of a line with boxes that end a little before the next one."""
    for i, word in enumerate(words):
        box = word.box
        if i + 1 < len(words):
            after = words[i + 1]
            length, height = length_of(box), height_of(box)
            gap = dist(box[0], after.box[0]) - length
            short = min(MIN_GAP * height - gap, length / 2)
            if short > 0 and length > 0:
                keep = 1 - short / length
                box = (box[0], _between(box[0], box[1], keep), _between(box[3], box[2], keep),
                       box[3])
        yield word, box


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def _quarter(angle: float) -> int:
    return round(angle / 90) % 4 * 90


def _levelled(box: Box) -> Box:
    """A box about the same middle along the nearest quarter, as long as its shadow there."""
    angle = box_angle(box)
    quarter = radians(_quarter(angle))
    x, y = sum(p[0] for p in box) / 4, sum(p[1] for p in box) / 4
    c, s = cos(quarter), sin(quarter)
    u = length_of(box) * cos(radians(angle) - quarter) / 2
    v = height_of(box) / 2

    def corner(du: float, dv: float) -> Point:
        return x + du * c - dv * s, y + du * s + dv * c

    return corner(-u, -v), corner(u, -v), corner(u, v), corner(-u, v)
