"""Confidence that means a probability: fitting and applying calibration.

The raw confidence of a line is the CTC probability of its text, summed over all alignments.
Networks are surer than they should be (Guo et al., "On Calibration of Modern Neural Networks",
2017), so it is mapped on validation lines: by two parameters where these are few, by isotonic
regression where they are many. How well it then fits is for an evaluation to measure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeptext_cli.config.decode import Calibrator
from deeptext_cli.decode.alignment import log_probabilities

_EDGE = 1e-6  # confidence is kept this far from 0 and 1 where log-odds are taken
_STEEP = 30.0  # log-odds beyond this are as good as certain
_PRIOR = 0.1  # strength of the belief that confidence is right as it is: a tenth of a line


def calibrated(calibrator: Calibrator, raw: ArrayLike) -> NDArray[np.float64]:
    """Probabilities of raw confidences, any shape."""
    x = np.asarray(raw, np.float64)
    if calibrator.kind == "logistic":
        z = np.clip(calibrator.scale * _logit(x) + calibrator.shift, -_STEEP, _STEEP)
        return np.asarray(1 / (1 + np.exp(-z)))
    if calibrator.kind == "isotonic":
        points = np.array(calibrator.points)
        return np.asarray(np.interp(x, points[:, 0], points[:, 1]))
    return x


def fit_logistic(raw: ArrayLike, correct: ArrayLike) -> Calibrator:
    """Platt scaling of the log-odds: maximum likelihood with Platt's smoothed targets.

    raw: (N,) confidences; correct: (N,) booleans.
    """
    x, y = _checked(raw, correct)
    positives, negatives = y.sum(), len(y) - y.sum()
    # smoothed so that a sample without mistakes does not claim certainty (Platt 1999)
    target = np.where(y > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    z = _logit(x)
    weights = np.array([1.0, 0.0])
    features = np.stack([z, np.ones_like(z)], axis=1)
    for _ in range(100):  # Newton with a step bound; convex, so it converges
        p = 1 / (1 + np.exp(-np.clip(features @ weights, -_STEEP, _STEEP)))
        gradient = features.T @ (p - target) + _PRIOR * (weights - [1, 0])
        hessian = (features * (p * (1 - p) + 1e-9)[:, None]).T @ features + _PRIOR * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    # a falling map would turn the ranking over: then confidence says nothing, keep it almost flat
    return Calibrator(kind="logistic", scale=max(float(weights[0]), 1e-3),
                      shift=float(weights[1]))


def fit_isotonic(raw: ArrayLike, correct: ArrayLike, *, least: int = 10) -> Calibrator:
    """Isotonic regression (pool adjacent violators) with at least `least` lines a step.

    A step's probability is smoothed towards one half by one line of each kind, so that no step
    claims certainty.
    """
    x, y = _checked(raw, correct)
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    pools: list[list[float]] = []  # [right, lines, sum of x]
    start = 0
    while start < len(x):
        end = start + 1
        while end < len(x) and (end - start < least or x[end] == x[end - 1]):
            end += 1
        if len(x) - end < least and end < len(x):
            end = len(x)
        pools.append([y[start:end].sum() + 1, end - start + 2, x[start:end].mean()
                      * (end - start + 2)])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
        start = end
    points = [(s / n, right / n) for right, n, s in pools]
    return Calibrator(kind="isotonic", points=tuple(
        (round(a, 6), round(b, 6)) for a, b in _ascending(points)))


def fit_temperature(log_probs: Sequence[NDArray[np.floating]],
                    texts: Sequence[Sequence[int]]) -> float:
    """The temperature that makes the true texts likeliest: what to divide log-probabilities by.

    log_probs: N arrays (T_i, C); texts: their true classes. Lines on which the text does not fit
    are left out. Raises ValueError where none is left.
    """
    usable = np.isfinite(log_probabilities(log_probs, texts))
    lines = [np.asarray(p, np.float64) for p, u in zip(log_probs, usable, strict=True) if u]
    truth = [t for t, u in zip(texts, usable, strict=True) if u]
    if not lines:
        raise ValueError("no line to fit a temperature on")

    def cost(log_temperature: float) -> float:
        scaled = [p / math.exp(log_temperature) for p in lines]
        scaled = [p - np.logaddexp.reduce(p, axis=1, keepdims=True) for p in scaled]
        return -float(log_probabilities(scaled, truth).sum())

    return math.exp(_minimum(cost, math.log(0.25), math.log(8.0)))


def _minimum(f: Callable[[float], float], low: float, high: float, *, to: float = 0.005) -> float:
    """Golden-section search for the minimum of a unimodal function."""
    ratio = (math.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    fa, fb = f(a), f(b)
    while high - low > to:
        if fa < fb:
            high, b, fb = b, a, fa
            a = high - ratio * (high - low)
            fa = f(a)
        else:
            low, a, fa = a, b, fb
            b = low + ratio * (high - low)
            fb = f(b)
    return (low + high) / 2


def _logit(x: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(x, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(p) - np.log1p(-p))


def _checked(raw: ArrayLike, correct: ArrayLike,
             ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.asarray(raw, np.float64), np.asarray(correct, np.float64)
    if x.ndim != 1 or x.shape != y.shape or not len(x):
        raise ValueError(f"expected two equal, non-empty lists, got {x.shape} and {y.shape}")
    return x, y


def _ascending(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points with distinct x (after rounding), the last of equals kept."""
    out: dict[float, tuple[float, float]] = {round(x, 6): (x, y) for x, y in points}
    return list(out.values())
