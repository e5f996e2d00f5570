"""Counting n-grams of gigabytes of text in little memory: sorted runs on disk, merged.

Counts of the longest n-grams are occurrences. Those of shorter ones are Kneser-Ney's: the number of
different symbols seen before them, except at the start of a line, where nothing can come before and
occurrences count (Chen & Goodman, "An Empirical Study of Smoothing Techniques", 1998, section 4.2).
"""

from __future__ import annotations

import gzip
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.ngram_tables import (
    END,
    SPECIAL,
    START,
    UNKNOWN,
    longest_order,
    symbol_bits,
)
from deeptext_cli.errors import ConfigError, DataError
from deeptext_cli.text import normalise

CHUNK = 4_000_000  # symbols counted at a time: about 150 MB while sorting
MERGE = 4_000_000  # n-grams held while merging, over all runs

Keys = NDArray[np.uint64]
Counts = NDArray[np.int64]

_DIGITS = str.maketrans("123456789", "000000000")


def read_lines(paths: Iterable[Path], *, digit_class: bool) -> Iterator[str]:
    """The non-empty lines of UTF-8 text files (`.gz` too), normalised. DataError names the file."""
    for path in paths:
        try:
            with (gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")) as raw:
                for line in io.TextIOWrapper(raw, encoding="utf-8", newline="\n"):  # type: ignore[arg-type]
                    text = normalise(line)
                    if text:
                        yield text.translate(_DIGITS) if digit_class else text
        except (OSError, EOFError, UnicodeDecodeError) as e:
            raise DataError(f"{path}: cannot read as text: {e}",
                            remedy="give UTF-8 text files, plain or gzip") from e


def choose_vocabulary(lines: Iterable[str], *, limit: int, least: int = 2) -> tuple[str, ...]:
    """Specials and the at most `limit` most frequent characters seen `least` times or more."""
    seen: Counter[str] = Counter()
    for line in lines:
        seen.update(line)
    frequent = [c for c, n in seen.most_common(limit) if n >= least]
    if not frequent:
        raise DataError("the text holds too little to learn a language model from",
                        remedy="give more text")
    return (*SPECIAL, *sorted(frequent))


class NgramCounts:
    """Sorted n-grams of each length 1..order with their counts, in files of a scratch folder."""

    def __init__(self, folder: Path, vocabulary: tuple[str, ...], order: int) -> None:
        most = longest_order(len(vocabulary))
        if not 2 <= order <= most:
            raise ConfigError(f"no model of order {order} with {len(vocabulary)} symbols",
                              remedy=f"use an order of 2 to {most}")
        self.folder = folder
        self.vocabulary = vocabulary
        self.order = order
        self.bits = symbol_bits(len(vocabulary))
        self.symbols = 0  # predicted ones: characters and line ends

    def open(self, k: int) -> SortedCounts:
        """The k-grams, by ascending key."""
        return SortedCounts(self.folder / f"all{k}")

    def add(self, lines: Iterable[str]) -> None:
        """Count everything. Call once."""
        runs: dict[int, list[SortedCounts]] = {k: [] for k in range(1, self.order + 1)}
        for flat, starts in self._chunks(lines):
            self.symbols += len(flat) - len(starts)
            self._count_chunk(flat, starts, runs)
        for k in range(self.order, 0, -1):
            self._merge(runs[k], k)
            if k > 1:
                self._count_left_neighbours(k - 1, runs[k - 1])

    def _chunks(self, lines: Iterable[str]) -> Iterator[tuple[NDArray[np.uint64], Counts]]:
        """Lines as symbols with start and end, and where each line starts."""
        table = np.full(0x110000, UNKNOWN, np.uint8 if self.bits == 8 else np.uint16)
        for i, c in enumerate(self.vocabulary):
            if len(c) == 1:
                table[ord(c)] = i
        pending: list[NDArray[np.unsignedinteger]] = []
        size = 0
        for line in lines:
            codes = np.frombuffer(line.encode("utf-32-le", "replace"), np.uint32)
            pending.append(np.concatenate(([START], table[codes], [END])).astype(table.dtype))
            size += len(line) + 2
            if size >= CHUNK:
                yield self._joined(pending)
                pending, size = [], 0
        if pending:
            yield self._joined(pending)

    def _joined(self, lines: list[NDArray[np.unsignedinteger]],
                ) -> tuple[NDArray[np.uint64], Counts]:
        lengths = np.array([len(x) for x in lines])
        return np.concatenate(lines).astype(np.uint64), np.cumsum(lengths) - lengths

    def _count_chunk(self, flat: NDArray[np.uint64], starts: Counts,
                     runs: dict[int, list[SortedCounts]]) -> None:
        ends = np.append(starts[1:], len(flat))
        left = np.repeat(ends, ends - starts) - np.arange(len(flat))  # symbols to the line's end
        key = np.zeros(len(flat), np.uint64)
        for k in range(1, self.order + 1):
            key = key[:len(flat) - k + 1]
            key = (key << np.uint64(self.bits)) | flat[k - 1:]
            if k == self.order:
                self._write_run(runs[k], k, *np.unique(key[left[:len(key)] >= k],
                                                       return_counts=True))
            elif k > 1:
                at = starts[starts < len(key)]
                at = at[left[at] >= k]
                self._write_run(runs[k], k, *np.unique(key[at], return_counts=True))

    def _count_left_neighbours(self, k: int, runs: list[SortedCounts]) -> None:
        longer = self.open(k + 1)
        mask = np.uint64((1 << (self.bits * k)) - 1)
        for a in range(0, len(longer), CHUNK):
            keys, _ = longer.read(a, a + CHUNK)
            self._write_run(runs, k, *np.unique(keys & mask, return_counts=True))

    def _write_run(self, runs: list[SortedCounts], k: int, keys: Keys, counts: Counts) -> None:
        if len(keys):
            runs.append(SortedCounts.write(self.folder / f"run{k}-{len(runs)}", [(keys, counts)]))

    def _merge(self, runs: list[SortedCounts], k: int) -> None:
        SortedCounts.write(self.folder / f"all{k}", merged(runs))
        for r in runs:
            r.delete()


class SortedCounts:
    """Ascending keys and their counts in two files, read in pieces (mapping them would make the
    process look, and on some systems be, as large as the files)."""

    def __init__(self, path: Path) -> None:
        self._keys, self._counts = path.with_suffix(".keys"), path.with_suffix(".counts")
        self._length = self._keys.stat().st_size // 8

    @classmethod
    def write(cls, path: Path, blocks: Iterable[tuple[Keys, Counts]]) -> SortedCounts:
        """Write blocks one after the other."""
        with path.with_suffix(".keys").open("wb") as keys, \
                path.with_suffix(".counts").open("wb") as counts:
            for k, c in blocks:
                keys.write(k.astype(np.uint64, copy=False).tobytes())
                counts.write(c.astype(np.int64, copy=False).tobytes())
        return cls(path)

    def __len__(self) -> int:
        return self._length

    def read(self, start: int, end: int) -> tuple[Keys, Counts]:
        """Entries start..end, fewer at the end of the file."""
        n = max(min(end, self._length) - start, 0)
        return (np.fromfile(self._keys, np.uint64, n, offset=8 * start),
                np.fromfile(self._counts, np.int64, n, offset=8 * start))

    def delete(self) -> None:
        """Remove the files."""
        self._keys.unlink()
        self._counts.unlink()


def merged(runs: Sequence[SortedCounts]) -> Iterator[tuple[Keys, Counts]]:
    """Merge runs block by block; the counts of equal keys add up."""
    at = [0] * len(runs)
    block = max(MERGE // max(len(runs), 1), 1)
    while True:
        live = [i for i, r in enumerate(runs) if at[i] < len(r)]
        if not live:
            return
        windows = [runs[i].read(at[i], at[i] + block) for i in live]
        pivot = min(keys[-1] for keys, _ in windows)  # up to here every window is complete
        parts = []
        for i, (keys, counts) in zip(live, windows, strict=True):
            taken = int(np.searchsorted(keys, pivot, side="right"))
            parts.append((keys[:taken], counts[:taken]))
            at[i] += taken
        keys, inverse = np.unique(np.concatenate([k for k, _ in parts]), return_inverse=True)
        total = np.zeros(len(keys), np.int64)
        np.add.at(total, inverse, np.concatenate([c for _, c in parts]))
        yield keys, total
