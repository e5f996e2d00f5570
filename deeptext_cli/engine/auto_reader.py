"""`--model auto`: print reads every line, and hand reads again what print is unsure of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.line_reader import GreyImage, LineReader, Look, Reading, ReadsLines
from deeptext_cli.engine.models import AUTO, Model, find_model, second_model

# By how much the second model must be surer: its confidence is calibrated on lines of its own kind,
# and lines of the first's are far more common. Val CER of single lines of forms, words in
# photographs, a French hand, strokes, and block letters, by this prior: 4: 5.46, 18.0, 9.6, 6.6,
# 13.0; 6: 5.45, 18.0, 9.8, 6.7, 13.3; 10: 5.41, 17.7, 9.8, 7.2, 14.2. Pages are nearly all one or
# the other: the first model is unsure of all of Hooker's and, but for one receipt, of half of a
# printed one at most. Receipts, forms and Hooker's pages with one prior for all 3.1, 6.7, 21.7,
# with priors by page 2.9, 6.6, 21.6, with the first model alone 2.7, 6.6, 72 (of earlier weights).
PRIOR = 6.0           # of a line by itself
OF_PRINT = 100.0      # of a line among print
OF_HANDS = 3.0        # of a line on a page that the first model cannot read
UNREADABLE = 0.7      # which it is where so much of it is read unsurely
# Confidence tells little of lines that are right in no reading: the second model may hold a string
# of its own words for likelier than the first one a number with a wrong digit, character by
# character so much less sure of it. 0.5 to 0.7 change no line of handwriting; 0.8 does.
AS_SURE = 0.65


class FirstReader(ReadsLines, Protocol):
    """A reader of lines that can leave some at their greedy readings, as `LineReader` does."""

    def read_surely(self, images: Sequence[GreyImage], least: float,
                    ) -> tuple[dict[int, Reading], dict[int, Look]]:
        """Readings of the lines that are at least so sure, and looks at the others."""

    def greedy(self, looks: dict[int, Look]) -> dict[int, Reading]:
        """Greedy readings of looks."""

    def decode(self, looks: dict[int, Look]) -> dict[int, Reading]:
        """Readings of looks."""


class TwoModelReader:
    """Reads lines with one model and those it is unsure of with a second one too.

    The second model is loaded when the first unsure line is met. Safe to call from threads.
    """

    def __init__(self, first: FirstReader, below: float,
                 open_second: Callable[[], ReadsLines]) -> None:
        """`below`: the first model's confidence under which a line is read again."""
        self._first, self._below, self._open = first, below, open_second
        self._opened: ReadsLines | None = None
        self._lock = threading.Lock()

    def read(self, images: Sequence[GreyImage]) -> list[Reading]:
        """Readings of grey line images (H, W) of any size, in their order."""
        return self._read(images, lambda greedy: PRIOR)

    def read_page(self, images: Sequence[GreyImage]) -> list[Reading]:
        """The same of the lines of one page, which are likely of one kind."""
        return self._read(images, self._prior_of)

    def sketch(self, images: Sequence[GreyImage]) -> list[Reading]:
        """Greedy readings, as of lines by themselves."""
        return self._completed(self._first.sketch(images), images, PRIOR, lambda r, x: r.sketch(x))

    def _read(self, images: Sequence[GreyImage],
              prior: Callable[[list[Reading]], float]) -> list[Reading]:
        # the first model's search is put off where the second one may know better
        readings, looks = self._first.read_surely(images, self._below)
        greedy = readings | self._first.greedy(looks)
        first = [greedy[i] for i in range(len(images))]
        best = self._completed(first, images, prior(first), lambda r, x: r.read(x))
        left = {i: look for i, look in looks.items() if best[i] is first[i]}
        for i, reading in self._first.decode(left).items():
            best[i] = reading
        return best

    def _prior_of(self, readings: list[Reading]) -> float:
        """The prior of the lines of a page, from the first model's readings of them."""
        characters = sum(len(r.text) for r in readings)
        unsure = sum(len(r.text) for r in readings if r.confidence < self._below)
        return OF_HANDS if unsure >= UNREADABLE * max(characters, 1) else OF_PRINT

    def _completed(self, readings: list[Reading], images: Sequence[GreyImage], prior: float,
                   read: Callable[[ReadsLines, list[GreyImage]], list[Reading]]) -> list[Reading]:
        """The first model's readings, the second's in place of those that it reads better."""
        readings = list(readings)
        below = min(self._below, 1 / prior)  # of surer lines it cannot be so much surer
        unsure = [i for i, r in enumerate(readings) if r.confidence < below]
        if unsure:
            others = read(self._second(), [images[i] for i in unsure])
            for i, other in zip(unsure, others, strict=True):
                if is_better(other, readings[i], prior):
                    readings[i] = other
        return readings

    def _second(self) -> ReadsLines:
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened


def is_better(other: Reading, reading: Reading, prior: float = PRIOR) -> bool:
    """Whether the second model's reading of a line is to be preferred: when it is so much surer,
    and of its characters not so much less."""
    return other.confidence > prior * reading.confidence \
        and other.sureness >= AS_SURE * reading.sureness


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
