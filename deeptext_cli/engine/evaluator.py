"""Measure a model on prepared data: every line read as `read` reads it, no torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli import __version__
from deeptext_cli.config.base import load_config
from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.contact_sheet import Item, contact_sheet
from deeptext_cli.data.dataset import LineDataset
from deeptext_cli.data.images import decode, encode_png, size
from deeptext_cli.engine.auto_reader import open_lines
from deeptext_cli.engine.decoding import refuse_idle
from deeptext_cli.engine.evaluation_summary import (
    Evaluation,
    LineResult,
    Summary,
    summarise,
    worst_first,
)
from deeptext_cli.engine.line_reader import ReadsLines
from deeptext_cli.engine.looks import Reading
from deeptext_cli.engine.models import EXPORTED_FILE, RUNS, Model, find_model, load_model
from deeptext_cli.engine.runtime import default_threads
from deeptext_cli.engine.single_lines import read_singles
from deeptext_cli.engine.val_lines import spread
from deeptext_cli.errors import ImageError, ModelError, UsageError
from deeptext_cli.metrics.rules import PLAIN, Rules

CHUNK = 64


class LatestRun(NamedTuple):
    """The newest finished training run."""

    model: Path
    data: tuple[str, ...]


@dataclass(frozen=True)
class EvalOptions:
    """What to measure, and how to count."""

    model: str
    data: Sequence[str]
    split: str = "val"
    against: str | None = None
    rules: Rules = PLAIN
    limit: int | None = None
    device: str = "auto"
    batch: int = 16
    jobs: int = 0
    seed: int = 0
    command: str = ""
    decoding: Mapping[str, object] = field(default_factory=dict)  # changes of the model's defaults


class EvalResult(NamedTuple):
    """Figures and lines, and the speed of reading alone."""

    evaluation: Evaluation
    summary: Summary
    lines_per_second: float


def latest_run(runs: Path = RUNS) -> LatestRun:
    """The run whose model was written last. Raises UsageError where there is none."""
    for note in sorted(runs.glob(f"*/{EXPORTED_FILE}"), key=lambda p: -p.stat().st_mtime):
        try:
            model = load_model(Path(note.read_text(encoding="utf-8")))
        except ModelError:
            continue  # moved away since
        if model.spec.kind == "recogniser":
            config = load_config(note.parent / "config.yaml", TrainConfig)
            entries = config.val or [e for e in config.data if e.path]
            return LatestRun(model.folder, tuple(dict.fromkeys(str(e.path) for e in entries)))
    raise UsageError("no finished training run in runs/",
                     remedy="give --model NAME and --data FOLDER")


def evaluate(options: EvalOptions,
             progress: Callable[[int, int], None] = lambda done, total: None) -> EvalResult:
    """Read every line of the data sets with the model (and the one it is compared with)."""
    model = find_model(options.model)
    other = find_model(options.against) if options.against else None
    for each in (model, *([other] if other else [])):
        refuse_idle(each, options.decoding)
    sets = [(d, LineDataset(d, options.split)) for d in options.data]
    places = [(name, data, i) for name, data in sets for i in spread(len(data), options.limit)]
    if not places:
        raise UsageError(f"split {options.split!r} holds no lines",
                         remedy="prepare the data with --val-share 0.1")
    readings, seconds = _read_all(options.model, places, options, progress)
    others = _read_all(options.against, places, options, progress)[0] if options.against else None
    texts = [r.text if r else "" for r in others] if others else [None] * len(places)
    lines = [_result(*line) for line in zip(places, readings, texts, strict=True)]
    evaluation = Evaluation(
        lines, model=options.model,
        data=", ".join(options.data) + f" ({options.split})",
        against=options.against, rules=options.rules, seed=options.seed,
        command=options.command, version=__version__, created=time.strftime("%Y-%m-%d %H:%M"),
        notes=_notes(model, sets))
    return EvalResult(evaluation, summarise(evaluation), len(places) / seconds)


Place = tuple[str, LineDataset, int]


def _read_all(model: str, places: Sequence[Place], options: EvalOptions,
              progress: Callable[[int, int], None]) -> tuple[list[Reading | None], float]:
    """Readings in order (None: the image could not be decoded) and the seconds they took."""
    jobs = options.jobs or default_threads()
    _, reader = open_lines(model, threads=max(1, default_threads() // jobs), device=options.device,
                           batch=options.batch, decoding=options.decoding)
    started = time.perf_counter()
    out: list[Reading | None] = []
    with ThreadPoolExecutor(jobs) as pool:
        chunks = [places[k:k + CHUNK] for k in range(0, len(places), CHUNK)]
        for readings in pool.map(lambda c: _read_chunk(reader, c), chunks):
            out.extend(readings)
            progress(len(out), len(places))
    return out, time.perf_counter() - started


def _read_chunk(reader: ReadsLines, places: Sequence[Place]) -> list[Reading | None]:
    images: list[NDArray[np.uint8] | None] = []
    for _, data, i in places:
        try:
            images.append(decode(data[i][0]))
        except ImageError:
            images.append(None)
    singles = iter(read_singles(reader, [image for image in images if image is not None]))
    return [None if image is None else next(singles).reading for image in images]


def _result(place: Place, reading: Reading | None, other: str | None) -> LineResult:
    source, data, i = place
    key = data.key(i)
    document = key.rpartition("#")[0]
    return LineResult(
        label=data.label(i), prediction=reading.text if reading else "",
        image=lambda: data[i][0], confidence=reading.confidence if reading else 0.0,
        source=source, key=key, group=f"{source}/{document}" if document else "",
        other=other, height=_height(data[i][0]))


def _height(image: bytes) -> int | None:
    """Of the picture, in pixels, from its header; None where it has none."""
    try:
        return size(image)[1]
    except ImageError:
        return None


def _notes(model: Model, sets: Sequence[tuple[str, LineDataset]]) -> list[str]:
    known = set(model.spec.charset)
    unknown = sorted({c for _, data in sets for c in data.info.charset if c not in known})
    if not unknown:
        return []
    return [f"{len(unknown)} characters of the labels are unknown to the model: "
            f"{''.join(unknown)[:60]}"]


def prediction_sheet(result: EvalResult, count: int = 60, columns: int = 5) -> bytes:
    """PNG of predictions against labels: the worst lines first, then right ones, spread evenly."""
    lines = result.evaluation.lines
    rules = result.evaluation.rules
    wrong = worst_first(result.summary)[:count // 2]
    rest = [i for i in spread(len(lines), count) if i not in set(wrong)]
    items = []
    for i in (wrong + rest)[:count]:
        line = lines[i]
        image = line.image() if callable(line.image) else line.image
        assert isinstance(image, bytes)
        try:
            pixels = decode(image)
        except ImageError:
            continue
        ok = rules.text(line.label) == rules.text(line.prediction)
        items.append(Item(pixels, line.label, ok, line.prediction))
    return encode_png(contact_sheet(items, columns=columns, cell_width=240))
