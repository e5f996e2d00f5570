"""Inputs taken from their source by a thread, so that a slow source keeps nobody from working."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable

from deeptext_cli.engine.inputs import InputFile

SMALL = 256 << 10   # bytes of files that are taken together
HELD = 64 << 20     # bytes that came with their files (from archives) and wait


class Ahead:
    """The next inputs of a source, some of them fetched already."""

    def __init__(self, source: Iterable[InputFile], size: int) -> None:
        self._source = iter(source)
        self._queue: queue.Queue[InputFile | BaseException | None] = queue.Queue(size)
        self._held = 0
        self._changed = threading.Condition()
        self._closed = self._ended = False
        self._back: InputFile | None = None
        threading.Thread(target=self._fetch, daemon=True).start()

    @property
    def ended(self) -> bool:
        """Whether all inputs were taken."""
        return self._ended

    def take(self, most: int) -> list[InputFile]:
        """The next inputs that are there: one, or up to `most` small ones. Never waits. Raises
        what the source raised."""
        taken: list[InputFile] = []
        size = 0
        while len(taken) < most:
            file = self._pop()
            if file is None:
                break
            size += _size_of(file)
            if taken and size > SMALL:
                self._back = file
                break
            taken.append(file)
        return taken

    def close(self) -> None:
        """Fetch no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _pop(self) -> InputFile | None:
        if self._back is not None:
            file, self._back = self._back, None
            return file
        try:
            got = self._queue.get_nowait()
        except queue.Empty:
            return None
        if isinstance(got, BaseException):
            raise got
        if got is None:
            self._ended = True
            return None
        with self._changed:
            self._held -= len(got.data or b"")
            self._changed.notify_all()
        return got

    def _fetch(self) -> None:
        try:
            for file in self._source:
                with self._changed:
                    while self._held > HELD and not self._closed:
                        self._changed.wait()
                    self._held += len(file.data or b"")
                if not self._put(file):
                    return
            self._put(None)
        except BaseException as e:
            self._put(e)

    def _put(self, item: InputFile | BaseException | None) -> bool:
        while not self._closed:
            try:
                self._queue.put(item, timeout=1)
                return True
            except queue.Full:
                continue
        return False


def _size_of(file: InputFile) -> int:
    if file.data is not None:
        return len(file.data)
    try:
        return os.stat(file.path).st_size
    except (OSError, ValueError):
        return 0
