"""LMDB environments opened for reading: one a folder and process, shared by all who ask."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import lmdb

from deeptext_cli.errors import DataError

_environments: dict[tuple[str, int, int], lmdb.Environment] = {}
_environments_lock = threading.Lock()


def _after_fork() -> None:
    """A forked child opens its own: the parent's would count as open here, and not be ours."""
    global _environments_lock
    _environments_lock = threading.Lock()
    for env in _environments.values():
        env.close()
    _environments.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def open_readonly(folder: str | Path) -> lmdb.Environment:
    """The folder's LMDB for reading, shared within this process (LMDB forbids opening it twice).

    A file that was replaced since is opened anew; a forked child opens its own.
    """
    path = os.path.realpath(folder)
    try:
        stat = os.stat(os.path.join(path, "data.mdb"))
        key = (path, stat.st_ino, stat.st_mtime_ns)
        with _environments_lock:
            if key not in _environments:
                _environments[key] = lmdb.open(path, readonly=True, lock=False, readahead=False,
                                               max_readers=1024, create=False)
            return _environments[key]
    except (OSError, lmdb.Error) as e:
        raise DataError(f"{folder}: not a readable LMDB: {e}",
                        remedy="make it with `deeptext prepare IN -o OUT`") from e
