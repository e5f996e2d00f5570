"""`--model auto`: print reads every line, and other models those of their kinds that it doubts."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.line_kinds import KINDS_FILE, LineKinds, Odds, load_kinds
from deeptext_cli.engine.line_reader import LineReader, ReadsLines
from deeptext_cli.engine.looks import GreyImage, Look, Reading
from deeptext_cli.engine.models import AUTO, Model, find_model, other_models, verify

# How much surer another model must be of a line whose kind is open, in nats: its confidence is
# calibrated on lines of its own kind. The line's log-odds of being of that kind are subtracted.
# Val CER of forms, words in photographs, a French hand, strokes, block letters by faces and by
# writers: 1: 6.33, 19.6, 8.71, 6.13, 8.47, 9.7; 2: 6.29, 19.6, 8.76, 6.13, 8.35, 10.0; 3: 6.29,
# 19.6, 8.76, 6.12, 8.30, 10.4; by confidences alone, at best: 6.39, 19.6, 8.88, 6.57, 8.59, 13.1.
DOUBT = 2.0
# Log-odds below which a line is not of a kind, however little sense the first model makes of it: of
# 1,400 val lines of nine sets no other model was believed there; opening one costs 0.2 s. Not where
# lines are read thoroughly, as in photographs: of what is no text at all another model makes less
# yet, which keeps it out (words F1 of photographs 79.1 to 80.5).
NOT_OF_IT = -1.0
# Confidence tells little of lines that are right in no reading: the second model may hold a string
# of its own words for likelier than the first one a number with a wrong digit, character by
# character so much less sure of it. 0.5 to 0.7 change no line of handwriting; 0.8 does.
AS_SURE = 0.65


class FirstReader(ReadsLines, Protocol):
    """A reader of lines that can leave some at their greedy readings, as `LineReader` does."""

    def read_surely(self, images: Sequence[GreyImage], least: Callable[[Odds], float],
                    thorough: bool = True) -> tuple[dict[int, Reading], dict[int, Look]]:
        """Readings of the lines that are as sure as `least` asks, and looks at the others."""

    def greedy(self, looks: dict[int, Look]) -> dict[int, Reading]:
        """Greedy readings of looks."""

    def decode(self, looks: dict[int, Look]) -> dict[int, Reading]:
        """Readings of looks."""


class OtherReader(ReadsLines, Protocol):
    """A reader that some lines may be handed to, as `LineReader` is one."""

    @property
    def looks_again(self) -> bool:
        """Whether it looks at unsure lines again."""

    def read_once(self, images: Sequence[GreyImage]) -> list[Reading]:
        """As `read`, at one look."""


class AutoReader:
    """Reads lines with one model, and with others those that they may read better.

    Another model is loaded when the first line is met that it is asked about. Safe to call from
    threads.
    """

    def __init__(self, first: FirstReader, others: Mapping[str, Callable[[], OtherReader]]) -> None:
        """`others`: what opens each, by the name of the kind of lines that it reads."""
        self._first, self._open = first, dict(others)
        self._opened: dict[str, OtherReader] = {}
        self._lock = threading.Lock()

    def read(self, images: Sequence[GreyImage], *, thorough: bool = True) -> list[Reading]:
        """Readings of grey line images (H, W) of any size, in their order. A line's depends on
        `thorough` and on no other line."""
        # the first model's search is put off where another one may know better
        least = -math.inf if thorough else NOT_OF_IT
        readings, looks = self._first.read_surely(
            images, lambda odds: self._needed(odds, least), thorough)
        greedy = readings | self._first.greedy(looks)
        first = [greedy[i] for i in range(len(images))]
        # one look tells whose a line is; its other looks are for what is the other model's
        best, won = self._completed(first, images, lambda r, x: r.read_once(x), least)
        for name, numbers in won.items():
            if numbers and (other := self._other(name)).looks_again:
                again = other.read([images[i] for i in numbers], thorough=thorough)
                for i, reading in zip(numbers, again, strict=True):
                    best[i] = replace(reading, odds=best[i].odds)
        left = {i: look for i, look in looks.items() if best[i] is first[i]}
        for i, reading in self._first.decode(left).items():
            best[i] = reading
        return best

    def sketch(self, images: Sequence[GreyImage]) -> list[Reading]:
        """Greedy readings: to find out how surely lines are read, not what they say."""
        best, _ = self._completed(self._first.sketch(images), images, lambda r, x: r.sketch(x),
                                  NOT_OF_IT)
        return best

    def _needed(self, odds: Odds, least: float) -> float:
        """The confidence from which on no other model can do better with lines of such a kind."""
        return max(1 / prior(odds, name, least) for name in self._open)

    def _completed(self, first: list[Reading], images: Sequence[GreyImage],
                   read: Callable[[OtherReader, list[GreyImage]], list[Reading]],
                   least: float) -> tuple[list[Reading], dict[str, list[int]]]:
        """The first model's readings, others' in place of those that they read better, and by
        their names the numbers of these. least: log-odds of a model's kind below which it is not
        asked."""
        best = list(first)
        gained = [r.confidence for r in first]
        whose: dict[int, str] = {}
        for name in self._open:
            asked = [i for i, r in enumerate(first)
                     if r.confidence < 1 / prior(r.odds, name, least)]
            others = read(self._other(name), [images[i] for i in asked]) if asked else []
            for i, other in zip(asked, others, strict=True):
                surer = prior(first[i].odds, name, least)
                if is_better(other, first[i], surer) and other.confidence / surer > gained[i]:
                    best[i] = replace(other, odds=first[i].odds)  # the line's kind, who reads it
                    gained[i] = other.confidence / surer
                    whose[i] = name
        return best, {n: [i for i, x in whose.items() if x == n] for n in self._open}

    def _other(self, name: str) -> OtherReader:
        with self._lock:
            if name not in self._opened:
                self._opened[name] = self._open[name]()
            return self._opened[name]


def prior(odds: Odds, name: str, least: float = -math.inf) -> float:
    """How many times as sure as the first model another must be to be believed of a line; of one
    whose log-odds are below `least` never."""
    of_it = odds.get(name, 0.0)
    return math.exp(min(DOUBT - of_it, 50.0)) if of_it >= least else math.inf


def is_better(other: Reading, reading: Reading, surer: float) -> bool:
    """Whether another model's reading of a line is to be preferred: when it is so much surer,
    and of its characters not so much less."""
    return other.confidence > surer * reading.confidence \
        and other.sureness >= AS_SURE * min(surer, 1.0) * reading.sureness


def open_lines(name: str, *, threads: int = 0, device: str = "auto", batch: int = 16,
               decoding: Mapping[str, object] | None = None) -> tuple[Model, ReadsLines]:
    """The model that `--model` names, or for `auto` the first of several, and a reader of lines.

    decoding: changes of each model's own defaults. Raises ModelError where a model is missing or
    damaged; that of another model's net only when it is first needed.
    """
    model = find_model(name)
    others = other_models(model) if name == AUTO else {}

    def reader(model: Model, kinds: LineKinds | None = None) -> LineReader:
        return LineReader(model, threads=threads, device=device, batch=batch,
                          decoder=make_decoder(model, decoding), kinds=kinds)

    if not others:
        return model, reader(model)
    verify(model, (KINDS_FILE,))
    first = reader(model, load_kinds(model.folder))
    return model, AutoReader(first, {k: partial(reader, m) for k, m in others.items()})
