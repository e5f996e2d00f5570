"""Of many languages' models, the one that a line needs: told by how it reads without any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.fusion import CharacterModel
from deeptext_cli.decode.ngram import NgramModel
from deeptext_cli.decode.ngram_mixture import LanguageMixture

# A model of one language expects that one's text a fifth better than a model of many does, but of
# misread lines the language is not always to be told. So a line of what is not clearly another
# language keeps the usual models. Val CER of two French hands and two English ones without, and
# with 10, 14, 20 nats: 8.65, 21.1, 17.7, 5.43; 8.45, 20.5, 18.0, 5.43; 8.40, 20.4, 17.9, 5.43;
# 8.27, 20.7, 17.7, 5.43; with n-grams of all lengths the same.
ORDER = 5      # n-grams by which languages are told apart
CLEARLY = 14.0  # nats by which a language must expect the line better than the usual one


class Languages:
    """Chooses language models by greedy readings. Threads may share it."""

    def __init__(self, usual: CharacterModel, home: NgramModel,
                 others: Sequence[NgramModel]) -> None:
        """`usual`: for lines that are not clearly of another language than `home`."""
        self._usual, self._home, self._others = usual, home, tuple(others)
        self._mixtures: dict[int, CharacterModel] = {}

    def expecting(self, texts: Sequence[str]) -> list[CharacterModel]:
        """What to search lines with of which `texts` are the greedy readings."""
        if not texts or not self._others:
            return [self._usual] * len(texts)
        at_home = _scores(self._home, texts)
        gains = np.array([_scores(m, texts) for m in self._others]) - at_home  # (models, texts)
        best = gains.argmax(axis=0)
        return [self._of(int(i)) if gains[i, k] >= CLEARLY else self._usual
                for k, i in enumerate(best)]

    def _of(self, number: int) -> CharacterModel:
        """The model of another language, and the usual one beside it: names and quotations."""
        known = self._mixtures.get(number)
        if known is None:
            known = self._mixtures[number] = LanguageMixture([self._others[number], self._home])
        return known


def _scores(model: NgramModel, texts: Sequence[str]) -> NDArray[np.float64]:
    return np.array([line.sum() for line in model.log_probs(texts, ORDER)])
