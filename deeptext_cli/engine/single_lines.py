"""Images of single lines, read as they are or, where one is tall, turned on its side as well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.engine.line_reader import Reading, ReadsLines
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
    best: dict[int, SingleLine] = {}
    for (i, q), reading in zip(views, readings, strict=True):
        if i not in best or evidence(reading) > evidence(best[i].reading):
            best[i] = SingleLine(reading, q)
    return [best[i] for i in range(len(images))]


def sureness(reading: Reading) -> float:
    """The geometric mean of the characters' probabilities; 0 without any."""
    logs = [math.log(max(s.probability, 1e-9)) for s in reading.spans]
    return math.exp(sum(logs) / len(logs)) if logs else 0.0


def evidence(reading: Reading) -> float:
    """How much speaks for a reading: sure characters for, unsure ones against it."""
    return len(reading.spans) * (sureness(reading) - 0.5)
