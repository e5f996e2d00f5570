"""Readings of line crops put back onto the page: lines and words with boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from deeptext_cli.document import Block, Box, Line, Point, Word
from deeptext_cli.engine.looks import Reading, Span
from deeptext_cli.layout.quads import Floats, angles_of, around_points

Part = Callable[[float, float], Box]  # the piece of a line between two shares of its length

OUTLINE_POINTS = 8  # along each side of a line that a page's bend curves
# Where the baseline runs, in heights of a detected box above its lower edge: on receipts,
# typescript and books 0.18 to 0.31 for lines with descenders (half of them 0.21 to 0.29), 0.09 to
# 0.23 for others.
DESCENDERS, BELOW, PLAIN_BELOW = frozenset("gjpqyçşţģķļņŗų"), 0.27, 0.16


def line_of(reading: Reading, box: Box, part: Part | None = None,
            polygon: tuple[Point, ...] | None = None) -> Line:
    """The line at `box` (clockwise from its top-left corner), with words from the alignment.

    `part`: the piece of the page between two shares of the image that was read, where that was
    not just `box`. `polygon` goes around a curved line.
    """
    words = words_of(reading.spans, part or part_of(box))
    return Line(reading.text, reading.confidence, box, words, polygon,
                baseline_of(reading.text, box, polygon), reading.model)


def baseline_of(text: str, box: Box, polygon: Sequence[Point] | None = None) -> tuple[Point, ...]:
    """The line on which the letters stand, from the first to the last: estimated from which
    letters there are. `polygon`: points along the upper edge, and as many back along the lower.
    """
    share = BELOW if DESCENDERS & set(text) else PLAIN_BELOW
    points = polygon if polygon and len(polygon) % 2 == 0 else box
    half = len(points) // 2
    return tuple(_between(below, above, share)
                 for above, below in zip(points[:half], reversed(points[half:]), strict=True))


def part_of(box: Box) -> Part:
    """Pieces of a straight box."""
    return lambda start, end: _slice(box, start, end)


def words_of(spans: Sequence[Span], part: Part) -> tuple[Word, ...]:
    """Words between spaces; each takes the part of the line that its characters span.

    A word's confidence is the product of its characters' probabilities. Borders lie half way
    between neighbouring characters, since CTC marks a character's middle rather than its extent.
    """
    edges = _edges(spans)
    words = []
    for is_space, group in groupby(range(len(spans)), key=lambda i: spans[i].char == " "):
        members = list(group)
        if is_space:
            continue
        confidence = 1.0
        for i in members:
            confidence *= spans[i].probability
        place = part(edges[members[0]][0], edges[members[-1]][1])
        words.append(Word("".join(spans[i].char for i in members), confidence, place,
                          tuple(spans[i].probability for i in members)))
    return tuple(words)


ALONE = "AIOÀÉEY"  # letters that are words in some language


def begun_with(line: Line, quad: Floats, letter: str, sureness: float) -> Line:
    """The line with an initial before it, which is at its box `quad`: part of the first word, but
    for a letter that is a word itself before one with a capital of its own."""
    first = line.text.split(" ")[0]
    apart = letter in ALONE and first[:1].isupper() and not first.isupper()
    word = Word(letter, sureness, as_box(quad), (sureness,))
    words = line.words
    if words and not apart:
        word = Word(letter + words[0].text, word.confidence * words[0].confidence,
                    as_box(around_points(np.concatenate([quad, np.array(words[0].box)]), 0.0)),
                    (sureness, *words[0].probabilities))
        words = words[1:]
    return replace(line, text=f"{letter} {line.text}" if apart else letter + line.text,
                   confidence=line.confidence * sureness, words=(word, *words))


def as_points(points: Floats) -> tuple[Point, ...]:
    """Points (N, 2) as a document holds them."""
    return tuple((float(x), float(y)) for x, y in points)


def as_box(quad: Floats) -> Box:
    """A quad (4, 2) as a document holds it."""
    a, b, c, d = as_points(quad)
    return (a, b, c, d)


def moved(blocks: Sequence[Block], to: Callable[[Floats], Floats], *,
          bends: bool = False) -> tuple[Block, ...]:
    """The blocks with all their points (..., 2) taken through `to`. Where that `bends`, lines get
    an outline, and the smallest box around it."""
    def points(old: Sequence[Point]) -> tuple[Point, ...]:
        return as_points(to(np.array(old, dtype=np.float64)))

    def box(b: Box) -> Box:
        return as_box(to(np.array(b, dtype=np.float64)))

    def line(old: Line) -> Line:
        words = tuple(replace(w, box=box(w.box)) for w in old.words)
        outline = old.polygon or (_sampled(old.box) if bends else None)
        outline = outline and points(outline)
        place = box(old.box)
        if bends and outline:
            place = as_box(around_points(outline, float(angles_of(place)[0])))
        return replace(old, box=place, words=words, polygon=outline,
                       baseline=baseline_of(old.text, place, outline))

    return tuple(Block(tuple(line(x) for x in block.lines)) for block in blocks)


def through(matrix: Floats) -> Callable[[Floats], Floats]:
    """An affine map (2, 3) of points (..., 2)."""
    return lambda points: points @ matrix[:, :2].T + matrix[:, 2]


def _sampled(box: Box) -> tuple[Point, ...]:
    """Points along a box's upper and lower edge, clockwise from its top left."""
    a, b, c, d = (np.array(p) for p in box)
    shares = np.linspace(0, 1, OUTLINE_POINTS)[:, None]
    edges = np.concatenate([a + shares * (b - a), c + shares * (d - c)])
    return as_points(edges)


def _edges(spans: Sequence[Span]) -> list[tuple[float, float]]:
    """Start and end of each character, in shares of the line's width."""
    middles = [(s.start + s.end) / 2 for s in spans]
    if not middles:
        return []
    steps = [b - a for a, b in pairwise(middles)]
    usual = sorted(steps)[len(steps) // 2] if steps else 0.5
    edges = []
    for i, middle in enumerate(middles):
        before = min(steps[i - 1], 1.5 * usual) if i else usual
        after = min(steps[i], 1.5 * usual) if i < len(steps) else usual
        edges.append((max(0.0, middle - before / 2), min(1.0, middle + after / 2)))
    return edges


def _slice(box: Box, start: float, end: float) -> Box:
    """The part of a quadrilateral between two shares of its length."""
    tl, tr, br, bl = box
    return (_between(tl, tr, start), _between(tl, tr, end),
            _between(bl, br, end), _between(bl, br, start))


def _between(a: Point, b: Point, share: float) -> Point:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
