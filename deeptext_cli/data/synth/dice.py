"""Random draws for one sample, fast enough to make dozens of them a line.

A scalar drawn from `numpy.random.Generator` costs a microsecond or more; here uniforms come in
blocks. Everything a sample draws comes from here, so a sample is a function of its generator.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

import numpy as np

T = TypeVar("T")
_BLOCK = 96


class Dice:
    """Scalar draws from a generator, in blocks of uniforms."""

    __slots__ = ("_at", "_block", "rng")

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._block: list[float] = rng.random(_BLOCK).tolist()
        self._at = 0

    def u(self) -> float:
        """Uniform on [0, 1)."""
        if self._at >= _BLOCK:
            self._block = self.rng.random(_BLOCK).tolist()
            self._at = 0
        self._at += 1
        return self._block[self._at - 1]

    def chance(self, p: float) -> bool:
        return self.u() < p

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.u()

    def skewed(self, low: float, high: float, power: float) -> float:
        """Between two bounds; powers above 1 crowd towards `low`."""
        return low + (high - low) * self.u() ** power

    def integer(self, low: int, high: int) -> int:
        """Uniform on low..high, both included."""
        return low + int(self.u() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.u() * len(items))]


class Weighted:
    """Draw an item with a probability in proportion to its weight."""

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self.items = list(items)
        self._sums = list(accumulate(weights))
        if not self.items or self._sums[-1] <= 0:
            raise ValueError("nothing to draw from")

    def pick(self, dice: Dice):  # type: ignore[no-untyped-def]
        return self.items[min(bisect_right(self._sums, dice.u() * self._sums[-1]),
                              len(self.items) - 1)]
