"""Reading in worker processes, which may hang or be killed without harm to the others.

Files are numbered as they come and given out in that order, several small ones a job. Results
are buffered until it is their file's turn. A page that takes too long, or that its worker dies
of, is an error of its own; the file's further pages are read all the same.
"""

from __future__ import annotations

import multiprocessing as mp
import time
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from deeptext_cli.document import PageError, Receipt
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.read_ahead import Ahead
from deeptext_cli.engine.read_worker import Job as Numbered
from deeptext_cli.engine.read_worker import work
from deeptext_cli.engine.reader import Event, FileEnd, ReadOptions, Result
from deeptext_cli.errors import DeepTextError, ImageError

AHEAD = 2            # jobs a worker has: one in hand, one to go on with
FAILURES = 3         # pages that kill or hang before a file is given up
START_FAILURES = 3   # workers in a row that die or hang before they are ready
START_SECONDS = 120  # that a worker may take until it is ready, or the time of a page if longer
MOST_MEMORY = 1 << 30  # bytes that a worker may keep: a huge page is not paid for until the end
TICK = 0.5           # seconds between looks at the clock


@dataclass
class _Job:
    """Files for one worker. `retry`: its file killed a worker before, and is read with nothing
    beside it."""

    files: dict[int, InputFile]
    retry: bool = False


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    ready: bool = False
    retired: bool = False                   # gets no more jobs
    stopping: bool = False                  # reads no further pages of a file
    since: float = 0.0                      # when it was last heard of
    jobs: deque[_Job] = field(default_factory=deque)
    seq: int = -1                           # what it is at
    page: int | None = None
    sha256: str = ""


