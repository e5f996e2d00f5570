"""Writing files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomic(path: Path, data: bytes, *, alone: bool = False, sync: bool = True) -> None:
    """Replace `path` by `data`, or leave it as it was.

    alone: no other process writes it, so that what a killed one left behind is written over. sync:
    also when the power fails; not needed for what can be made again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    own = "" if alone else f".{os.getpid()}"
    partial = path.with_name(f".{path.name}{own}.partial")
    try:
        with open(partial, "wb") as f:
            f.write(data)
            if sync:
                f.flush()
                os.fsync(f.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
