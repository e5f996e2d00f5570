"""A detector's whole training run: train, take the best weights, write and check the model."""

from __future__ import annotations

import io
import logging
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from deeptext_cli.config.detection import DetectTrainConfig
from deeptext_cli.config.model import ModelSpec
from deeptext_cli.data.files import write_atomic
from deeptext_cli.engine import checkpoint
from deeptext_cli.engine.detect import LineDetector
from deeptext_cli.engine.detect_eval import DetectorScores, load_val_pages
from deeptext_cli.engine.detect_events import DetectorFinished
from deeptext_cli.engine.detect_int8 import measure_detector, shrink_detector
from deeptext_cli.engine.detect_trainer import DetectTrainer, Listener
from deeptext_cli.engine.export import check_sizes
from deeptext_cli.engine.models import (
    CARD_FILE,
    ONNX_FILE,
    RUNS,
    WEIGHTS_FILE,
    file_checksum,
    load_model,
    save_spec,
)
from deeptext_cli.engine.run_shell import run_lock
from deeptext_cli.engine.training_loop import BEST_FILE, save_weights
from deeptext_cli.errors import ModelError, TrainingError
from deeptext_cli.nn.detector import Detector, to_input

MAX_FILE = 8 * 2**20
OPSET = 17
MAX_DIFFERENCE = 1e-2  # of a probability, ONNX Runtime against torch


class DetectorResult(NamedTuple):
    """What a run left behind."""

    finished: DetectorFinished
    model: Path | None               # None when interrupted
    scores: DetectorScores | None
    largest_difference: float        # of probabilities, ONNX Runtime against torch
    int8: bool | None = None         # whether the 8-bit copy was taken, where one was asked for


def train_detector(config: DetectTrainConfig, *, folder: Path | None = None,
                   output: Path | None = None, device: str = "cpu", resume: bool = False,
                   fresh: bool = False, listener: Listener = lambda event: None) -> DetectorResult:
    """Run `config` in `folder` (runs/NAME) and write the model to `output` (folder/model).

    Raises UsageError where another process trains in the folder.
    """
    folder = folder or RUNS / config.name
    with run_lock(folder):
        trainer = DetectTrainer(config, folder, device=device, resume=resume, fresh=fresh,
                                listener=listener)
        finished = trainer.run()
        if finished.interrupted:
            return DetectorResult(finished, None, None, 0.0)
        return finish_detector(config, folder, output or folder / "model", finished)


def export_detector_run(folder: Path, output: Path) -> DetectorResult:
    """The best weights so far of a run that still goes on, as a model folder."""
    meta = checkpoint.read_meta(folder / checkpoint.FILE)
    config = DetectTrainConfig.model_validate(meta["config"])
    finished = DetectorFinished("exported", meta["step"], meta["best_h_mean"], meta["seconds"],
                                meta["step"] * config.batch, folder, False)
    return finish_detector(config, folder, output, finished)


def finish_detector(config: DetectTrainConfig, folder: Path, output: Path,
                    finished: DetectorFinished) -> DetectorResult:
    """Export the best weights of a run, checked against torch and measured."""
    if not (folder / BEST_FILE).exists():
        raise TrainingError(f"{folder}: nothing was measured yet, so there is no best",
                            remedy="train on until the first measurement")
    model = Detector(config.model)
    model.load_state_dict(load_file(folder / BEST_FILE))
    model.eval()
    trained: dict[str, str | int | float | None] = {
        "steps": finished.step, "crops": finished.crops, "seed": config.seed,
        "minutes": round(finished.seconds / 60, 1), "date": time.strftime("%Y-%m-%d")}
    write_model(output, model, config)
    difference = check_detector(output, model)
    made, val = load_model(output), load_val_pages(config)
    scores, taken = measure_detector(made, config, val), None
    if config.int8:
        scores, taken = shrink_detector(made, config, val, scores)
    trained |= {"val_h_mean": round(scores.h_mean, 4), "val_recall": round(scores.recall, 4),
                "val_coverage": round(scores.coverage, 4)}
    write_spec(output, config, trained)
    card = output / CARD_FILE
    if not card.exists():  # what people wrote stays
        write_atomic(card, detector_card(config, trained, scores).encode())
    return DetectorResult(finished, output, scores, difference, taken)


