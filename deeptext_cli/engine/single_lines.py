"""Images of single lines, read as they are or, where one is tall, turned on its side as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.engine.line_reader import ReadsLines
from deeptext_cli.engine.looks import Reading
from deeptext_cli.layout.rectify import TALL

Grey = NDArray[np.uint8]


class SingleLine(NamedTuple):
    """What an image says, and the quarter turns clockwise from upright at which it says so."""

    reading: Reading
    quarters: int


def read_singles(reader: ReadsLines, images: Sequence[Grey]) -> list[SingleLine]:
    """Readings of grey images (H, W) of one line each, in their order.

    A tall one may hold an upright character or a line that runs down or up, as numbers in the
    margins of documents do: the way that gives most evidence counts.
    """
    views = [(i, q) for i, image in enumerate(images)
             for q in ((0, 1, 3) if image.shape[0] > TALL * image.shape[1] else (0,))]
    # text that runs down, one quarter clockwise from upright, comes upright by turning it back
    readings = reader.read([np.ascontiguousarray(np.rot90(images[i], q)) if q else images[i]
                            for i, q in views])
    return [SingleLine(readings[k], views[k][1])
            for k in most_evident([i for i, _ in views], readings)]


def most_evident(of: Sequence[int], readings: Sequence[Reading]) -> list[int]:
    """Of several readings of each thing, the first with most evidence: their numbers, by thing.

    `of`: which thing, 0 and on, each is a reading of.
    """
    best: dict[int, int] = {}
    for k, (thing, reading) in enumerate(zip(of, readings, strict=True)):
        if thing not in best or reading.evidence > readings[best[thing]].evidence:
            best[thing] = k
    return [best[thing] for thing in sorted(best)]

