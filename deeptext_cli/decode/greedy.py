"""Greedy (best path) CTC decoding: the likeliest class of each frame, repeats and blanks removed.

Graves et al., "Connectionist Temporal Classification", ICML 2006, section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.result import Character, Decoded
from deeptext_cli.text import BLANK, Charset

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]


def greedy(log_probs: Floats, charset: Charset, blank: int = BLANK) -> Decoded:
    """Decode one line.

    log_probs: (T, C) natural log-probabilities of C = `charset.classes` classes at T frames.
    Raises ValueError where the shape does not fit the charset.
    """
    check_shape(log_probs, charset)
    if not len(log_probs):
        return Decoded("", 0.0, (), 1.0)
    best = log_probs.argmax(axis=1)
    top = np.take_along_axis(log_probs, best[:, None], axis=1)[:, 0]
    return _collapse(best, top, charset.lookup, blank)


def greedy_batch(log_probs: Floats | Sequence[Floats], charset: Charset,
                 lengths: Sequence[int] | Ints | None = None, blank: int = BLANK) -> list[Decoded]:
    """Decode many lines.

    log_probs: (N, T, C), of which the first `lengths[i]` frames of line i count (default: all),
    or a sequence of N arrays (T_i, C).
    """
    if not isinstance(log_probs, np.ndarray):
        if lengths is not None:
            log_probs = [p[:n] for p, n in zip(log_probs, lengths, strict=True)]
        return [greedy(p, charset, blank) for p in log_probs]
    if log_probs.ndim != 3 or log_probs.shape[2] != charset.classes:
        raise ValueError(f"expected (N, T, {charset.classes}), got {log_probs.shape}")
    if not log_probs.shape[1]:
        return [Decoded("", 0.0, (), 1.0)] * len(log_probs)
    best = log_probs.argmax(axis=2)
    top = np.take_along_axis(log_probs, best[:, :, None], axis=2)[:, :, 0]
    frames = [log_probs.shape[1]] * len(log_probs) if lengths is None else lengths
    return [_collapse(b[:n], t[:n], charset.lookup, blank)
            for b, t, n in zip(best, top, frames, strict=True)]


def check_shape(log_probs: Floats, charset: Charset) -> None:
    """Raises ValueError unless `log_probs` is (T, charset.classes)."""
    if log_probs.ndim != 2 or log_probs.shape[1] != charset.classes:
        raise ValueError(f"expected (T, {charset.classes}), got {log_probs.shape}")


def _collapse(best: Ints, top: Floats, lookup: Sequence[str], blank: int) -> Decoded:
    """best, top: (T,) likeliest class and its log-probability."""
    if not len(best):
        return Decoded("", 0.0, (), 1.0)
    starts = np.flatnonzero(np.concatenate(([True], best[1:] != best[:-1])))
    peaks = np.exp(np.maximum.reduceat(top, starts))
    ends = np.append(starts[1:], len(best))
    classes = best[starts]
    runs = classes != blank
    characters = tuple(
        Character(lookup[c], s, e, p)
        for c, s, e, p in zip(classes[runs].tolist(), starts[runs].tolist(),
                              ends[runs].tolist(), peaks[runs].tolist(), strict=True))
    score = float(top.sum(dtype=np.float64))
    return Decoded("".join(c.char for c in characters), score, characters, float(np.exp(score)))
