"""What an evaluation says about confidence: is it a probability, and does it rank the lines?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ReliabilityBin:
    """Lines of about the same confidence: what was claimed and what was true."""

    confidence: float  # mean of the bin
    accuracy: float  # share of its lines that are right
    lines: int


@dataclass(frozen=True)
class Calibration:
    """Reliability and risk-coverage of line confidences.

    ece: expected calibration error, the mean gap between claimed and true, weighted by lines
    (Naeini et al., 2015); on few lines not below about `chance`. risk_coverage: (share of lines
    kept, share of those that are wrong), the surest kept first (Geifman and El-Yaniv, 2017); aurc
    is the area under it.
    """

    ece: float
    chance: float  # the ece to expect of confidences that are exactly right, with so few lines
    aurc: float
    reliability: tuple[ReliabilityBin, ...]
    risk_coverage: tuple[tuple[float, float], ...]


def calibration(confidence: NDArray[np.float64], correct: NDArray[np.bool_], *,
                bins: int = 10, points: int = 100) -> Calibration:
    """Both of shape (N,), N at least 1. Bins hold equally many lines, equal values together."""
    order = np.argsort(confidence, kind="stable")
    sure, right = confidence[order], correct[order].astype(np.float64)
    n = len(sure)
    edges = sure[[n * i // bins for i in range(1, bins)]] if n >= bins else np.unique(sure)[1:]
    index = np.searchsorted(np.unique(edges), sure, side="right")
    table = tuple(
        ReliabilityBin(float(sure[index == b].mean()), float(right[index == b].mean()),
                       int((index == b).sum())) for b in np.unique(index))
    ece = sum(b.lines * abs(b.confidence - b.accuracy) for b in table) / n
    # a bin's accuracy scatters around its confidence: mean of |x| of a normal variable
    variance = np.array([(sure[index == b] * (1 - sure[index == b])).sum()
                         for b in np.unique(index)])
    chance = float(np.sqrt(2 / np.pi * variance).sum()) / n
    # lines of equal confidence are kept or refused together: the curve has no point between them
    falling, wrong = sure[::-1], np.cumsum(1 - right[::-1])
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    kept = last + 1
    coverage, risk = kept / n, wrong[last] / kept
    aurc = float(np.sum(risk * np.diff(coverage, prepend=0.0)))
    shown = np.unique(np.linspace(0, len(last) - 1, min(points, len(last))).round().astype(int))
    curve = tuple((float(coverage[i]), float(risk[i])) for i in shown)
    return Calibration(float(ece), chance, aurc, table, curve)
