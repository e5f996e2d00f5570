"""Batches come in one order, whoever makes them and wherever one begins."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from support import DIGITS, ROOT, running, tiny_settings

from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.line import bucket
from deeptext_cli.engine.feed import BATCHES_A_SHARD, Batch, Feed, make_shard
from deeptext_cli.engine.samples import SampleStream
from deeptext_cli.errors import TrainingError, UsageError
from deeptext_cli.text import Charset

CHARSET = Charset(DIGITS)


def config_for(data: Path, **changes: object) -> TrainConfig:
    entry = {"path": str(data), "augment": "mild"}
    return TrainConfig.model_validate(tiny_settings(data, data=[entry], batch=4, **changes))


def same(a: Batch, b: Batch) -> bool:
    return (a.position == b.position and a.labels == b.labels
            and np.array_equal(a.images, b.images))


def first(config: TrainConfig, count: int, position: tuple[int, int] = (0, 0)) -> list[Batch]:
    with Feed(config, CHARSET, position) as feed:
        return list(itertools.islice(feed, count))


@pytest.fixture(scope="module")
def reference(tiny_set: Path) -> list[Batch]:
    """Enough batches for three shards and more, made in this process."""
    return first(config_for(tiny_set), 40)


def test_a_shard_is_pure_and_holds_its_samples_once(tiny_set: Path) -> None:
    config = config_for(tiny_set)
    one, two = (make_shard(SampleStream(config, CHARSET), 3) for _ in range(2))
    assert all(same(a, b) for a, b in zip(one, two, strict=True))
    size = config.batch * BATCHES_A_SHARD
    stream = SampleStream(config, CHARSET)
    expected = sorted(s.classes for i in range(3 * size, 4 * size) if (s := stream(i)))
    assert sorted(label for b in one for label in b.labels) == expected


def test_batches_are_of_one_width_and_about_equal_area(tiny_set: Path) -> None:
    config = config_for(tiny_set)
    stream = SampleStream(config, CHARSET)
    buckets: dict[tuple[int, ...], set[int]] = {}
    for i in range(config.batch * BATCHES_A_SHARD):
        if sample := stream(i):
            width = bucket(sample.image.shape[1], config.width_multiple)
            buckets.setdefault(tuple(sample.classes), set()).add(width)
    for batch in make_shard(stream, 0):
        count, height, width = batch.images.shape
        assert height == config.model.height
        assert width % config.width_multiple == 0
        assert count == len(batch.labels) <= 2 * config.batch
        assert count * width <= 2 * config.batch * 320
        # no batch is wider than its widest line needs
        assert width in set().union(*(buckets[tuple(label)] for label in batch.labels))


@pytest.mark.parametrize("jobs", [1, 2])
def test_workers_change_nothing(tiny_set: Path, reference: list[Batch], jobs: int) -> None:
    made = first(config_for(tiny_set, jobs=jobs), 25)
    assert all(same(a, b) for a, b in zip(made, reference, strict=False))


def test_going_on_from_any_position_gives_what_follows(tiny_set: Path,
                                                       reference: list[Batch]) -> None:
    config = config_for(tiny_set)
    positions = [b.position for b in reference]
    assert len(set(positions)) == len(positions)
    assert {shard for shard, _ in positions} >= {0, 1, 2}
    for k in (0, 1, 5, 12, 20, 30):
        made = first(config, 3, positions[k])
        assert all(same(a, b) for a, b in zip(made, reference[k + 1:], strict=False)), k


def test_workers_go_on_from_a_position_too(tiny_set: Path, reference: list[Batch]) -> None:
    made = first(config_for(tiny_set, jobs=2), 4, reference[9].position)
    assert all(same(a, b) for a, b in zip(made, reference[10:], strict=False))


def test_nothing_usable_ends_with_a_remedy(tiny_set: Path) -> None:
    with Feed(config_for(tiny_set), Charset("xyz"), (0, 0)) as feed, \
            pytest.raises(TrainingError, match="no usable training line") as caught:
        next(iter(feed))
    assert caught.value.remedy


def test_a_worker_s_failure_is_the_trainer_s(tiny_set: Path, tmp_path: Path) -> None:
    """An error in a worker ends the run with its message instead of waiting for ever."""
    config = config_for(tiny_set, jobs=1)
    with Feed(config, CHARSET, (0, 0)) as feed:
        feed._producers._workers[0].kill()
        with pytest.raises(TrainingError, match="worker died"):
            list(itertools.islice(feed, 100_000))
    broken = config.model_copy(update={"data": (config.data[0].model_copy(
        update={"path": str(tmp_path / "gone")}),)})
    with pytest.raises(UsageError):
        first(broken, 1)


ORPHANS = """
import itertools, os, sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from support import DIGITS, tiny_settings
from deeptext_cli.config.training import TrainConfig
from deeptext_cli.engine.feed import Feed
from deeptext_cli.text import Charset
if __name__ == "__main__":
    config = TrainConfig.model_validate(tiny_settings({data!r}, batch=4, jobs=2))
    with Feed(config, Charset(DIGITS), (0, 0)) as feed:
        for _ in itertools.islice(feed, 40):  # of both workers, which are set up by then
            pass
        print(*[p.pid for p in feed._producers._workers], flush=True)
        time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks processes up in /proc")
def test_workers_of_a_killed_trainer_end(tiny_set: Path, tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(ORPHANS.format(tests=str(ROOT / "tests"), data=str(tiny_set)))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}) as trainer:
        assert trainer.stdout is not None
        workers = [int(p) for p in trainer.stdout.readline().split()]
        assert len(workers) == 2
        for pid in workers:  # a signal to the whole group is the trainer's to handle
            os.kill(pid, signal.SIGTERM)
        time.sleep(0.2)
        assert all(running(p) for p in workers)
        trainer.kill()
    until = time.monotonic() + 30
    while any(running(p) for p in workers) and time.monotonic() < until:
        time.sleep(0.2)
    assert [p for p in workers if running(p)] == []
