"""Make a model's line confidence a probability: fitted on val lines, stored in `model.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deeptext_cli.config.base import dump_yaml
from deeptext_cli.config.decode import Calibrator
from deeptext_cli.config.training import ValEntry
from deeptext_cli.data.dataset import LineDataset
from deeptext_cli.data.files import write_atomic
from deeptext_cli.data.images import decode
from deeptext_cli.decode.confidence import fit_logistic
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import SPEC_FILE, load_model
from deeptext_cli.errors import ImageError
from deeptext_cli.metrics.rules import Rules

FEWEST = 50  # lines; with fewer, confidences stay as they are
LIMIT = 500  # lines of each set


def calibrate(folder: Path, entries: Sequence[ValEntry]) -> Calibrator:
    """Fit the calibrator of the model in `folder` on val lines and store it there.

    Logistic (Platt) scaling: two numbers cannot overfit a few hundred lines. Sets that are only
    watched have no say, as in choosing the weights.
    """
    model = load_model(folder)
    plain = model.spec.decoding.model_copy(update={"calibrator": Calibrator()})
    model = type(model)(folder, model.spec.model_copy(update={"decoding": plain}))
    reader = LineReader(model)
    raw: list[float] = []
    correct: list[bool] = []
    for entry in entries:
        if entry.watch_only:
            continue
        rules = Rules(ignore_case=entry.ignore_case)
        dataset = LineDataset(entry.path, entry.split)
        step = max(1, len(dataset) // min(LIMIT, entry.limit))
        for i in range(0, len(dataset), step):
            data, label = dataset[i]
            try:
                reading = reader.read([decode(data)])[0]
            except ImageError:
                continue
            raw.append(reading.confidence)
            correct.append(rules.text(reading.text) == rules.text(label))
    calibrator = fit_logistic(raw, correct) if len(raw) >= FEWEST else Calibrator()
    spec = model.spec.model_copy(update={
        "decoding": plain.model_copy(update={"calibrator": calibrator})})
    write_atomic(folder / SPEC_FILE, dump_yaml(spec).encode())
    return calibrator
