"""Align a reading with its label, and name every difference."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from deeptext_cli.metrics.distance import editops
from deeptext_cli.metrics.rules import PLAIN, Rules

KINDS = ("substitution", "insertion", "deletion", "case", "diacritics", "punctuation", "space")

# Letters whose stroke is part of the code point, so that Unicode gives them no decomposition
_STROKED = str.maketrans("łŁđĐøØħĦıſ", "lLdDoOhHis")


@dataclass(frozen=True)
class Step:
    """One column of an alignment; '' on one side is a gap."""

    reference: str
    hypothesis: str

    @property
    def equal(self) -> bool:
        return self.reference == self.hypothesis


def align(reference: str, hypothesis: str) -> list[Step]:
    """Columns of a shortest alignment, one character a side at most.

    The sides joined give the two texts back; the columns that are not equal are as many as the
    Levenshtein distance.
    """
    steps: list[Step] = []
    at = 0
    for kind, i, j in editops(reference, hypothesis):
        steps += [Step(c, c) for c in reference[at:i]]
        at = i
        if kind == "insert":
            steps.append(Step("", hypothesis[j]))
        else:
            steps.append(Step(reference[i], hypothesis[j] if kind == "replace" else ""))
            at = i + 1
    steps += [Step(c, c) for c in reference[at:]]
    return steps


def runs(steps: Sequence[Step]) -> list[Step]:
    """Neighbouring columns joined: equal with equal, different with different."""
    out: list[Step] = []
    for s in steps:
        if out and out[-1].equal == s.equal:
            out[-1] = Step(out[-1].reference + s.reference, out[-1].hypothesis + s.hypothesis)
        else:
            out.append(s)
    return out


@cache
def error_kind(reference: str, hypothesis: str) -> str:
    """Which of KINDS a differing column is; the first that fits of

    space (white space on either side), case, diacritics (one letter with other marks, or long s),
    punctuation (no letter or digit on either side), then insertion (read but not there), deletion
    (there but not read), substitution.
    """
    if reference.isspace() or hypothesis.isspace():
        return "space"
    if reference and hypothesis:
        if reference.lower() == hypothesis.lower():
            return "case"
        if _bare(reference) == _bare(hypothesis):
            return "diacritics"
    if all(unicodedata.category(c)[0] in "PS" for c in reference + hypothesis):
        return "punctuation"
    if not reference:
        return "insertion"
    return "substitution" if hypothesis else "deletion"


def _bare(char: str) -> str:
    decomposed = unicodedata.normalize("NFD", char.translate(_STROKED))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def kinds_of(steps: Iterable[Step]) -> Counter[str]:
    """How many differing columns are of each kind; they sum to the edit distance."""
    return Counter(error_kind(s.reference, s.hypothesis) for s in steps if not s.equal)


def confusions_of(steps: Sequence[Step]) -> Counter[tuple[str, str]]:
    """(expected, read) pairs of one line.

    A substitution beside exactly one insertion or deletion is one confusion of two characters
    with one (rn read as m, m read as rn), since which of the two was "replaced" is arbitrary.
    Beside a space that does not hold: a lost space is a confusion of its own.
    """
    found: Counter[tuple[str, str]] = Counter()
    for run in _differing_runs(steps):
        if len(run) == 2:
            pair = (run[0].reference + run[1].reference, run[0].hypothesis + run[1].hypothesis)
            spaced = any(c.isspace() for c in pair[0] + pair[1])
            if {len(pair[0]), len(pair[1])} == {1, 2} and not spaced:
                found[pair] += 1
                continue
        found.update((s.reference, s.hypothesis) for s in run)
    return found


def _differing_runs(steps: Sequence[Step]) -> list[list[Step]]:
    out: list[list[Step]] = []
    previous_equal = True
    for s in steps:
        if not s.equal:
            if previous_equal:
                out.append([])
            out[-1].append(s)
        previous_equal = s.equal
    return out


@dataclass(frozen=True)
class Confusion:
    """One row of the confusion table.

    `rate` is the share of the expected text's occurrences that were read so; None for what was
    read where nothing stood.
    """

    expected: str
    read: str
    count: int
    rate: float | None


@dataclass(frozen=True)
class ErrorTable:
    """All differences of a set of lines."""

    kinds: dict[str, int]
    confusions: tuple[Confusion, ...]  # most frequent first

    @property
    def edits(self) -> int:
        return sum(self.kinds.values())


def error_table(pairs: Iterable[tuple[str, str]], rules: Rules = PLAIN) -> ErrorTable:
    """Error kinds and confusions of (reference, hypothesis) pairs under `rules`."""
    kinds: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    confusions: Counter[tuple[str, str]] = Counter()
    seen: Counter[str] = Counter()  # occurrences of single characters and of pairs
    for reference, hypothesis in pairs:
        r, h = rules.characters(reference), rules.characters(hypothesis)
        seen.update(r)
        seen.update(a + b for a, b in pairwise(r))
        if r == h:
            continue
        steps = align(r, h)
        kinds.update(kinds_of(steps))
        confusions.update(confusions_of(steps))
    order = sorted(confusions.items(), key=lambda item: (-item[1], item[0]))
    return ErrorTable(dict(kinds), tuple(
        Confusion(a, b, n, n / seen[a] if a else None) for (a, b), n in order))
