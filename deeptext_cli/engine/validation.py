"""Measuring a model while it trains: greedy CTC on the labelled lines of the val sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from deeptext_cli.config.training import TrainConfig, ValEntry
from deeptext_cli.data.dataset import load_info
from deeptext_cli.data.line import bucket, normalise_line, pad_width
from deeptext_cli.decode.greedy import greedy_batch
from deeptext_cli.engine.val_lines import val_lines
from deeptext_cli.engine.val_readings import ReadSet
from deeptext_cli.errors import TrainingError, UsageError
from deeptext_cli.metrics.text_metrics import TextCounts, measure
from deeptext_cli.nn.recogniser import Recogniser, to_input
from deeptext_cli.text import Charset


class Lines(NamedTuple):
    """Lines of one width bucket."""

    images: NDArray[np.uint8]   # (B, height, width)
    labels: list[str]


@dataclass(frozen=True)
class ValSet:
    """A val set, decoded and normalised once."""

    entry: ValEntry
    batches: tuple[Lines, ...]


@dataclass(frozen=True)
class Scores:
    """Figures of all val sets at one point of training."""

    by_set: dict[str, TextCounts]
    watched: frozenset[str]

    @property
    def cer(self) -> float:
        """Mean of the sets' character error rates, the watched-only ones left out."""
        return sum(c.cer for c in self._judged) / len(self._judged)

    @property
    def exact(self) -> float:
        """Mean of the sets' shares of lines without error."""
        return sum(c.exact for c in self._judged) / len(self._judged)

    @property
    def characters(self) -> int:
        """Reference characters of the sets that count."""
        return sum(c.characters for c in self._judged)

    @property
    def _judged(self) -> list[TextCounts]:
        return [c for name, c in self.by_set.items() if name not in self.watched]


def val_entries(config: TrainConfig) -> tuple[ValEntry, ...]:
    """The sets to measure on: those named, else the val split of each data set trained on."""
    return config.val or tuple(ValEntry(path=e.path) for e in config.data if e.path)


def load_val_sets(config: TrainConfig, batch: int = 32) -> list[ValSet]:
    """Read all val sets into memory. Raises UsageError for one that is absent, TrainingError
    where there is nothing to measure on."""
    for entry in val_entries(config):
        splits = load_info(entry.path).splits
        if entry.split not in splits:
            if sum(s.count for s in splits.values()) < 2:
                raise UsageError(f"{entry.path} has a single line: none is left to measure "
                                 "progress on", remedy="label more lines, and prepare them again")
            raise UsageError(f"{entry.path}: no split {entry.split!r} to measure progress on",
                             remedy=f"`deeptext prepare IN -o {entry.path} --val-share 0.1` makes "
                                    "one; or name another set under `val:`")
    sets = [_load(entry, config, batch) for entry in val_entries(config)]
    if not any(not s.entry.watch_only and s.batches for s in sets):
        raise TrainingError("no val lines to measure progress on",
                            remedy="prepare the data with --val-share 0.1, or add a `val` entry")
    return sets


def _load(entry: ValEntry, config: TrainConfig, batch: int) -> ValSet:
    buckets: dict[int, list[tuple[NDArray[np.uint8], str]]] = {}
    for grey, label in val_lines(entry):
        image = normalise_line(grey, config.model.height, band=config.band,
                               polarity=config.polarity, widen=config.widen)
        width = bucket(image.shape[1], config.width_multiple)
        buckets.setdefault(width, []).append((pad_width(image, config.width_multiple), label))
    batches = [Lines(np.stack([x for x, _ in rows[k:k + batch]]), [t for _, t in rows[k:k + batch]])
               for _, rows in sorted(buckets.items()) for k in range(0, len(rows), batch)]
    return ValSet(entry, tuple(batches))


@torch.no_grad()
def predictions(model: Recogniser, val_set: ValSet, charset: Charset,
                bf16: bool = False) -> list[tuple[str, str]]:
    """(label, prediction) of every line; the model must be in eval mode."""
    device = next(model.parameters()).device
    pairs: list[tuple[str, str]] = []
    for lines in val_set.batches:
        images = to_input(torch.from_numpy(lines.images).to(device))
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            log_probs = model.read(images)
        read = greedy_batch(log_probs.float().cpu().numpy(), charset)
        pairs.extend(zip(lines.labels, (r.text for r in read), strict=True))
    return pairs


def score(model: Recogniser, sets: list[ValSet], charset: Charset, bf16: bool = False) -> Scores:
    """Figures of `model` (put into eval mode, and back) on all sets."""
    was_training = model.training
    model.eval()
    try:
        names = _names([s.entry for s in sets])
        by_set = {name: measure(predictions(model, s, charset, bf16),
                                ignore_case=s.entry.ignore_case)
                  for name, s in zip(names, sets, strict=True)}
    finally:
        model.train(was_training)
    return Scores(by_set, frozenset(n for n, s in zip(names, sets, strict=True)
                                    if s.entry.watch_only))


def scores_of(sets: list[ReadSet]) -> Scores:
    """Figures of val lines that were read as `read` reads them."""
    names = _names([s.entry for s in sets])
    by_set = {name: measure(zip(s.labels, (r.text for r in s.readings), strict=True),
                            ignore_case=s.entry.ignore_case)
              for name, s in zip(names, sets, strict=True)}
    return Scores(by_set, frozenset(n for n, s in zip(names, sets, strict=True)
                                    if s.entry.watch_only))


def _names(entries: list[ValEntry]) -> list[str]:
    """The path of each entry; with its split or number where that alone is not unique."""
    names: list[str] = []
    for entry in entries:
        choices = [entry.path, f"{entry.path} ({entry.split})"]
        names.append(next((c for c in choices if c not in names),
                          f"{entry.path} ({entry.split}, {len(names) + 1})"))
    return names
