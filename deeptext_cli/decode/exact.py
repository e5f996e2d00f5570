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


@dataclass
class _Children:
    """The continuations of a prefix by one character, most promising first, not yet made.

    Most are never looked at: a class more costs a number, not an object.
    """

    parent: _Prefix
    bounds: NDArray[np.float64]  # of the network alone, descending
    edges: NDArray[np.int64]
    entry: NDArray[np.float64]
    entry_of_repeat: NDArray[np.float64]
    next: int = 0


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
        queue: list[tuple[float, int, _Prefix | _Children | Hypothesis]] = []

        def push(bound: float, item: _Prefix | _Children | Hypothesis) -> None:
            heapq.heappush(queue, (-bound, next(tie), item))

        push(0.0, self.root())
        done: list[Hypothesis] = []
        expanded = 0
        while queue and len(done) < n:
            item = heapq.heappop(queue)[2]
            if isinstance(item, Hypothesis):
                done.append(item)
            elif isinstance(item, _Children):
                push(*self.next_child(item))
                if item.next < len(item.edges):
                    push(self.bound(item), item)
            else:
                if expanded == self.search.budget:
                    return None
                expanded += 1
                complete, children = self.expand(item)
                if complete:
                    push(complete.score, complete)
                if children:
                    push(self.bound(children), children)
        return done

    def beam(self, n: int) -> list[Hypothesis]:
        """Label-synchronous beam: the most promising prefixes of each length."""
        width = max(self.search.width, n)
        level = [self.root()]
        done: list[Hypothesis] = []
        while level:
            reached: list[tuple[float, _Prefix]] = []
            for prefix in level:
                complete, children = self.expand(prefix)
                if complete:
                    done.append(complete)
                if children:
                    # fused scores may change the order among siblings: look at some more
                    reached += [self.next_child(children)
                                for _ in range(min(2 * width, len(children.edges)))]
            done = heapq.nlargest(n, done, key=lambda h: h.score)
            least = done[-1].score if len(done) == n else NONE
            level = [p for score, p in heapq.nlargest(width, reached, key=lambda r: r[0])
                     if score > least]
        return done

    def bound(self, children: _Children) -> float:
        """Upper bound of everything that the children not yet made can score."""
        return float(children.bounds[children.next]) + children.parent.extra \
            + self.fusion.most + self.fusion.most_at_end

    def next_child(self, children: _Children) -> tuple[float, _Prefix]:
        """The bound and the prefix of the next child."""
        parent, i = children.parent, children.next
        children.next += 1
        edge = int(children.edges[i])
        symbol = int(self.automaton.symbol[edge])
        gain, state = self.fusion.extend(parent.state, symbol)
        repeat = bool(parent.classes) and parent.classes[-1] == symbol
        extra = parent.extra + gain
        return float(children.bounds[i]) + extra + self.fusion.most_at_end, _Prefix(
            (*parent.classes, symbol), int(self.automaton.target[edge]), state, extra,
            children.entry_of_repeat if repeat else children.entry)

    def expand(self, prefix: _Prefix) -> tuple[Hypothesis | None, _Children | None]:
        """The prefix as a complete text, and its continuations, where there are any."""
        q, automaton = prefix.at, self.automaton
        blank, char = self.forward(prefix)
        complete = None
        if automaton.accepting[q]:
            ctc = log_add(blank[-1], char[-1])
            if ctc > NONE:
                score = ctc + prefix.extra + self.fusion.finish(prefix.state)
                complete = Hypothesis(prefix.classes, score, ctc)
        a, b = int(automaton.first[q]), int(automaton.first[q + 1])
        if a == b:
            return complete, None
        after_blank = np.array(blank[:-1])
        entry = np.logaddexp(after_blank, char[:-1])
        symbols = automaton.symbol[a:b]
        # (T, edges): writing the symbol first at frame t, then the best ending
        paths = self.lp[:, symbols] + self.char_bound[1:, self.search._arrivals.of_edge[a:b]]
        last = prefix.classes[-1] if prefix.classes else -1
        paths += np.where(symbols == last, after_blank[:, None], entry[:, None])
        bounds = _log_sum_bound(paths)
        possible = np.flatnonzero(bounds > NONE)
        if not len(possible):
            return complete, None
        order = possible[np.argsort(-bounds[possible], kind="stable")]
        return complete, _Children(prefix, bounds[order], a + order, entry, after_blank)

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


def _log_sum_bound(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """At least log sum exp over the first axis: exact where it matters, -inf allowed.

    Columns far below the best get the maximum plus the logarithm of the number of rows, which is
    never too low and spares most exponentials.
    """
    peak = x.max(axis=0)
    out: NDArray[np.float64] = peak + np.log(len(x))
    near = np.flatnonzero(peak > max(peak.max() - 12.0, -1e300))
    if len(near):
        out[near] = peak[near] + np.log(np.exp(x[:, near] - peak[near]).sum(axis=0))
    return out
