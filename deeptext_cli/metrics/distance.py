"""Levenshtein distance: the one module that imports `Levenshtein` (GPL, extra `eval`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import ModuleType

from deeptext_cli.errors import MissingExtraError

EditOp = tuple[str, int, int]  # ("replace" | "delete" | "insert", index in a, index in b)


@cache
def _levenshtein() -> ModuleType:
    try:
        import Levenshtein
    except ImportError as e:
        raise MissingExtraError("eval", "counting edits") from e
    return Levenshtein


def distance(a: str | Sequence[str], b: str | Sequence[str]) -> int:
    """Fewest insertions, deletions and substitutions that turn `a` into `b`.

    Two strings are compared by code point, two lists by item (words, for instance). Raises
    MissingExtraError where the package is absent.
    """
    return int(_levenshtein().distance(a, b))


def editops(a: str, b: str) -> list[EditOp]:
    """One shortest way from `a` to `b`, in order: (kind, index in a, index in b).

    "replace" changes a[i] to b[j], "delete" drops a[i], "insert" puts b[j] before a[i].
    """
    return [(str(kind), int(i), int(j)) for kind, i, j in _levenshtein().editops(a, b)]
