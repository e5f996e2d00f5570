"""A whole training run: train, take the best weights, write the model folder and check it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.files import write_atomic
from deeptext_cli.engine import checkpoint
from deeptext_cli.engine.calibrate import calibrate_on
from deeptext_cli.engine.card import model_card
from deeptext_cli.engine.export import Agreement, check_export, export_model, load_weights
from deeptext_cli.engine.fine_tune import parent_of
from deeptext_cli.engine.int8 import Shrunk, shrink_model
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.lm import find_lms
from deeptext_cli.engine.models import CARD_FILE, EXPORTED_FILE, RUNS, load_model
from deeptext_cli.engine.run_shell import run_lock
from deeptext_cli.engine.train_events import Finished
from deeptext_cli.engine.trainer import Listener, Trainer
from deeptext_cli.engine.training_loop import BEST_FILE, refuse_another_net
from deeptext_cli.engine.val_readings import read_val
from deeptext_cli.engine.validation import (
    Scores,
    load_val_sets,
    score,
    scores_of,
    val_entries,
)
from deeptext_cli.text import Charset


class TrainResult(NamedTuple):
    """What a run left behind."""

    finished: Finished
    model: Path | None          # None when interrupted
    before: Scores | None       # of the model it started from, read on the same lines
    after: Scores | None        # as `read` reads them
    agreement: Agreement | None
    int8: Shrunk | None = None  # what became of the 8-bit copy, where one was asked for


def train(config: TrainConfig, *, folder: Path | None = None, output: Path | None = None,
          device: str = "cpu", resume: bool = False, fresh: bool = False,
          listener: Listener = lambda event: None) -> TrainResult:
    """Run `config` in `folder` (runs/NAME) and write the model to `output` (folder/model).

    Raises UsageError where another process trains in the folder.
    """
    folder = folder or RUNS / config.name
    # what will not do is said before any work: at the end both models are to read
    if config.start:
        LineReader(parent_of(config.start, "recogniser"))
    if config.decoding.lm is not None and config.decoding.decoder == "beam":
        find_lms(config.decoding.lm)
    with run_lock(folder):
        return _train(config, folder, output or folder / "model", device, resume, fresh, listener)


def _train(config: TrainConfig, folder: Path, output: Path, device: str, resume: bool,
           fresh: bool, listener: Listener) -> TrainResult:
    trainer = Trainer(config, folder, device=device, resume=resume, fresh=fresh, listener=listener)
    finished = trainer.run()
    if finished.interrupted:
        return TrainResult(finished, None, None, None, None)
    return finish(config, trainer.charset, folder, output or folder / "model", finished)


def finish(config: TrainConfig, charset: Charset, folder: Path, output: Path,
           finished: Finished) -> TrainResult:
    """Export the best weights of a run, measured and checked."""
    sets, entries = load_val_sets(config), val_entries(config)
    model = load_weights(config, charset, folder / BEST_FILE)
    greedy = score(model, sets, charset)
    before = None
    if config.start:  # now: the new model may take its place
        before = scores_of(read_val(parent_of(config.start, "recogniser"), entries))
    trained: dict[str, str | int | float | None] = {
        "steps": finished.step, "lines": finished.lines,
        "minutes": round(finished.seconds / 60, 1), "val_cer": round(greedy.cer, 6),
        "val_exact": round(greedy.exact, 6), "seed": config.seed,
        "date": time.strftime("%Y-%m-%d")}
    card = output / CARD_FILE
    old = card.read_text(encoding="utf-8") if card.is_file() else ""
    export_model(output, model, config, charset, trained)
    agreement = check_export(output, model, charset, sets)
    int8 = shrink_model(output, config, charset, sets, greedy) if config.int8 else None
    read = read_val(load_model(output), entries)
    calibrate_on(output, read)
    after = scores_of(read)
    write_atomic(card, model_card(config, trained, after, old).encode())
    write_atomic(folder / EXPORTED_FILE, str(output.resolve()).encode())
    return TrainResult(finished, output, before, after, agreement, int8)


def export_run(config: TrainConfig, folder: Path, output: Path) -> TrainResult:
    """The best weights so far of a run that still goes on, as a model folder."""
    meta = checkpoint.read_meta(folder / checkpoint.FILE)
    refuse_another_net(meta["config"], config, folder)
    finished = Finished("exported", meta["step"], meta["best_cer"] or 0.0, meta["seconds"],
                        meta["lines"], folder, False)
    return finish(config, Charset(meta["charset"]), folder, output, finished)
