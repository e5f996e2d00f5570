"""What a prefix earns besides its CTC probability: language model, length and lexicon bonuses.

A prefix carries a state; `extend` gives the state after one more character and the score that the
character adds. Searches know nothing else about languages.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import Any, Protocol

from deeptext_cli.decode.automaton import Automaton
from deeptext_cli.text import Charset

State = Any


class CharacterModel(Protocol):
    """A character language model, as `decode.ngram.NgramModel` is one."""

    def start(self) -> Any:
        """The state at the start of a line."""

    def symbol(self, char: str) -> int:
        """The model's number of a character (that of `<unk>` for strangers)."""

    def step(self, state: Any, symbol: int) -> tuple[float, Any]:
        """Natural log-probability of the symbol after `state`, and the state after it."""


class Fusion(Protocol):
    """Scores beside the network's."""

    most: float  # upper bound of what one character can add
    most_at_end: float  # upper bound of what `finish` can add

    def start(self) -> State:
        """State of the empty prefix."""

    def extend(self, state: State, symbol: int) -> tuple[float, State]:
        """Score added by writing CTC class `symbol`, and the new state."""

    def finish(self, state: State) -> float:
        """Score added when the line ends here."""


class NoFusion:
    """The network alone, with an optional bonus per character."""

    def __init__(self, length_bonus: float = 0.0) -> None:
        self.most = length_bonus
        self.most_at_end = 0.0

    def start(self) -> State:
        return None

    def extend(self, state: State, symbol: int) -> tuple[float, State]:
        return self.most, None

    def finish(self, state: State) -> float:
        return 0.0


CODE_PRIOR = 0.02  # chance that a new word is a code (serial number, amount, reference)
_CODE_CHARACTER = 1 / 64  # how a code writes any character but the space
_CODE_SPACE = 1 / 8
_CODE_LEAST, _CODE_MOST = 1e-4, 0.9999  # never certain: words change their nature midway
# What texts to learn from have or lack by their origin, not by their language: of quotation marks,
# dashes, brackets and symbols the network alone decides. These signs a language does know:
_KNOWN_SIGNS = " .,;:!?'’-&"
_DASHES = "–—"
_OPENS, _CLOSES = "‘", "’'"
_WITHIN_WORD = math.log(0.01)  # as likely as this an apostrophe is the word’s own (`don’t`)


class LanguageFusion:
    """Shallow fusion: weight * log p(character | prefix) + bonuses.

    p is a mixture of the n-gram model and of "this word is a code", in which every character is as
    likely as another. The chance of being within a code follows from the word's characters so far
    by Bayes' rule, so the n-gram model fades where it knows nothing. Digits are one class to the
    model, so that it never prefers one number to another. Quotation marks, brackets and symbols
    neither earn nor cost anything, and words go on as if they were not there; a dash is a space to
    what follows. Nor does an apostrophe, of which texts have plenty within words, where it may end
    what `‘` began. Where the network itself reads a code, none of this is asked at all: see
    `looks_like_code`.
    """

    def __init__(self, model: CharacterModel, charset: Charset, weight: float,
                 length_bonus: float = 0.0) -> None:
        self.model = model
        self.weight = weight
        self.bonus = length_bonus
        self.most = max(length_bonus, 0.0)
        self.most_at_end = 0.0
        self._symbols = [0, *(model.symbol(c) for c in charset.chars)]
        self._space = [False, *(c == " " for c in charset.chars)]
        self._sign = [False, *(not c.isalnum() and c not in _KNOWN_SIGNS for c in charset.chars)]
        self._dash = [False, *(c in _DASHES for c in charset.chars)]
        self._opens = [False, *(c in _OPENS for c in charset.chars)]
        self._closes = [False, *(c in _CLOSES for c in charset.chars)]
        self._space_symbol = model.symbol(" ")

    def start(self) -> State:
        return self.model.start(), CODE_PRIOR, False

    def extend(self, state: State, symbol: int) -> tuple[float, State]:
        context, code, quoted = state
        if self._sign[symbol]:
            quoted = quoted or self._opens[symbol]
            if self._dash[symbol]:
                context, code = self.model.step(context, self._space_symbol)[1], CODE_PRIOR
            return 0.0, (context, code, quoted)
        log_p, after = self.model.step(context, self._symbols[symbol])
        if quoted and self._closes[symbol]:
            return 0.0, ((context, code, False) if log_p < _WITHIN_WORD else (after, code, True))
        context = after
        space = self._space[symbol]
        coded = code * (_CODE_SPACE if space else _CODE_CHARACTER)
        p = (1 - code) * math.exp(log_p) + coded
        code = CODE_PRIOR if space else min(max(coded / p, _CODE_LEAST), _CODE_MOST)
        return self.weight * math.log(p) + self.bonus, (context, code, quoted)

    def finish(self, state: State) -> float:
        return 0.0


_JOINED = re.compile(r"[^\W_][./@_:&\\][^\W_]")  # as in addresses and file names


def looks_like_code(word: str) -> bool:
    """Whether a word, as the network reads it, is a number, a serial number, an address or the
    like: digits, signs alone or between letters, capitals alone or after small letters.

    Such words are left to the network. A single digit inside a lower-case word (`h0use`) is rather
    a misread letter, so that does not count.
    """
    digits = sum(c.isdigit() for c in word)
    if digits:
        rest = [c for c in word[1:] if not c.isdigit()]
        misread = digits == 1 and len(rest) >= 3 and all(c.islower() or c in ".,;:'’" for c in rest)
        return not misread
    letters = [c for c in word if c.isalpha()]
    if not letters:
        return True
    capitals = len(letters) > 1 and all(c.isupper() for c in letters)
    changes = sum(a.islower() and b.isupper() for a, b in itertools.pairwise(word))
    return capitals or changes >= 2 or _JOINED.search(word) is not None


class LexiconFusion:
    """Adds `bias` nats for each word of a lexicon, on top of another fusion.

    Words are runs of letters, digits, apostrophes and hyphens; a word counts when it ends.
    """

    def __init__(self, inner: Fusion, words: Automaton, charset: Charset, bias: float) -> None:
        self.inner = inner
        self.words = words
        self.bias = bias
        self.most = inner.most + bias
        self.most_at_end = inner.most_at_end + bias
        self._letter = [False, *(c.isalnum() or c in "'’-" for c in charset.chars)]

    def start(self) -> State:
        return self.inner.start(), 0

    def extend(self, state: State, symbol: int) -> tuple[float, State]:
        inner, node = state
        gain, inner = self.inner.extend(inner, symbol)
        if self._letter[symbol]:
            return gain, (inner, self.words.step(node, symbol) if node >= 0 else -1)
        return gain + self._earned(node), (inner, 0)

    def finish(self, state: State) -> float:
        inner, node = state
        return self.inner.finish(inner) + self._earned(node)

    def _earned(self, node: int) -> float:
        return self.bias if node > 0 and self.words.accepting[node] else 0.0
