"""From trained weights to a model folder: ONNX, safetensors, model.yaml, CARD.md; then checked."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from deeptext_cli.config.model import ModelSpec
from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.files import write_atomic
from deeptext_cli.decode.greedy import greedy_batch
from deeptext_cli.engine.models import (
    DECODER_FILE,
    ONNX_FILE,
    WEIGHTS_FILE,
    file_checksum,
    save_spec,
)
from deeptext_cli.engine.runtime import RecogniserSession
from deeptext_cli.engine.training_loop import save_weights
from deeptext_cli.engine.validation import ValSet
from deeptext_cli.errors import ModelError, TrainingError
from deeptext_cli.nn.attention import AttentionDecoder
from deeptext_cli.nn.recogniser import Recogniser, to_input
from deeptext_cli.text import Charset

MAX_FILE = 16 * 2**20
OPSET = 17


class Agreement(NamedTuple):
    """How ONNX Runtime and torch compare on the val lines."""

    lines: int
    same_text: int
    largest_difference: float   # of probabilities


class _Reading(nn.Module):
    """The exported graph: log-probabilities, and for the attention decoder what it looks at."""

    def __init__(self, model: Recogniser) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        _, x = self.model.encode(image)
        log_probs = self.model.head(x).float().log_softmax(dim=-1)
        return (log_probs,) if self.model.decoder is None else (log_probs, x.float())


class _Spelling(nn.Module):
    """The exported attention decoder: log-probabilities of each next character."""

    def __init__(self, decoder: AttentionDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, memory: Tensor, previous: Tensor) -> Tensor:
        return self.decoder(memory, previous).log_softmax(dim=-1)


def load_weights(config: TrainConfig, charset: Charset, path: Path) -> Recogniser:
    """The net with the weights of `path`, in eval mode. Raises TrainingError without any."""
    if not path.exists():
        raise TrainingError(f"{path.parent}: nothing measured yet, so there are no best weights",
                            remedy=f"train on, at least to step {config.eval_every}")
    model = Recogniser(config.model, charset.classes)
    try:
        model.load_state_dict(load_file(path))
    except RuntimeError as e:
        raise TrainingError(f"{path}: the weights are of another architecture or charset",
                            remedy="give the configuration of the run") from e
    return model.eval()


def export_model(folder: Path, model: Recogniser, config: TrainConfig, charset: Charset,
                 trained: Mapping[str, str | int | float | None]) -> ModelSpec:
    """Write the model folder, but for its card. Raises ModelError for a file above 16 MiB."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / ONNX_FILE, to_onnx(model))
    save_weights(folder / WEIGHTS_FILE, model)
    files = [ONNX_FILE, WEIGHTS_FILE]
    (folder / DECODER_FILE).unlink(missing_ok=True)  # of a model that stood here before
    if model.decoder is not None:
        write_atomic(folder / DECODER_FILE, decoder_to_onnx(model.decoder))
        files.append(DECODER_FILE)
    check_sizes(folder, MAX_FILE, "a shipped file")
    spec = ModelSpec(
        name=config.name, charset=str(charset), architecture=config.model,
        width_multiple=config.width_multiple, band=config.band, polarity=config.polarity,
        widen=config.widen, look_again=config.look_again, written=config.written,
        decoding=config.decoding, trained=dict(trained),
        checksums={n: file_checksum(folder / n) for n in files})
    save_spec(folder, spec)
    return spec


def check_sizes(folder: Path, limit: int, what: str) -> None:
    """Raise ModelError where a weights file has more than `limit` bytes."""
    for name in (ONNX_FILE, WEIGHTS_FILE):
        size = (folder / name).stat().st_size
        if size > limit:
            raise ModelError(f"{folder / name} has {size / 2**20:.1f} MiB; {what} may have "
                             f"{limit // 2**20}", remedy="make the model smaller")


def to_onnx(model: Recogniser) -> bytes:
    """ONNX bytes: `image` (batch, 1, height, width) -> `log_probs` (batch, frames, classes), and
    with an attention decoder `memory` (batch, frames, features)."""
    names = ["log_probs", *(["memory"] if model.decoder is not None else [])]
    example = torch.zeros(2, 1, model.architecture.height, 128)
    return _onnx(_Reading(model), (example,), {"image": {0: "batch", 3: "width"}},
                 {n: {0: "batch", 1: "frames"} for n in names})


def decoder_to_onnx(decoder: AttentionDecoder) -> bytes:
    """ONNX bytes: `memory` (1, frames, features) of one line and `previous` (texts, length), each
    row 0 and a text's classes -> `log_probs` (texts, length, classes) of what comes next."""
    features = decoder.cross_attention.key_value.in_features
    example = torch.zeros(1, 7, features), torch.zeros(3, 5, dtype=torch.int64)
    return _onnx(_Spelling(decoder), example,
                 {"memory": {1: "frames"}, "previous": {0: "texts", 1: "length"}},
                 {"log_probs": {0: "texts", 1: "length"}})


def _onnx(module: nn.Module, example: tuple[Tensor, ...], inputs: dict[str, dict[int, str]],
          outputs: dict[str, dict[int, str]]) -> bytes:
    """ONNX bytes of a module; `inputs` and `outputs`: their names, in order, and free axes."""
    out = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(module.eval(), example, out, input_names=list(inputs),  # type: ignore[arg-type]
                          output_names=list(outputs), opset_version=OPSET, dynamo=False,
                          dynamic_axes=inputs | outputs)
    return out.getvalue()


def check_export(folder: Path, model: Recogniser, charset: Charset,
                 val_sets: list[ValSet], limit: int = 400) -> Agreement:
    """Read up to `limit` val lines by both runtimes.

    Raises ModelError where a probability differs by more than a hundredth: a text can then differ
    only where two characters were about equally likely.
    """
    session = RecogniserSession(folder / ONNX_FILE)
    lines = same = 0
    largest = 0.0
    for val_set in val_sets:
        for batch in val_set.batches:
            if lines >= limit:
                break
            with torch.no_grad():
                theirs = model.read(to_input(torch.from_numpy(batch.images))).numpy()
            ours = session.log_probs(batch.images)
            largest = max(largest, float(np.abs(np.exp(ours) - np.exp(theirs)).max()))
            texts = zip(greedy_batch(ours, charset), greedy_batch(theirs, charset), strict=True)
            same += sum(a.text == b.text for a, b in texts)
            lines += len(batch.labels)
    if largest > 1e-2:
        raise ModelError(f"{folder}: ONNX and torch disagree by {largest:.3g} in probability",
                         remedy="this is a fault of the export; please report it")
    return Agreement(lines, same, largest)
