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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.automaton import Automaton
from deeptext_cli.decode.beam import NONE, Hypothesis, log_add
from deeptext_cli.decode.fusion import Fusion, State
from deeptext_cli.decode.lookahead import Arrivals, lookahead

# Nats: where no allowed text can score more, at odds of 1 to 10^13, a line says something else, and
# is spent a twentieth of the budget: which of such texts comes nearest is not worth the proof. All
# searches on a page of a book with --length 5 took 54 s, take 4, and find the same texts.
_HOPELESS, _LESS = -30.0, 20
_LEAST = -1e4      # nats, of a class at a frame: sums of them stay numbers
_FAR = 50.0        # nats below the best from which on frames are only bounded, all together
_STATES_KEPT = 32  # of which a line remembers how texts go on: a megabyte each, of long lines


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


class _Ways(NamedTuple):
    """How texts go on from a state, by its S edges, whatever was written before."""

    symbols: NDArray[np.int64]     # (S,)
    paths: NDArray[np.float64]     # (T, S) writing it first at a frame, then the best ending
    best: NDArray[np.float64]      # (T,) of them at each frame
    possible: NDArray[np.bool_]    # (S,) whether there is any


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
        line = _Line(self, np.maximum(np.asarray(log_probs, np.float64), _LEAST))
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
        self.blank = np.append(0.0, np.add.accumulate(log_probs[:, 0]))
        self._ways: dict[int, _Ways] = {}
        blank_bound, self.char_bound = lookahead(log_probs, search.automaton, search._arrivals,
                                                 search.fusion.most)
        self.char_bound_at_start = float(blank_bound[0, 0])

    def root(self) -> _Prefix:
        return _Prefix((), 0, self.fusion.start(), 0.0, None)

    def best_first(self, n: int) -> list[Hypothesis] | None:
        """The n best texts, or None where the budget ran out."""
        hopeless = self.char_bound_at_start < _HOPELESS
        budget = self.search.budget // (_LESS if hopeless else 1)
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
                if expanded == budget:
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
            ctc = log_add(float(blank[-1]), float(char[-1]))
            if ctc > NONE:
                score = ctc + prefix.extra + self.fusion.finish(prefix.state)
                complete = Hypothesis(prefix.classes, score, ctc)
        a, b = int(automaton.first[q]), int(automaton.first[q + 1])
        if a == b:
            return complete, None
        after_blank = blank[:-1]
        entry = np.logaddexp(after_blank, char[:-1])
        ways = self.ways(q)
        near, rest = _near(entry + ways.best)
        if not len(near):
            return complete, None
        paths = ways.paths[near] + entry[near, None]
        if prefix.classes and len(k := np.flatnonzero(ways.symbols == prefix.classes[-1])):
            paths[:, k] = ways.paths[near][:, k] + after_blank[near, None]
        bounds = np.where(ways.possible, np.logaddexp(_log_sum_bound(paths), rest), NONE)
        possible = np.flatnonzero(bounds > NONE)
        if not len(possible):
            return complete, None
        order = possible[np.argsort(-bounds[possible], kind="stable")]
        return complete, _Children(prefix, bounds[order], a + order, entry, after_blank)

    def ways(self, q: int) -> _Ways:
        """How the texts go on from a state."""
        found = self._ways.get(q)
        if found is None:
            edges = slice(int(self.automaton.first[q]), int(self.automaton.first[q + 1]))
            symbols = self.automaton.symbol[edges]
            paths = self.lp[:, symbols] + self.char_bound[1:, self.search._arrivals.of_edge[edges]]
            if len(self._ways) >= _STATES_KEPT:
                del self._ways[next(iter(self._ways))]
            found = self._ways[q] = _Ways(symbols, paths, paths.max(axis=1),
                                          paths.max(axis=0) > NONE)
        return found

    def forward(self, prefix: _Prefix) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """CTC forward variables of a prefix after 0..T frames: ending in blank, in its last."""
        if prefix.parent_entry is None:
            return self.blank, np.full(len(self.blank), NONE)
        char = _kept_up(prefix.parent_entry, self.lp[:, prefix.classes[-1]])
        # a blank follows the last at the frame after it at the earliest
        blank = _kept_up(np.append(NONE, char[:-1]), self.lp[:, 0])
        return np.append(NONE, blank), np.append(NONE, char)


def _kept_up(entered: NDArray[np.float64], log_probs: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T,) log-probability of showing one class at a frame, having come to it there or before.

    entered: (T,) of what comes before a first frame of it. x[t] = log(exp(x[t - 1]) +
    exp(entered[t])) + log_probs[t] all at once: what log_probs add to all that came before is
    taken off what comes.
    """
    so_far = np.add.accumulate(log_probs)
    out: NDArray[np.float64] = np.logaddexp.accumulate(entered - so_far + log_probs) + so_far
    return out


def _near(frames: NDArray[np.float64]) -> tuple[NDArray[np.int64], float]:
    """The frames of which the bounds are not far below the best, and the sum of the others.

    frames: (T,) the best that each can give to any continuation.
    """
    peak = float(frames.max(initial=NONE))
    if peak == NONE:
        return np.zeros(0, np.int64), NONE
    is_near = frames > peak - _FAR
    return np.flatnonzero(is_near), float(np.logaddexp.reduce(frames[~is_near], initial=NONE))


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
