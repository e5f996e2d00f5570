"""Which split a line belongs to: a pure function of seed and group, whatever else is in the set."""

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
    """A number in [0, 1) that stands for the group: it is in val where this is below the share."""
    digest = hashlib.blake2b(f"{seed}\0{group}".encode("utf-8", "surrogateescape"),
                             digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0 ** 64


class GroupRule:
    """What stays together: the item's own group (itself, or its page), or what `--group` says.

    Raises UsageError for an expression that does not compile.
    """

    def __init__(self, rule: str | None) -> None:
        self.by_label = rule == "label"
        try:
            self._pattern = None if rule is None or self.by_label else re.compile(rule)
        except re.error as e:
            raise UsageError(f"--group {rule}: not a regular expression: {e}",
                             remedy=r"for example --group '^([^/]+)/' for one group a folder") \
                from e

    def __call__(self, key: str, text: str, own: str) -> str:
        """The group of an item."""
        if self.by_label:
            return text
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
    val is taken from its train. Where chance would leave val or train without a single group, the
    group nearest to the border goes there.
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
    val = free & (shares < val_share)
    groups = np.unique(shares[free])
    if len(groups) > 1 and not val.any():
        val = free & (shares == groups[0])
    if len(groups) > 1 and val_share < 1 and val.sum() == free.sum():
        val = free & (shares != groups[-1])
    out[val] = VAL
    return out
