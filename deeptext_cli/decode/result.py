"""What decoding a line gives: text, its score, and where each character stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple


class Character(NamedTuple):
    """One character of a line, with the frames [start_frame, end_frame) that show it.

    `probability` is the network's highest probability of this character within those frames, in
    0..1: high where at least one frame is sure of it, however long the run.
    """

    char: str
    start_frame: int
    end_frame: int
    probability: float


@dataclass(frozen=True)
class Decoded:
    """A decoded line.

    `score` is a natural logarithm: of the best path's probability (greedy), or of the text's
    probability with language model and bonuses added (beam search), hence comparable only among
    results of one decoder. `confidence` is the estimated probability that the whole line is
    right. `exact` is False where a constrained search ran out
    of budget, so that a better text may exist.
    Where nothing can be read `text` is empty and `reason` says why.
    """

    text: str
    score: float
    characters: tuple[Character, ...]
    confidence: float = 0.0
    exact: bool = True
    reason: str = ""

    def saying(self, characters: Iterable[Character]) -> Decoded:
        """The same line with other characters, and so another text."""
        kept = tuple(characters)
        return replace(self, text="".join(c.char for c in kept), characters=kept)
