"""The same counts split: by source, by length, by any number."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from deeptext_cli.metrics.text_metrics import TextCounts

Key = TypeVar("Key", bound=Hashable)

LENGTH_EDGES = (1, 6, 11, 21, 41, 81)  # characters of the label
CONFIDENCE_EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)


def by_key(counts: Sequence[TextCounts], keys: Sequence[Key]) -> dict[Key, TextCounts]:
    """Summed counts of each key, keys in order of appearance."""
    if len(keys) != len(counts):
        raise ValueError(f"{len(keys)} keys for {len(counts)} lines")
    out: dict[Key, TextCounts] = {}
    for k, c in zip(keys, counts, strict=True):
        out[k] = out.get(k, TextCounts()) + c
    return out


def macro(groups: Mapping[Key, TextCounts]) -> dict[str, float]:
    """Each group's rates averaged, every group weighing the same; empty without groups."""
    rates = [c.rates() for c in groups.values()]
    return {k: math.fsum(r[k] for r in rates) / len(rates) for k in rates[0]} if rates else {}


@dataclass(frozen=True)
class Slice:
    """The lines whose value is in [low, high); `high` is None for the last, which is open."""

    low: float
    high: float | None
    counts: TextCounts


def slices(counts: Sequence[TextCounts], values: Sequence[float],
           edges: Sequence[float]) -> list[Slice]:
    """Counts by the bin that a line's value falls in; empty bins are left out.

    `edges` are the bins' lower ends, rising; what lies below the first goes into a bin that
    starts at the least value. Raises ValueError for NaN.
    """
    if len(values) != len(counts):
        raise ValueError(f"{len(values)} values for {len(counts)} lines")
    if not values:
        return []
    if any(math.isnan(v) for v in values):
        raise ValueError("a value is NaN")
    lows = sorted(set(edges))
    if not lows or min(values) < lows[0]:
        lows = [min(values), *lows]
    sums = [TextCounts() for _ in lows]
    for v, c in zip(values, counts, strict=True):
        i = max(i for i, low in enumerate(lows) if low <= v)
        sums[i] += c
    highs = [*lows[1:], None]
    return [Slice(low, high, s) for low, high, s in zip(lows, highs, sums, strict=True) if s.lines]


def quantile_edges(values: Sequence[float], bins: int = 4) -> list[float]:
    """Lower ends of `bins` bins of about equally many values; fewer where values repeat."""
    ordered = sorted(values)
    if not ordered:
        return []
    return sorted({ordered[len(ordered) * i // bins] for i in range(bins)})
