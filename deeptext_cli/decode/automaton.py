"""Deterministic finite automata over CTC classes: what a constrained decoder may write.

An automaton is trimmed: every state is reachable and can still reach an accepting state, so a
search that follows its edges never enters a dead end of the language.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.errors import UsageError

MAX_STATES = 200_000
MAX_EDGES = 2_000_000


@dataclass(frozen=True)
class Automaton:
    """Edges of state q are `first[q]:first[q + 1]` of `symbol` (classes, ascending) and `target`.

    State 0 is the start. `accepting`: (Q,) bool. An automaton of no states accepts nothing.
    """

    accepting: NDArray[np.bool_]
    first: NDArray[np.int64]
    symbol: NDArray[np.int64]
    target: NDArray[np.int64]

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.accepting)

    @property
    def source(self) -> NDArray[np.int64]:
        """(E,) the state each edge leaves."""
        return np.repeat(np.arange(self.states), np.diff(self.first))

    @cached_property
    def _tables(self) -> list[dict[int, int]]:
        first = self.first.tolist()
        symbol, target = self.symbol.tolist(), self.target.tolist()
        return [dict(zip(symbol[a:b], target[a:b], strict=True))
                for a, b in itertools.pairwise(first)]

    def step(self, state: int, symbol: int) -> int:
        """The state after `symbol`, or -1 where it is not allowed."""
        return self._tables[state].get(symbol, -1)

    def accepts(self, symbols: Iterable[int]) -> bool:
        """Whether the whole sequence belongs to the language."""
        if not self.states:
            return False
        q = 0
        for c in symbols:
            q = self.step(q, c)
            if q < 0:
                return False
        return bool(self.accepting[q])

    @cached_property
    def distance(self) -> NDArray[np.int64]:
        """(Q,) number of symbols of the shortest accepted continuation of each state."""
        back: list[list[int]] = [[] for _ in range(self.states)]
        for q, r in zip(self.source.tolist(), self.target.tolist(), strict=True):
            back[r].append(q)
        out = np.full(self.states, -1)
        queue = deque(np.flatnonzero(self.accepting).tolist())
        out[list(queue)] = 0
        while queue:
            r = queue.popleft()
            for q in back[r]:
                if out[q] < 0:
                    out[q] = out[r] + 1
                    queue.append(q)
        return out


def build(edges: Sequence[Mapping[int, int]], accepting: Iterable[int]) -> Automaton:
    """An automaton of `edges[state][symbol] -> state` with start 0, trimmed and renumbered."""
    final = set(accepting)
    reachable = _closure([0], lambda q: edges[q].values()) if edges else []
    back: dict[int, list[int]] = {q: [] for q in reachable}
    for q in reachable:
        for r in edges[q].values():
            back[r].append(q)
    alive = set(_closure([q for q in reachable if q in final], lambda q: back[q]))
    if 0 not in alive:
        empty = np.zeros(0, np.int64)
        return Automaton(np.zeros(0, np.bool_), np.zeros(1, np.int64), empty, empty)
    order = [q for q in reachable if q in alive]
    number = {q: i for i, q in enumerate(order)}
    rows = [sorted((c, number[r]) for c, r in edges[q].items() if r in number) for q in order]
    first = np.cumsum([0, *(len(r) for r in rows)], dtype=np.int64)
    flat = np.array([e for r in rows for e in r], np.int64).reshape(-1, 2)
    return Automaton(np.array([q in final for q in order]), first,
                     np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1]))


def of_length(alphabet: Iterable[int], low: int, high: int | None) -> Automaton:
    """All texts over `alphabet` of `low` to `high` characters (None: without end)."""
    symbols = list(alphabet)
    last = low if high is None else high
    edges: list[dict[int, int]] = [dict.fromkeys(symbols, q + 1) for q in range(last)]
    edges.append(dict.fromkeys(symbols, last) if high is None else {})
    return build(edges, range(low, last + 1))


def intersect(a: Automaton, b: Automaton) -> Automaton:
    """Texts that both accept (product construction)."""
    if not a.states or not b.states:
        return build([], ())
    number = {(0, 0): 0}
    pairs = [(0, 0)]
    edges: list[dict[int, int]] = []
    total = 0
    while len(edges) < len(pairs):
        q, r = pairs[len(edges)]
        other = b._tables[r]
        row: dict[int, int] = {}
        for c, q2 in a._tables[q].items():
            r2 = other.get(c)
            if r2 is not None:
                key = (q2, r2)
                if key not in number:
                    number[key] = len(pairs)
                    pairs.append(key)
                row[c] = number[key]
        edges.append(row)
        total += len(row)
        check_size(len(pairs), total)
    return build(edges, [i for i, (q, r) in enumerate(pairs) if a.accepting[q] and b.accepting[r]])


def check_size(states: int, edges: int = 0) -> None:
    """Raises UsageError where a constraint grows beyond what a search can carry."""
    if states > MAX_STATES or edges > MAX_EDGES:
        raise UsageError("the constraint is too large to decode with",
                         remedy="use smaller repetition counts, a shorter length range or a "
                                "smaller lexicon")


def _closure(start: Iterable[int], neighbours) -> list[int]:  # type: ignore[no-untyped-def]
    """What can be reached from `start`, in breadth-first order."""
    order = list(dict.fromkeys(start))
    seen = set(order)
    for q in order:
        for r in neighbours(q):
            if r not in seen:
                seen.add(r)
                order.append(r)
    return order
