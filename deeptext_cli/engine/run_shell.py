"""What every training run has around its loop: a log that resuming trims, a lock, and a way to
stop."""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deeptext_cli.data.files import write_atomic
from deeptext_cli.engine.lock import FileLock

CONFIG_FILE = "config.yaml"  # of a run's folder: all its settings


class RunLog:
    """`metrics.jsonl` of a run: one record a line, each with its `step`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, record: dict[str, Any]) -> None:
        """Append a record."""
        with open(self.path, "a", encoding="utf-8") as f:
            f.write(json.dumps(record) + "\n")

    def trim(self, step: int) -> None:
        """Drop what was logged after `step`, the checkpoint's: it will be logged again. 0 drops
        everything."""
        if self.path.exists():
            rows = self.path.read_text(encoding="utf-8").splitlines()
            kept = [r for r in rows if _step_of(r) <= step] if step else []
            write_atomic(self.path, "".join(r + "\n" for r in kept).encode())


def run_lock(folder: Path) -> FileLock:
    """Keeps a second process from training in the same run folder, as a context manager."""
    return FileLock(folder / ".lock", f"{folder} is being trained")


@contextmanager
def stop_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Within the block, Ctrl-C and SIGTERM only call `stop`: the step in hand ends, and the
    checkpoint is written. Outside the main thread the caller handles signals."""
    def handle(number: int, frame: object) -> None:
        stop()
    try:
        before = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _step_of(row: str) -> float:
    """The step of a log row; infinite for a row cut short by a kill."""
    try:
        return float(json.loads(row)["step"])
    except (ValueError, KeyError, TypeError):
        return math.inf
