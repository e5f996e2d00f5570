r"""A subset of regular expressions, compiled to an automaton over a charset.

Supported: literals, `\` escapes, `.`, classes `[A-Z]` `[^0-9]`, `\d` (0-9), `\w` `\W`, `\D`, `\s`,
`\S`, groups `(...)` and `(?:...)`, `|`, and the quantifiers `?` `*` `+` `{n}` `{n,}` `{n,m}`. The
whole text must match; a leading `^` and a trailing `$` are allowed and change nothing.

The expression becomes a position automaton (Glushkov 1961), then a deterministic one by the subset
construction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from deeptext_cli.decode.automaton import Automaton, build, check_size
from deeptext_cli.errors import UsageError
from deeptext_cli.text import Charset

MAX_POSITIONS = 4000  # characters of the expression once repetitions are written out

_SHORTHAND: dict[str, Callable[[str], bool]] = {
    "d": lambda c: c in "0123456789",
    "w": lambda c: c.isalnum() or c == "_",
    "s": str.isspace,
}
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}


@dataclass(frozen=True)
class _Part:
    """A piece of the expression: can it be empty, where it begins, ends, and what follows what."""

    empty: bool
    begin: frozenset[int]
    end: frozenset[int]


class _Parser:
    def __init__(self, pattern: str, charset: Charset) -> None:
        self.pattern = pattern
        self.at = 0
        self.charset = charset
        self.sets: list[frozenset[int]] = []  # per position: the classes that it matches
        self.follow: list[set[int]] = []

    # -- grammar: alternation > sequence > repetition > atom

    def parse(self) -> _Part:
        if self._peek() == "^":
            self.at += 1
        part = self._alternation()
        if self.at < len(self.pattern):
            self._fail("unbalanced )" if self._peek() == ")" else "unexpected character")
        return part

    def _alternation(self) -> _Part:
        part = self._sequence()
        while self._peek() == "|":
            self.at += 1
            other = self._sequence()
            part = _Part(part.empty or other.empty, part.begin | other.begin,
                         part.end | other.end)
        return part

    def _sequence(self) -> _Part:
        part = _EMPTY
        while self._peek() not in ("", "|", ")"):
            if self._peek() == "$" and self.at == len(self.pattern) - 1:
                self.at += 1
                break
            part = self._joined(part, self._repetition())
        return part

    def _repetition(self) -> _Part:
        start = self.at
        part = self._atom()
        char = self._peek()
        bounds: tuple[int, int | None] | None = {
            "?": (0, 1), "*": (0, None), "+": (1, None)}.get(char)
        if bounds:
            self.at += 1
        elif char == "{":
            bounds = self._braces()
        if bounds is None:
            return part
        if self._peek() in ("?", "+", "*", "{") and self._peek():
            self._fail("lazy, possessive and doubled quantifiers are not supported")
        after = self.at
        low, high = bounds
        if high is None:
            copies = max(low, 1)
        elif high == 0:
            return _EMPTY
        else:
            copies = high
        out = _EMPTY
        for i in range(copies):
            if i:  # each copy needs positions of its own: parse the atom again
                self.at = start
                part = self._atom()
            if high is None and i == copies - 1:
                self._link(part.end, part.begin)
            piece = part if i < low else _Part(True, part.begin, part.end)
            out = self._joined(out, piece)
        self.at = after
        return out

    def _atom(self) -> _Part:
        char = self._peek()
        self.at += 1
        if char == "(":
            if self.pattern.startswith("?:", self.at):
                self.at += 2
            elif self._peek() == "?":
                self._fail("look-around, flags and named groups are not supported")
            part = self._alternation()
            if self._peek() != ")":
                self._fail("missing )")
            self.at += 1
            return part
        if char == "[":
            return self._position(self._class())
        if char == ".":
            return self._position(lambda c: c != "\n")
        if char == "\\":
            return self._position(self._escape())
        if char in "?*+{":
            self.at -= 1
            self._fail("nothing to repeat")
        if char in "^$":
            self.at -= 1
            self._fail("^ and $ only at the ends: the whole text always matches")
        return self._position(lambda c: c == char)

    def _braces(self) -> tuple[int, int | None]:
        close = self.pattern.find("}", self.at)
        inside = self.pattern[self.at + 1:close] if close > 0 else ""
        low, comma, high = inside.partition(",")
        if not (low.isascii() and low.isdigit()) or (high and not (high.isascii()
                                                                   and high.isdigit())):
            self._fail("expected {n}, {n,} or {n,m} (write \\{ for the character)")
        self.at = close + 1
        least, most = int(low), int(high) if high else None if comma else int(low)
        if most is not None and most < least:
            self._fail("the repetition's upper bound is below its lower one")
        if max(least, most or 0) > MAX_POSITIONS:
            self._fail("repetition count too large")
        return least, most

    def _escape(self) -> Callable[[str], bool]:
        char = self._peek()
        self.at += 1
        if char.lower() in _SHORTHAND and char:
            test = _SHORTHAND[char.lower()]
            return test if char.islower() else lambda c: not test(c)
        if char in _CONTROL:
            return lambda c: c == _CONTROL[char]
        if not char or char.isalnum():
            self.at -= 1
            self._fail(f"\\{char} is not supported")
        return lambda c: c == char

    def _class(self) -> Callable[[str], bool]:
        negated = self._peek() == "^"
        self.at += negated
        tests: list[Callable[[str], bool]] = []
        start = self.at
        while self._peek() != "]" or self.at == start:
            if not self._peek():
                self._fail("missing ]")
            if self.pattern.startswith("[:", self.at):
                self._fail("[:name:] classes are not supported")
            test, single = self._member()
            if self._peek() == "-" and self.pattern[self.at + 1:self.at + 2] not in ("]", ""):
                self.at += 1
                _, last = self._member()
                if not single or not last or last < single:
                    self._fail("bad range in [...]")
                test = _between(single, last)
            tests.append(test)
        self.at += 1
        return lambda c: any(t(c) for t in tests) != negated

    def _member(self) -> tuple[Callable[[str], bool], str]:
        """A test, and the character that it stands for where it is a single one."""
        char = self._peek()
        self.at += 1
        if char == "\\":
            name = self._peek()
            test = self._escape()
            return test, "" if name.lower() in _SHORTHAND else _CONTROL.get(name, name)
        return (lambda c: c == char), char

    # -- positions

    def _position(self, test: Callable[[str], bool]) -> _Part:
        if len(self.sets) >= MAX_POSITIONS:
            self._fail("the expression is too long once its repetitions are written out")
        here = frozenset([len(self.sets)])
        self.sets.append(frozenset(i + 1 for i, c in enumerate(self.charset.chars) if test(c)))
        self.follow.append(set())
        return _Part(False, here, here)

    def _joined(self, a: _Part, b: _Part) -> _Part:
        self._link(a.end, b.begin)
        return _Part(a.empty and b.empty, a.begin | b.begin if a.empty else a.begin,
                     a.end | b.end if b.empty else b.end)

    def _link(self, ends: frozenset[int], begins: frozenset[int]) -> None:
        for p in ends:
            self.follow[p] |= begins

    def _peek(self) -> str:
        return self.pattern[self.at:self.at + 1]

    def _fail(self, why: str) -> NoReturn:
        raise UsageError(f"pattern {self.pattern!r}, position {self.at + 1}: {why}",
                         remedy="supported are literals, [A-Z], \\d \\w \\s, ., (...), |, ? * + "
                                "{n} {n,m}")


_EMPTY = _Part(True, frozenset(), frozenset())


def _between(low: str, high: str) -> Callable[[str], bool]:
    return lambda c: low <= c <= high


def compile_pattern(pattern: str, charset: Charset) -> Automaton:
    """The automaton of all texts over `charset` that `pattern` matches as a whole.

    Raises UsageError, naming the position, for syntax outside the subset.
    """
    parser = _Parser(pattern, charset)
    try:
        part = parser.parse()
    except RecursionError:
        raise UsageError(f"pattern {pattern[:40]!r}...: nested too deeply") from None
    start = -1  # the position before the first character
    subsets: dict[frozenset[int], int] = {frozenset([start]): 0}
    order = [frozenset([start])]
    edges: list[dict[int, int]] = []
    total = 0
    while len(edges) < len(order):
        reached: dict[int, set[int]] = {}
        following: set[int] = set()
        for p in order[len(edges)]:
            following |= part.begin if p == start else parser.follow[p]
        for p in following:
            for c in parser.sets[p]:
                reached.setdefault(c, set()).add(p)
        row: dict[int, int] = {}
        for c, positions in reached.items():
            key = frozenset(positions)
            if key not in subsets:
                subsets[key] = len(order)
                order.append(key)
            row[c] = subsets[key]
        edges.append(row)
        total += len(row)
        check_size(len(order), total)
    final = [i for i, s in enumerate(order)
             if s & part.end or (start in s and part.empty)]
    return build(edges, final)
