"""Make a model's line confidence a probability: fitted on val lines, stored in `model.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deeptext_cli.config.decode import Calibrator, DecodeOptions
from deeptext_cli.config.training import ValEntry
from deeptext_cli.decode.confidence import calibrated, fit_logistic
from deeptext_cli.engine.models import load_model, save_spec
from deeptext_cli.engine.val_readings import ReadSet, read_val
from deeptext_cli.metrics.rules import Rules

FEWEST = 50  # lines; with fewer, confidences stay as they are


def calibrate(folder: Path, entries: Sequence[ValEntry]) -> Calibrator:
    """Fit the calibrator of the model in `folder` on val lines and store it there.

    The lines are read just as `read` reads them, so what is searched now is searched afterwards:
    `unsure_below` is moved with the confidences. Logistic (Platt) scaling: two numbers cannot
    overfit a few hundred lines. Sets that are only watched have no say, as in choosing the weights.
    """
    judged = [e for e in entries if not e.watch_only]
    return calibrate_on(folder, read_val(load_model(folder), judged))


def calibrate_on(folder: Path, sets: Sequence[ReadSet]) -> Calibrator:
    """The same from val lines that the model in `folder` has read."""
    model = load_model(folder)
    said: list[float] = []
    correct: list[bool] = []
    for entry, labels, readings in sets:
        if entry.watch_only:
            continue
        rules = Rules(ignore_case=entry.ignore_case)
        said += [r.confidence for r in readings]
        correct += [rules.text(r.text) == rules.text(label)
                    for r, label in zip(readings, labels, strict=True)]
    old = model.spec.decoding
    if len(said) < FEWEST:
        return old.calibrator
    decoding = recalibrated(old, fit_logistic(said, correct))
    save_spec(folder, model.spec.model_copy(update={"decoding": decoding}))
    return decoding.calibrator


def recalibrated(old: DecodeOptions, further: Calibrator) -> DecodeOptions:
    """Options whose confidences are those of `old`, mapped by the logistic `further`; the same
    lines are searched."""
    first, below = old.calibrator, old.unsure_below
    if first.kind == "isotonic":
        raw = np.linspace(0, 1, 100_001)
        edge = raw[min(int(np.searchsorted(calibrated(first, raw), below)), len(raw) - 1)]
        calibrator = first.model_copy(update={"points": tuple(
            (x, float(calibrated(further, y))) for x, y in first.points)})
        moved = calibrated(calibrator, edge)
    else:  # one logistic after another is a logistic
        scale, shift = (first.scale, first.shift) if first.kind == "logistic" else (1.0, 0.0)
        calibrator = Calibrator(kind="logistic", scale=further.scale * scale,
                                shift=further.scale * shift + further.shift)
        moved = calibrated(further, below)
    if 0 < below < 1:  # 0 and 1: no line, every line
        below = round(float(moved), 4)
    return old.model_copy(update={"calibrator": calibrator, "unsure_below": below})
