"""`--model auto`: print reads every line, and hand reads again what print is unsure of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.line_reader import GreyImage, LineReader, Reading, ReadsLines
from deeptext_cli.engine.models import AUTO, Model, find_model, second_model

# The second model's confidence is calibrated on lines of its own kind, and lines of the first's
# are far more common. Val CER of forms, receipts, three hands (copiste, hooker, strokes) at 5: 7.3,
# 3.6, 13.2, 22.2, 10.7; at 10: 7.1, 3.6, 13.2, 22.3, 11.5; at 20: 6.8, 3.5, 13.2, 22.5, 13.1; first
# model alone: 6.8, 3.3, 36, 73, 31.
PRIOR = 10.0


class PutsSearchOff(ReadsLines, Protocol):
    """A reader of lines that can leave out searching where it is unsure, as `LineReader` does."""

    def read(self, images: Sequence[GreyImage], *, search_from: float = 0.0) -> list[Reading]:
        """Readings in order; greedy ones of lines less sure than `search_from`."""


class TwoModelReader:
    """Reads lines with one model and those it is unsure of with a second one too.

    The second model is loaded when the first unsure line is met. Safe to call from threads.
    """

    def __init__(self, first: PutsSearchOff, below: float,
                 open_second: Callable[[], ReadsLines]) -> None:
        """`below`: the first model's confidence under which a line is read again."""
        self._first, self._below, self._open = first, below, open_second
        self._opened: ReadsLines | None = None
        self._lock = threading.Lock()

    def read(self, images: Sequence[GreyImage]) -> list[Reading]:
        """Readings of grey line images (H, W) of any size, in their order."""
        # the first model's search is put off where the second one may know better
        greedy = self._first.read(images, search_from=self._below)
        readings = self._completed(greedy, images, lambda r, x: r.read(x))
        left = [i for i, (a, b) in enumerate(zip(greedy, readings, strict=True))
                if a is b and a.confidence < self._below]
        if left:
            again = self._first.read([images[i] for i in left])
            for i, reading in zip(left, again, strict=True):
                readings[i] = reading
        return readings

    def sketch(self, images: Sequence[GreyImage]) -> list[Reading]:
        """The same, greedily."""
        return self._completed(self._first.sketch(images), images, lambda r, x: r.sketch(x))

    def _completed(self, readings: list[Reading], images: Sequence[GreyImage],
                   read: Callable[[ReadsLines, list[GreyImage]], list[Reading]]) -> list[Reading]:
        """The first model's readings, the second's in place of those that it reads better."""
        readings = list(readings)
        unsure = [i for i, r in enumerate(readings) if r.confidence < self._below]
        if unsure:
            others = read(self._second(), [images[i] for i in unsure])
            for i, other in zip(unsure, others, strict=True):
                if is_better(other, readings[i]):
                    readings[i] = other
        return readings

    def _second(self) -> ReadsLines:
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened


def is_better(other: Reading, reading: Reading) -> bool:
    """Whether the second model's reading of a line is to be preferred: when it is so much surer."""
    return other.confidence > PRIOR * reading.confidence


def open_lines(name: str, *, threads: int = 0, device: str = "auto", batch: int = 16,
               decoding: Mapping[str, object] | None = None) -> tuple[Model, ReadsLines]:
    """The model that `--model` names, or for `auto` the first of two, and a reader of lines.

    decoding: changes of each model's own defaults. Raises ModelError where a model is missing or
    damaged; that of the second model's net only when it is first needed.
    """
    def reader(model: Model) -> LineReader:
        return LineReader(model, threads=threads, device=device, batch=batch,
                          decoder=make_decoder(model, decoding))

    model = find_model(name)
    first = reader(model)
    second = second_model(model) if name == AUTO else None
    if second is None:
        return model, first
    return model, TwoModelReader(first, model.spec.second_below, partial(reader, second))
