"""How sure the figures are: bootstrap intervals, and the paired comparison of two models.

Lines of one page or writer go right or wrong together, so where documents are known they are
resampled as a whole (the cluster bootstrap); treating their lines as independent gives intervals
that are too narrow.
Efron and Tibshirani, An Introduction to the Bootstrap (1993); for the paired test, Noreen,
Computer-Intensive Methods for Testing Hypotheses (1989).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.metrics.text_metrics import TextCounts

Floats = NDArray[np.float64]

_COLUMN = {f.name: i for i, f in enumerate(fields(TextCounts))}
# Every rate is offset + sign * numerator / denominator, with sums of counts
_RATES: dict[str, tuple[str, str, float, float]] = {
    "cer": ("char_edits", "characters", 0.0, 1.0),
    "wer": ("word_edits", "words", 0.0, 1.0),
    "exact": ("exact_lines", "lines", 0.0, 1.0),
    "mean_levenshtein": ("char_edits", "lines", 0.0, 1.0),
    "one_minus_ned": ("ned_sum", "lines", 1.0, -1.0),
}
RATE_NAMES = tuple(_RATES)
LOWER_IS_BETTER = frozenset({"cer", "wer", "mean_levenshtein"})

_CHUNK = 4_000_000  # resampled indexes held at once: 32 MB


@dataclass(frozen=True)
class Interval:
    """A figure with its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """Model A against model B on the same lines; `difference` is A minus B.

    `p_value` is that of the two-sided sign-flip permutation test: how often a difference this
    large comes up when the two models' results are swapped at random, document by document.
    """

    a: float
    b: float
    difference: float
    low: float
    high: float
    p_value: float


def shown_in(name: str) -> tuple[int, str]:
    """How people are shown a rate: times 100 in per cent, edits a line as they are."""
    return (1, "") if name == "mean_levenshtein" else (100, " %")


def verdict(difference: Difference, name: str) -> str:
    """Whether A is better or worse than B in this rate, where interval and test both say so."""
    if difference.p_value >= 0.05 or difference.low <= 0 <= difference.high:
        return "no clear difference"
    lower = difference.difference < 0
    return "better" if lower == (name in LOWER_IS_BETTER) else "worse"


def as_matrix(counts: Sequence[TextCounts]) -> Floats:
    """(N, fields) of the counts of N lines."""
    return np.array([astuple(c) for c in counts], np.float64).reshape(len(counts), len(_COLUMN))


def group_sums(matrix: Floats, groups: Sequence[Hashable] | None) -> Floats:
    """Rows summed by group, groups in order of appearance; without groups the rows themselves."""
    if groups is None:
        return matrix
    if len(groups) != len(matrix):
        raise ValueError(f"{len(groups)} groups for {len(matrix)} lines")
    numbers: dict[Hashable, int] = {}
    index = np.array([numbers.setdefault(g, len(numbers)) for g in groups], np.intp)
    out = np.zeros((len(numbers), matrix.shape[1]))
    np.add.at(out, index, matrix)
    return out


def rates_of(sums: Floats) -> dict[str, Floats]:
    """The rates of `TextCounts` for sums of shape (..., fields): {name: shape (...)}."""
    out = {}
    for name, (top, bottom, offset, sign) in _RATES.items():
        n, d = sums[..., _COLUMN[top]], sums[..., _COLUMN[bottom]]
        if bottom == "lines":  # no lines: 0, as TextCounts has it
            out[name] = np.where(d > 0, offset + sign * n / np.maximum(d, 1), 0.0)
        else:
            out[name] = np.where(d > 0, n / np.maximum(d, 1), (n > 0).astype(np.float64))
    return out


