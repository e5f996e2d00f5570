"""One `deeptext read`: inputs through a reader or a pool of them into a delivery, and how it
ended. Which way they are read, Ctrl-C, what was read before: decided here."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice

import onnxruntime

from deeptext_cli.document import PageError, Receipt
from deeptext_cli.engine.decoding import make_decoder, refuse_idle
from deeptext_cli.engine.delivery import Delivery
from deeptext_cli.engine.inputs import InputFile, page_filter
from deeptext_cli.engine.models import find_model, verify
from deeptext_cli.engine.read_pool import ReadPool
from deeptext_cli.engine.read_worker import stop_between_pages
from deeptext_cli.engine.reader import Event, FileEnd, Reader, ReadOptions, Result
from deeptext_cli.engine.receipts import run_receipt
from deeptext_cli.engine.runtime import default_threads

MANY_FILES, MANY_BYTES = 1000, 32 << 20  # more is worth the start of worker processes
MANY_UNCOUNTED = 64                      # of a stream of inputs whose number nobody knows
PAGE_TIMEOUT = 300.0                     # seconds, where worker processes read
WORKER_MEMORY = 500 << 20                # bytes that a worker may come to need
GPU_WORKERS = 2                          # each has the models in the device's memory


@dataclass
class Summary:
    """What a run has done so far."""

    inputs: int = 0         # ended, whatever came of them
    failed: int = 0         # of them, with an error on any page
    unchanged: int = 0      # of them, known from an earlier run
    pages: int = 0          # read
    lines: int = 0          # on them
    interrupted: bool = False
    gave_up: bool = False   # at the first input that failed

    @property
    def is_blank(self) -> bool:
        """Whether pages were read, and nothing was on them."""
        return self.pages > 0 and self.lines == 0


class ReadRun:
    """Reads inputs and delivers them; iterate over it to see each result go by."""

    def __init__(self, options: ReadOptions, *, timeout: float | None = None,
                 processes: bool = False, fail_fast: bool = False, verbose: bool = False) -> None:
        """`timeout`: seconds a page may take, 0: any time, None: what suits. `processes`: use
        them however few inputs there are. `fail_fast`: end with the first input that fails.
        Raises what is wrong with models and options."""
        model = find_model(options.model)
        page_filter(options.pages)
        refuse_idle(model, options.decoding)
        self.options = options
        self.receipt: Receipt = run_receipt(options, model)
        self.summary = Summary()
        self._model, self._verbose = model, verbose
        self._processes = processes or bool(timeout)
        self._timeout = PAGE_TIMEOUT if timeout is None else timeout or None
        self._fail_fast = fail_fast
        self._bad = self._stopped = False

    def stop(self) -> None:
        """Take no further input and begin no further page of one; pages in hand are finished."""
        self._stopped = True

    def read(self, inputs: Iterable[InputFile], delivery: Delivery) -> Iterator[Result]:
        """Read and deliver; each result is given on once it is delivered."""
        known: list[InputFile] | Iterator[InputFile] = (
            replace(f, known=delivery.known(f)) for f in inputs)
        if isinstance(inputs, list):
            known = list(known)
        complete = False
        try:
            with closing(self._events(known)) as events:
                for file, event in events:
                    delivery.add(file, event)
                    if isinstance(event, Result):
                        self._count(event)
                        yield event
                    elif self._count_end(event) and self._fail_fast:
                        self.summary.gave_up = True
                        break
                else:
                    complete = not self._stopped
        except BaseException:
            delivery.abandon()
            raise
        self.summary.interrupted = self._stopped
        delivery.close(complete)

    def _count(self, result: Result) -> None:
        if isinstance(result.page, PageError):
            self._bad = True
        else:
            self.summary.pages += 1
            self.summary.lines += len(result.page.lines)

    def _count_end(self, end: FileEnd) -> bool:
        """Count an input; whether it failed."""
        bad, self._bad = self._bad, False
        self.summary.inputs += 1
        self.summary.failed += bad
        self.summary.unchanged += end.unchanged
        return bad

    def _events(self, inputs: list[InputFile] | Iterator[InputFile],
                ) -> Generator[tuple[InputFile, Event], None, None]:
        source = iter(inputs)
        count = len(inputs) if isinstance(inputs, list) else None
        if count is None and not self._processes:
            first = list(islice(source, MANY_UNCOUNTED + 1))
            few, source = len(first) <= MANY_UNCOUNTED, chain(first, source)
            count = len(first) if few else None
        else:
            few = count is not None and _is_little(inputs)  # type: ignore[arg-type]
        if few and not self._processes:
            reader = Reader(self.options, inputs=count, receipt=self.receipt)
            return reader.events(self._until_stopped(source), lambda index, page, sha256:
                                 stop_between_pages(self._stopped, page))
        verify(self._model)
        make_decoder(self._model, self.options.decoding)
        jobs = worker_count(self.options, count)
        pool = ReadPool(self.options, self.receipt, jobs=jobs,
                        threads=max(1, default_threads() // jobs), timeout=self._timeout,
                        silent=not self._verbose)
        return pool.events(source, lambda: self._stopped)

    def _until_stopped(self, inputs: Iterator[InputFile]) -> Iterator[InputFile]:
        while not self._stopped and (file := next(inputs, None)) is not None:
            yield file


def worker_count(options: ReadOptions, inputs: int | None) -> int:
    """Worker processes: as asked for; else one a processor, as memory and inputs allow."""
    if options.jobs:
        return options.jobs
    gpu = options.device != "cpu" and "CUDAExecutionProvider" in \
        onnxruntime.get_available_providers()
    most = GPU_WORKERS if gpu else default_threads()
    free = _free_memory()
    if free is not None:
        most = min(most, free // WORKER_MEMORY)
    return max(1, min(most, inputs or most))


@contextmanager
def graceful_stop(stop: Callable[[], None], wanted: Callable[[], bool]) -> Iterator[None]:
    """Within the block the first Ctrl-C or SIGTERM only calls `stop`; a second one, or the first
    where that is not wanted (yet), ends all at once, as KeyboardInterrupt."""
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}

    def handle(number: int, frame: object) -> None:
        for n in before:
            signal.signal(n, at_once)
        if not wanted():
            raise KeyboardInterrupt
        stop()

    def at_once(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    for n in before:
        signal.signal(n, handle)
    try:
        yield
    finally:
        for n, handler in before.items():
            signal.signal(n, handler)


def _is_little(inputs: list[InputFile]) -> bool:
    """Whether reading takes so short a time that starting processes would be felt, or only one
    could have anything to do: pages of one file are read by threads."""
    if len(inputs) == 1:
        return True
    if len(inputs) > MANY_FILES:
        return False
    size = 0
    for file in inputs:
        try:
            size += os.stat(file.path).st_size
        except (OSError, ValueError):
            continue
    return size <= MANY_BYTES


def _free_memory() -> int | None:
    """Bytes that the system could give us, where it tells."""
    try:
        with open("/proc/meminfo", encoding="ascii") as f:
            for line in f:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None
