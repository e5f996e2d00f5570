"""stdin, stdout and stderr as a shell may hand them over: closed, full, or nobody there to read."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any, BinaryIO, TextIO, cast

from deeptext_cli.errors import DeepTextError


class _Lossy(io.FileIO):
    """A descriptor; what it does not take is lost."""

    def write(self, data: Any) -> int:
        with suppress(OSError):
            super().write(data)
        return memoryview(data).nbytes


def remarks(descriptor: int, like: TextIO | None = None) -> TextIO:
    """A stream for what is said beside the results: it never fails, so that it costs none."""
    encoding = like.encoding if like is not None else "utf-8"
    if os.name == "nt":  # whose consoles want more than bytes
        return os.fdopen(descriptor, "w", buffering=1, encoding=encoding,
                         errors="backslashreplace")
    return io.TextIOWrapper(cast("BinaryIO", _Lossy(descriptor, "w")), encoding=encoding,
                            errors="backslashreplace", line_buffering=True, write_through=True)


def settle() -> None:
    """Make what the shell handed over fit to be used. A stream that was closed is given to nobody,
    or the next file that is opened would take its place and get what is written there."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        sys.stderr = remarks(os.dup(2), sys.stderr)


def complaint(error: DeepTextError) -> str:
    """The line that an expected failure is told in."""
    remedy = f" -- {error.remedy}" if error.remedy else ""
    return f"deeptext: {error.message}{remedy}"
