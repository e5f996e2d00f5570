"""ARPA files: the n-gram models' common text form (base-10 logarithms).

Characters are the words of our models, so the space is written `<sp>`; any other token must be a
single character or one of `<unk>`, `<s>`, `</s>`.
"""

from __future__ import annotations

import gzip
import math
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import numpy as np

from deeptext_cli.decode.ngram_file import TrieFile
from deeptext_cli.decode.ngram_tables import (
    SPECIAL,
    START,
    Level,
    NgramTables,
    longest_order,
    symbol_bits,
)
from deeptext_cli.errors import DataError

SPACE = "<sp>"
_LN10 = math.log(10)
_BLANKS = re.compile(r"[ \t]+")  # not \s: other spaces may be symbols


def token(char: str) -> str:
    """A symbol as ARPA writes it."""
    return SPACE if char == " " else char


def write_arpa(model: TrieFile, path: str | Path) -> None:
    """Write a model as ARPA, atomically; gzip where the name ends in .gz."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with _open(temporary, "wt", gz=path.suffix == ".gz") as out:
            out.write("\\data\\\n")
            for k, level in enumerate(model.levels):
                out.write(f"ngram {k + 1}={len(level.symbol)}\n")
            names = [""]
            for k, level in enumerate(model.levels):
                out.write(f"\n\\{k + 1}-grams:\n")
                names = _names(model, k, names)
                nodes = np.arange(len(names))
                log_p = level.log_p_of(nodes).astype(np.float64) / _LN10
                backoff = level.backoff_of(nodes).astype(np.float64) / _LN10
                last = k == len(model.levels) - 1
                for i, (name, p, b) in enumerate(zip(names, log_p.tolist(), backoff.tolist(),
                                                     strict=True)):
                    shown = "-99" if k == 0 and i == START else f"{p:.8g}"
                    out.write(f"{shown}\t{name}\n" if last else f"{shown}\t{name}\t{b:.8g}\n")
            out.write("\n\\end\\\n")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_arpa(path: str | Path, *, digit_class: bool = False) -> NgramTables:
    """Read a character model from ARPA. Raises DataError naming file and line."""
    try:
        return _read_arpa(Path(path), digit_class)
    except (ValueError, OverflowError, EOFError, OSError, zlib.error) as e:
        raise DataError(f"{path}: no readable ARPA file: {' '.join(str(e).split())}") from e


def _read_arpa(path: Path, digit_class: bool) -> NgramTables:
    with _open(path, "rt", gz=path.suffix == ".gz") as f:
        lines = enumerate(f, 1)
        counts = _read_counts(path, lines)
        vocabulary: dict[str, int] = {c: i for i, c in enumerate(SPECIAL)}
        levels: list[Level] = []
        for k in range(len(counts)):
            rows = _read_section(path, lines, k + 1, counts[k])
            if k == 0:
                for _, words, _ in rows:
                    vocabulary.setdefault(_char(path, words[0]), len(vocabulary))
                if len(counts) > longest_order(len(vocabulary)):
                    raise DataError(f"{path}: order {len(counts)} with {len(vocabulary)} symbols "
                                    "is more than the binary form holds")
            levels.append(_level(path, rows, vocabulary, k))
    tables = NgramTables(tuple(vocabulary), digit_class, tuple(levels))
    tables.check()
    return tables


def _read_counts(path: Path, lines: Iterator[tuple[int, str]]) -> list[int]:
    counts: list[int] = []
    for number, line in lines:
        text = line.strip()
        if text.startswith("ngram "):
            order, _, count = text[6:].partition("=")
            if order.strip() != str(len(counts) + 1) or not count.strip().isdecimal():
                raise DataError(f"{path}:{number}: bad count line {text!r}")
            counts.append(int(count))
        elif text == "\\1-grams:" and counts:
            return counts
        elif counts and text:
            break
    raise DataError(f"{path}: not an ARPA file (no \\data\\ with counts before \\1-grams:)")


_Row = tuple[float, list[str], float]


def _read_section(path: Path, lines: Iterator[tuple[int, str]], n: int, count: int) -> list[_Row]:
    """The n-grams of one length; consumes the heading of the next."""
    rows: list[_Row] = []
    for number, line in lines:
        text = line.rstrip("\n")
        if not text:
            continue
        if text.startswith("\\") and text.endswith(("-grams:", "end\\")):
            break
        parts = _BLANKS.split(text.strip(" \t"))
        if len(parts) not in (n + 1, n + 2):
            raise DataError(f"{path}:{number}: expected a logarithm, {n} symbols and a backoff")
        try:
            rows.append((float(parts[0]), parts[1:n + 1],
                         float(parts[n + 1]) if len(parts) == n + 2 else 0.0))
        except ValueError:
            raise DataError(f"{path}:{number}: not a number") from None
    if len(rows) != count:
        raise DataError(f"{path}: {count} {n}-grams announced, {len(rows)} there")
    return rows


def _level(path: Path, rows: list[_Row], vocabulary: dict[str, int], k: int) -> Level:
    bits = symbol_bits(len(vocabulary))
    keys = np.zeros(len(rows), np.uint64)
    try:
        for j in range(k + 1):
            column = np.array([vocabulary[_char(path, r[1][j])] for r in rows], np.uint64)
            keys = (keys << np.uint64(bits)) | column
    except KeyError as e:
        raise DataError(f"{path}: {e.args[0]!r} is in a {k + 1}-gram but not among the "
                        "unigrams") from None
    log_p = np.array([r[0] for r in rows]) * _LN10
    backoff = np.array([r[2] for r in rows]) * _LN10
    if k == 0:  # level 0 has a row for every symbol, absent specials included
        full = np.full(len(vocabulary), -99 * _LN10)
        full_backoff = np.zeros(len(vocabulary))
        full[keys], full_backoff[keys] = log_p, backoff
        keys, log_p, backoff = np.arange(len(vocabulary), dtype=np.uint64), full, full_backoff
    order = np.argsort(keys)
    return Level(keys[order], log_p[order].astype(np.float32), backoff[order].astype(np.float32))


def _char(path: Path, word: str) -> str:
    if word == SPACE:
        return " "
    if len(word) == 1 or word in SPECIAL:
        return word
    raise DataError(f"{path}: {word!r} is no single character: not a character model",
                    remedy="train it on text with the characters apart and the space as <sp>")


def _names(model: TrieFile, k: int, shorter: list[str]) -> list[str]:
    """The written n-grams of level k, from those of the level before."""
    symbols = [token(model.vocabulary[s]) for s in model.levels[k].symbol.tolist()]
    if k == 0:
        return symbols
    parents = np.repeat(np.arange(len(shorter)), np.diff(model.levels[k - 1].first))
    return [f"{shorter[p]} {s}" for p, s in zip(parents.tolist(), symbols, strict=True)]


def _open(path: Path, mode: str, *, gz: bool) -> IO[str]:
    try:
        if gz:
            return cast("IO[str]", gzip.open(path, mode, encoding="utf-8", newline="\n"))
        return path.open(mode, encoding="utf-8", newline="\n")
    except OSError as e:
        raise DataError(f"{path}: {e.strerror or e}") from e
