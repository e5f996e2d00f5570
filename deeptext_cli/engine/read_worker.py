"""A process that reads: it gets jobs from the pool, and tells what it is at and what it found.

Messages from the pool are jobs, and None: begin no further page of a file. Messages to the pool:
("ready",); ("beat", seq, page, sha256) as a file (page None) or a page is begun; ("event", seq,
event); ("done", bytes) after each job, with the memory that the process holds; ("fatal", code,
exit_code, message, remedy) where going on is useless.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Protocol

from deeptext_cli.document import Receipt
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.errors import DeepTextError, ReadingInterrupted

if TYPE_CHECKING:
    from deeptext_cli.engine.reader import Beat, Event, ReadOptions

Job = Sequence[tuple[int, InputFile]]  # (sequence number, file)


class ReadsFiles(Protocol):
    """What a worker needs of a reader."""

    def read_files(self, files: Sequence[InputFile], beat: Beat) -> Iterator[tuple[int, Event]]:
        """Read files in order; see `Reader.read_files`."""


def work(pipe: Connection, options: ReadOptions, threads: int, receipt: Receipt,
         silent: bool) -> None:
    """Main function of the process. `silent`: what libraries write to stderr is dropped."""
    if silent:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

    def open_reader() -> ReadsFiles:
        import cv2

        from deeptext_cli.engine.reader import Reader
        cv2.setNumThreads(threads)
        return Reader(options, threads=threads, receipt=receipt)

    serve(pipe, open_reader)


def resident_memory() -> int:
    """Bytes of memory that this process holds; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def serve(pipe: Connection, open_reader: Callable[[], ReadsFiles],
          memory: Callable[[], int] = resident_memory) -> None:
    """Read what the pool sends until it goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole process group, but
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the pool alone decides when to stop
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    stopping = threading.Event()
    try:
        reader = open_reader()
        # the pool never waits for us to take a job, else both could wait for each other
        threading.Thread(target=_receive, args=(pipe, jobs, stopping), daemon=True).start()
        pipe.send(("ready",))
        while True:
            job = jobs.get()
            numbers = [seq for seq, _ in job]

            def beat(index: int, page: int | None, sha256: str,
                     numbers: list[int] = numbers) -> None:
                stop_between_pages(stopping.is_set(), page)
                pipe.send(("beat", numbers[index], page, sha256))

            for index, event in reader.read_files([file for _, file in job], beat):
                pipe.send(("event", numbers[index], event))
            pipe.send(("done", memory()))
    except DeepTextError as e:
        with suppress(OSError):
            pipe.send(("fatal", e.code, e.exit_code, e.message, e.remedy))
    except OSError:
        pass  # the pool is gone


def stop_between_pages(stopped: bool, page: int | None) -> None:
    """Raises ReadingInterrupted where a file's further page is to begin in a stopped run."""
    if stopped and page is not None and page > 1:
        raise ReadingInterrupted("not read to its end: interrupted")


def _receive(pipe: Connection, jobs: queue.SimpleQueue[Job], stopping: threading.Event) -> None:
    try:
        while True:
            job = pipe.recv()
            if job is None:
                stopping.set()
            else:
                jobs.put(job)
    except (EOFError, OSError):  # the pool is gone; a page in hand is of no use to anybody
        os._exit(0)
