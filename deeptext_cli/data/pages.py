"""Page sets for the detector: images with their line boxes, split as the lines of the set are.

A page set is a folder with `pages.jsonl`, one JSON object a page: image, lines and/or words, each
with a box of four corners; `deeptext prepare --pages` writes the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.formats.base import Fault, FileImage, Listing, Region, Unit
from deeptext_cli.data.formats.pages_jsonl import PagesJsonl
from deeptext_cli.data.images import decode, read_bytes
from deeptext_cli.data.split import NO_SPLIT, SPLITS, assign, share_of
from deeptext_cli.errors import DataError

Quads = NDArray[np.float32]
WORD_GAP = 1.0  # in line heights: words further apart are lines of their own


@dataclass(frozen=True)
class LabelledPage:
    """A page and its lines: `quads` (N, 4, 2) clockwise from the text's top left, in pixels."""

    image: NDArray[np.uint8]  # grey (H, W)
    quads: Quads
    texts: tuple[str, ...]
    ignore: NDArray[np.bool_]
    key: str = ""


class PageSet:
    """The pages of one split. Images are read when asked for.

    path: folder with pages.jsonl. split: `train` or `val`; pages whose set has no split of its
    own go to val by the hash of their name, as the lines that `prepare` cuts from them do.

    Raises DataError where there is no page set or the split is empty.
    """

    def __init__(self, path: str | Path, split: str, *, val_share: float = 0.2,
                 seed: int = 0) -> None:
        self.path = Path(path)
        reader, self.faults = PagesJsonl(), []
        units: list[Unit] = []
        if not self.path.is_dir():
            raise DataError(f"{path}: no such folder", remedy="give a folder with pages.jsonl")
        for unit in reader.read(Listing.of(self.path)):
            if isinstance(unit, Fault):
                self.faults.append(str(unit))
            else:
                units.append(unit)
        wanted = SPLITS.index(split)
        self._units = [u for u, s in zip(units, _splits(units, val_share, seed), strict=True)
                       if s == wanted]
        if not self._units:
            raise DataError(f"{path}: no page in split {split!r}",
                            remedy="give a folder with pages.jsonl; see `deeptext prepare --pages`")

    def __len__(self) -> int:
        return len(self._units)

    def key(self, i: int) -> str:
        """Path of page i's image within the set."""
        return self._units[i].key

    def __getitem__(self, i: int) -> LabelledPage:
        """Page i. Raises ImageError where its image cannot be read."""
        unit = self._units[i]
        assert isinstance(unit.image, FileImage)
        image = decode(read_bytes(Path(unit.image.root) / unit.image.path))
        regions = _chosen(unit)
        quads = np.array([r.quad for r in regions], np.float32).reshape(-1, 4, 2)
        if unit.frame is not None:
            quads *= np.array([image.shape[1] / unit.frame[0], image.shape[0] / unit.frame[1]],
                              np.float32)
        texts = tuple(r.text for r in regions)
        ignore = np.array([r.ignore for r in regions], bool)
        if regions and regions[0].kind == "word":
            quads, texts, ignore = merge_words(quads, texts, ignore)
        return LabelledPage(image, quads, texts, ignore, unit.key)


def merge_words(quads: Quads, texts: Sequence[str], ignore: NDArray[np.bool_], *,
                gap: float = WORD_GAP) -> tuple[Quads, tuple[str, ...], NDArray[np.bool_]]:
    """Lines of words: neighbours of one height, on one level, less than `gap` heights apart."""
    remaining = sorted(range(len(quads)), key=lambda i: float(quads[i][:, 0].mean()))
    runs: list[list[int]] = []
    for i in remaining:
        run = next((r for r in runs if not ignore[i] and not ignore[r[-1]]
                    and _follows(quads[r[-1]], quads[i], gap)), None)
        if run is None:
            runs.append([i])
        else:
            run.append(i)
    # corners of the first word's left and the last word's right edge
    merged = [np.stack([quads[r[0]][0], quads[r[-1]][1], quads[r[-1]][2], quads[r[0]][3]])
              for r in runs]
    return (np.array(merged, np.float32).reshape(-1, 4, 2),
            tuple(" ".join(texts[i] for i in r) for r in runs),
            np.array([bool(ignore[r[0]]) for r in runs], bool))


def _follows(left: Quads, right: Quads, gap: float) -> bool:
    heights = [float(np.linalg.norm(q[3] - q[0]) + np.linalg.norm(q[2] - q[1])) / 2
               for q in (left, right)]
    along = left[1] + left[2] - left[0] - left[3]
    length = float(np.linalg.norm(along))
    if length < 1e-6 or max(heights) > 1.5 * max(min(heights), 1e-6):
        return False
    u = along / length
    step = (right[0] + right[3]) / 2 - (left[1] + left[2]) / 2
    ahead, aside = float(step @ u), abs(float(step[0] * u[1] - step[1] * u[0]))
    height = sum(heights) / 2
    return -0.5 * height < ahead < gap * height and aside < 0.35 * height


def _chosen(unit: Unit) -> list[Region]:
    """The regions of one kind that have boxes: lines, or else words."""
    boxed = [r for r in unit.regions or () if r.quad is not None and len(r.quad) == 4]
    return [r for r in boxed if r.kind == "line"] or boxed


def _splits(units: Sequence[Unit], val_share: float, seed: int) -> list[int]:
    """Split number of each page; every line has a say in where the border lies."""
    lines = [max(1, sum(bool(r.text.strip()) and not r.ignore for r in _chosen(u)))
             for u in units]
    shares = np.repeat([share_of(seed, u.group or u.key) for u in units], lines)
    own = np.repeat([SPLITS.index(u.split) if u.split in SPLITS else NO_SPLIT for u in units],
                    lines).astype(np.uint8)
    result = assign(shares, own, val_share) if units else np.zeros(0, np.uint8)
    starts = np.cumsum([0, *lines[:-1]])
    return [int(result[s]) for s in starts] if units else []
