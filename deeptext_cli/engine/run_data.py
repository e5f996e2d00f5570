"""The prepared sets of a run beside each other: lines that two of them share, and whether they are
still what they were."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from deeptext_cli.config.training import DataEntry, TrainConfig, ValEntry
from deeptext_cli.data.dataset import LineDataset, load_info
from deeptext_cli.errors import UsageError

LeftOut = tuple[frozenset[int], ...]  # of each data entry: numbers of lines not to train on


def measured_lines(config: TrainConfig, val: tuple[ValEntry, ...]) -> LeftOut:
    """The training lines whose images another set measures on, byte for byte. Of the lines of one
    set `prepare` has seen to that. Raises UsageError where nothing would be left of a set."""
    @cache
    def digests(path: Path, split: str) -> tuple[bytes, ...]:
        data = LineDataset(path, split)
        return tuple(hashlib.blake2b(data[i][0], digest_size=16).digest()
                     for i in range(len(data)))

    def shared(path: Path, split: str) -> frozenset[int]:
        others = {(Path(v.path), v.split) for v in val if Path(v.path).resolve() != path.resolve()}
        measured = {d for other in others for d in digests(*other)}
        if not measured:
            return frozenset()
        mine = digests(path, split)
        found = frozenset(i for i, d in enumerate(mine) if d in measured)
        if mine and len(found) == len(mine):
            raise UsageError(f"{path}: every image of its split {split!r} is measured on in "
                             "another set", remedy="leave the set out, or measure on other lines")
        return found

    return tuple(shared(Path(e.path), e.split) if e.path else frozenset() for e in config.data)


def left_out_remark(config: TrainConfig, left_out: LeftOut) -> tuple[str, ...]:
    """What is to be said of lines that are not trained on."""
    counts = {e.path: len(n) for e, n in zip(config.data, left_out, strict=True) if n}
    if not counts:
        return ()
    where = ", ".join(f"{n} of {path}" for path, n in counts.items())
    return (f"not trained on, because other sets measure on the same images: {where}",)


def checksums(config: TrainConfig, val: tuple[ValEntry, ...]) -> dict[str, dict[str, str]]:
    """Of all prepared sets, by path and split: what `prepare` wrote of their content."""
    found: dict[str, dict[str, str]] = {}
    entries: list[DataEntry | ValEntry] = [*config.data, *val]
    for entry in entries:
        split = load_info(entry.path).splits.get(entry.split) if entry.path else None
        if entry.path and split:
            found.setdefault(entry.path, {})[entry.split] = split.checksum
    return found


def changed_remarks(old: Mapping[str, Mapping[str, str]],
                    new: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """Remarks about sets that were prepared anew; those of one side alone are no such."""
    return tuple(f"{path} has changed since the checkpoint: it was prepared anew"
                 for path, splits in new.items()
                 if any(old.get(path, {}).get(s, c) != c for s, c in splits.items()))
