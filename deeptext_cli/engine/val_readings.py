"""Val lines read just as `read` reads them: what a model is judged and calibrated by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from deeptext_cli.config.training import ValEntry
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.looks import Reading
from deeptext_cli.engine.models import Model
from deeptext_cli.engine.single_lines import read_singles
from deeptext_cli.engine.val_lines import val_lines

LIMIT = 1000  # lines of each set
CHUNK = 64    # lines whose images are in memory at once


class ReadSet(NamedTuple):
    """The lines of a val set: what they say, and what they were read as."""

    entry: ValEntry
    labels: list[str]
    readings: list[Reading]


def read_val(model: Model, entries: Sequence[ValEntry]) -> list[ReadSet]:
    """Up to LIMIT lines of each set, as the model decodes by default."""
    reader = LineReader(model)
    sets = []
    for entry in entries:
        labels: list[str] = []
        readings: list[Reading] = []
        lines = val_lines(entry, LIMIT)
        while chunk := list(islice(lines, CHUNK)):
            labels += [label for _, label in chunk]
            readings += [s.reading for s in read_singles(reader, [image for image, _ in chunk])]
        sets.append(ReadSet(entry, labels, readings))
    return sets
