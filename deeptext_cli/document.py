"""What reading a page gives: pages of blocks of lines of words.

Coordinates are pixels of the page as it lies in its file (after EXIF orientation, before any
turning or straightening of ours), x to the right, y down. A box is four corner points, clockwise
as the text is read: its top-left, top-right, bottom-right, bottom-left. On a page that lies on
its side the first edge of a box therefore runs up or down, and whoever writes or draws the text
sees its direction from that edge. Confidences are probabilities, 0..1.

Standard library only: this module is imported on every path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import atan2, degrees

Point = tuple[float, float]
Box = tuple[Point, Point, Point, Point]


def box_of_rect(x0: float, y0: float, x1: float, y1: float) -> Box:
    """The box of upright text between two corners."""
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float]:
    """The upright rectangle x0, y0, x1, y1 around points. Raises ValueError without points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def box_angle(box: Box) -> float:
    """Direction of the text in degrees, clockwise as seen (y down): 0 upright, 90 downwards."""
    (x0, y0), (x1, y1) = box[0], box[1]
    return degrees(atan2(y1 - y0, x1 - x0))


def mean_confidence(parts: Iterable[Word | Line]) -> float:
    """Mean weighted by characters (an empty text weighs one); 0.0 where there is nothing."""
    weights = total = 0.0
    for part in parts:
        weight = max(1, len(part.text))
        weights += weight
        total += weight * part.confidence
    return total / weights if weights else 0.0


@dataclass(frozen=True)
class Word:
    """A run of characters between spaces; `probabilities` are those of its characters, where they
    are known."""

    text: str
    confidence: float
    box: Box
    probabilities: tuple[float, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line of text; `text` is the truth, `words` (where known) are its words in order.

    `polygon` outlines a curved line, `baseline` runs along it from its start to its end. `model`
    is what read it. `size` is how high its small letters are, in pixels, which tells large type
    from small better than a box does; 0.0 where that is not known.
    """

    text: str
    confidence: float
    box: Box
    words: tuple[Word, ...] = ()
    polygon: tuple[Point, ...] | None = None
    baseline: tuple[Point, ...] | None = None
    model: str = ""
    size: float = 0.0

    @property
    def angle(self) -> float:
        """Direction of the text in degrees, clockwise as seen."""
        return box_angle(self.box)


@dataclass(frozen=True)
class Block:
    """Lines that belong together, in reading order: a paragraph, a heading, a table."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The lines' texts, a line each."""
        return "\n".join(line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        """Mean of the lines, weighted by characters."""
        return mean_confidence(self.lines)

    @property
    def box(self) -> Box:
        """The upright rectangle around the lines. Raises ValueError for a block without lines."""
        return box_of_rect(*bounds(p for line in self.lines for p in line.box))


@dataclass(frozen=True)
class Receipt:
    """What a result rests on, so that it can be checked and need not be made twice.

    `models` maps names to the first 16 hexadecimal digits of the SHA-256 of their weights;
    `options` are those that the text depends on; `sha256` is the input's, empty where it could
    not be read. No times: the same input gives the same record.
    """

    version: str
    models: Mapping[str, str]
    options: Mapping[str, object]
    sha256: str = ""


@dataclass(frozen=True)
class Page:
    """One page of one input file, read.

    `page` counts from 1 within the file. `rotation` (0, 90, 180, 270) is how far the page was
    turned clockwise to read it and `skew` how far its text leans clockwise, both in degrees;
    boxes are in the page as it lies in the file all the same. `dpi` is what the file says, and
    `dpi_down` that of its rows, where pixels are not square (faxes).
    """

    path: str
    page: int
    width: int
    height: int
    blocks: tuple[Block, ...] = ()
    rotation: int = 0
    skew: float = 0.0
    dpi: float | None = None
    model: str = ""
    version: str = ""
    notes: tuple[str, ...] = ()
    receipt: Receipt | None = None
    dpi_down: float | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines in reading order."""
        return tuple(line for block in self.blocks for line in block.lines)

    @property
    def text(self) -> str:
        """Lines joined by a newline, blocks by an empty line."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def confidence(self) -> float:
        """Mean of the lines, weighted by characters; 0.0 for a page without any."""
        return mean_confidence(self.lines)


@dataclass(frozen=True)
class PageError:
    """A page, or a whole file, that could not be read; `code` is the error's stable code."""

    path: str
    code: str
    message: str
    page: int | None = None
    receipt: Receipt | None = None


def page_of_lines(path: str, page: int, width: int, height: int, lines: Iterable[Line],
                  **rest: object) -> Page:
    """A page with all its lines in one block (none where there are no lines)."""
    kept = tuple(lines)
    return Page(path, page, width, height, (Block(kept),) if kept else (),
                **rest)  # type: ignore[arg-type]


def iter_words(line: Line) -> Iterator[Word]:
    """The words of a line; a line without any counts as one word, if it has text at all."""
    if line.words:
        yield from line.words
    elif line.text:
        yield Word(line.text, line.confidence, line.box)
