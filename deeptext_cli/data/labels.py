"""Check and clean one label: what a recogniser can learn is kept, what it cannot is named."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from deeptext_cli.text import Charset, control_characters, normalise

# No ink, and no meaning for a recogniser: joiners, direction marks, byte order marks
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
REPLACEMENT = "\ufffd"


@dataclass(frozen=True)
class CheckedLabel:
    """A cleaned label. `fault` (code, message) keeps the item out; `remarks` do not."""

    text: str
    fault: tuple[str, str] | None = None
    remarks: tuple[tuple[str, str], ...] = ()


def check_label(raw: str, charset: Charset | None, null_text: str | None) -> CheckedLabel:
    """Normalise `raw` (NFC, single spaces, nothing invisible) and say what is wrong with it."""
    remarks: list[tuple[str, str]] = []
    if unicodedata.normalize("NFC", raw) != raw:
        remarks.append(("not-nfc", "composed to Unicode NFC"))
    visible = _INVISIBLE.sub("", raw)
    if visible != raw:
        remarks.append(("invisible-characters", "invisible characters removed"))
    text = normalise(visible)
    if not text:
        if null_text is None:
            return CheckedLabel("", ("empty-label", "the label is empty"), tuple(remarks))
        text = null_text
    controls = [c for c in control_characters(text) if unicodedata.category(c) != "Co"]
    if controls:
        shown = ", ".join(f"U+{ord(c):04X}" for c in dict.fromkeys(controls))
        return CheckedLabel(text, ("control-character", f"control characters: {shown}"),
                            tuple(remarks))
    if REPLACEMENT in text:
        return CheckedLabel(text, ("lost-character", "U+FFFD: a character was lost in the source"),
                            tuple(remarks))
    if charset is not None and (unknown := charset.unknown(text)):
        shown = " ".join(f"{c!r}" for c in unknown[:8])
        return CheckedLabel(text, ("outside-charset", f"not in the charset: {shown}"),
                            tuple(remarks))
    return CheckedLabel(text, None, tuple(remarks))


def frames_needed(text: str) -> int:
    """Frames CTC needs at least: one a character, and a blank between equal neighbours."""
    return len(text) + sum(a == b for a, b in pairwise(text))
