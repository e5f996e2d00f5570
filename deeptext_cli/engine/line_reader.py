"""From line images to text: normalise, batch by width, run the model, decode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.line import bucket, normalise_line, pad_width
from deeptext_cli.decode.decoder import Decoder, Sketch
from deeptext_cli.decode.result import Decoded
from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.models import ONNX_FILE, Model, verify
from deeptext_cli.engine.runtime import RecogniserSession
from deeptext_cli.errors import ModelError

GreyImage = NDArray[np.uint8]
LogProbs = NDArray[np.float32]
SURER = 1.5  # a further look at a line counts where it is so much surer than the ones before


class Span(NamedTuple):
    """A character of a line and where along the line it stands, in shares of its width."""

    char: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class Reading:
    """What a line image says, by the model of that name.

    `confidence` is the probability that all of it is right.
    """

    text: str
    confidence: float
    spans: tuple[Span, ...]
    model: str = ""


class Posteriors(NamedTuple):
    """Of one line: log-probabilities (T, C), and what the attention decoder looks at (T, S)."""

    log_probs: LogProbs
    memory: NDArray[np.float32] | None


class _Look(NamedTuple):
    """What the net says of a line, seen in one way."""

    filled: float      # share of the padded width that the line takes
    said: Posteriors
    sketch: Sketch

    @property
    def confidence(self) -> float:
        """How sure its greedy reading is, whatever a constraint allows."""
        return self.sketch.decoded.confidence

    def reading(self, decoded: Decoded, model: str) -> Reading:
        """A reading of it, with the characters' places along the line."""
        share = 1 / len(self.said.log_probs) / self.filled  # of the line's width, per frame
        spans = tuple(Span(c.char, min(1.0, c.start_frame * share), min(1.0, c.end_frame * share),
                           c.probability) for c in decoded.characters)
        return Reading(decoded.text, decoded.confidence, spans, model)


class ReadsLines(Protocol):
    """A reader of line images: one model, or several that complement each other."""

    def read(self, images: Sequence[GreyImage]) -> list[Reading]:
        """Readings of grey line images (H, W) of any size, in their order."""

    def read_page(self, images: Sequence[GreyImage]) -> list[Reading]:
        """The same of the lines of one page."""

    def sketch(self, images: Sequence[GreyImage]) -> list[Reading]:
        """The same, greedily: to find out how surely lines are read, not what they say."""


class LineReader:
    """Reads line images with one model. Safe to call from several threads."""

    def __init__(self, model: Model, *, threads: int = 0, device: str = "auto",
                 batch: int = 16, decoder: Decoder | None = None) -> None:
        """`decoder`: another than the model's own default; it must be of the model's charset."""
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
        self._decoder = decoder or make_decoder(model)
        if self._decoder.wants_memory and not self._session.has_memory:
            raise ModelError(f"{model.folder}: {ONNX_FILE} gives the attention decoder nothing to "
                             "look at", remedy="export the model again, or give --rescore 0")

    def read(self, images: Sequence[GreyImage], *, search_from: float = 0.0) -> list[Reading]:
        """Readings of grey line images (H, W) of any size, in their order. Lines less sure than
        `search_from` are read greedily: no search is spent on them."""
        readings: dict[int, Reading] = {}
        unsure: dict[int, _Look] = {}
        for looks in self._looks(images):
            sureness = self._sureness(looks)
            sure = {i: x for i, x in looks.items() if sureness[i] >= self.model.spec.look_again}
            unsure |= {i: x for i, x in looks.items() if i not in sure}
            readings |= self._decoded(sure, search_from)
        readings |= self._decoded(self._best_looks(images, unsure), search_from)
        return [readings[i] for i in range(len(images))]

    def read_page(self, images: Sequence[GreyImage]) -> list[Reading]:
        """Readings of the lines of one page, which tell one model nothing of each other."""
        return self.read(images)

    def sketch(self, images: Sequence[GreyImage]) -> list[Reading]:
        """The same, greedily and at one look: to find out how surely lines are read, not what
        they say."""
        readings: dict[int, Reading] = {}
        for looks in self._looks(images):
            readings |= self._sketched(looks)
        return [readings[i] for i in range(len(images))]

    def _best_looks(self, images: Sequence[GreyImage],
                    first: dict[int, _Look]) -> dict[int, _Look]:
        """For each of some lines, by number, the look at which it is read most surely."""
        best, sureness = dict(first), self._sureness(first)
        numbers = list(first)
        chosen = [images[i] for i in numbers]
        spec = self.model.spec
        others: list[dict[str, Any]] = [{"band": False}] if spec.band else []
        if spec.polarity == "auto":
            others.append({"polarity": "other"})
        for changes in others:
            for looks in self._looks(chosen, **changes):
                for k, confidence in self._sureness(looks).items():
                    if confidence > SURER * sureness[numbers[k]]:
                        best[numbers[k]], sureness[numbers[k]] = looks[k], confidence
        return best

    def _sureness(self, looks: dict[int, _Look]) -> dict[int, float]:
        """How surely lines are read at these looks: greedily, or as a constraint allows."""
        if self._decoder.allowed is None:
            return {i: x.confidence for i, x in looks.items()}
        return {i: r.confidence for i, r in self._decoded(looks).items()}

    def _looks(self, images: Sequence[GreyImage], **changes: Any) -> Iterator[dict[int, _Look]]:
        """Batches of lines, by number, as the net sees them; changes: of `normalise_line`."""
        lines = self._normalised(images, **changes)
        for width, said in self._said(lines):
            sketches = self._decoder.sketch_batch([x.log_probs for x in said.values()])
            yield {i: _Look(lines[i].shape[1] / width, x, sketch)
                   for (i, x), sketch in zip(said.items(), sketches, strict=True)}

    def _sketched(self, looks: dict[int, _Look]) -> dict[int, Reading]:
        """Greedy readings, by line number."""
        return {i: x.reading(x.sketch.decoded, self.model.spec.name) for i, x in looks.items()}

    def _decoded(self, looks: dict[int, _Look], search_from: float = 0.0) -> dict[int, Reading]:
        """Readings by line number; greedy ones below `search_from`, but not under a constraint,
        of which greedy readings know nothing."""
        left = {i: x for i, x in looks.items() if x.confidence < search_from} \
            if self._decoder.allowed is None else {}
        searched = {i: x for i, x in looks.items() if i not in left}
        decoded = self._decoder.decode_batch([x.said.log_probs for x in searched.values()],
                                             [x.said.memory for x in searched.values()],
                                             [x.sketch for x in searched.values()])
        return self._sketched(left) | {
            i: x.reading(d, self.model.spec.name)
            for (i, x), d in zip(searched.items(), decoded, strict=True)}

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
            yield width, {i: Posteriors(log_probs[k], None if memory is None else memory[k])
                          for k, i in enumerate(members)}

    def _run(self, pixels: NDArray[np.uint8]) -> tuple[LogProbs, NDArray[np.float32] | None]:
        """Normalised, padded lines (B, height, W) -> calibrated log-probabilities (B, T, C) and,
        where the decoder wants it, memory (B, T, S)."""
        memory = None
        if self._decoder.wants_memory:
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
