"""Post-processing by convention: spaces, quotes, dashes, ligatures. Never digits or letters."""

from __future__ import annotations

import dataclasses

from deeptext_cli.config.decode import Typography
from deeptext_cli.decode.result import Character, Decoded

_QUOTES = {**dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟«»″", '"')}
_DASHES = dict.fromkeys("‐‑‒–—―−", "-")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ſt", "ﬆ": "st"}


def restyle(decoded: Decoded, typography: Typography) -> Decoded:
    """The line with its signs written as asked; characters keep their frames."""
    table: dict[str, str] = {}
    if typography.quotes == "straight":
        table |= _QUOTES
    if typography.dashes == "hyphen":
        table |= _DASHES
    if typography.ligatures == "split":
        table |= _LIGATURES
    collapse = typography.spaces == "collapse"
    untidy = collapse and (decoded.text != decoded.text.strip(" ") or "  " in decoded.text)
    if not untidy and not any(c in table for c in decoded.text):
        return decoded
    characters: list[Character] = []
    for c in decoded.characters:
        written = table.get(c.char, c.char)
        if collapse and written == " " and (not characters or characters[-1].char == " "):
            continue
        characters += [c._replace(char=w) for w in written]
    if collapse and characters and characters[-1].char == " ":
        characters.pop()
    return dataclasses.replace(decoded, text="".join(c.char for c in characters),
                               characters=tuple(characters))
