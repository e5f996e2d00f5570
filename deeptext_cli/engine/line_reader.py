"""From line images to text: normalise, batch by width, run the model, decode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.line import bucket, normalise_line, pad_width
from deeptext_cli.decode.decoder import Decoder
from deeptext_cli.decode.result import Decoded
from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.models import ONNX_FILE, Model, verify
from deeptext_cli.engine.runtime import RecogniserSession
from deeptext_cli.errors import ModelError

GreyImage = NDArray[np.uint8]
LogProbs = NDArray[np.float32]
DecodesBatch = Callable[[LogProbs, LogProbs | None], list[Decoded]]  # of (B, T, C) and memory


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


class ReadsLines(Protocol):
    """A reader of line images: one model, or several that complement each other."""

    def read(self, images: Sequence[GreyImage]) -> list[Reading]:
        """Readings of grey line images (H, W) of any size, in their order."""

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

    def read(self, images: Sequence[GreyImage]) -> list[Reading]:
        """Readings of grey line images (H, W) of any size, in their order."""
        return self._read(images, self._decoder.decode_batch)

    def sketch(self, images: Sequence[GreyImage]) -> list[Reading]:
        """The same, greedily: to find out how surely lines are read, not what they say."""
        return self._read(images, lambda log_probs, memory: self._decoder.sketch_batch(log_probs))

    def _read(self, images: Sequence[GreyImage], decode: DecodesBatch) -> list[Reading]:
        spec = self.model.spec
        lines = self._normalised(images)
        readings: list[Reading] = [Reading("", 0.0, ())] * len(lines)
        for width, members in self._batches(lines):
            pixels = np.stack([pad_width(lines[i], spec.width_multiple) for i in members])
            log_probs, memory = self._run(pixels)
            decoded = decode(log_probs, memory)
            for i, d in zip(members, decoded, strict=True):
                readings[i] = _reading(d, lines[i].shape[1], width, log_probs.shape[1],
                                       spec.name)
        return readings

    def posteriors(self, images: Sequence[GreyImage]) -> list[Posteriors]:
        """What decoding starts from, for each grey line image (H, W): to try decoders on."""
        spec = self.model.spec
        lines = self._normalised(images)
        out = [Posteriors(np.zeros((0, self.model.charset.classes), np.float32), None)] * len(lines)
        for _, members in self._batches(lines):
            log_probs, memory = self._run(
                np.stack([pad_width(lines[i], spec.width_multiple) for i in members]))
            for k, i in enumerate(members):
                out[i] = Posteriors(log_probs[k], None if memory is None else memory[k])
        return out

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

    def _normalised(self, images: Sequence[GreyImage]) -> list[GreyImage]:
        spec = self.model.spec
        return [normalise_line(i, spec.architecture.height, band=spec.band,
                               polarity=spec.polarity, widen=spec.widen) for i in images]

    def _batches(self, lines: Sequence[GreyImage]) -> list[tuple[int, list[int]]]:
        """(padded width, line numbers): every line is padded to its own bucket and no further,
        so that what it is read as does not depend on its company."""
        by_width: dict[int, list[int]] = {}
        for i, line in enumerate(lines):
            width = bucket(line.shape[1], self.model.spec.width_multiple)
            by_width.setdefault(width, []).append(i)
        return [(width, members[k:k + self.batch]) for width, members in sorted(by_width.items())
                for k in range(0, len(members), self.batch)]


def _reading(decoded: Decoded, line_width: int, width: int, frames: int, model: str) -> Reading:
    share = width / frames / line_width  # of the line's width, per frame
    spans = tuple(Span(c.char, min(1.0, c.start_frame * share), min(1.0, c.end_frame * share),
                       c.probability) for c in decoded.characters)
    return Reading(decoded.text, decoded.confidence, spans, model)
