"""Random fields (white noise from a fixed bank, smooth fields from small grids), and strengths."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

_BANK = (1024, 4096)


@cache
def _bank() -> np.ndarray:
    """Gaussian noise of unit variance; drawing it anew for every image would cost most of the
    time, and a window at a random place of four million values is as good."""
    return np.random.default_rng(0x1EAF).standard_normal(_BANK, dtype=np.float32)


def white_noise(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise, float32 (h, w), mean 0, variance 1."""
    bank = _bank()
    if h > _BANK[0] or w > _BANK[1]:
        return rng.standard_normal((h, w), dtype=np.float32)
    y = int(rng.integers(_BANK[0] - h + 1))
    x = int(rng.integers(_BANK[1] - w + 1))
    return bank[y:y + h, x:x + w]


def smooth_noise(h: int, w: int, cell: float, rng: np.random.Generator,
                 cell_x: float | None = None) -> np.ndarray:
    """A smooth field in -1..1, float32 (h, w), that changes over `cell` px (`cell_x` along x)."""
    gh = min(h, 64, round(h / max(cell, 1.0))) + 2
    gw = min(w, 512, round(w / max(cell_x or cell, 1.0))) + 2
    grid = rng.random((gh, gw), dtype=np.float32) * 2 - 1
    field = cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC)
    return np.clip(field, -1, 1, out=field)


def between(limits: tuple[float, float], u: float) -> float:
    """The value at share `u` (0..1) of a range."""
    return limits[0] + u * (limits[1] - limits[0])
