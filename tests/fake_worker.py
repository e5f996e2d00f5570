"""Worker processes that do what their inputs' bytes say, instead of reading them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from deeptext_cli.document import Page, PageError, Receipt
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.read_worker import serve
from deeptext_cli.engine.reader import Beat, Event, FileEnd, Result
from deeptext_cli.errors import ImageError, ModelError


class FakeReader:
    """Each byte of a file is a page: `.` is read, `s` slowly, `k` kills the process, `h` hangs,
    `1` kills it unless the file beside says that it did before; `m` is a broken model."""

    def read_files(self, files: Sequence[InputFile], beat: Beat) -> Iterator[tuple[int, Event]]:
        for i, file in enumerate(files):
            beat(i, None, "")
            data = file.read().decode()
            if data == "":
                raise AssertionError
            for number, what in enumerate(data, 1):
                if number <= file.after:
                    continue
                try:
                    beat(i, number, "hash")
                except ImageError as e:
                    yield i, Result(PageError(file.path, e.code, str(e),
                                              receipt=Receipt("", {}, {})))
                    break
                if what == "k" or (what == "1" and not Path(file.name).exists()):
                    if what == "1":
                        Path(file.name).touch()
                    os.kill(os.getpid(), signal.SIGKILL)
                elif what == "h":
                    time.sleep(1000)
                elif what == "s":
                    time.sleep(0.05)
                elif what == "m":
                    raise ModelError("broken", remedy="mend it")
                yield i, Result(Page(file.path, number, os.getpid(), 1))
            yield i, FileEnd("hash")


def work(pipe: Connection, *_: object) -> None:
    serve(pipe, FakeReader)


def fat(pipe: Connection, *_: object) -> None:
    """A worker that holds more memory than it may, from its second job on."""
    told = iter([0, *[2 << 30] * 100])
    serve(pipe, FakeReader, lambda: next(told))


def never_ready(pipe: Connection, *_: object) -> None:
    os._exit(1)


def hangs_at_start(pipe: Connection, *_: object) -> None:
    time.sleep(1000)
