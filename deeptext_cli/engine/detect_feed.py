"""Batches of training crops, made ahead by worker processes in an order that never changes.

Crop i is a pure function of the configuration and i, so a position in training is a batch number.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.detection import DetectTrainConfig, PageEntry
from deeptext_cli.data.page_crops import Crop, training_crop
from deeptext_cli.data.pages import LabelledPage, PageSet
from deeptext_cli.engine.producers import Producers
from deeptext_cli.errors import ImageError, TrainingError

Bytes = NDArray[np.uint8]
TRIES = 8  # pages that cannot be read, on end


class CropBatch(NamedTuple):
    """uint8: `images` (B, S, S); maps (B, S/2, S/2), see `TargetMaps`."""

    images: Bytes
    shrunk: Bytes
    weight: Bytes
    threshold: Bytes
    band: Bytes
    number: int


class _Source(Protocol):
    degraded: float

    def draw(self, rng: np.random.Generator, number: int) -> LabelledPage: ...


class _Real:
    """Pages of a set."""

    def __init__(self, entry: PageEntry, degraded: float) -> None:
        assert entry.path is not None
        self.pages = PageSet(entry.path, entry.split, val_share=entry.val_share,
                             seed=entry.split_seed)
        self.degraded = degraded

    def draw(self, rng: np.random.Generator, number: int) -> LabelledPage:
        return self.pages[int(rng.integers(len(self.pages)))]


class _Synthetic:
    """Pages made as they are needed; they bring degradations of their own."""

    degraded = 0.15

    def __init__(self, entry: PageEntry, seed: int) -> None:
        from deeptext_cli.data.synth.pages.engine import PageSynthesiser, load_page_recipe
        assert entry.synth is not None
        self._make = PageSynthesiser(load_page_recipe(entry.synth), seed=seed)

    def draw(self, rng: np.random.Generator, number: int) -> LabelledPage:
        image, quads, texts = self._make.sample(number)
        stacked = np.array(quads, np.float32).reshape(-1, 4, 2)
        return LabelledPage(image, stacked, tuple(texts), np.zeros(len(stacked), bool))


class CropStream:
    """Crop i of a configuration."""

    def __init__(self, config: DetectTrainConfig) -> None:
        self.config = config
        self._sources: list[_Source] = [
            _Real(e, config.crop.degrade) if e.path else _Synthetic(e, config.seed)
            for e in config.data]
        weights = np.array([e.weight for e in config.data])
        self._shares = np.cumsum(weights) / weights.sum()

    def __call__(self, i: int) -> Crop:
        """Raises TrainingError where no page can be read."""
        config = self.config
        rng = np.random.default_rng((config.seed, 3, i))
        for _ in range(TRIES):
            which = min(int(np.searchsorted(self._shares, rng.random(), side="right")),
                        len(self._sources) - 1)
            source, entry = self._sources[which], config.data[which]
            try:
                page = source.draw(rng, i)
            except ImageError:
                continue  # `prepare` names such pages
            return training_crop(page, config.crop, rng,
                                 shrink_ratio=config.detection.shrink_ratio,
                                 degraded=source.degraded, unlabelled=entry.unlabelled)
        raise TrainingError("no page of the training data can be read",
                            remedy="run `deeptext prepare --check` on the data")

    def batch(self, number: int) -> CropBatch:
        """Batch `number`."""
        size = self.config.batch
        crops = [self(i) for i in range(number * size, (number + 1) * size)]
        maps = [c.maps for c in crops]
        return CropBatch(
            np.stack([c.image for c in crops]), np.stack([m.shrunk for m in maps]),
            np.stack([m.weight for m in maps]), np.stack([m.threshold for m in maps]),
            np.stack([m.band for m in maps]), number)


class CropFeed:
    """Iterates over batches from number `first` on. Use as a context manager."""

    def __init__(self, config: DetectTrainConfig, first: int) -> None:
        self.config, self.first = config, first
        self.waited = 0.0
        self._producers: Producers | None = None

    def __enter__(self) -> CropFeed:
        if self.config.jobs:
            self._producers = Producers(batch_maker, (self.config,), jobs=self.config.jobs,
                                        first=self.first, ahead=4)
        return self

    def __exit__(self, *_: object) -> None:
        if self._producers:
            self._producers.__exit__()

    def __iter__(self) -> Iterator[CropBatch]:
        make = self._producers.get if self._producers else batch_maker(self.config)
        number = self.first
        while True:
            start = time.perf_counter()
            batch: CropBatch = make(number)
            self.waited += time.perf_counter() - start
            yield batch
            number += 1


def batch_maker(config: DetectTrainConfig) -> Callable[[int], CropBatch]:
    """The function that makes batch n."""
    return CropStream(config).batch
