"""From line images to text: normalise, batch by width, run the model, decode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.line import bucket, normalise_line, pad_width
from deeptext_cli.decode.decoder import Decoder
from deeptext_cli.decode.result import Decoded
from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.line_kinds import LineKinds, Odds, own_frames
from deeptext_cli.engine.looks import (
    IN_DOCUMENTS,
    GreyImage,
    LogProbs,
    Look,
    Posteriors,
    Reading,
    as_first_shown,
    believed,
    ways_to_look,
)
from deeptext_cli.engine.models import ONNX_FILE, Model, verify
from deeptext_cli.engine.runtime import RecogniserSession
from deeptext_cli.errors import ModelError

SKETCHED = 48  # lines whose greedy readings are weighed together


class ReadsLines(Protocol):
    """A reader of line images: one model, or several that complement each other."""

    def read(self, images: Sequence[GreyImage], *, thorough: bool = True) -> list[Reading]:
        """Readings of grey line images (H, W) of any size, in their order. thorough: unsure words
        are looked at aslant too, which pays where they are not parts of a document."""

    def sketch(self, images: Sequence[GreyImage]) -> list[Reading]:
        """The same, greedily: to find out how surely lines are read, not what they say."""


def _however_unsure(odds: Odds) -> float:
    return 0.0


def _in_order(parts: Iterable[dict[int, Reading]], count: int) -> list[Reading]:
    """Readings of so many lines, from some at a time by their numbers."""
    readings = {i: reading for part in parts for i, reading in part.items()}
    return [readings[i] for i in range(count)]


class LineReader:
    """Reads line images with one model. Safe to call from several threads."""

    def __init__(self, model: Model, *, threads: int = 0, device: str = "auto",
                 batch: int = 16, decoder: Decoder | None = None,
                 kinds: LineKinds | None = None) -> None:
        """`decoder`: another than the model's own default; it must be of the model's charset.
        `kinds`: what the readings' `odds` are to tell."""
        if model.spec.kind != "recogniser":
            raise ModelError(f"{model.folder}: a {model.spec.kind}, which reads no lines",
                             remedy="give --model a recogniser; see deeptext models list")
        verify(model)
        self.model = model
        self.batch = batch
        self._session = RecogniserSession(model.onnx, threads, device)
        if self._session.classes not in (None, model.charset.classes):
            raise ModelError(f"{model.folder}: the net has {self._session.classes} classes, the "
                             f"charset of model.yaml needs {model.charset.classes}",
                             remedy="restore the folder")
        self._kinds = kinds if self._session.has_memory else None
        self._decoder = decoder or make_decoder(model)
        if self._decoder.wants_memory and not self._session.has_memory:
            raise ModelError(f"{model.folder}: {ONNX_FILE} gives the attention decoder nothing to "
                             "look at", remedy="export the model again, or give --rescore 0")

    def read(self, images: Sequence[GreyImage], *, thorough: bool = True) -> list[Reading]:
        """Readings of grey line images (H, W) of any size, in their order."""
        readings, _ = self.read_surely(images, _however_unsure, thorough)
        return _in_order([readings], len(images))

    @property
    def looks_again(self) -> bool:
        """Whether it looks at unsure lines again."""
        return self.model.spec.look_again > 0

    def read_once(self, images: Sequence[GreyImage]) -> list[Reading]:
        """As `read`, at one look."""
        return _in_order(map(self.decode, map(self._as_allowed, self._looks(images))), len(images))

    def read_surely(self, images: Sequence[GreyImage], least: Callable[[Odds], float],
                    thorough: bool = True) -> tuple[dict[int, Reading], dict[int, Look]]:
        """By line number: readings of the lines whose greedy ones are as sure as `least` asks of
        lines of their kind, and what the net says of the others, for `decode` to go on with.
        Under a constraint, of which greedy readings know nothing, all are read."""
        if self._decoder.allowed is not None:
            least = _however_unsure
        spec = self.model.spec
        unsure_below = spec.look_again * (1.0 if thorough or spec.written else IN_DOCUMENTS)
        readings: dict[int, Reading] = {}
        unsure: dict[int, Look] = {}
        left: dict[int, Look] = {}

        def settle(looks: dict[int, Look]) -> None:
            off = {i: x for i, x in looks.items() if x.confidence < least(x.said.odds)}
            left.update(off)
            readings.update(self.decode({i: x for i, x in looks.items() if i not in off}))

        for looks in map(self._as_allowed, self._looks(images)):
            again = {i: x for i, x in looks.items() if x.sureness < unsure_below
                     and least(x.said.odds) <= 1}  # else another model is asked in any case
            unsure |= again
            settle({i: x for i, x in looks.items() if i not in again})
        numbers = list(unsure)
        for k in range(0, len(numbers), self.batch):  # what all looks say of a page is 100 MB
            some = {i: unsure.pop(i) for i in numbers[k:k + self.batch]}
            settle(self._best_looks(images, some, thorough))
        return readings, left

    def decode(self, looks: dict[int, Look]) -> dict[int, Reading]:
        """Readings, by line number, of what the net says of lines."""
        decoded = self._searched({i: x for i, x in looks.items() if x.found is None})
        return {i: x.reading(x.found or decoded[i], self.model.spec.name)
                for i, x in looks.items()}

    def greedy(self, looks: dict[int, Look]) -> dict[int, Reading]:
        """Greedy readings, by line number, of the same."""
        return {i: x.reading(x.sketch.decoded, self.model.spec.name) for i, x in looks.items()}

    def sketch(self, images: Sequence[GreyImage]) -> list[Reading]:
        """The same, greedily and at one look: to find out how surely lines are read, not what
        they say."""
        return _in_order(map(self.greedy, self._looks(images)), len(images))

    def _best_looks(self, images: Sequence[GreyImage], first: dict[int, Look],
                    thorough: bool) -> dict[int, Look]:
        """For each of some lines, by number, the look at it that is to be believed."""
        # in documents of print it costs a quarter more time and mends nothing
        together = thorough or self.model.spec.written
        seen = {i: [look] for i, look in first.items()}
        for way in ways_to_look(self.model.spec, images, list(first), thorough):
            chosen = [images[i] for i in way.numbers]
            for looks in map(self._as_allowed, self._looks(chosen, **way.changes)):
                for k, look in looks.items():
                    seen[way.numbers[k]].append(look.without_memory() if together else look)
        return {i: self._together(looks) if together else believed(looks)
                for i, looks in seen.items()}

    def _together(self, looks: list[Look]) -> Look:
        """One look for several at a line: what a search makes of all of them, unless the one to be
        believed is so sure that there is none."""
        best = believed(looks)
        if not self._decoder.searches(best.sketch):
            return best
        found = self._decoder.decode_together([x.said.log_probs for x in looks],
                                              looks[0].said.memory, [x.sketch for x in looks])
        if found is None:
            return best
        return as_first_shown(looks[found[1]]._replace(found=found[0]), looks)

    def _as_allowed(self, looks: dict[int, Look]) -> dict[int, Look]:
        """Looks with what a constraint allows of them, where there is one."""
        if self._decoder.allowed is None:
            return looks
        return {i: looks[i]._replace(found=d) for i, d in self._searched(looks).items()}

    def _searched(self, looks: dict[int, Look]) -> dict[int, Decoded]:
        """What the decoder makes of looks, by line number."""
        decoded = self._decoder.decode_batch([x.said.log_probs for x in looks.values()],
                                             [x.said.memory for x in looks.values()],
                                             [x.sketch for x in looks.values()])
        return dict(zip(looks, decoded, strict=True))

    def _looks(self, images: Sequence[GreyImage], **changes: Any) -> Iterator[dict[int, Look]]:
        """Batches of lines, by number, as the net sees them; changes: of `normalise_line`."""
        lines = self._normalised(images, **changes)
        padded: dict[int, int] = {}
        said: dict[int, Posteriors] = {}
        for width, batch in self._said(lines):
            said |= batch
            padded |= dict.fromkeys(batch, width)
            if len(said) >= SKETCHED or len(padded) == len(lines):
                # of many lines together: most widths have two or three on a page
                sketches = self._decoder.sketch_batch([x.log_probs for x in said.values()])
                yield {i: Look(lines[i].shape[1] / padded[i], x, sketch)
                       for (i, x), sketch in zip(said.items(), sketches, strict=True)}
                said = {}

    def posteriors(self, images: Sequence[GreyImage]) -> list[Posteriors]:
        """What decoding starts from, for each grey line image (H, W): to try decoders on."""
        said: dict[int, Posteriors] = {}
        for _, batch in self._said(self._normalised(images)):
            said |= batch
        return [said[i] for i in range(len(images))]

    def _said(self, lines: Sequence[GreyImage]) -> Iterator[tuple[int, dict[int, Posteriors]]]:
        """Normalised lines through the net, a batch at a time: padded width, posteriors by line
        number."""
        for width, members in self._batches(lines):
            log_probs, memory = self._run(
                np.stack([pad_width(lines[i], self.model.spec.width_multiple) for i in members]))
            said: dict[int, Posteriors] = {}
            for k, i in enumerate(members):
                odds: Odds = {}
                if self._kinds and memory is not None:
                    odds = self._kinds.log_odds(own_frames(memory[k], lines[i].shape[1], width))
                said[i] = Posteriors(
                    log_probs[k], None if memory is None or not self._decoder.wants_memory
                    else memory[k], odds)
            yield width, said

    def _run(self, pixels: NDArray[np.uint8]) -> tuple[LogProbs, NDArray[np.float32] | None]:
        """Normalised, padded lines (B, height, W) -> calibrated log-probabilities (B, T, C) and,
        where something is made of it, memory (B, T, S)."""
        memory = None
        if self._decoder.wants_memory or self._kinds:
            log_probs, memory = self._session.log_probs_and_memory(pixels)
        else:
            log_probs = self._session.log_probs(pixels)
        temperature = self.model.spec.temperature
        if temperature != 1.0:
            log_probs = log_probs / np.float32(temperature)
            log_probs -= np.logaddexp.reduce(log_probs, axis=-1, keepdims=True)
        return log_probs, memory

    def _normalised(self, images: Sequence[GreyImage], **changes: Any) -> list[GreyImage]:
        spec = self.model.spec
        how = {"band": spec.band, "polarity": spec.polarity, "widen": spec.widen} | changes
        return [normalise_line(i, spec.architecture.height, **how) for i in images]

    def _batches(self, lines: Sequence[GreyImage]) -> list[tuple[int, list[int]]]:
        """(padded width, line numbers): every line is padded to its own bucket and no further,
        so that what it is read as does not depend on its company."""
        by_width: dict[int, list[int]] = {}
        for i, line in enumerate(lines):
            width = bucket(line.shape[1], self.model.spec.width_multiple)
            by_width.setdefault(width, []).append(i)
        return [(width, members[k:k + self.batch]) for width, members in sorted(by_width.items())
                for k in range(0, len(members), self.batch)]
