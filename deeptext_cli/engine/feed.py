"""Batches for the trainer, made ahead by worker processes in an order that never changes.

Samples come in shards; a shard is sorted by width and cut into batches of about equal area, so
that little of a batch is padding. A position in training is (shard, batch within the shard).
"""

from __future__ import annotations

import multiprocessing as mp
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.line import bucket
from deeptext_cli.engine.samples import Sample, SampleStream
from deeptext_cli.errors import DeepTextError, TrainingError
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


@dataclass
class FeedStats:
    """How long the trainer waited for data."""

    waited: float = 0.0


class Feed:
    """Iterates over batches from a position on. Use as a context manager: it owns processes."""

    def __init__(self, config: TrainConfig, charset: Charset, position: tuple[int, int]) -> None:
        self.config, self.charset, self.position = config, charset, position
        self.stats = FeedStats()
        self._workers: list[Any] = []
        self._queues: list[Any] = []

    def __enter__(self) -> Feed:
        SampleStream(self.config, self.charset).warm()
        context = mp.get_context("spawn")  # the trainer has threads, which do not survive a fork
        for w in range(self.config.jobs):
            q = context.Queue(maxsize=2)
            first = self.position[0] + w
            process = context.Process(target=_work, daemon=True, args=(
                self.config, str(self.charset), first, self.config.jobs, q))
            process.start()
            self._workers.append(process)
            self._queues.append(q)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._workers:
            process.kill()
        for process, q in zip(self._workers, self._queues, strict=True):
            process.join(5)
            q.cancel_join_thread()
            q.close()

    def __iter__(self) -> Iterator[Batch]:
        shard, skip = self.position
        stream = None if self._workers else SampleStream(self.config, self.charset)
        empty = 0
        while True:
            start = time.perf_counter()
            batches = make_shard(stream, shard) if stream else self._receive(shard)
            self.stats.waited += time.perf_counter() - start
            empty = 0 if batches else empty + 1
            if empty >= 3:
                raise TrainingError("no usable training line: every image or label was refused",
                                    remedy="run `deeptext prepare --check` on the data")
            yield from batches[skip:]
            shard, skip = shard + 1, 0

    def _receive(self, shard: int) -> list[Batch]:
        w = (shard - self.position[0]) % len(self._workers)
        while True:
            try:
                got = self._queues[w].get(timeout=5)
            except queue.Empty:
                if not self._workers[w].is_alive():
                    raise TrainingError("a data worker died (out of memory?)",
                                        remedy="try --set jobs=0 to see its error") from None
                continue
            if isinstance(got, BaseException):
                raise got
            return got


def _work(config: TrainConfig, charset: str, first: int, step: int, out: Any) -> None:
    """Worker process: make shards first, first + step, ..."""
    import signal

    import cv2
    for number in (signal.SIGINT, signal.SIGTERM):  # they often go to the whole process group:
        signal.signal(number, signal.SIG_IGN)       # the trainer alone decides when to stop
    cv2.setNumThreads(1)
    try:
        stream = SampleStream(config, Charset(charset))
        shard = first
        while _put(out, make_shard(stream, shard)):
            shard += step
    except DeepTextError as e:
        _put(out, TrainingError(e.message, remedy=e.remedy))
    except Exception as e:
        import traceback
        _put(out, TrainingError(f"a data worker failed: {e!r}\n{traceback.format_exc()}"))


def _put(out: Any, item: object) -> bool:
    """Put `item` when there is room. False when the trainer was killed: then nobody would ever
    empty the queue, and the worker would wait for good."""
    parent = mp.parent_process()
    while parent is None or parent.is_alive():
        try:
            out.put(item, timeout=2)
            return True
        except queue.Full:
            continue
    out.cancel_join_thread()
    return False
