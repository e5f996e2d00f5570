"""Locks: one holder at a time, and none that outlives its process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

from deeptext_cli.engine.lock import FileLock
from deeptext_cli.errors import UsageError

HOLD = ("import sys, pathlib\nfrom deeptext_cli.engine.lock import FileLock\n"
        "FileLock(pathlib.Path(sys.argv[1]), 'x').acquire()\nprint('held', flush=True)\n"
        "sys.stdin.read()\n")


def test_held_by_one_and_free_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock"
    with FileLock(path, "the run is trained"):
        assert path.read_text() == f"{os.getpid()}\n"
        with pytest.raises(UsageError, match=rf"the run is trained .* \(pid {os.getpid()}\)"):
            FileLock(path, "the run is trained").acquire()
    assert not path.exists()
    FileLock(path, "x").acquire().release()


def test_what_a_killed_process_held_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match=f"pid {holder.pid}"):
            FileLock(path, "x").acquire()
        holder.kill()
        holder.wait()
    assert path.exists()
    FileLock(path, "x").acquire().release()
    assert not path.exists()
