"""Texts against frames: their CTC probability, and which frames show which character."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.result import Character
from deeptext_cli.text import BLANK

Floats = NDArray[np.floating]


def log_probabilities(log_probs: Sequence[Floats], texts: Sequence[Sequence[int]],
                      ) -> NDArray[np.float64]:
    """log p(text) under CTC, summed over all alignments, for N lines at once.

    log_probs: N arrays (T_i, C). texts: their classes. -inf where a text does not fit.
    The forward algorithm in linear space, rescaled in each frame.
    """
    count = len(texts)
    if not count:
        return np.zeros(0)
    longest = max(len(t) for t in texts)
    frames = max(len(p) for p in log_probs)
    states = np.zeros((count, 2 * longest + 1), np.int64)
    emit = np.zeros((frames, count, 2 * longest + 1))
    for i, (p, text) in enumerate(zip(log_probs, texts, strict=True)):
        states[i, 1:2 * len(text):2] = text
        emit[:len(p), i, :2 * len(text) + 1] = p[:, states[i, :2 * len(text) + 1]]
    np.exp(emit, out=emit)
    skip = np.zeros(states.shape)
    skip[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    skip = skip[:, 2:]
    last = 2 * np.array([len(t) for t in texts])
    alpha = np.zeros(states.shape)
    alpha[:, 0] = 1.0
    scale = np.zeros(count)
    out = np.full(count, -np.inf)
    lengths = np.array([len(p) for p in log_probs])
    for t in range(frames + 1):
        ending = np.flatnonzero(lengths == t)
        if len(ending):
            total = alpha[ending, last[ending]] + np.where(
                last[ending] > 0, alpha[ending, np.maximum(last[ending] - 1, 0)], 0.0)
            with np.errstate(divide="ignore"):
                out[ending] = np.log(total) + scale[ending]
        if t == frames:
            break
        step = alpha.copy()
        step[:, 1:] += alpha[:, :-1]
        step[:, 2:] += alpha[:, :-2] * skip
        step *= emit[t]
        peak = step.max(axis=1)
        peak[peak == 0] = 1.0
        alpha = step / peak[:, None]
        scale += np.log(peak)
    return out


def align(log_probs: Floats, classes: Sequence[int], lookup: Sequence[str],
          ) -> tuple[Character, ...]:
    """The frames of each character on the best path of a text (Viterbi).

    log_probs: (T, C), on which the text must fit.
    """
    if not classes:
        return ()
    lp = np.asarray(log_probs, np.float64)
    states = np.zeros(2 * len(classes) + 1, np.int64)
    states[1::2] = classes
    barred = np.full(len(states), -np.inf)
    barred[3::2][states[3::2] != states[1:-2:2]] = 0.0
    barred[1] = -np.inf
    score = np.full(len(states), -np.inf)
    score[0] = 0.0
    emit = lp[:, states]
    moves = np.zeros((len(lp), len(states)), np.int8)
    choice = np.full((3, len(states)), -np.inf)
    columns = np.arange(len(states))
    for t in range(len(lp)):
        choice[0] = score
        choice[1, 1:] = score[:-1]
        choice[2, 2:] = score[:-2] + barred[2:]
        moves[t] = choice.argmax(axis=0)
        score = choice[moves[t], columns] + emit[t]
    at = len(states) - 1 if score[-1] >= score[-2] else len(states) - 2
    if score[at] == -np.inf:
        raise ValueError("the text does not fit the frames")
    frames: list[list[int]] = [[] for _ in classes]
    for t in range(len(lp) - 1, -1, -1):
        if at % 2:
            frames[at // 2].append(t)
        at -= int(moves[t, at])
    return tuple(
        Character(lookup[c], f[-1], f[0] + 1, float(np.exp(lp[f[-1]:f[0] + 1, c].max())))
        for c, f in zip(classes, frames, strict=True) if c != BLANK)
