"""CTC prefix beam search with fused scores.

Hannun et al., "First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional
Recurrent DNNs", 2014. Per prefix two log-probabilities are kept: of all alignments that end in a
blank, and of all that end in the prefix's last character. With all pruning off and a beam as wide
as the number of prefixes the result is exact.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.fusion import Fusion, State
from deeptext_cli.text import BLANK

NONE = -math.inf


@dataclass(frozen=True)
class Pruning:
    """What the beam leaves out. `Pruning(width, 1.0, 0.0, 0, inf)` leaves out only by width."""

    width: int = 10
    blank_skip: float = 0.9999  # a frame whose blank is surer than this only waits; 1.0: never
    least: float = 3e-4  # characters less likely than this in a frame are not tried there
    top: int = 10  # at most this many characters a frame; 0: all
    margin: float = 8.0  # nats behind the best prefix at which one is dropped


class Hypothesis(NamedTuple):
    """A text of the n-best list. `score` is `ctc` and the fused scores."""

    classes: tuple[int, ...]
    score: float
    ctc: float


class _Prefix:
    """A node of the prefix tree; `blank` and `char` are its log-probabilities at frame `frame`."""

    __slots__ = ("blank", "char", "children", "extra", "frame", "next_blank", "next_char", "parent",
                 "state", "symbol", "total")

    def __init__(self, parent: _Prefix | None, symbol: int, state: State, extra: float) -> None:
        self.parent = parent
        self.symbol = symbol
        self.state = state
        self.extra = extra
        self.children: dict[int, _Prefix] = {}
        self.blank = self.char = self.total = self.next_blank = self.next_char = NONE
        self.frame = -1

    def classes(self) -> tuple[int, ...]:
        out = []
        node = self
        while node.parent is not None:
            out.append(node.symbol)
            node = node.parent
        return tuple(reversed(out))


def log_add(a: float, b: float) -> float:
    """log(exp(a) + exp(b)) of two floats, -inf allowed."""
    if a < b:
        a, b = b, a
    if b == NONE:
        return a
    return a + math.log1p(math.exp(b - a))


def beam_search(log_probs: NDArray[np.floating], fusion: Fusion, pruning: Pruning,
                n: int = 1, muted: Sequence[tuple[int, int]] = ()) -> list[Hypothesis]:
    """The `n` best texts found, best first.

    log_probs: (T, C), class 0 the blank. muted: stretches of frames [start, end) where the network
    alone decides: a character written there for the first time earns nothing from `fusion`, so that
    all rivals are treated alike.
    """
    silent = np.zeros(len(log_probs), bool)
    for start, end in muted:
        silent[start:end] = True
    root = _Prefix(None, BLANK, fusion.start(), 0.0)
    root.blank = 0.0
    beam = [root]
    for t, (frame, blank, characters) in enumerate(_candidates(log_probs, pruning)):
        if not characters:  # nothing but waiting
            for p in beam:
                p.blank = log_add(p.blank, p.char) + blank
                p.char = NONE
            continue
        beam = _advance(beam, t, blank, characters, fusion, pruning, bool(silent[frame]))
    out = [Hypothesis(p.classes(), ctc + p.extra + fusion.finish(p.state), ctc)
           for p in beam for ctc in (log_add(p.blank, p.char),) if ctc > NONE]
    out.sort(key=lambda h: (-h.score, h.classes))
    return out[:n]


def _advance(beam: list[_Prefix], t: int, blank: float, characters: dict[int, float],
             fusion: Fusion, pruning: Pruning, silent: bool) -> list[_Prefix]:
    """One frame: every prefix stays as it is or takes one more character.

    characters: the likeliest first. A new prefix that cannot be among the best `width` whatever
    `fusion` says of it is not made: a language model is asked about a third of them, and no outcome
    changes.
    """
    likeliest = next(iter(characters.values()))
    width = pruning.width
    best: list[float] = []
    top = NONE
    for p in beam:
        p.frame = t
        p.total = total = log_add(p.blank, p.char)
        top = max(top, total + p.extra)
        p.next_blank = total + blank  # only it itself adds to its own blank
        repeated = characters.get(p.symbol)
        p.next_char = NONE if repeated is None or p.parent is None else p.char + repeated
        best.append(log_add(p.next_blank, p.next_char) + p.extra)
    floor = top + max(likeliest, blank) - pruning.margin
    touched = list(beam)
    heapq.heapify(best)  # the least of them first
    for p in beam:
        total, extra, children = p.total, p.extra, p.children
        most = extra + fusion.most
        own = p.symbol if p.parent is not None else BLANK
        for symbol, log_p in characters.items():
            gain = total + log_p
            if gain + most < floor:
                break  # those that follow are less likely yet
            if symbol == own:
                gain = p.blank + log_p
                if gain + most < floor or gain == NONE:
                    continue
            child = children.get(symbol)
            if child is None:
                if len(best) == width and gain + most < best[0]:
                    continue
                added, state = fusion.extend(p.state, symbol)
                child = children[symbol] = _Prefix(p, symbol, state,
                                                   extra if silent else extra + added)
            if child.frame != t:
                child.frame = t
                child.next_blank = NONE
                child.next_char = gain
                touched.append(child)
                score = gain + child.extra
                if len(best) < width:
                    heapq.heappush(best, score)
                elif score > best[0]:
                    heapq.heapreplace(best, score)
            else:
                child.next_char = log_add(child.next_char, gain)
    ranked = []
    for p in touched:
        p.blank, p.char = p.next_blank, p.next_char
        ranked.append((log_add(p.blank, p.char) + p.extra, p))
    least = max(r[0] for r in ranked) - pruning.margin
    ranked = [r for r in ranked if r[0] >= least]
    if len(ranked) > width:
        ranked.sort(key=lambda r: -r[0])
        del ranked[width:]
    return [p for _, p in ranked]


def _candidates(log_probs: NDArray[np.floating],
                pruning: Pruning) -> list[tuple[int, float, dict[int, float]]]:
    """Per frame: its number, the blank's log-probability, {class: log-probability} worth trying,
    the likeliest first.

    Frames that only wait are merged into one, as nothing happens between them.
    """
    lp = np.asarray(log_probs)
    threshold = math.log(pruning.least) if pruning.least > 0 else NONE
    rows, classes = np.nonzero(lp > threshold)
    values = lp[rows, classes].tolist()
    frames: list[dict[int, float]] = [{} for _ in range(len(lp))]
    for t, c, v in zip(rows.tolist(), classes.tolist(), values, strict=True):
        frames[t][c] = v
    skip = math.log(pruning.blank_skip) if pruning.blank_skip < 1 else math.inf
    out: list[tuple[int, float, dict[int, float]]] = []
    for t, (characters, blank) in enumerate(zip(frames, lp[:, BLANK].tolist(), strict=True)):
        characters.pop(BLANK, None)
        if blank > skip:
            characters = {}
        elif len(characters) > 1:
            kept = sorted(characters, key=characters.__getitem__, reverse=True)
            characters = {c: characters[c] for c in kept[:pruning.top or None]}
        if not characters and out and not out[-1][2]:
            out[-1] = (t, out[-1][1] + blank, characters)
        else:
            out.append((t, blank, characters))
    return out
