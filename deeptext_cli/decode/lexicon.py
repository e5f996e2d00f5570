"""Word lists as automata: minimal acyclic ones, built in one pass over the sorted words.

Daciuk et al., "Incremental Construction of Minimal Acyclic Finite-State Automata", 2000.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from deeptext_cli.decode.automaton import Automaton, build, check_size
from deeptext_cli.errors import UsageError
from deeptext_cli.text import Charset, normalise


@dataclass(frozen=True)
class Lexicon:
    """`words` accepts exactly the entries; `skipped` entries have characters outside the charset.

    Entries are used as they are written: a lexicon that should also match capitals holds them.
    """

    words: Automaton
    entries: int
    skipped: tuple[str, ...]
    multiword: bool

    def sequences(self, space: int | None) -> Automaton:
        """Texts of one entry or more, separated by single spaces (class `space`).

        Where some entry itself holds a space, a text is exactly one entry.
        """
        if space is None or self.multiword or not self.words.states:
            return self.words
        edges = [dict(t) for t in self.words._tables]
        final = self.words.accepting.nonzero()[0].tolist()
        for q in final:
            edges[q][space] = 0
        return build(edges, final)


def compile_lexicon(words: Iterable[str], charset: Charset) -> Lexicon:
    """The lexicon of `words` (NFC, outer space trimmed, empty ones ignored).

    Raises UsageError where no entry can be written with the charset.
    """
    entries = sorted({w for w in map(normalise, words) if w})
    usable = [w for w in entries if not charset.unknown(w)]
    kept = set(usable)
    skipped = tuple(w for w in entries if w not in kept)
    if not usable:
        raise UsageError("the lexicon has no entry that the model's charset can write",
                         remedy="give a UTF-8 file with one word a line")
    automaton = _minimal(sorted(charset.encode(w) for w in usable))
    return Lexicon(automaton, len(usable), skipped, any(" " in w for w in usable))


def _minimal(words: list[list[int]]) -> Automaton:
    """The minimal automaton of sorted, distinct, non-empty sequences."""
    edges: list[dict[int, int]] = [{}]
    final: set[int] = set()
    register: dict[tuple[bool, tuple[tuple[int, int], ...]], int] = {}
    free: list[int] = []
    path: list[tuple[int, int, int]] = []  # (state, symbol, next) of the last word, not yet merged

    def merge(down_to: int) -> None:
        while len(path) > down_to:
            state, symbol, child = path.pop()
            key = (child in final, tuple(edges[child].items()))
            known = register.setdefault(key, child)
            if known != child:
                edges[state][symbol] = known
                edges[child] = {}
                final.discard(child)
                free.append(child)

    previous: list[int] = []
    for word in words:
        shared = 0
        while shared < min(len(word), len(previous)) and word[shared] == previous[shared]:
            shared += 1
        merge(shared)
        state = path[-1][2] if path else 0
        for symbol in word[shared:]:
            if free:
                child = free.pop()
            else:
                child = len(edges)
                edges.append({})
                check_size(child)
            edges[state][symbol] = child
            path.append((state, symbol, child))
            state = child
        final.add(state)
        previous = word
    merge(0)
    return build(edges, final)
