"""Training samples: which line is sample i of a run, and its pixels. No torch, no state.

Sample i is a pure function of configuration, seed and i. Workers, interruptions and the order in
which batches are made change nothing: this is what makes resuming exact.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.training import DataEntry, TrainConfig
from deeptext_cli.data.augment import Augmenter
from deeptext_cli.data.dataset import LineDataset
from deeptext_cli.data.images import decode
from deeptext_cli.data.line import bucket, normalise_line
from deeptext_cli.engine.run_data import LeftOut
from deeptext_cli.errors import ImageError, TrainingError
from deeptext_cli.text import Charset

PERIOD = 1000  # sources take turns in a fixed pattern of this many samples

GreyImage = NDArray[np.uint8]


class Sample(NamedTuple):
    """One line, ready for the net."""

    image: GreyImage      # (height, w)
    classes: list[int]


@dataclass
class _Source:
    entry: DataEntry
    get: Callable[[int], tuple[GreyImage, str] | None]
    weight: float


class SampleStream:
    """Maps sample numbers 0, 1, 2, ... to lines of all the data entries, mixed by weight."""

    def __init__(self, config: TrainConfig, charset: Charset, left_out: LeftOut = ()) -> None:
        """left_out: of each data entry, lines that are not used; all others keep their turns."""
        self.config, self.charset = config, charset
        self._left_out = left_out
        self._sources = [self._open(k, e) for k, e in enumerate(config.data)]
        self._turns = _turns([s.weight for s in self._sources], config.seed)
        self._rank = _ranks(self._turns)
        self._per_period = np.bincount(self._turns, minlength=len(self._sources))

    def __call__(self, i: int) -> Sample | None:
        """Sample i, or None when its label or image cannot be used (always the same ones)."""
        turn = i % PERIOD
        k = int(self._turns[turn])
        number = (i // PERIOD) * int(self._per_period[k]) + int(self._rank[turn])
        got = self._sources[k].get(number)
        if got is None:
            return None
        image, text = got
        if not text or self.charset.unknown(text):
            return None
        classes = self.charset.encode(text)
        rng = np.random.default_rng((self.config.seed, 7, i))
        image = normalise_line(image, self.config.model.height,
                               band=self.config.band and rng.random() > 0.06,
                               polarity=self.config.polarity, widen=self.config.widen,
                               jitter=(rng.uniform(-0.06, 0.12), rng.uniform(-0.06, 0.12))
                               if rng.random() < 0.5 else (0.0, 0.0))
        return Sample(fit_width(image, classes, self.config), classes)

    def warm(self) -> None:
        """Make one line of each source, so that its caches on disk exist and its errors show."""
        for source in self._sources:
            source.get(0)

    def _open(self, k: int, entry: DataEntry) -> _Source:
        if entry.synth is not None:
            from deeptext_cli.data.synth.engine import LineSynthesiser, load_recipe
            recipe = load_recipe(entry.synth, fonts=entry.fonts, text=entry.text)
            lines = LineSynthesiser(recipe, charset=self.charset,
                                    seed=self.config.seed + k)
            return _Source(entry, lines.sample, float(entry.weight or 1))
        assert entry.path is not None
        dataset = LineDataset(entry.path, entry.split)
        n = len(dataset)
        if n == 0:
            raise TrainingError(f"{entry.path}: split {entry.split!r} holds no lines")
        augment = Augmenter(entry.augment) if entry.augment else None
        seed = self.config.seed
        unused = self._left_out[k] if self._left_out else frozenset()

        @lru_cache(maxsize=2)
        def order(epoch: int) -> NDArray[np.int64]:
            return np.random.default_rng((seed, 3, k, epoch)).permutation(n)

        def get(number: int) -> tuple[GreyImage, str] | None:
            line = int(order(number // n)[number % n])
            if line in unused:
                return None
            data, text = dataset[line]
            try:
                image = decode(data)
            except ImageError:
                return None  # `prepare` reported it when the set was made
            if augment is not None:
                image = augment(image, np.random.default_rng((seed, 5, k, number)))
            return image, text

        return _Source(entry, get, float(entry.weight or n))


def fit_width(image: GreyImage, classes: Sequence[int], config: TrainConfig) -> GreyImage:
    """Squeeze what is too wide, and stretch what has fewer frames than CTC needs for its label."""
    repeats = sum(a == b for a, b in itertools.pairwise(classes))
    needed = (len(classes) + repeats) * config.model.stride
    width = min(image.shape[1], config.max_width)
    if bucket(width, config.width_multiple) < needed:
        width = needed
    if width == image.shape[1]:
        return image
    return cv2.resize(image, (width, image.shape[0]), interpolation=cv2.INTER_AREA)


def _turns(weights: Sequence[float], seed: int) -> NDArray[np.int64]:
    """Which source serves each turn of a period: shares by largest remainder, order shuffled.

    Every source has at least one turn: a small data set beside a large one is not left out.
    """
    shares = np.asarray(weights, dtype=np.float64) / sum(weights) * PERIOD
    counts = np.floor(shares).astype(int)
    for k in np.argsort(counts - shares, kind="stable")[:PERIOD - counts.sum()]:
        counts[k] += 1
    for k in np.flatnonzero(counts == 0):
        counts[k], counts[counts.argmax()] = 1, counts.max() - 1
    turns = np.repeat(np.arange(len(counts)), counts)
    return np.random.default_rng((seed, 1)).permutation(turns)


def _ranks(turns: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each turn, how often its source has served before within the period."""
    seen: dict[int, int] = {}
    out = np.empty_like(turns)
    for i, k in enumerate(turns.tolist()):
        out[i] = seen.get(k, 0)
        seen[k] = out[i] + 1
    return out
