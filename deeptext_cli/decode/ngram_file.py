"""The binary form of an n-gram model: a trie in flat arrays, made to be memory-mapped.

Layout: 8 bytes magic, uint32 length of a JSON header, the header, then arrays aligned to 8 bytes.
Nodes of a level are ordered by n-gram, so the children of a node are neighbours in the next level:
a node stores only its last symbol, how many children it has, and its two logarithms. These are
float32, or with quantisation a byte that indexes 256 values (equally populated bins), after
Heafield, "KenLM: Faster and Smaller Language Model Queries", 2011.
"""

from __future__ import annotations

import json
import mmap
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.ngram_tables import NgramTables
from deeptext_cli.errors import ModelError

MAGIC = b"DTNGRAM1"
_ALIGN = 8


@dataclass(frozen=True)
class TrieLevel:
    """Arrays of one level as they lie in the file; code books only where quantised.

    `children` is how many each node has in the next level (empty in the last).
    """

    symbol: NDArray[np.unsignedinteger]
    log_p: NDArray[np.float32]
    log_p_code: NDArray[np.uint8] | None
    backoff: NDArray[np.float32]
    backoff_code: NDArray[np.uint8] | None
    children: NDArray[np.unsignedinteger]
    following: int  # nodes of the next level

    @cached_property
    def first(self) -> NDArray[np.uint32]:
        """`first[i]:first[i + 1]` are node i's children in the next level (empty in the last).
        Worked out when first asked for: of most models only short n-grams ever are. Raises
        ModelError where the counts do not add up."""
        first = np.zeros(len(self.children) + 1 if len(self.children) else 0, np.uint32)
        np.cumsum(self.children, out=first[1:])
        if len(first) and first[-1] != self.following:
            raise ModelError("a language model is damaged: its child counts do not add up",
                             remedy="build it again with `deeptext lm build`")
        return first

    def log_p_of(self, nodes: NDArray[np.integer]) -> NDArray[np.float32]:
        """Log-probabilities of nodes."""
        return self.log_p[nodes if self.log_p_code is None else self.log_p_code[nodes]]

    def backoff_of(self, nodes: NDArray[np.integer]) -> NDArray[np.float32]:
        """Backoff weights (logarithms) of nodes."""
        return self.backoff[nodes if self.backoff_code is None else self.backoff_code[nodes]]


@dataclass(frozen=True)
class TrieFile:
    """An opened model file."""

    vocabulary: tuple[str, ...]
    digit_class: bool
    quantised: bool
    levels: tuple[TrieLevel, ...]
    size: int


def write(tables: NgramTables, path: str | Path, *, quantise: bool = True) -> int:
    """Write a model file atomically; returns its size in bytes."""
    narrow = np.uint8 if len(tables.vocabulary) <= 256 else np.uint16
    mask = np.uint64((1 << tables.bits) - 1)
    arrays: list[tuple[str, NDArray[Any]]] = []
    for k, level in enumerate(tables.levels):
        last = k == tables.order - 1
        arrays.append((f"symbol{k}", (level.keys & mask).astype(narrow)))
        columns = [("log_p", level.log_p)] + ([] if last else [("backoff", level.backoff)])
        for name, values in columns:
            if quantise:
                book, code = _quantised(values)
                arrays += [(f"{name}{k}", book), (f"{name}_code{k}", code)]
            else:
                arrays.append((f"{name}{k}", values.astype(np.float32)))
        if not last:
            parents = tables.levels[k + 1].keys >> np.uint64(tables.bits)
            edges = np.searchsorted(parents, level.keys, side="right") \
                - np.searchsorted(parents, level.keys, side="left")
            arrays.append((f"children{k}", edges.astype(np.uint16 if narrow is np.uint16
                                                        or edges.max(initial=0) > 255
                                                        else np.uint8)))
    header: dict[str, Any] = {
        "order": tables.order, "vocabulary": list(tables.vocabulary),
        "digit_class": tables.digit_class, "quantised": quantise,
        "arrays": [[name, a.dtype.str, len(a)] for name, a in arrays]}
    blob = json.dumps(header, ensure_ascii=False).encode()
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as out:
            out.write(MAGIC + len(blob).to_bytes(4, "little") + blob)
            for _, a in arrays:
                out.write(b"\0" * (-out.tell() % _ALIGN))
                out.write(np.ascontiguousarray(a).tobytes())
            size = out.tell()
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return size


def read(path: str | Path) -> TrieFile:
    """Map a model file into memory. Raises ModelError where it is none, or is cut short."""
    try:
        with open(path, "rb") as f:
            data = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as e:
        raise ModelError(f"{path}: cannot open the language model: {e}") from e
    damaged = ModelError(f"{path}: not a language model of ours, or damaged",
                         remedy="build it again with `deeptext lm build`")
    if data[:8] != MAGIC:
        raise damaged
    length = int.from_bytes(data[8:12], "little")
    arrays: dict[str, NDArray[Any]] = {}
    try:
        header = json.loads(data[12:12 + length])
        at = 12 + length
        for name, dtype, count in header["arrays"]:
            at += -at % _ALIGN
            arrays[name] = np.frombuffer(data, np.dtype(dtype), count, at)
            at += arrays[name].nbytes
        order = int(header["order"])
        levels = tuple(_level(arrays, k, order) for k in range(order))
        return TrieFile(tuple(header["vocabulary"]), bool(header["digit_class"]),
                        bool(header["quantised"]), levels, len(data))
    except (ValueError, KeyError, TypeError) as e:
        raise damaged from e


def _level(arrays: dict[str, NDArray[Any]], k: int, order: int) -> TrieLevel:
    last = k == order - 1
    backoff_code: NDArray[np.uint8] | None
    children: NDArray[np.unsignedinteger]
    nothing = np.zeros(1, np.float32)
    if last:
        children = np.zeros(0, np.uint8)
        backoff, backoff_code = nothing, np.zeros(len(arrays[f"symbol{k}"]), np.uint8)
    else:
        children = arrays[f"children{k}"]
        backoff, backoff_code = arrays[f"backoff{k}"], arrays.get(f"backoff_code{k}")
    return TrieLevel(arrays[f"symbol{k}"], arrays[f"log_p{k}"], arrays.get(f"log_p_code{k}"),
                     backoff, backoff_code, children,
                     0 if last else len(arrays[f"symbol{k + 1}"]))


def _quantised(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """A code book of at most 256 ascending values and each value's nearest entry."""
    distinct = np.unique(values)
    if len(distinct) <= 256:
        book = distinct.astype(np.float32)
    else:
        # exact zero keeps an entry: it is the backoff of every context without continuations
        bins = np.array_split(np.sort(values[values != 0]), 255)
        book = np.unique(np.array([0.0, *(b.mean(dtype=np.float64) for b in bins if len(b))],
                                  np.float32))
    middles = (book[1:].astype(np.float64) + book[:-1]) / 2
    code = np.searchsorted(middles, values).astype(np.uint8)
    return book, code
