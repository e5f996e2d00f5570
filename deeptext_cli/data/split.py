"""Which split a line belongs to: by a hash of the seed and of the group that it must not leave."""

from __future__ import annotations

import hashlib
import re

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.errors import UsageError

SPLITS = ("train", "val", "test")
TRAIN, VAL, TEST = range(3)
NO_SPLIT = 255


def share_of(seed: int, group: str) -> float:
    """A number in [0, 1) that stands for the group: the smallest ones go to val."""
    digest = hashlib.blake2b(f"{seed}\0{group}".encode("utf-8", "surrogateescape"),
                             digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0 ** 64


class GroupRule:
    """What stays together: the item's own group (itself, or its page), or what `--group` says.

    rule: a regular expression on the key, `label`, or `rows:N` for N neighbouring lines of the
    source, which is the best that can be done for sets that list document after document without
    naming them. Raises UsageError for an expression that does not compile.
    """

    def __init__(self, rule: str | None) -> None:
        self.by_label = rule == "label"
        rows = re.fullmatch(r"rows:(\d{1,9})", rule or "")
        self.rows = int(rows[1]) if rows else 0
        if rows and not self.rows:
            raise UsageError(f"--group {rule}: at least one row", remedy="for example rows:20")
        regular = rule is not None and not self.by_label and not rows
        try:
            self._pattern = re.compile(rule) if regular and rule is not None else None
        except re.error as e:
            raise UsageError(f"--group {rule}: not a regular expression: {e}",
                             remedy=r"for example --group '^([^/]+)/' for one group a folder") \
                from e

    def __call__(self, key: str, text: str, own: str, number: int) -> str:
        """The group of an item, the `number`-th of its source."""
        if self.by_label:
            return text
        if self.rows:
            return f"rows {number // self.rows}"
        if self._pattern is None:
            return own
        match = self._pattern.search(key)
        if match is None:
            return own
        return next((g for g in match.groups() if g is not None), match[0])


def assign(shares: NDArray[np.float64], own: NDArray[np.uint8], val_share: float, *,
           follow_own: bool = True) -> NDArray[np.uint8]:
    """Split numbers of the items of one source.

    shares: `share_of` of each item's group. own: the split the source gives it, or NO_SPLIT. A
    source's own splits are followed where it has a train split and another; where it has no val,
    val is taken from its train.

    val gets the groups of smallest share, as many as come nearest to `val_share` of the lines but
    at least one, and train keeps at least one. So an addition moves only groups at the border.
    """
    kinds = set(np.unique(own).tolist()) - {NO_SPLIT}
    followed = follow_own and len(kinds) > 1 and TRAIN in kinds
    out = np.where(own == NO_SPLIT, TRAIN, own).astype(np.uint8) if followed else \
        np.full(len(own), TRAIN, np.uint8)
    if followed and VAL in kinds:
        return out
    free = out == TRAIN
    if val_share <= 0 or not free.any():
        return out
    if val_share >= 1:
        out[free] = VAL
        return out
    groups, counts = np.unique(shares[free], return_counts=True)
    if len(groups) > 1:
        lines = np.cumsum(counts)[:-1]
        border = int(np.argmin(np.abs(lines - val_share * free.sum())))
        out[free & (shares <= groups[border])] = VAL
    return out