def write_model(folder: Path, model: Detector, config: DetectTrainConfig) -> None:
    """Write the model folder. Raises ModelError for a file above 8 MiB."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / ONNX_FILE, detector_onnx(model))
    save_weights(folder / WEIGHTS_FILE, model)
    check_sizes(folder, MAX_FILE, "a detector")
    write_spec(folder, config, {})


def write_spec(folder: Path, config: DetectTrainConfig,
               trained: Mapping[str, str | int | float | None]) -> None:
    """Write model.yaml for the files that are there."""
    spec = ModelSpec(
        name=config.name, kind="detector", detector=config.model, detection=config.detection,
        trained=dict(trained),
        checksums={n: file_checksum(folder / n) for n in (ONNX_FILE, WEIGHTS_FILE)})
    save_spec(folder, spec)


class _Probability(nn.Module):
    """The exported graph: the probability map alone."""

    def __init__(self, model: Detector) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> Tensor:
        return self.model.probability(image)


def detector_onnx(model: Detector) -> bytes:
    """ONNX bytes: `image` (batch, 1, height, width), ink 0..1, sides multiples of 32 ->
    `probability` (batch, 1, height / 2, width / 2)."""
    wrapped = _Probability(model).eval()
    out = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            wrapped, (torch.zeros(1, 1, 96, 128),), out,  # type: ignore[arg-type]
            input_names=["image"], output_names=["probability"], opset_version=OPSET, dynamo=False,
            dynamic_axes={"image": {0: "batch", 2: "height", 3: "width"},
                          "probability": {0: "batch", 2: "half_height", 3: "half_width"}})
    return out.getvalue()


def check_detector(folder: Path, model: Detector) -> float:
    """The largest difference of a probability between the runtimes, on images of two sizes.

    Raises ModelError where it is more than rounding.
    """
    detector = LineDetector(load_model(folder))
    rng = np.random.default_rng(0)
    largest = 0.0
    for size in ((160, 96), (64, 320)):
        page = rng.integers(0, 256, size, dtype=np.uint8)
        with torch.no_grad():
            theirs = model.probability(to_input(torch.from_numpy(page)[None]))[0, 0].numpy()
        largest = max(largest, float(np.abs(detector.probability(page) - theirs).max()))
    if largest > MAX_DIFFERENCE:
        raise ModelError(f"{folder}: ONNX and torch disagree by {largest:.3g} in probability",
                         remedy="this is a fault of the export; please report it")
    return largest


def detector_card(config: DetectTrainConfig, trained: Mapping[str, str | int | float | None],
                  scores: DetectorScores) -> str:
    """The first version of CARD.md; people add what only they can know."""
    rows = "\n".join(
        f"| {name} | {c.truths} | {100 * c.precision:.1f} | {100 * c.recall:.1f} | "
        f"{100 * c.h_mean:.1f} | {100 * c.coverage:.1f} |" for name, c in scores.by_set.items())
    sources = "\n".join(f"- `{e.path or e.synth}`, weight {e.weight:g}" for e in config.data)
    return f"""# {config.name}: finds the lines on a page

Trained by `deeptext train` ({trained['date']}): {trained['steps']} steps, {trained['crops']} crops,
{trained['minutes']} minutes, seed {config.seed}.

## Data
{sources}

## Figures
Boxes of lines at an intersection over union of 0.5, and characters covered, on val pages that
were not trained on (per cent):

| set | lines | precision | recall | H-mean | characters covered |
| --- | --- | --- | --- | --- | --- |
{rows}

## Limits
Not yet written.
"""
