"""Text: normalisation, and the charset that maps characters to classes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

# Latin Extended-A letters of no living European orthography, deprecated, or digraphs of others
RARE = "\u0132\u0133ĿŀŉĔĕĬĭŎŏŦŧĸŊŋĨĩŨũſ"

BLANK = 0  # CTC's blank is always class 0; characters are 1..N in charset order

_SPACES = re.compile(r"\s+")


def normalise(text: str) -> str:
    """NFC, white space collapsed to single spaces, ends trimmed."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def control_characters(text: str) -> list[str]:
    """Characters of Unicode categories Cc, Cf, Cs, Co, Cn (tabs and newlines included)."""
    return [c for c in text if unicodedata.category(c)[0] == "C"]


@dataclass(frozen=True)
class Charset:
    """An ordered set of single code points. Class 0 is CTC's blank, class i+1 is `chars[i]`.

    Raises ValueError for duplicates and for entries that are not one NFC code point.
    """

    chars: tuple[str, ...]
    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __init__(self, chars: Iterable[str]) -> None:
        items = tuple(chars)
        for c in items:
            if len(c) != 1 or unicodedata.normalize("NFC", c) != c:
                raise ValueError(f"not a single NFC character: {c!r}")
        index = {c: i + 1 for i, c in enumerate(items)}
        if len(index) != len(items):
            raise ValueError("duplicate characters in charset")
        object.__setattr__(self, "chars", items)
        object.__setattr__(self, "_index", index)

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> Charset:
        """The sorted set of the characters in `texts`."""
        seen: set[str] = set()
        for t in texts:
            seen.update(t)
        return cls(sorted(seen))

    def __len__(self) -> int:
        return len(self.chars)

    def __contains__(self, char: str) -> bool:
        return char in self._index

    def __str__(self) -> str:
        return "".join(self.chars)

    @property
    def classes(self) -> int:
        """Number of CTC classes: the characters and the blank."""
        return len(self.chars) + 1

    @cached_property
    def lookup(self) -> tuple[str, ...]:
        """Class number to character; the blank is the empty string."""
        return ("", *self.chars)

    def unknown(self, text: str) -> list[str]:
        """The distinct characters of `text` that are not in the charset, in order of appearance."""
        return list(dict.fromkeys(c for c in text if c not in self._index))

    def encode(self, text: str) -> list[int]:
        """Class numbers of `text`. Raises KeyError on a character outside the charset."""
        return [self._index[c] for c in text]

    def decode(self, classes: Sequence[int]) -> str:
        """Text of class numbers; blanks give nothing. No CTC collapsing: see `decode.greedy`."""
        return "".join(self.lookup[c] for c in classes)

    def mapping_from(self, other: Charset) -> dict[int, int]:
        """Class here -> class in `other`, for the characters both know and the blank."""
        shared = {BLANK: BLANK}
        shared.update({i: other._index[c] for c, i in self._index.items() if c in other})
        return shared


def latin_charset() -> Charset:
    """What the shipped models know: ASCII, Latin-1, Latin Extended-A, typographic signs,
    arrows and what mathematics is most often met with."""
    ascii_ = [chr(c) for c in range(0x20, 0x7F)]
    latin1 = [chr(c) for c in range(0xA1, 0x100) if c not in (0xAD, 0xA8, 0xAF, 0xB8, 0xA6)]
    extended = [chr(c) for c in range(0x100, 0x180)
                if chr(c) not in RARE]
    other = list("ſȘșȚț–—‘’‚“”„†‡•…‰‹›€™−")
    signs = list("←↑→↓↔⇒≈≠≤≥∞√ΔΣΩπ")  # of screens, manuals and tables; models had none at first
    chars = dict.fromkeys(ascii_ + latin1 + extended + other + signs)
    return Charset(c for c in chars if unicodedata.normalize("NFC", c) == c)
