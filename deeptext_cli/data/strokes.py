"""Handwriting kept as pen movements, drawn anew with any pen on any paper.

A stroke file is an .npz (no pickles) of

    delta   int16 (N, 2)   pen movement to each point, x right, y down; the first point of a
                           line is relative to 0, 0
    pen_up  uint8          one bit a point, most significant bit first: set on the last of a stroke
    offset  int64 (L + 1,) line i is the points offset[i]:offset[i + 1]
    id, text               one string a line; the first three characters of `id` are the writer
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from deeptext_cli.config.strokes import StrokeStyle
from deeptext_cli.data.pens import draw_line
from deeptext_cli.data.split import NO_SPLIT, TRAIN, VAL, assign, share_of
from deeptext_cli.errors import DataError

WRITER_CHARS = 3
# kinds of numbers or text, as in numpy's dtype.kind, and dimensions
_FIELDS = {"delta": ("i", 2), "pen_up": ("u", 1), "offset": ("iu", 1), "id": ("U", 1),
           "text": ("U", 1)}


class StrokeSet:
    """Lines of a stroke file that have a text and at least two points. Read on first use.

    Copies in other processes read the file themselves; forks share the memory.
    """

    def __init__(self, path: str | Path, style: StrokeStyle | None = None) -> None:
        """Raises DataError when the file is absent, damaged or of another form."""
        self.path = Path(path)
        self.style = style or StrokeStyle()
        if not self.path.is_file():
            raise DataError(f"{path}: no such stroke file")
        self._lines  # noqa: B018  a damaged file shall be known at once

    @cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        try:
            with np.load(self.path, allow_pickle=False) as z:
                arrays = {name: z[name] for name in _FIELDS}
        except KeyError as e:
            raise DataError(f"{self.path}: not a stroke file, it has no {e.args[0]}") from e
        except Exception as e:  # zip, deflate and array headers of hostile files raise all kinds
            raise DataError(f"{self.path}: not a readable .npz: {e}") from e
        for name, (kind, dimensions) in _FIELDS.items():
            array = arrays[name]
            if not isinstance(array, np.ndarray) or array.dtype.kind not in kind \
                    or array.ndim != dimensions:
                raise DataError(f"{self.path}: damaged stroke file: {name} is of another form")
        delta, offset = arrays["delta"], arrays["offset"]
        points, lines = len(delta), len(offset) - 1
        faults = {
            "delta is not (N, 2)": delta.shape[1] != 2,
            "offset falls": lines < 0 or bool((np.diff(offset) < 0).any()),
            "offset is beyond delta": lines >= 0 and (offset[0] < 0 or offset[-1] > points),
            "pen_up is not packed bits": arrays["pen_up"].dtype != np.uint8,
            "pen_up is too short": 8 * len(arrays["pen_up"]) < points,
            "text is not one a line": len(arrays["text"]) != lines,
            "id is not one a line": len(arrays["id"]) != lines}
        for fault, found in faults.items():
            if found:
                raise DataError(f"{self.path}: damaged stroke file: {fault}")
        return arrays

    @cached_property
    def _lines(self) -> np.ndarray:
        """Numbers in the file of the lines in use."""
        arrays = self._arrays
        written = np.char.str_len(np.char.strip(arrays["text"])) > 0
        return np.flatnonzero(written & (np.diff(arrays["offset"]) > 1))

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "style": self.style}

    def __len__(self) -> int:
        return len(self._lines)

    def text(self, i: int) -> str:
        """What line i says."""
        return str(self._arrays["text"][self._number(i)])

    def id(self, i: int) -> str:
        """The line's name in the file."""
        return str(self._arrays["id"][self._number(i)])

    def writer(self, i: int) -> str:
        """Who wrote line i."""
        return self.id(i)[:WRITER_CHARS]

    def strokes(self, i: int) -> list[np.ndarray]:
        """The strokes of line i, each float32 (points, 2), in file units, from 0, 0 on."""
        number = self._number(i)
        start, end = (int(v) for v in self._arrays["offset"][number:number + 2])
        points = np.cumsum(self._arrays["delta"][start:end], axis=0, dtype=np.int64)
        first_byte = start // 8
        bits = np.unpackbits(self._arrays["pen_up"][first_byte:-(-end // 8)])
        up = np.flatnonzero(bits[start - 8 * first_byte:end - 8 * first_byte])
        points = (points - points.min(axis=0)).astype(np.float32)
        return [part for part in np.split(points, up + 1) if len(part)]

    def split(self, val_share: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Line numbers of train and of val; a writer is in one of them alone."""
        ids = self._arrays["id"][self._lines]
        writers, which = np.unique(ids.astype(f"<U{WRITER_CHARS}"), return_inverse=True)
        shares = np.array([share_of(seed, str(w)) for w in writers])[which]
        splits = assign(shares, np.full(len(ids), NO_SPLIT, np.uint8), val_share)
        return np.flatnonzero(splits == TRAIN), np.flatnonzero(splits == VAL)

    def render(self, i: int, rng: np.random.Generator, height: int) -> np.ndarray:
        """Draw line i `height` px high: uint8 (height, W). All looks come from `rng`."""
        above = below = None
        if rng.random() < self.style.neighbours:
            # what is written next to it in the file is as a rule of the same page
            above = self._sibling(i, i - 1)
            below = self._sibling(i, i + 1)
        return draw_line(self.strokes(i), rng, height, self.style, above=above, below=below)

    def _sibling(self, i: int, j: int) -> list[np.ndarray] | None:
        if not 0 <= j < len(self) or self.writer(j) != self.writer(i):
            return None
        return self.strokes(j)

    def _number(self, i: int) -> int:
        if not 0 <= i < len(self._lines):
            raise IndexError(f"line {i} of {len(self._lines)}")
        return int(self._lines[i])
