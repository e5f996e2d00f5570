"""The best text that a constraint allows, found exactly: A* over prefixes.

Prefix search (Graves, "Supervised Sequence Labelling with Recurrent Neural Networks", 2012, section
7.5.1) in the language of an automaton. Prefixes are expanded in the order of an upper bound of what
any of their allowed continuations scores (`lookahead`); the first complete text that leaves the
queue is therefore the best of all. Where the posteriors are so flat that the budget of expansions
runs out, a label-synchronous beam with the same bound finds a good allowed text instead, and the
result says that it is not proven best.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.automaton import Automaton
from deeptext_cli.decode.beam import NONE, Hypothesis, log_add
from deeptext_cli.decode.fusion import Fusion, State
from deeptext_cli.decode.lookahead import Arrivals, lookahead


@dataclass(frozen=True)
class Found:
    """`texts`, best first; `exact` where they are proven the best; `reason` where there is none."""

    texts: list[Hypothesis]
    exact: bool
    reason: str = ""


@dataclass
class _Prefix:
    """A prefix before its expansion: what its parent knew."""

    classes: tuple[int, ...]
    at: int  # state of the automaton
    state: State
    extra: float  # fused scores so far
    parent_entry: NDArray[np.float64] | None  # (T,) log-probability of standing before its last
    ctc: float = NONE  # of a complete text; NONE marks a prefix to expand


class ConstrainedSearch:
    """Exact search in the language of `automaton`; build once, use for many lines."""

    def __init__(self, automaton: Automaton, fusion: Fusion, *, budget: int = 1000,
                 width: int = 10) -> None:
        """budget: expansions before the search gives up on proof; width: of the beam then used."""
        self.automaton = automaton
        self.fusion = fusion
        self.budget = budget
        self.width = width
        self._arrivals = Arrivals.of(automaton)

    def search(self, log_probs: NDArray[np.floating], n: int = 1) -> Found:
        """The `n` best allowed texts of one line; log_probs: (T, C)."""
        if not self.automaton.states:
            return Found([], True, "the constraint allows no text at all")
        line = _Line(self, np.asarray(log_probs, np.float64))
        if line.char_bound_at_start == NONE:
            return Found([], True, "no text that the constraint allows fits this line")
        found = line.best_first(n)
        if found is None:
            return Found(line.beam(n), False)
        return Found(found, True, "" if found else
                     "no text that the constraint allows fits this line")


class _Line:
    """The search over one line."""

    def __init__(self, search: ConstrainedSearch, log_probs: NDArray[np.float64]) -> None:
        self.search = search
        self.fusion = search.fusion
        self.automaton = search.automaton
        self.lp = log_probs
        self.blank = log_probs[:, 0].tolist()
        blank_bound, self.char_bound = lookahead(log_probs, search.automaton, search._arrivals,
                                                 search.fusion.most)
        self.char_bound_at_start = float(blank_bound[0, 0])

    def root(self) -> _Prefix:
        return _Prefix((), 0, self.fusion.start(), 0.0, None)

    def best_first(self, n: int) -> list[Hypothesis] | None:
        """The n best texts, or None where the budget ran out."""
        tie = itertools.count()
        queue: list[tuple[float, int, _Prefix]] = [(0.0, next(tie), self.root())]
        done: list[Hypothesis] = []
        expanded = 0
        while queue and len(done) < n:
            bound, _, prefix = heapq.heappop(queue)
            if prefix.ctc > NONE:
                done.append(Hypothesis(prefix.classes, -bound, prefix.ctc))
                continue
            if expanded == self.search.budget:
                return None
            expanded += 1
            for score, child in self.expand(prefix):
                heapq.heappush(queue, (-score, next(tie), child))
        return done

    def beam(self, n: int) -> list[Hypothesis]:
        """Label-synchronous beam: the most promising prefixes of each length."""
        width = max(self.search.width, n)
        tie = itertools.count()
        level = [self.root()]
        done: list[tuple[float, int, _Prefix]] = []
        while level:
            reached: list[tuple[float, int, _Prefix]] = []
            for prefix in level:
                for score, child in self.expand(prefix):
                    into = done if child.ctc > NONE else reached
                    into.append((score, next(tie), child))
            done = heapq.nlargest(n, done)
            least = done[-1][0] if len(done) == n else NONE
            level = [p for score, _, p in heapq.nlargest(width, reached) if score > least]
        return [Hypothesis(p.classes, score, p.ctc) for score, _, p in done]

    def expand(self, prefix: _Prefix) -> Iterator[tuple[float, _Prefix]]:
        """The prefix as a complete text, and its continuations, each with its (bound of) score."""
        q, fusion, automaton = prefix.at, self.fusion, self.automaton
        blank, char = self.forward(prefix)
        if automaton.accepting[q]:
            ctc = log_add(blank[-1], char[-1])
            if ctc > NONE:
                score = ctc + prefix.extra + fusion.finish(prefix.state)
                yield score, _Prefix(prefix.classes, q, None, 0.0, None, ctc)
        a, b = automaton.first[q], automaton.first[q + 1]
        if a == b:
            return
        after_blank = np.array(blank[:-1])
        entry = np.logaddexp(after_blank, char[:-1])
        symbols = automaton.symbol[a:b]
        # (T, edges): writing the symbol first at frame t, then the best ending
        paths = self.lp[:, symbols] + self.char_bound[1:, self.search._arrivals.of_edge[a:b]]
        last = prefix.classes[-1] if prefix.classes else -1
        before = np.where(symbols == last, after_blank[:, None], entry[:, None])
        bounds = _log_sum(paths + before)
        for i in np.flatnonzero(bounds > NONE).tolist():
            symbol = int(symbols[i])
            gain, state = fusion.extend(prefix.state, symbol)
            extra = prefix.extra + gain
            yield float(bounds[i]) + extra + fusion.most_at_end, _Prefix(
                (*prefix.classes, symbol), int(automaton.target[a + i]), state, extra,
                after_blank if symbol == last else entry)

    def forward(self, prefix: _Prefix) -> tuple[list[float], list[float]]:
        """CTC forward variables of a prefix after 0..T frames: ending in blank, in its last."""
        if prefix.parent_entry is None:
            return [0.0, *itertools.accumulate(self.blank)], [NONE] * (len(self.blank) + 1)
        ended, written = NONE, NONE
        blank, char = [NONE], [NONE]
        emit = self.lp[:, prefix.classes[-1]].tolist()
        for entry, y, y0 in zip(prefix.parent_entry.tolist(), emit, self.blank, strict=True):
            ended = log_add(ended, written) + y0
            written = log_add(written, entry) + y
            blank.append(ended)
            char.append(written)
        return blank, char


def _log_sum(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """log sum exp over the first axis, -inf allowed."""
    peak = x.max(axis=0)
    safe = np.where(peak > NONE, peak, 0.0)
    with np.errstate(divide="ignore"):
        total: NDArray[np.float64] = np.log(np.exp(x - safe).sum(axis=0)) + safe
    return np.where(peak > NONE, total, NONE)
