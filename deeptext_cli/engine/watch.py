"""Folders whose files are read as they arrive, once they are complete."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

from deeptext_cli.engine.inputs import InputFile, walk
from deeptext_cli.errors import UsageError

INTERVAL = 1.0  # seconds between looks; a file that did not change in between is complete

_Stamp = tuple[int, int, int]


def arrivals(folders: Sequence[str], stopped: Callable[[], bool],
             sleep: Callable[[float], None] = time.sleep) -> Iterator[InputFile]:
    """The images and PDFs in folders, and those that come or change later, until `stopped`.

    A file is given once its size, its time and its place on the disk are the same as at the last
    look. Looking, rather than asking the system to tell, also works on network drives.
    Raises UsageError for what is no folder.
    """
    for folder in folders:
        if not os.path.isdir(folder):
            raise UsageError(f"{folder}: not a folder", remedy="--watch wants folders")
    given: dict[str, _Stamp] = {}
    before: dict[str, _Stamp] = {}
    while not stopped():
        now: dict[str, _Stamp] = {}
        for folder in folders:
            for file in walk(folder):
                stamp = _stamp(file.path)
                if stamp is None:
                    continue
                now[file.path] = stamp
                if given.get(file.path) != stamp and before.get(file.path) == stamp:
                    given[file.path] = stamp
                    yield file
        given = {path: stamp for path, stamp in given.items() if path in now}
        before = now
        sleep(INTERVAL)


def _stamp(path: str) -> _Stamp | None:
    try:
        found = os.stat(path)
    except OSError:  # gone again, or a link to nothing
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino
