"""A lock file that ends with its process, however that ends."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from deeptext_cli.errors import UsageError


class FileLock:
    """Held from `acquire` to `release`, or to the end of the process: the system lets go of it,
    so that one left behind by a kill is simply taken over. The file names its holder's pid."""

    def __init__(self, path: Path, what: str) -> None:
        """`what`: what two processes must not do at a time, for the message."""
        self.path, self._what = path, what
        self._fd: int | None = None
        self._made_folder = False

    def acquire(self) -> FileLock:
        """Raises UsageError where another process holds it."""
        self._made_folder = not self.path.parent.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            if not _lock(fd):
                pid = os.read(fd, 20).decode("ascii", "replace").strip() or "?"
                os.close(fd)
                raise UsageError(f"{self._what} by another process (pid {pid})",
                                 remedy="wait for it, or stop it")
            try:
                still_there = os.path.samestat(os.fstat(fd), os.stat(self.path))
            except FileNotFoundError:
                still_there = False
            if still_there:
                break
            os.close(fd)  # its holder removed it while we waited to look
        os.ftruncate(fd, 0)
        os.write(fd, f"{os.getpid()}\n".encode())
        self._fd = fd
        return self

    def release(self) -> None:
        """Let go, and remove the file; its folder too, where it was made for it and is empty."""
        if self._fd is None:
            return
        if os.name == "nt":  # an open file cannot be removed there
            os.close(self._fd)
            self.path.unlink(missing_ok=True)
        else:
            self.path.unlink(missing_ok=True)
            os.close(self._fd)
        self._fd = None
        if self._made_folder:
            with suppress(OSError):  # it holds something
                self.path.parent.rmdir()

    def __enter__(self) -> FileLock:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def _lock(fd: int) -> bool:
    """Lock a file as a whole, without waiting. True also where the file system has no locks."""
    try:
        import fcntl
    except ImportError:
        import msvcrt
        windows: Any = msvcrt
        try:
            os.lseek(fd, 1 << 20, os.SEEK_SET)  # beyond the pid, which others may read
            windows.locking(fd, windows.LK_NBLCK, 1)
            return True
        except OSError:
            return False
        finally:
            os.lseek(fd, 0, os.SEEK_SET)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a network file system without locks
        return True
    return True
