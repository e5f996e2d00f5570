"""Interpolated modified Kneser-Ney estimation (Chen & Goodman 1998, section 4.2), with pruning.

p(w | h) = max(c(hw) - D, 0) / c(h.) + gamma(h) p(w | h'), with three discounts D per order for
counts of 1, 2, and 3 or more. A pruned n-gram's share goes to gamma(h), so each distribution sums
to 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.ngram_tables import START, Level, NgramTables
from deeptext_cli.engine.lm_counts import Counts, Keys, NgramCounts, SortedCounts

BLOCK = 2_000_000
_DEFAULT_DISCOUNTS = (0.5, 1.0, 1.5)  # where the text has too few rare n-grams to estimate them


@dataclass(frozen=True)
class _Kept:
    """The n-grams of one length that stay, with their discounted share of their context."""

    keys: Keys
    share: NDArray[np.float64]


def estimate(counts: NgramCounts, prune: Sequence[int] = (), *,
             digit_class: bool = False) -> NgramTables:
    """Tables of an interpolated modified Kneser-Ney model.

    prune: per length from 1, n-grams counted that often or less are left out (the last value holds
    for longer ones too; unigrams always stay). Prefixes and suffixes of what stays stay as well.
    """
    thresholds = [0] * counts.order
    for k in range(1, counts.order):
        thresholds[k] = prune[min(k, len(prune) - 1)] if len(prune) else 0
    kept: list[_Kept] = []
    needed = np.zeros(0, np.uint64)
    bits = np.uint64(counts.bits)
    for k in range(counts.order, 1, -1):
        level = _select(counts, k, thresholds[k - 1], needed)
        kept.insert(0, level)
        mask = np.uint64((1 << (counts.bits * (k - 1))) - 1)
        needed = np.union1d(level.keys >> bits, level.keys & mask)
    return _interpolate(counts, kept, digit_class)


def discounts(count_of_counts: Sequence[int]) -> tuple[float, float, float]:
    """D1, D2, D3+ from the numbers of n-grams counted 1, 2, 3 and 4 times."""
    n1, n2, n3, n4 = count_of_counts
    if not (n1 and n2 and n3):
        return _DEFAULT_DISCOUNTS
    y = n1 / (n1 + 2 * n2)
    d = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    good = all(0 <= x <= i for i, x in enumerate(d, 1))
    return d if good else _DEFAULT_DISCOUNTS


def _count_of_counts(ngrams: SortedCounts) -> list[int]:
    totals = np.zeros(5, np.int64)
    for a in range(0, len(ngrams), BLOCK):
        _, counts = ngrams.read(a, a + BLOCK)
        totals += np.bincount(np.minimum(counts, 5), minlength=6)[:5]
    return [int(n) for n in totals[1:]]


def _select(counts: NgramCounts, k: int, threshold: int, needed: Keys) -> _Kept:
    """Stream the k-grams; keep those over the threshold or needed by longer ones."""
    ngrams = counts.open(k)
    d = np.array([0.0, *discounts(_count_of_counts(ngrams))])
    out_keys, out_share = [np.zeros(0, np.uint64)], [np.zeros(0)]
    for part, c in _by_context(ngrams, counts.bits):
        context = part >> np.uint64(counts.bits)
        begin = np.flatnonzero(np.concatenate(([True], context[1:] != context[:-1])))
        total = np.repeat(np.add.reduceat(c, begin), np.diff(np.append(begin, len(c))))
        keep = c > threshold
        if len(needed):
            at = np.minimum(np.searchsorted(needed, part), len(needed) - 1)
            keep |= needed[at] == part
        share = (c - d[np.minimum(c, 3)]) / total
        out_keys.append(part[keep])
        out_share.append(share[keep])
    return _Kept(np.concatenate(out_keys), np.concatenate(out_share))


def _by_context(ngrams: SortedCounts, bits: int) -> Iterator[tuple[Keys, Counts]]:
    """Blocks of n-grams that end where a context ends."""
    block = max(BLOCK, 2 << bits)  # holds more than one context
    a = 0
    while a < len(ngrams):
        keys, numbers = ngrams.read(a, a + block)
        if a + len(keys) < len(ngrams):  # leave the last context, which may be cut, to the next
            last = keys[-1] >> np.uint64(bits) << np.uint64(bits)
            end = int(np.searchsorted(keys, last))
            keys, numbers = keys[:end], numbers[:end]
        yield keys, numbers
        a += len(keys)


def _interpolate(counts: NgramCounts, kept: list[_Kept], digit_class: bool) -> NgramTables:
    """From the discounted shares, bottom up, to probabilities and backoffs."""
    size = len(counts.vocabulary)
    bits = np.uint64(counts.bits)
    p = _unigrams(counts)
    keys = np.arange(size, dtype=np.uint64)
    levels: list[Level] = []
    for k, level in enumerate(kept, 2):
        gamma = np.ones(len(keys))
        context = np.searchsorted(keys, level.keys >> bits)
        np.subtract.at(gamma, context, level.share)
        mask = np.uint64((1 << (counts.bits * (k - 1))) - 1)
        lower = p[np.searchsorted(keys, level.keys & mask)]
        # rounding may leave a hair below zero where nothing was discounted
        gamma = np.maximum(gamma, 1e-12)
        levels.append(_level(keys, p, gamma))
        p = level.share + gamma[context] * lower
        keys = level.keys
    levels.append(_level(keys, p, np.ones(len(keys))))
    return NgramTables(counts.vocabulary, digit_class, tuple(levels))


def _unigrams(counts: NgramCounts) -> NDArray[np.float64]:
    """(V,) interpolated with the uniform distribution over all symbols but the line start."""
    ngrams = counts.open(1)
    d = np.array([0.0, *discounts(_count_of_counts(ngrams))])
    keys, numbers = ngrams.read(0, len(ngrams))
    share = np.zeros(len(counts.vocabulary))
    share[keys] = (numbers - d[np.minimum(numbers, 3)]) / numbers.sum()
    p = share + (1 - share.sum()) / (len(share) - 1)
    p[START] = 0.0
    return np.asarray(p)


def _level(keys: Keys, p: NDArray[np.float64], gamma: NDArray[np.float64]) -> Level:
    with np.errstate(divide="ignore"):
        log_p = np.maximum(np.log(p), -99 * np.log(10))
    return Level(keys, log_p.astype(np.float32), np.log(gamma).astype(np.float32))
