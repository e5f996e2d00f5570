"""The pages that the tests of all output formats write."""

from __future__ import annotations

import cv2
import numpy as np

from deeptext_cli.document import Block, Box, Line, Page, Word, box_of_rect


def words_of(text: str, x: float, y: float, advance: float, height: float,
             confidence: float = 0.9, characters: bool = False) -> tuple[Word, ...]:
    """The words of fixed-pitch text that starts at x, y (top left)."""
    out, at = [], 0
    for part in text.split(" "):
        box = box_of_rect(x + at * advance, y, x + (at + len(part)) * advance, y + height)
        out.append(Word(part, confidence, box,
                        (confidence,) * len(part) if characters else ()))
        at += len(part) + 1
    return tuple(out)


def line(text: str, x: float, y: float, advance: float = 12, height: float = 24,
         confidence: float = 0.9, characters: bool = False) -> Line:
    """An upright line with its words."""
    return Line(text, confidence, box_of_rect(x, y, x + len(text) * advance, y + height),
                words_of(text, x, y, advance, height, confidence, characters))


def turned(box: Box, width: float) -> Box:
    """A box of a page that was turned a quarter clockwise; `width` is the height it had."""
    a, b, c, d = ((width - y, x) for x, y in box)
    return a, b, c, d


NASTY = 'Größe <5> & "čtyři" o\'clock'
SECOND = "Fish & Chips €3.50"


def two_lines(**rest: object) -> Page:
    """Two lines in two blocks, with mark-up characters and letters beyond ASCII."""
    first = line(NASTY, 40, 50, confidence=0.95, characters=True)
    second = Line(SECOND, 0.5, box_of_rect(40, 120, 256, 144), words_of(SECOND, 40, 120, 12, 24),
                  baseline=((40.0, 138.0), (256.0, 138.0)),
                  polygon=((40.0, 120.0), (256.0, 120.0), (256.0, 144.0), (40.0, 144.0)))
    values = {"model": "print", "version": "1.2.3", "dpi": 100.0} | rest
    return Page("scans/a & b.png", 1, 600, 300, (Block((first,)), Block((second,))),
                **values)  # type: ignore[arg-type]


def picture(page: Page) -> np.ndarray:
    """A grey image of the page: white, with the boxes grey."""
    image = np.full((page.height, page.width), 255, np.uint8)
    for item in page.lines:
        cv2.fillPoly(image, [np.rint(np.array(item.box)).astype(np.int32)], 200)
    return image
