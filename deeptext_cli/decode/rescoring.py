"""Rescoring: a second judge of the texts that a search found.

The attention decoder reads a whole text against the line and gives its log-probability, which is
added to the search's score (Watanabe et al., "Hybrid CTC/Attention Architecture for End-to-End
Speech Recognition", 2017, its rescoring of section III-C).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.beam import Hypothesis


class Scorer(Protocol):
    """An attention decoder, as `engine.rescorer.AttentionScorer` is one."""

    def __call__(self, memory: NDArray[np.floating],
                 texts: Sequence[Sequence[int]]) -> NDArray[np.floating]:
        """(N,) natural log-probabilities of N texts (classes), given the line's memory (T, S)."""


def rescored(texts: Sequence[Hypothesis], memory: NDArray[np.floating], scorer: Scorer,
             weight: float) -> list[Hypothesis]:
    """The texts with `weight` times the second judge's score added, best first."""
    judged = scorer(memory, [h.classes for h in texts]).tolist()
    out = [h._replace(score=h.score + weight * j) for h, j in zip(texts, judged, strict=True)]
    out.sort(key=lambda h: (-h.score, h.classes))
    return out
