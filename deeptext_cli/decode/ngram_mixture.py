"""Several language models as one: belief moves to whichever expects the text."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

from deeptext_cli.decode.fusion import CharacterModel

_LEAST = 0.01  # of belief in each model: a line may change its language midway


class LanguageMixture:
    """A Bayesian mixture: p = sum of belief * p of each model, beliefs by Bayes' rule.

    The text itself tells its language, so that none need be named.
    """

    def __init__(self, models: Sequence[CharacterModel]) -> None:
        self._models = tuple(models)
        self._numbers: dict[str, int] = {}
        self._symbols: list[tuple[int, ...]] = []
        self._adding = threading.Lock()

    def start(self) -> Any:
        """Equal belief in all, each at the start of a line."""
        n = len(self._models)
        return (1 / n,) * n, tuple(m.start() for m in self._models)

    def symbol(self, char: str) -> int:
        """The mixture's number of a character."""
        number = self._numbers.get(char)
        if number is None:
            with self._adding:
                number = self._numbers.get(char, len(self._symbols))
                if number == len(self._symbols):
                    self._symbols.append(tuple(m.symbol(char) for m in self._models))
                    self._numbers[char] = number  # last: who finds it needs no lock
        return number

    def step(self, state: Any, symbol: int) -> tuple[float, Any]:
        """log p(symbol | state), and the state after it."""
        beliefs, contexts = state
        if len(beliefs) == 2:  # as below, in two thirds of the time
            (b0, b1), (c0, c1), (s0, s1) = beliefs, contexts, self._symbols[symbol]
            m0, m1 = self._models
            p0, c0 = m0.step(c0, s0)
            p1, c1 = m1.step(c1, s1)
            j0, j1 = b0 * math.exp(p0), b1 * math.exp(p1)
            p = j0 + j1
            floor = (1 - 2 * _LEAST) / p
            return math.log(p), ((_LEAST + floor * j0, _LEAST + floor * j1), (c0, c1))
        joint, after = [], []
        for model, belief, context, number in zip(self._models, beliefs, contexts,
                                                  self._symbols[symbol], strict=True):
            log_p, context = model.step(context, number)
            joint.append(belief * math.exp(log_p))
            after.append(context)
        p = sum(joint)
        floor = 1 - len(joint) * _LEAST
        return math.log(p), (tuple(_LEAST + floor * j / p for j in joint), tuple(after))