class ReadPool:
    """Worker processes that read with the same options. Use once."""

    def __init__(self, options: ReadOptions, receipt: Receipt, *, jobs: int, threads: int = 1,
                 timeout: float | None = None, silent: bool = True,
                 target: Callable[..., None] = work) -> None:
        """`timeout`: seconds that a page may take; None: any time. `target`: main function of the
        workers."""
        self._target = target
        self._arguments = (options, threads, receipt, silent)
        self._receipt, self._timeout = receipt, timeout
        self._context = mp.get_context("spawn")  # threads of ours would not survive a fork
        self._size = jobs
        # how many files may be on their way, and how many results of one before its turn
        self._window = jobs * (2 if options.colour else 128)
        self._most_buffered = 2 if options.colour else 256
        self._job_files = 2 if options.colour else 32
        self._workers: list[_Worker] = []
        self._files: dict[int, InputFile] = {}               # on their way
        self._events: dict[int, deque[Event]] = defaultdict(deque)
        self._last_page: dict[int, int] = {}
        self._failures: dict[int, int] = {}
        self._again: deque[_Job] = deque()
        self._next = self._turn = 0                          # number to give out, to deliver
        self._bad_starts = 0

    def events(self, inputs: Iterable[InputFile], stopped: Callable[[], bool] = lambda: False,
               ) -> Generator[tuple[InputFile, Event], None, None]:
        """Results in the order of `inputs`. Once `stopped`, the pages on their way are finished."""
        source = Ahead(inputs, 2 * self._job_files)
        try:
            while True:
                ended = source.ended or stopped()
                if not ended or self._again:
                    self._hand_out(source if not ended else None)
                if ended and not self._files:
                    return
                if stopped():
                    self._stop_workers()
                self._listen(TICK if self._files else 0.05)
                yield from self._deliver()
        finally:
            source.close()
            self._kill()

    def _deliver(self) -> Iterator[tuple[InputFile, Event]]:
        while self._events.get(self._turn):
            event = self._events[self._turn].popleft()
            file = self._files[self._turn]
            if isinstance(event, FileEnd):
                for table in (self._files, self._events, self._last_page, self._failures):
                    table.pop(self._turn, None)  # type: ignore[attr-defined]
                self._turn += 1
            yield file, event

    # jobs out

    def _hand_out(self, source: Ahead | None) -> None:
        if any(w.jobs and w.jobs[0].retry for w in self._workers):
            return
        while len(self._workers) < self._size or any(
                len(w.jobs) < AHEAD and not w.retired for w in self._workers):
            if self._again and self._again[0].retry and any(w.jobs for w in self._workers):
                return  # until nobody else is at anything
            job = self._again.popleft() if self._again else self._new_job(source)
            if job is None or not self._send(self._idlest(), job) or job.retry:
                return

    def _stop_workers(self) -> None:
        for worker in self._workers:
            if not worker.stopping:
                worker.stopping = True
                with suppress(OSError):  # it has died
                    worker.pipe.send(None)

    def _idlest(self) -> _Worker:
        """The worker with least to do; a new one where all have something."""
        least = min((w for w in self._workers if not w.retired),
                    key=lambda w: len(w.jobs), default=None)
        if len(self._workers) < self._size and (least is None or least.jobs):
            return self._start()
        assert least is not None
        return least

    def _new_job(self, source: Ahead | None) -> _Job | None:
        room = self._turn + self._window - self._next
        if source is None or room <= 0:
            return None
        files = source.take(min(room, self._job_files))
        for i, file in enumerate(files):
            if file.is_ours_alone:
                files[i] = _fetched(file)
        numbered = dict(enumerate(files, self._next))
        self._files |= numbered
        self._next += len(numbered)
        return _Job(numbered) if numbered else None

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=self._target, args=(theirs, *self._arguments),
                                        daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours, since=time.monotonic())
        self._workers.append(worker)
        return worker

    def _send(self, worker: _Worker, job: _Job) -> bool:
        if not worker.jobs:
            worker.since = time.monotonic()
        worker.jobs.append(job)
        message: Numbered = list(job.files.items())
        try:
            worker.pipe.send(message)
        except OSError:  # it has died: found out when its pipe is listened to
            return False
        return True

    # results in

    def _listen(self, seconds: float) -> None:
        """Wait for messages, and look after workers that are silent."""
        heard = [w for w in self._workers if not self._is_throttled(w)]
        for pipe in wait([w.pipe for w in heard], seconds):
            worker = next(w for w in heard if w.pipe is pipe)
            try:
                for _ in range(64):  # all that is there, but the others in between
                    self._take(worker, worker.pipe.recv())
                    if worker not in self._workers or not worker.pipe.poll():
                        break
            except (EOFError, OSError):
                self._died(worker)
        now = time.monotonic()
        for worker in [w for w in self._workers if not w.ready]:
            if now - worker.since > max(START_SECONDS, self._timeout or 0) \
                    and not worker.pipe.poll():
                self._died(worker)
        if self._timeout is not None:
            for worker in [w for w in self._workers if w.ready and w.jobs]:
                if self._is_throttled(worker):
                    worker.since = now
                elif now - worker.since > self._timeout and not worker.pipe.poll():
                    self._remove(worker)
                    self._failed(worker, "timeout", f"more than {self._timeout:g} s a page",
                                 retry=False)

    def _take(self, worker: _Worker, message: tuple[Any, ...]) -> None:
        worker.since = time.monotonic()
        kind, *rest = message
        if kind == "ready":
            worker.ready, self._bad_starts = True, 0
        elif kind == "beat":
            worker.seq, worker.page, worker.sha256 = rest
        elif kind == "event":
            seq, event = rest
            self._events[seq].append(event)
            if isinstance(event, FileEnd):
                del worker.jobs[0].files[seq]
            elif event.page.page is not None:
                self._last_page[seq] = event.page.page
        elif kind == "done":
            worker.jobs.popleft()
            worker.retired = worker.retired or rest[0] > MOST_MEMORY
            if worker.retired and not worker.jobs:
                self._remove(worker)
        elif kind == "fatal":
            code, exit_code, text, remedy = rest
            error = DeepTextError(text, remedy=remedy)
            error.code, error.exit_code = code, exit_code
            raise error

    def _is_throttled(self, worker: _Worker) -> bool:
        """Whether a worker must wait, since too many of its results wait for their turn. Never
        where it is its turn, or nobody is at the file whose turn it is."""
        if not worker.jobs or len(self._events.get(worker.seq, ())) < self._most_buffered:
            return False
        in_hand = [w.jobs[0].files for w in self._workers if w.jobs]
        return self._turn not in worker.jobs[0].files \
            and any(self._turn in files for files in in_hand)

    # failures

    def _died(self, worker: _Worker) -> None:
        self._remove(worker)
        if not worker.ready:
            self._bad_starts += 1
            if self._bad_starts >= START_FAILURES:
                raise DeepTextError("the workers die as they start, or hang (out of memory?)",
                                    remedy="try fewer with --jobs")
            self._again.extendleft(reversed(worker.jobs))
            return
        code = worker.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        self._failed(worker, "worker-died", f"its reader was killed ({how})", retry=True)

    def _failed(self, worker: _Worker, code: str, message: str, *, retry: bool) -> None:
        """Record the page that a worker was lost at, or have it read again alone."""
        if not worker.jobs:
            return
        job = worker.jobs.popleft()
        rest = [_Job({seq: self._rest(seq, file)}, retry) for seq, file in job.files.items()]
        if len(job.files) == 1 and (job.retry or not retry):
            [(seq, _)] = job.files.items()
            rest = self._record(worker, seq, code, message)
        # jobs that it had not begun go on as they are, before anything new
        self._again.extendleft(reversed([*rest, *worker.jobs]))

    def _rest(self, seq: int, file: InputFile) -> InputFile:
        return replace(file, after=max(file.after, self._last_page.get(seq, 0)))

    def _record(self, worker: _Worker, seq: int, code: str, message: str) -> list[_Job]:
        """The error of the page in hand; returns the job of the file's further pages."""
        file = self._files[seq]
        page, sha256 = (worker.page, worker.sha256) if worker.seq == seq else (None, "")
        self._failures[seq] = self._failures.get(seq, 0) + 1
        give_up = page is None or self._failures[seq] >= FAILURES
        if give_up and page is not None:
            message += "; the file is given up"
        receipt = replace(self._receipt, sha256=sha256)
        self._events[seq].append(Result(PageError(file.path, code, message, page, receipt)))
        if give_up or page is None:
            self._events[seq].append(FileEnd(sha256))
            return []
        self._last_page[seq] = page
        return [_Job({seq: self._rest(seq, file)})]

    def _remove(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()

    def _kill(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join(5)
            worker.pipe.close()
        self._workers = []


def _fetched(file: InputFile) -> InputFile:
    """With its bytes, where only we can read them."""
    try:
        return replace(file, data=file.read())
    except ImageError as e:
        return replace(file, problem=e)
