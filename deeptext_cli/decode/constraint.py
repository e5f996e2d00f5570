"""From options to the automaton of allowed texts."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from deeptext_cli.config.decode import DecodeOptions, length_range
from deeptext_cli.decode.automaton import Automaton, intersect, of_length
from deeptext_cli.decode.lexicon import Lexicon
from deeptext_cli.decode.pattern import compile_pattern
from deeptext_cli.errors import UsageError
from deeptext_cli.text import Charset, control_characters, normalise


def allowed_texts(options: DecodeOptions, charset: Charset,
                  lexicon: Lexicon | None = None) -> Automaton | None:
    """The automaton of what `options` allow, or None where they allow everything.

    Raises UsageError where a constraint is malformed or nothing satisfies all of them.
    """
    if not options.constrained:
        return None
    parts: list[Automaton] = []
    alphabet = allowed_classes(options, charset)
    if options.pattern is not None:
        parts.append(compile_pattern(options.pattern, charset))
    if lexicon is not None and options.lexicon_bias is None:
        parts.append(_lexicon_part(options, charset, lexicon))
    low, high = length_range(options.length) if options.length is not None else (0, None)
    if options.length is not None or len(alphabet) < len(charset) or not parts:
        parts.append(of_length(alphabet, low, high))
    automaton = functools.reduce(intersect, parts)
    if not automaton.states:
        raise UsageError("no text satisfies all constraints together",
                         remedy="loosen --chars, --exclude-chars, --length, --pattern or --lexicon")
    return automaton


def allowed_classes(options: DecodeOptions, charset: Charset) -> list[int]:
    """The classes that `chars` and `exclude_chars` leave, ascending."""
    kept = set(charset.chars)
    if options.chars is not None:
        kept = _chars(options.chars, charset, "--chars")
    if options.exclude_chars is not None:
        kept -= _chars(options.exclude_chars, charset, "--exclude-chars", strangers=True)
    return sorted(charset.encode("".join(kept)))


def _chars(spec: str, charset: Charset, option: str, *, strangers: bool = False) -> set[str]:
    """The charset's characters that a specification such as `0-9A-Z` names."""
    out: set[str] = set()
    single: list[str] = []
    for first, last in _ranges(spec, option):
        if first == last:
            single.append(first)
        else:
            out.update(c for c in charset.chars if first <= c <= last)
    unknown = charset.unknown("".join(single))
    if unknown and not strangers:
        raise UsageError(f"{option} {spec!r}: the model cannot write {' '.join(unknown)}",
                         remedy="leave these out, or use a model that knows them")
    return out | (set(single) - set(unknown))


def listed_chars(spec: str, option: str) -> str:
    """All characters that such a specification names where there is no charset to choose from.

    Of a range those that a label can hold: no control characters, nothing unassigned.
    """
    return "".join(c for first, last in _ranges(spec, option)
                   for c in map(chr, range(ord(first), ord(last) + 1))
                   if first == last or c == " " or
                   (normalise(c) == c and not control_characters(c)))


def _ranges(spec: str, option: str) -> Iterator[tuple[str, str]]:
    """(first, last) of every range, and of every character that stands alone."""
    tokens = list(_tokens(spec, option))
    at = 0
    while at < len(tokens):
        char = last = tokens[at][0]
        if at + 2 < len(tokens) and tokens[at + 1] == ("-", False):
            last = tokens[at + 2][0]
            if last < char:
                raise UsageError(f"{option} {spec!r}: the range {char}-{last} is empty",
                                 remedy="write a literal hyphen as \\-")
            at += 2
        yield char, last
        at += 1


def _tokens(spec: str, option: str) -> Iterable[tuple[str, bool]]:
    """(character, was it escaped)."""
    at = 0
    while at < len(spec):
        if spec[at] == "\\":
            at += 1
            if at == len(spec):
                raise UsageError(f"{option} {spec!r}: ends in a lone backslash")
            yield spec[at], True
        else:
            yield spec[at], False
        at += 1


def _lexicon_part(options: DecodeOptions, charset: Charset, lexicon: Lexicon) -> Automaton:
    if options.lexicon_scope == "line" or " " not in charset:
        return lexicon.words
    if lexicon.multiword:
        raise UsageError("the lexicon has entries with spaces",
                         remedy="use --lexicon-scope line: each line is then one entry")
    return lexicon.sequences(charset.encode(" ")[0])
