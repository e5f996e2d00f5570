"""Batches for the trainer, made ahead by worker processes in an order that never changes.

Samples come in shards; a shard is sorted by width and cut into batches of about equal area, so
that little of a batch is padding. A position in training is (shard, batch within the shard).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.line import bucket
from deeptext_cli.engine.producers import Producers
from deeptext_cli.engine.run_data import LeftOut
from deeptext_cli.engine.samples import Sample, SampleStream
from deeptext_cli.errors import TrainingError
from deeptext_cli.text import Charset

BATCHES_A_SHARD = 16
REFERENCE_WIDTH = 320  # `batch` counts lines of this width


class Batch(NamedTuple):
    """Lines of about equal width."""

    images: NDArray[np.uint8]   # (B, height, W), paper 255 beyond each line's end
    labels: list[list[int]]
    position: tuple[int, int]   # (shard, batch within the shard) of the batch after this one


def make_shard(stream: SampleStream, shard: int) -> list[Batch]:
    """All batches of a shard, in training order."""
    config = stream.config
    size = config.batch * BATCHES_A_SHARD
    samples = [s for i in range(shard * size, (shard + 1) * size) if (s := stream(i)) is not None]
    samples.sort(key=lambda s: s.image.shape[1])
    groups: list[list[Sample]] = []
    end = len(samples)
    while end:  # from the widest down, so that each group's widest line sets its size
        width = bucket(samples[end - 1].image.shape[1], config.width_multiple)
        count = max(1, min(2 * config.batch, round(config.batch * REFERENCE_WIDTH / width)))
        groups.append(samples[max(0, end - count):end])
        end = max(0, end - count)
    order = np.random.default_rng((config.seed, 2, shard)).permutation(len(groups))
    out = []
    for n, g in enumerate(order):
        after = (shard, n + 1) if n + 1 < len(groups) else (shard + 1, 0)
        out.append(_assemble(groups[g], config, after))
    return out


def _assemble(samples: list[Sample], config: TrainConfig, after: tuple[int, int]) -> Batch:
    width = bucket(max(s.image.shape[1] for s in samples), config.width_multiple)
    images = np.full((len(samples), config.model.height, width), 255, np.uint8)
    for row, s in zip(images, samples, strict=True):
        row[:, :s.image.shape[1]] = s.image
    return Batch(images, [s.classes for s in samples], after)


class Feed:
    """Iterates over batches from a position on. Use as a context manager: it owns processes."""

    def __init__(self, config: TrainConfig, charset: Charset, position: tuple[int, int],
                 left_out: LeftOut = ()) -> None:
        """left_out: of each data entry, lines that are not trained on."""
        self.config, self.charset, self.position = config, charset, position
        self._left_out = left_out
        self.waited = 0.0
        self._producers: Producers | None = None

    def __enter__(self) -> Feed:
        SampleStream(self.config, self.charset).warm()
        if self.config.jobs:
            self._producers = Producers(
                shard_maker, (self.config, str(self.charset), self._left_out),
                jobs=self.config.jobs, first=self.position[0])
        return self

    def __exit__(self, *_: object) -> None:
        if self._producers:
            self._producers.__exit__()

    def __iter__(self) -> Iterator[Batch]:
        shard, skip = self.position
        make = (self._producers.get if self._producers
                else shard_maker(self.config, str(self.charset), self._left_out))
        empty = 0
        while True:
            start = time.perf_counter()
            batches = make(shard)
            self.waited += time.perf_counter() - start
            empty = 0 if batches else empty + 1
            if empty >= 3:
                raise TrainingError("no usable training line: every image or label was refused",
                                    remedy="run `deeptext prepare --check` on the data")
            yield from batches[skip:]
            shard, skip = shard + 1, 0


def shard_maker(config: TrainConfig, charset: str,
                left_out: LeftOut = ()) -> Callable[[int], list[Batch]]:
    """The function that makes shard n."""
    return partial(make_shard, SampleStream(config, Charset(charset), left_out))
