"""Worker processes of `prepare` and `augment`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import ROOT, running

LATE = """
import multiprocessing, os, signal, time
from deeptext_cli.engine.preparer_worker import start_worker

def late():
    time.sleep(1)       # the parent is gone before the worker begins to watch it
    start_worker()
    time.sleep(60)

if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=late)
    child.start()
    print(child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks processes up in /proc")
def test_a_worker_ends_whose_parent_was_killed_before_it_was_set_up(tmp_path: Path) -> None:
    script = tmp_path / "late.py"
    script.write_text(LATE)
    done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False, timeout=60)
    worker = int(done.stdout)
    until = time.monotonic() + 30
    while running(worker) and time.monotonic() < until:
        time.sleep(0.2)
    assert not running(worker)
