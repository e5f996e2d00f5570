"""Replace a model folder's ONNX file by its int8 copy, if that reads val lines as well."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.files import write_atomic
from deeptext_cli.data.line import pad_width
from deeptext_cli.decode.greedy import greedy_batch
from deeptext_cli.engine.models import ONNX_FILE, file_checksum, load_model, save_spec
from deeptext_cli.engine.quantise import quantise
from deeptext_cli.engine.runtime import RecogniserSession, to_ink
from deeptext_cli.engine.samples import SampleStream
from deeptext_cli.engine.validation import Scores, ValSet
from deeptext_cli.metrics.text_metrics import measure
from deeptext_cli.text import Charset

LINES = 192         # training lines that the ranges of activations are taken from
WIDEST = 800        # pixels of them: memory
WORSE = 1.03        # an int8 copy with more errors than this, relatively, is not taken
BY_CHANCE = 3       # but so many characters more, of all that val has, mean nothing


class Shrunk(NamedTuple):
    """How the int8 copy read val, and whether it is the model now."""

    cer: float
    taken: bool


def shrink_model(folder: Path, config: TrainConfig, charset: Charset, sets: list[ValSet],
                 plain: Scores) -> Shrunk:
    """Put the int8 copy in the ONNX file's place, unless it reads val plainly worse."""
    before = (folder / ONNX_FILE).read_bytes()
    write_atomic(folder / ONNX_FILE, quantise(before, _typical(config, charset)))
    scores = read_scores(folder / ONNX_FILE, charset, sets)
    if scores.cer > WORSE * plain.cer + BY_CHANCE / max(1, plain.characters):
        write_atomic(folder / ONNX_FILE, before)
        return Shrunk(scores.cer, taken=False)
    spec = load_model(folder).spec
    sums = spec.checksums | {ONNX_FILE: file_checksum(folder / ONNX_FILE)}
    trained = spec.trained | {"val_cer": round(scores.cer, 6), "val_exact": round(scores.exact, 6)}
    spec = spec.model_copy(update={"checksums": sums, "trained": trained})
    save_spec(folder, spec)
    return Shrunk(scores.cer, taken=True)


def read_scores(onnx: Path, charset: Charset, sets: list[ValSet]) -> Scores:
    """Greedy figures of an ONNX file on val sets."""
    session = RecogniserSession(onnx)
    by_set = {}
    for s in sets:
        pairs = [(label, read.text) for batch in s.batches for label, read in zip(
            batch.labels, greedy_batch(session.log_probs(batch.images), charset), strict=True)]
        by_set[s.entry.path] = measure(pairs, ignore_case=s.entry.ignore_case)
    return Scores(by_set, frozenset(s.entry.path for s in sets if s.entry.watch_only))


def _typical(config: TrainConfig, charset: Charset) -> Iterator[NDArray[np.float32]]:
    """Training lines as the model gets them, (1, 1, height, width)."""
    stream = SampleStream(config, charset)
    samples = (s for s in map(stream, range(4 * LINES)) if s is not None)
    for sample in islice(samples, LINES):
        image = pad_width(sample.image[:, :WIDEST], config.width_multiple)
        yield to_ink(image)[None, None]
