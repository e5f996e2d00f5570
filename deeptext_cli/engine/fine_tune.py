"""Defaults of a run that has no configuration file: `train --data D [--from MODEL]`."""

from __future__ import annotations

from pathlib import Path

import yaml

from deeptext_cli.data.dataset import LineDataset
from deeptext_cli.engine.models import find_model

FINE_TUNE_LINES = 24_000  # seen in all; a few minutes on two cores
SCRATCH_LINES = 200_000


def fine_tune_defaults(data: list[Path], start: str | None) -> str:
    """YAML of a sensible run on the data sets, from a model or from nothing."""
    count = sum(len(LineDataset(d, "train")) for d in data)
    batch = 32 if count >= 64 else 16
    lines = FINE_TUNE_LINES if start else SCRATCH_LINES
    steps = max(100, lines // batch)
    settings: dict[str, object] = {
        "name": data[0].name,
        "data": [{"path": str(d), "augment": "mild"} for d in data],
        "batch": batch, "steps": steps, "eval_every": max(25, steps // 15),
        "checkpoint_every": 250, "patience": 6,
        "optimiser": {"lr": 3e-4 if start else 2e-3, "warmup": 50 if start else 300,
                      "ema": 0.99 if start else 0.999}}
    if start:
        spec = find_model(start).spec
        settings["model"] = spec.architecture.model_dump(mode="json")
        settings["charset"] = "model+data"
        settings["band"] = spec.band
        settings["widen"] = spec.widen
        settings["width_multiple"] = spec.width_multiple
    return yaml.safe_dump(settings, sort_keys=False)
