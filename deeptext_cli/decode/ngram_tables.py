"""An n-gram model as plain sorted arrays: what estimation and ARPA give and the binary stores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.errors import DataError

UNKNOWN, START, END = 0, 1, 2
SPECIAL = ("<unk>", "<s>", "</s>")


@dataclass(frozen=True)
class Level:
    """The n-grams of one length.

    keys: (n,) uint64 ascending, symbols packed first to last from the high bits down.
    log_p, backoff: (n,) float32, natural logarithms; backoff is 0 for the longest n-grams.
    """

    keys: NDArray[np.uint64]
    log_p: NDArray[np.float32]
    backoff: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True)
class NgramTables:
    """`vocabulary[i]` is the character (or special) numbered i; `levels[k]` holds the (k+1)-grams.

    Level 0 has every symbol, so its keys are 0..V-1. Each n-gram's prefix and suffix of one symbol
    less are present as well. With `digit_class` all digits count as "0".
    """

    vocabulary: tuple[str, ...]
    digit_class: bool
    levels: tuple[Level, ...]

    @property
    def order(self) -> int:
        """Length of the longest n-grams."""
        return len(self.levels)

    @property
    def bits(self) -> int:
        """Bits a packed symbol takes."""
        return symbol_bits(len(self.vocabulary))

    def check(self) -> None:
        """Raises DataError where an n-gram lacks its prefix or its suffix."""
        bits = np.uint64(self.bits)
        for k in range(1, self.order):
            keys, lower = self.levels[k].keys, self.levels[k - 1].keys
            mask = np.uint64((1 << (self.bits * k)) - 1)
            for part, name in ((keys >> bits, "prefix"), (keys & mask, "suffix")):
                at = np.minimum(np.searchsorted(lower, part), len(lower) - 1)
                if len(keys) and not (lower[at] == part).all():
                    raise DataError(f"the {k + 1}-grams hold some whose {name} is missing",
                                    remedy="prune the model so that every n-gram's prefix and "
                                           "suffix stay (KenLM does)")


def symbol_bits(size: int) -> int:
    """Bits that number `size` symbols; at least 8."""
    return max(8, (size - 1).bit_length())


def longest_order(size: int) -> int:
    """The longest n-grams of `size` symbols that fit a 64-bit key."""
    return 64 // symbol_bits(size)
