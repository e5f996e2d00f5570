"""Post-processing by convention: spaces, quotes, dashes, ligatures. Never digits or letters."""

from __future__ import annotations

from deeptext_cli.config.decode import Typography
from deeptext_cli.decode.result import Character, Decoded

_QUOTES = {**dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟«»″", '"')}
# Old type sets a double mark as wide as two single ones, which nobody writes beside each other; of
# the straight ones programs do.
_DOUBLED = {"‘‘": "“", "’’": "”", "‚‚": "„", "““": "“", "””": "”", "„„": "„"}
_LOW = "‚"  # a low quotation mark, which looks like a comma
_DASH = "–"  # no line ends in one right after a small letter: in a hyphen hundreds do
_DASHES = dict.fromkeys("‐‑‒–—―−", "-")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ſt", "ﬆ": "st"}


def restyle(decoded: Decoded, typography: Typography) -> Decoded:
    """The line with its signs written as asked; characters keep their frames."""
    if any(pair in decoded.text for pair in _DOUBLED):
        decoded = _undoubled(decoded)
    if _LOW in decoded.text:
        decoded = _opening(decoded)
    if decoded.text.endswith(_DASH) and decoded.text[-2:-1].islower():
        decoded = decoded.saying((*decoded.characters[:-1],
                                  decoded.characters[-1]._replace(char="-")))
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
    return decoded.saying(characters)


def _undoubled(decoded: Decoded) -> Decoded:
    """The line with two quotation marks in place of one joined."""
    characters: list[Character] = []
    for c in decoded.characters:
        one = _DOUBLED.get(characters[-1].char + c.char) if characters else None
        if one is None:
            characters.append(c)
        else:
            first = characters[-1]
            characters[-1] = Character(one, first.start_frame, c.end_frame,
                                       min(first.probability, c.probability))
    return decoded.saying(characters)


def _opening(decoded: Decoded) -> Decoded:
    """The line with commas for low quotation marks that open nothing: a space follows, or the
    end."""
    after = [*(c.char for c in decoded.characters[1:]), " "]
    return decoded.saying(c._replace(char=",") if c.char == _LOW and a == " " else c
                          for c, a in zip(decoded.characters, after, strict=True))
