"""Memory goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from deeptext_cli.engine import heap

CODE = """
from pathlib import Path
from deeptext_cli.engine import heap

def resident():  # MB
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in x)
    return int(line.split()[1]) / 1024

blocks = [bytearray(b"x") * 60_000 for _ in range(4000)]
del blocks[:-1]  # the last one holds the heap's end where it is
full = resident()
heap.trim()
print(full, resident())
"""


def test_what_is_free_among_the_used_is_given_back() -> None:
    if platform.libc_ver()[0] != "glibc" or not Path("/proc/self/status").exists():
        pytest.skip("not Linux with glibc")
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    full, left = map(float, done.stdout.split())
    assert full > 200
    assert left < full - 150


def test_other_systems_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    heap._trimmer.cache_clear()
    monkeypatch.setattr(heap.ctypes, "CDLL", lambda _: object())
    heap.trim()
    heap._trimmer.cache_clear()
