"""Processes that make numbered items ahead, delivered in order whatever their number."""

from __future__ import annotations

import multiprocessing as mp
import queue
from collections.abc import Callable
from typing import Any

from deeptext_cli.errors import DeepTextError, TrainingError

Factory = Callable[..., Callable[[int], Any]]


class Producers:
    """Item n is made by process (n - first) mod jobs. Use as a context manager.

    `factory(*arguments)`, a function of a module, is called once in each process and gives the
    function that makes item n.
    """

    def __init__(self, factory: Factory, arguments: tuple[Any, ...], *, jobs: int, first: int,
                 ahead: int = 2) -> None:
        self.first = first
        context = mp.get_context("spawn")  # the trainer has threads, which do not survive a fork
        self._queues = [context.Queue(maxsize=ahead) for _ in range(jobs)]
        self._workers = [context.Process(target=_work, daemon=True,
                                         args=(factory, arguments, first + w, jobs, q))
                         for w, q in enumerate(self._queues)]
        for process in self._workers:
            process.start()

    def __enter__(self) -> Producers:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._workers:
            process.kill()
        for process, q in zip(self._workers, self._queues, strict=True):
            process.join(5)
            q.cancel_join_thread()
            q.close()

    def get(self, number: int) -> Any:
        """Item `number`; to be asked for in order. Raises what its maker raised, as an error of
        ours, or TrainingError where the maker died."""
        w = (number - self.first) % len(self._workers)
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


def _work(factory: Factory, arguments: tuple[Any, ...], first: int, step: int, out: Any) -> None:
    """Worker process: make items first, first + step, ..."""
    import signal

    import cv2
    for number in (signal.SIGINT, signal.SIGTERM):  # they often go to the whole process group:
        signal.signal(number, signal.SIG_IGN)       # the trainer alone decides when to stop
    cv2.setNumThreads(1)
    try:
        make = factory(*arguments)
        item = first
        while _put(out, make(item)):
            item += step
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
