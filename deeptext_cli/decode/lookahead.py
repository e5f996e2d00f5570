"""How well a line can still end: an admissible bound for the exact constrained search.

For a frame t, a state q of the automaton and the last class written, the bound is at least the CTC
probability that frames t.. show any ONE accepted continuation of q. It is the backward recursion of
CTC over the product of frames and automaton, with the sum over next characters replaced by a
maximum: a sum of maxima is never below the maximum of sums, so no text is underrated, and where the
posteriors are peaked (nearly all of them are) it is nearly exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.automaton import Automaton

_TINY = 1e-250  # what a possible ending is rated at least, relative to the best: see `lookahead`


@dataclass(frozen=True)
class Arrivals:
    """The distinct (state, class by which it was entered) pairs of an automaton: A of them."""

    of_edge: NDArray[np.int64]  # (E,)
    state: NDArray[np.int64]  # (A,)
    symbol: NDArray[np.int64]  # (A,)

    @classmethod
    def of(cls, automaton: Automaton) -> Arrivals:
        pairs = np.stack([automaton.target, automaton.symbol], axis=1)
        unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
        return cls(inverse.reshape(-1), unique[:, 0], unique[:, 1])


def lookahead(log_probs: NDArray[np.floating], automaton: Automaton, arrivals: Arrivals,
              bonus: float = 0.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds on the log-probability of the best ending.

    log_probs: (T, C). bonus: upper bound of what a written character adds to the score, in nats.
    Returns (T+1, Q), the last frame having been a blank, and (T+1, A), it having been the
    arrival's class. -inf: no accepted text fits into the remaining frames.
    """
    frames, q_count, a_count = len(log_probs), automaton.states, len(arrivals.state)
    blank_log = np.empty((frames + 1, q_count))
    char_log = np.empty((frames + 1, a_count))
    blank = automaton.accepting.astype(np.float64)
    char = blank[arrivals.state]
    blank_log[frames], char_log[frames] = _log(blank), _log(char)
    source = automaton.source
    leaving = np.flatnonzero(np.diff(automaton.first))  # states with edges
    starts = automaton.first[leaving]
    need_q = automaton.distance
    need_a = need_q[arrivals.state]
    scale = 0.0
    gain = np.exp(bonus)
    first_best = np.zeros(q_count)
    second_best = np.zeros(q_count)
    top_symbol = np.full(q_count, -1)
    for t in range(frames - 1, -1, -1):
        row = log_probs[t].astype(np.float64)
        peak = float(row.max())
        y = np.exp(row - peak)
        if len(starts):
            value = y[automaton.symbol] * char[arrivals.of_edge] * gain
            first_best[leaving] = np.maximum.reduceat(value, starts)
            top = value == first_best[source]
            top_symbol[source[top]] = automaton.symbol[top]
            value[automaton.symbol == top_symbol[source]] = 0.0  # ties keep the other symbol
            second_best[leaving] = np.maximum.reduceat(value, starts)
        same = top_symbol[arrivals.state] == arrivals.symbol  # a repeat needs a blank between
        written = np.where(same, second_best[arrivals.state], first_best[arrivals.state])
        char = y[0] * blank[arrivals.state] + y[arrivals.symbol] * char + written
        blank = y[0] * blank + first_best
        # rescale, and rate what is possible but underflows too high rather than at nothing
        largest = max(float(blank.max(initial=0.0)), float(char.max(initial=0.0)))
        if largest > 0:
            blank /= largest
            char /= largest
            scale += peak + float(np.log(largest))
        left = frames - t
        np.maximum(blank, _TINY, out=blank, where=need_q <= left)
        np.maximum(char, _TINY, out=char, where=need_a <= left)
        blank_log[t], char_log[t] = _log(blank) + scale, _log(char) + scale
    return blank_log, char_log


def _log(x: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(x))
