"""Texts against frames: their CTC probability, and which frames show which character."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.result import Character
from deeptext_cli.text import BLANK

Floats = NDArray[np.floating]

RESCALED = 4  # frames, of which each may be e^-180 likely and no more than a few digits are lost


def log_probabilities(log_probs: Sequence[Floats], texts: Sequence[Sequence[int]],
                      ) -> NDArray[np.float64]:
    """log p(text) under CTC, summed over all alignments, for N lines at once.

    log_probs: N arrays (T_i, C). texts: their classes. -inf where a text does not fit.
    The forward algorithm in linear space, rescaled every few frames.
    """
    count = len(texts)
    if not count:
        return np.zeros(0)
    longest = max(len(t) for t in texts)
    lengths = np.array([len(p) for p in log_probs])
    states = np.zeros((count, 2 * longest + 1), np.int64)
    emit = np.zeros((lengths.max(), *states.shape))
    for i, (p, text) in enumerate(zip(log_probs, texts, strict=True)):
        states[i, 1:2 * len(text):2] = text
        own = emit[:len(p), i, :2 * len(text) + 1]
        own[:, ::2] = np.exp(p[:, :1], dtype=np.float64)  # between the characters: blank
        own[:, 1::2] = np.exp(p[:, states[i, 1:2 * len(text):2]], dtype=np.float64)
    skip = np.zeros(states.shape)
    skip[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    last = 2 * np.array([len(t) for t in texts])
    # two states that nothing reaches come before the first
    padded = np.zeros((count, states.shape[1] + 2))
    two_before, before, alpha = padded[:, :-2], padded[:, 1:-1], padded[:, 2:]
    alpha[:, 0] = 1.0
    scale = np.zeros(count)
    out = np.full(count, -np.inf)
    ends = set(lengths.tolist())
    step, skipped = np.empty(states.shape), np.empty(states.shape)
    for t in range(len(emit) + 1):
        if t in ends:
            ending = np.flatnonzero(lengths == t)
            total = alpha[ending, last[ending]] + before[ending, last[ending]]
            with np.errstate(divide="ignore"):
                out[ending] = np.log(total) + scale[ending]
        if t == len(emit):
            break
        np.add(alpha, before, out=step)
        np.multiply(two_before, skip, out=skipped)
        step += skipped
        np.multiply(step, emit[t], out=alpha)
        if t % RESCALED == 0:
            peak = alpha.max(axis=1)
            peak[peak == 0] = 1.0
            alpha /= peak[:, None]
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
    # two states that nothing reaches come before the first; a row for each frame begun
    padded = np.full((len(lp) + 1, len(states) + 2), -np.inf)
    padded[0, 2] = 0.0
    emit = lp[:, states]
    skipped, best = np.empty(len(states)), np.empty(len(states))
    for t in range(len(lp)):
        row = padded[t]
        np.add(row[:-2], barred, out=skipped)
        np.maximum(row[1:-1], row[2:], out=best)
        np.maximum(best, skipped, out=best)
        np.add(best, emit[t], out=padded[t + 1, 2:])
    scores = padded[:, 2:]
    at = len(states) - 1 if scores[-1, -1] >= scores[-1, -2] else len(states) - 2
    if scores[-1, at] == -np.inf:
        raise ValueError("the text does not fit the frames")
    frames: list[list[int]] = [[] for _ in classes]
    for t in range(len(lp) - 1, -1, -1):
        if at % 2:
            frames[at // 2].append(t)
        two_before, before, stay = padded[t, at:at + 3].tolist()
        moves = (stay, before, two_before + barred[at])
        at -= moves.index(max(moves))
    return tuple(
        Character(lookup[c], f[-1], f[0] + 1, float(np.exp(lp[f[-1]:f[0] + 1, c].max())))
        for c, f in zip(classes, frames, strict=True) if c != BLANK)
