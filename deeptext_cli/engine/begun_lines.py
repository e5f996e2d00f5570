"""Lines that an initial begins: read without the pieces of it that their boxes reach into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.engine.crops import crop
from deeptext_cli.engine.line_reader import ReadsLines
from deeptext_cli.engine.looks import Reading, mean
from deeptext_cli.layout.initials import Initial
from deeptext_cli.layout.quads import Floats

Grey = NDArray[np.uint8]

# How surely a letter and its lines must be read; by itself it may be one of several.
LETTER, SURE = 0.35, 0.5
ALIKE = {"0": "O", "1": "I", "l": "I", "|": "I"}
AS_SURE = 0.05  # by how much less surely lines may be read than the boxes that they replace
PAPER = 0.2     # of its height, around a letter that is shown without its neighbours


class BegunLine(NamedTuple):
    """A line beside an initial: its box (4, 2), what it says, the initial's box, and of the first
    one what letter that is, and how surely."""

    quad: Floats
    reading: Reading
    beside: Floats
    letter: str = ""
    sureness: float = 1.0


def begun_lines(reader: ReadsLines, page: Grey, initials: Sequence[Initial],
                readings: Mapping[int, Reading]) -> tuple[list[BegunLine], set[int]]:
    """The lines beside initials that are single letters, where they are read as surely as the boxes
    that they take the place of, and these boxes' numbers.

    readings: what the boxes say, by their numbers.
    """
    crops = [x for i in initials for x in (_by_itself(page, i.quad), *(crop(page, q)
                                                                       for q in i.rows))]
    told = iter(reader.read(crops, thorough=False) if crops else [])
    out: list[BegunLine] = []
    replaced: set[int] = set()
    for initial in initials:
        said = next(told)
        letter = _letter(said)
        rows = [next(told) for _ in initial.rows]
        before = [readings[i].sureness for i in initial.replaces if i in readings]
        if letter and min(x.sureness for x in rows) >= SURE \
                and mean([x.sureness for x in rows]) >= mean(before) - AS_SURE:
            lines = [BegunLine(q, r, initial.quad)
                     for q, r in zip(initial.rows, rows, strict=True)]
            out += [lines[0]._replace(letter=letter, sureness=said.sureness), *lines[1:]]
            replaced.update(initial.replaces)
    return out, replaced


def _by_itself(page: Grey, quad: Floats) -> Grey:
    """The pixels of a box with bare paper around them."""
    (x0, y0), (x1, y1) = np.round(quad[[0, 2]]).astype(int)
    image = page[max(0, y0):y1, max(0, x0):x1]
    rim = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    side = round(PAPER * len(image))
    return np.asarray(cv2.copyMakeBorder(image, side, side, side, side, cv2.BORDER_CONSTANT,
                                         value=float(np.median(rim))), dtype=np.uint8)


def _letter(reading: Reading) -> str:
    """The capital that it says, signs aside, or nothing where it is no single one or unsure."""
    said = [ALIKE.get(c, c) for c in reading.text if c.isalnum() or c in ALIKE]
    sure = len(said) == 1 and said[0].isalpha() and reading.sureness >= LETTER
    return said[0].upper() if sure else ""
