"""The character n-gram language model at work: stepping through a search, scoring texts."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode import ngram_file
from deeptext_cli.decode.ngram_tables import END, START, UNKNOWN

Context = tuple[int, ...]  # trie nodes of the last 1, 2, ... symbols, as long as they are known

_DIGITS = "0123456789"
_CACHE = 20_000  # remembered steps: some 10 MB when full


class NgramModel:
    """A memory-mapped model. Cheap to open; processes and threads may share it.

    Natural logarithms throughout. With a digit class the model knows that a digit comes, not which:
    each takes a tenth of the class's probability.
    """

    def __init__(self, path: str | Path) -> None:
        """Raises ModelError where `path` is no model file."""
        self.path = Path(path)
        file = ngram_file.read(path)
        self.file = file
        self.order = len(file.levels)
        self.vocabulary = file.vocabulary
        self.digit_class = file.digit_class
        self._number = {c: i for i, c in enumerate(file.vocabulary)}
        if file.digit_class and "0" in self._number:
            self._number.update(dict.fromkeys(_DIGITS, self._number["0"]))
        self._digit = self._number.get("0", -1) if file.digit_class else -1
        self._cache: dict[tuple[Context, int], tuple[float, Context]] = {}

    # what stepping needs, as plain buffers: indexing one is several times as fast as an array
    @cached_property
    def _symbol(self) -> list[Sequence[int]]:
        return [lv.symbol.data for lv in self.file.levels]

    @cached_property
    def _first(self) -> list[Sequence[int]]:
        return [lv.first.data for lv in self.file.levels]

    @cached_property
    def _log_p(self) -> list[tuple[Sequence[float], Sequence[int] | None]]:
        return [_reader(lv.log_p, lv.log_p_code) for lv in self.file.levels]

    @cached_property
    def _backoff(self) -> list[tuple[Sequence[float], Sequence[int] | None]]:
        return [_reader(lv.backoff, lv.backoff_code) for lv in self.file.levels]

    def __reduce__(self) -> tuple[type[NgramModel], tuple[Path]]:
        return NgramModel, (self.path,)  # other processes map the file again

    def start(self) -> Context:
        """The context of a line of unknown origin: the start of a word."""
        space = self._number.get(" ")
        return (START,) if space is None else (space,)

    def sentence_start(self) -> Context:
        """The context at the beginning of a line of the training text."""
        return (START,)

    def symbol(self, char: str) -> int:
        """The model's number of a character; that of `<unk>` for strangers."""
        return self._number.get(char, UNKNOWN)

    def step(self, state: Context, symbol: int) -> tuple[float, Context]:
        """log p(symbol | state) and the state after it."""
        key = (state, symbol)
        known = self._cache.get(key)
        if known is None:
            if len(self._cache) >= _CACHE:
                self._cache.clear()
            known = self._cache[key] = self._step(state, symbol)
        return known

    def _step(self, state: Context, symbol: int) -> tuple[float, Context]:
        nodes = [symbol]
        for k, parent in enumerate(state):
            low, high = self._first[k][parent], self._first[k][parent + 1]
            symbols = self._symbol[k + 1]
            at = bisect_left(symbols, symbol, low, high)
            if at == high or symbols[at] != symbol:
                break  # longer contexts cannot know it either: all suffixes are stored
            nodes.append(at)
        found = len(nodes)
        book, code = self._log_p[found - 1]
        log_p = book[nodes[-1] if code is None else code[nodes[-1]]]
        for k in range(found - 1, len(state)):
            book, code = self._backoff[k]
            log_p += book[state[k] if code is None else code[state[k]]]
        if symbol == self._digit:
            log_p -= _LOG_10
        return log_p, tuple(nodes[:self.order - 1])

    def log_probs(self, texts: Sequence[str],
                  order: int | None = None) -> list[NDArray[np.float64]]:
        """Per text: log p of each character and of the end, from the sentence start; by n-grams
        of up to `order` characters only, which is faster."""
        symbols = [[START, *(self.symbol(c) for c in t), END] for t in texts]
        flat = np.array([s for row in symbols for s in row], np.int64)
        ends = np.cumsum([len(row) for row in symbols])
        scores = self._score(flat, min(order or self.order, self.order))
        return [scores[b - len(row) + 1:b] for b, row in zip(ends.tolist(), symbols, strict=True)]

    def log_prob(self, texts: Iterable[str]) -> float:
        """Total log-probability of the texts with their ends."""
        return float(sum(s.sum() for s in self.log_probs(list(texts))))

    def _score(self, flat: NDArray[np.int64], order: int) -> NDArray[np.float64]:
        """(n,) log p of each symbol given those before it in its line; START scores nothing."""
        levels = self.file.levels
        node = flat.copy()  # node of the k-gram that ends here, -1 where unknown
        log_p = levels[0].log_p_of(node).astype(np.float64)
        back = np.zeros(len(flat))  # backoffs paid so far, from the longest known context down
        for k in range(order - 1):
            parent = np.concatenate(([-1], node[:-1]))
            parent[flat == START] = -1
            found = np.full(len(flat), -1)
            ask = np.flatnonzero(parent >= 0)
            found[ask] = self._children(k, parent[ask], flat[ask])
            hit = found >= 0
            paid = levels[k].backoff_of(parent[ask])
            back[ask] += paid
            log_p[hit] = levels[k + 1].log_p_of(found[hit])
            back[hit] = 0.0
            node = found
        out = log_p + back
        out[flat == self._digit] -= _LOG_10
        out[flat == START] = 0.0
        return np.asarray(out)

    def _children(self, k: int, parent: NDArray[np.int64],
                  symbol: NDArray[np.int64]) -> NDArray[np.int64]:
        """Node of level k+1 below each parent, or -1: all binary searches at once."""
        first, symbols = self.file.levels[k].first, self.file.levels[k + 1].symbol
        low, end = first[parent].astype(np.int64), first[parent + 1].astype(np.int64)
        high = end.copy()
        while True:
            open_ = low < high
            if not open_.any():
                break
            middle = (low + high) // 2
            less = np.zeros(len(low), bool)
            less[open_] = symbols[middle[open_]] < symbol[open_]
            low = np.where(open_ & less, middle + 1, low)
            high = np.where(open_ & ~less, middle, high)
        good = low < end
        good[good] = symbols[low[good]] == symbol[good]
        return np.where(good, low, -1)


_LOG_10 = math.log(10)


def _reader(values: NDArray[np.float32],
            code: NDArray[np.uint8] | None) -> tuple[Sequence[float], Sequence[int] | None]:
    """Values and codes as things that index quickly."""
    if code is None:
        return values.data, None
    return values.tolist(), code.data
