"""What counts as the same text: the comparison rules that are applied to both sides alike."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass

# Typographic signs and what a transcriber without them types. Applied after NFKC, which takes the
# acute accent and the double prime apart first.
_PLAIN = str.maketrans({
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u3002\u00b7\u2022", "."),
    "\u3001": ",", "\u00d7": "x"})
_NOT_ALNUM = re.compile(r"[^0-9a-z\s]+")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Rules:
    """Which differences are forgiven. NFC, and white space collapsed and trimmed, always.

    fold: typographic quotes, dashes, ligatures, full-width forms become their plain ones (NFKC).
    ignore_case: both sides in lower case.
    alnum_only: the scene-text convention: lower case, 0-9 and a-z alone, no spaces in CER and
        exact match (words keep their borders for WER).
    no_space: spaces are left out of CER and exact match.
    """

    fold: bool = False
    ignore_case: bool = False
    alnum_only: bool = False
    no_space: bool = False

    def text(self, s: str) -> str:
        """The text as compared, spaces between words kept."""
        s = unicodedata.normalize("NFC", s)
        if self.fold:
            s = unicodedata.normalize("NFKC", s).translate(_PLAIN)
        if self.ignore_case or self.alnum_only:
            s = s.lower()
        if self.alnum_only:
            s = _NOT_ALNUM.sub("", s)
        return " ".join(s.split())

    def characters(self, s: str) -> str:
        """What CER, exact match and 1-NED compare."""
        t = self.text(s)
        return _SPACE.sub("", t) if self.alnum_only or self.no_space else t

    def words(self, s: str) -> list[str]:
        """What WER compares: split at white space."""
        return self.text(s).split()

    def describe(self) -> str:
        """The rules in words, for a report's head."""
        names = [k.replace("_", " ") for k, on in asdict(self).items() if on]
        return ", ".join(names) if names else "exact characters, white space collapsed"


PLAIN = Rules()