def resample(sums: Floats, rounds: int, rng: np.random.Generator) -> Floats:
    """Column sums of `rounds` samples with replacement of the rows: (rounds, fields)."""
    n = len(sums)
    out = np.empty((rounds, sums.shape[1]))
    step = max(1, _CHUNK // max(1, n))
    for start in range(0, rounds, step):
        block = min(step, rounds - start)
        drawn = rng.integers(n, size=(block, n))
        drawn += np.arange(block)[:, None] * n
        weights = np.bincount(drawn.ravel(), minlength=block * n).reshape(block, n)
        out[start:start + block] = weights @ sums
    return out


def bootstrap(counts: Sequence[TextCounts], groups: Sequence[Hashable] | None = None, *,
              rounds: int = 1000, level: float = 0.95, seed: int = 0) -> dict[str, Interval]:
    """Percentile bootstrap intervals of all rates, over lines or over groups of lines.

    With fewer than two lines or groups nothing can be resampled, and where all are alike (every
    line right) no draw differs: the interval is NaN wide.
    """
    sums = group_sums(as_matrix(counts), groups)
    values = rates_of(sums.sum(axis=0))
    if len(sums) < 2:
        return {k: Interval(float(v), float("nan"), float("nan")) for k, v in values.items()}
    drawn = rates_of(resample(sums, rounds, np.random.default_rng(seed)))
    out = {}
    for name, v in values.items():
        low, high = _percentiles(drawn[name], level)
        out[name] = Interval(float(v), low, high)
    return out


def compare(a: Sequence[TextCounts], b: Sequence[TextCounts],
            groups: Sequence[Hashable] | None = None, *, rounds: int = 1000, level: float = 0.95,
            seed: int = 0) -> dict[str, Difference]:
    """Paired comparison of two models on the same lines in the same order.

    Both are resampled with the same draws, so what makes a line hard for both cancels out.
    Intervals are NaN as in `bootstrap`.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} lines against {len(b)}: a paired comparison needs the same")
    sa, sb = group_sums(as_matrix(a), groups), group_sums(as_matrix(b), groups)
    va, vb = rates_of(sa.sum(axis=0)), rates_of(sb.sum(axis=0))
    width = sa.shape[1]
    bounds = dict.fromkeys(_RATES, (float("nan"), float("nan")))
    p_values = dict.fromkeys(_RATES, 1.0)
    if len(sa) >= 2:
        rng = np.random.default_rng(seed)
        drawn = resample(np.hstack([sa, sb]), rounds, rng)
        da, db = rates_of(drawn[:, :width]), rates_of(drawn[:, width:])
        bounds = {k: _percentiles(da[k] - db[k], level) for k in _RATES}
        p_values = _sign_flip(sa, sb, rounds, rng)
    return {k: Difference(float(va[k]), float(vb[k]), float(va[k] - vb[k]), *bounds[k], p_values[k])
            for k in _RATES}


def _sign_flip(sa: Floats, sb: Floats, rounds: int, rng: np.random.Generator) -> dict[str, float]:
    """Two-sided p-values; the observed order counts as one of the permutations."""
    n = len(sa)
    observed = rates_of(sa.sum(axis=0)), rates_of(sb.sum(axis=0))
    half_sum, half_difference = (sa.sum(axis=0) + sb.sum(axis=0)) / 2, (sa - sb) / 2
    extreme = dict.fromkeys(_RATES, 0)
    step = max(1, _CHUNK // n)
    for start in range(0, rounds, step):
        block = min(step, rounds - start)
        signs = rng.integers(0, 2, size=(block, n), dtype=np.int8).astype(np.float64) * 2 - 1
        shift = signs @ half_difference
        first, second = rates_of(half_sum + shift), rates_of(half_sum - shift)
        for k in _RATES:
            seen = abs(float(observed[0][k] - observed[1][k]))
            # the tolerance keeps equal sums that differ by rounding on the "as large" side
            extreme[k] += int((np.abs(first[k] - second[k]) >= seen - 1e-12).sum())
    return {k: (1 + v) / (rounds + 1) for k, v in extreme.items()}


def _percentiles(values: Floats, level: float) -> tuple[float, float]:
    """NaN where the draws do not differ: that shows no certainty, only too little data."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    if high - low < 1e-12:  # sums of the same shares differ by rounding
        return float("nan"), float("nan")
    return float(low), float(high)
