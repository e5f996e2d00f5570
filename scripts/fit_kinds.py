#!/usr/bin/env python3
"""Fit what tells `--model auto` which model to ask about a line: MODEL/kinds.safetensors.

    python scripts/fit_kinds.py print [--config configs/kinds.yaml]

A linear probe of the model's sequence features, for each kind against all others. It is of these
very weights: fit it again when they change (`scripts/ship.py` does). Takes a minute or two.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from deeptext_cli.config.base import load_config
from deeptext_cli.config.kinds import KindsConfig
from deeptext_cli.config.training import DataEntry, TrainConfig
from deeptext_cli.data.line import pad_width
from deeptext_cli.engine.line_kinds import (
    KINDS_FILE,
    Floats,
    LineKinds,
    fit_kind,
    own_frames,
    pooled,
    save_kinds,
)
from deeptext_cli.engine.models import Model, file_checksum, find_model, save_spec
from deeptext_cli.engine.runtime import RecogniserSession
from deeptext_cli.engine.samples import SampleStream

SEED = 977


def main() -> None:
    """Features of lines of every kind, then one fit a kind."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    parser.add_argument("model", help="model that tells kinds apart")
    parser.add_argument("--config", type=Path, default=Path("configs/kinds.yaml"))
    args = parser.parse_args()
    fit(find_model(args.model), args.config)


def fit(model: Model, path: Path) -> None:
    """Fit the kinds of the config at `path` and write them into the model's folder."""
    config = load_config(path, KindsConfig)
    session = RecogniserSession(model.onnx)
    features: list[Floats] = []
    kinds: list[str] = []
    for kind, entries in config.kinds.items():
        for entry in entries:
            of_entry = [pooled(m) for m in memories(session, model, entry, config.lines, path)]
            features += of_entry
            kinds += [kind] * len(of_entry)
            print(f"{kind}: {len(of_entry)} lines of {entry.path or entry.synth}", flush=True)
    x, labels = np.stack(features), np.array(kinds)
    names = list(config.kinds)[1:]
    fits = [fit_kind(x, labels == name) for name in names]
    found = LineKinds(tuple(names), np.stack([w for w, _ in fits]),
                      np.array([b for _, b in fits], np.float32))
    save_kinds(found, model.folder)
    sums = model.spec.checksums | {KINDS_FILE: file_checksum(model.folder / KINDS_FILE)}
    spec = model.spec.model_copy(update={"checksums": sums})
    save_spec(model.folder, spec)
    for name, (w, b) in zip(names, fits, strict=True):
        said = x @ w + b > 0
        print(f"{name}: {100 * said[labels == name].mean():.1f} % of its lines are told, "
              f"{100 * said[labels != name].mean():.1f} % of others taken for it")


def memories(session: RecogniserSession, model: Model, entry: DataEntry, lines: int,
             path: Path) -> Iterator[Floats]:
    """What the net makes of the frames of some lines of a source, (T, S) each."""
    spec = model.spec
    config = TrainConfig(name="kinds", data=(entry,), model=spec.architecture, band=spec.band,
                         polarity=spec.polarity, widen=spec.widen, seed=SEED,
                         width_multiple=spec.width_multiple).resolved_against(path.parent)
    stream = SampleStream(config, model.charset)
    for i in range(lines):
        sample = stream(i)
        if sample is None:
            continue
        padded = pad_width(sample.image, spec.width_multiple)
        _, memory = session.log_probs_and_memory(padded[None])
        yield own_frames(memory[0], sample.image.shape[1], padded.shape[1])


if __name__ == "__main__":
    main()
