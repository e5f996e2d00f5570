"""Chunks made in several processes, for `prepare` and `augment`."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import TypeVar

from deeptext_cli.engine.preparer_worker import start_worker
from deeptext_cli.errors import DataError

T = TypeVar("T")
R = TypeVar("R")

_FEW = 2  # chunks that are made here: processes cost half a second


def in_processes(make: Callable[[T], R], tasks: Iterable[T], jobs: int) -> Iterator[R]:
    """What `make` gives for each task, in their order; tasks are drawn as they are needed.

    Raises DataError where a process was killed.
    """
    rest = iter(tasks)
    head = list(islice(rest, _FEW + 1)) if jobs > 1 else []
    if len(head) <= _FEW:
        yield from map(make, chain(head, rest))
        return
    waiting: deque[Future[R]] = deque()
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=start_worker)
    try:
        for task in chain(head, rest):
            waiting.append(pool.submit(make, task))
            while len(waiting) > 3 * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as e:
        raise DataError("a worker process was killed (out of memory?)",
                        remedy="start again to go on from here, with fewer --jobs") from e
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
