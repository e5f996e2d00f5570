"""Running text: slices of text files, with casing and typographic variants, and random strings."""

from __future__ import annotations

import glob
import gzip
import re
import string
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path

from deeptext_cli.config.synth import TextSource
from deeptext_cli.data.synth.dice import Dice, Weighted
from deeptext_cli.errors import DataError

_MARKS = string.punctuation + "“”„»«‘’‚‹›—–…"
_QUOTES = (("“", "”"), ("„", "“"), ("»", "«"), ("«", "»"), ("‘", "’"), ("‚", "‘"), ("‹", "›"))


@lru_cache(maxsize=64)
def _read(path: str) -> str:
    """A file's text on one line, NFC; plain or gzip."""
    try:
        data = Path(path).read_bytes()
        if path.endswith(".gz"):
            data = gzip.decompress(data)
        text = data.decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as e:
        raise DataError(f"{path}: cannot be read as text: {e}",
                        remedy="give plain or gzip text in UTF-8") from e
    return " ".join(unicodedata.normalize("NFC", _untokenised(text)).split())


def _untokenised(text: str) -> str:
    """Undo the word splitting of language-model corpora (`a , b`, `@-@`, `<unk>`)."""
    if "<unk>" not in text:
        return text
    text = re.sub(r"\s*<unk>", "", re.sub(r" @(.)@ ", r"\1", text))
    text = re.sub(r" ([,.;:!?%)\]]|'(?:s|t|re|ve|ll|d|m)\b)", r"\1", text)
    text = re.sub(r"([(\[$£€]) ", r"\1", text)
    return re.sub(r"= (.*?) =", r"\1", re.sub(r'" ([^"\n]*?) "', r'"\1"', text))


@lru_cache(maxsize=64)
def _vocabulary(text: str) -> tuple[str, ...]:
    """The text's different words, without the marks around them."""
    bare = (word.strip(_MARKS) for word in text.split())
    return tuple(sorted({word for word in bare if word}))


@lru_cache(maxsize=1)
def builtin_text() -> str:
    """The small text that comes with the package: every European Latin alphabet occurs."""
    text = (resources.files("deeptext_cli.data.synth") / "builtin.txt").read_text("utf-8")
    return " ".join(text.split())


class Corpus:
    """Slices of weighted text files."""

    def __init__(self, sources: Sequence[TextSource], folder: str | Path = ".") -> None:
        texts: list[str] = []
        weights: list[float] = []
        for source in sources:
            files = sorted(glob.glob(str(Path(folder) / Path(source.path).expanduser())))
            found = [t for t in map(_read, files) if len(t) > 200]
            texts += found
            weights += [source.weight / len(found) for _ in found]
        if not texts:
            texts, weights = [builtin_text()], [1.0]
        self._files: Weighted = Weighted(texts, weights)

    def slice(self, dice: Dice, low: int, high: int) -> str:
        """About `low`..`high` characters from a random place, mostly at word borders."""
        text: str = self._files.pick(dice)
        length = dice.integer(low, high)
        at = int(dice.u() * max(1, len(text) - high - 40))
        if dice.u() > 0.04:  # seldom from within a word, as where a line was hyphenated
            at = text.find(" ", at, at + 40) + 1 or at
        end = at + length
        style = dice.u()
        if style > 0.06:
            space = text.rfind(" ", at + 1, end + 1)
            end = space if space >= at + low else (text.find(" ", end) if space < 0 else end)
        piece = text[at:end if end > 0 else at + length][:high].strip()
        if style < 0.03 and piece[-1:].isalpha():
            piece = piece[:high - 1] + "-"
        return piece

    def words(self, dice: Dice, low: int, high: int) -> str:
        """`low`..`high` whole words."""
        count = dice.integer(low, high)
        pieces = self.slice(dice, 12 * count, 16 * count + 12).split()
        return " ".join(pieces[-count - 1:-1] or pieces[:count])

    def distinct_words(self, dice: Dice, low: int, high: int) -> str:
        """`low`..`high` words of one file, each of its different words as likely as any other."""
        words = _vocabulary(self._files.pick(dice))
        if not words:
            return self.words(dice, low, high)
        return " ".join(dice.pick(words) for _ in range(dice.integer(low, high)))


def vary(text: str, dice: Dice, *, upper: float, title: float, signs: float = 0.0,
         accents: float = 0.05) -> str:
    """Casing and typography as printers vary it: capitals, quotation marks, dashes, accents.

    signs, accents: shares of texts that are given more of them (`punctuated`, `accented`).
    """
    style = dice.u()
    if style < upper:
        text = "".join(c if c == "ß" else c.upper() for c in text)
    elif style < upper + title:
        text = string.capwords(text)  # not str.title(), which makes `It'S` of `it's`
    if '"' in text and dice.u() < 0.5:
        left, right = dice.pick(_QUOTES)
        for i, part in enumerate(parts := text.split('"')):
            if i < len(parts) - 1:
                opening = not part or part[-1] in " (" if i else not part or part[-1] == " "
                parts[i] = part + (left if opening else right)
        text = "".join(parts)
    if "'" in text and dice.u() < 0.4:
        text = text.replace("'", "’")
    if "--" in text:
        text = text.replace("--", dice.pick(("—", "–", " — ", " – ", "--", "-")))
    if dice.u() < accents:
        text = accented(text, dice)
    if signs and dice.u() < signs:
        text = referenced(text, dice) if dice.u() < REFERENCES else punctuated(text, dice)
    return text


REFERENCES = 0.3  # share of the texts with more signs that are given figures with them


def referenced(text: str, dice: Dice) -> str:
    """Figures and brackets as papers and books set them among words: citations, years, pages,
    ranges, initials."""
    words = text.split()
    for _ in range(dice.integer(1, 3)):
        n, more, year = dice.integer(1, 99), dice.integer(1, 40), dice.integer(1780, 2035)
        page = int(10 ** dice.between(0, 3.2))
        letters = "".join(dice.pick("ABCDEFGHIJKLMNOPRSTVW") + "." for _ in range(2))
        dash = dice.pick(("–", "–", "-", "—"))
        made = dice.pick((
            f"[{n}]", f"[{n}]", f"[{n}, {n + more}]", f"[{n}{dash}{n + more}]", f"({year})",
            f"({year}),", f"{year}{dash}{year + more}", f"{page}{dash}{page + more}",
            f"pp. {page}{dash}{page + more}", f"p. {page}", f"{n}({more}),", f"({n})", f"{year}s",
            f"({words[0]}, {year})" if words else f"({year})", f"{letters[:2]},", f"{letters},",
            f"{letters[:2]} {letters[2:]}", "et al.", f"Fig. {n}", f"Vol. {n},", f"§ {n}",
            f"{n}.", f"{n})", f"{n}.{more}", f"{n}%", f"{n},{page:03}", f"no. {n}", f"{year}"))
        at = 0 if made[0] == "[" and dice.u() < 0.4 else dice.integer(0, len(words))
        if at and made[0] == "[" and dice.u() < 0.7:  # as in encyclopedias
            words[at - 1] += made
        else:
            words.insert(at, made)
    return " ".join(words)


_DASHES = ("—", "–", "—", " — ", " – ", "--", "-", " - ")
_RELATIONS = (" → ", " → ", "→", " ⇒ ", " ↔ ", " ← ", " ≈ ", " ≠ ", " ≤ ", " ≥ ", "≤ ", " ≥", " √",
              " Δ", " Σ", " Ω ", " π ", " ∞ ", " ↑ ", " ↓ ", "↑ ", "↓ ", " ± ", " × ")
_BRACKETS = (("(", ")"), ("(", ")"), ("[", "]"), ("/", "/"), ("{", "}"), ("*", "*"), ("<", ">"))
_ENDS = ("…", "...", "?", "!", ";", ":", ".", ",", "?”", ".”", "!”", ",”", ".’", "?’", '."', '?"',
         ".)", "—", "–", "—”", "†", "*", "²", "¹", "®", "™", "°", "§", "%", "•")


def punctuated(text: str, dice: Dice) -> str:
    """Signs that running text is short of: words quoted or in brackets, dashes, closing marks.

    Quotations may begin or end on another line.
    """
    words = text.split()
    if not words:
        return text
    i = int(dice.skewed(0, len(words) - 1, 1.5) + 0.5)
    j = min(len(words) - 1, i + int(dice.skewed(0, 6, 2.0) + 0.5))
    style = dice.u()
    if style < 0.55:
        left, right = dice.pick((*_QUOTES, ("“", "”"), ("“", "”"), ('"', '"'), ('"', '"'),
                                 ("‘", "’"), ("'", "'"), ("“‘", "’”")))
        which = dice.u()
        if which < 0.75:
            words[i] = left + words[i]
        if which > 0.25:
            j = j if dice.u() < 0.6 else len(words) - 1
            end = dice.pick(("", "", ",", ".", "?", "!", "—")) if words[j][-1:].isalnum() else ""
            words[j] += end + right
    elif style < 0.65:
        left, right = dice.pick(_BRACKETS)
        words[i] = left + words[i]
        words[j] += right
    elif style < 0.85 and len(words) > 1:
        i = max(i, 1)
        joint = dice.pick(_DASHES if style < 0.78 else _RELATIONS)
        words[i - 1:i + 1] = [words[i - 1].rstrip(".,;:") + joint + words[i]]
    else:
        words[-1] = words[-1].rstrip(".,;:") + dice.pick(_ENDS)
    return " ".join(words)


@lru_cache(maxsize=1)
def _accented_forms() -> dict[str, str]:
    forms: dict[str, str] = {}
    for code in (*range(0xC0, 0x180), 0x218, 0x219, 0x21A, 0x21B):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base != chr(code):
            forms[base] = forms.get(base, "") + chr(code)
    forms.update({"o": forms["o"] + "ø", "O": forms["O"] + "Ø", "l": forms["l"] + "ł",
                  "L": forms["L"] + "Ł", "d": forms["d"] + "đð", "D": forms["D"] + "ĐÐ",
                  "h": forms["h"] + "ħ", "H": forms["H"] + "Ħ", "s": forms["s"] + "ßſ",
                  "t": forms["t"] + "þ", "T": forms["T"] + "Þ"})
    return forms


def accented(text: str, dice: Dice, share: float = 0.15) -> str:
    """Give some letters a diacritic, so that every accented letter is met in running text."""
    forms = _accented_forms()
    return "".join(dice.pick(forms[c]) if c in forms and dice.u() < share else c for c in text)


class RandomStrings:
    """Strings of no language from a set of characters; rare ones come as often as common ones."""

    def __init__(self, chars: Sequence[str]) -> None:
        chars = [c for c in chars if c != " "]
        self._groups = {
            "digits": [c for c in chars if c in "0123456789"],
            "lower": [c for c in chars if c.isascii() and c.islower()],
            "upper": [c for c in chars if c.isascii() and c.isupper()],
            "accents": [c for c in chars if not c.isascii() and c.isalpha()],
            "signs": [c for c in chars if not c.isalpha() and c not in "0123456789"],
        }
        self._all = chars
        self._profiles = [self._profile(*w) for w in (
            (10, 30, 6, 30, 8), (40, 0, 30, 0, 12), (12, 30, 20, 10, 10), (0, 0, 30, 30, 6),
            (55, 0, 3, 0, 25), (5, 5, 5, 5, 40), (2, 40, 3, 20, 2))]

    def _profile(self, *weights: float) -> Weighted:
        pairs = [(g, w) for g, w in zip(self._groups.values(), weights, strict=True) if g and w]
        if not pairs:
            return Weighted([self._all], [1.0])
        return Weighted([g for g, _ in pairs], [w for _, w in pairs])

    def draw(self, dice: Dice, low: int, high: int) -> str:
        length = int(dice.skewed(low, high, 1.6) + 0.5)
        profile = dice.pick(self._profiles)
        out: list[str] = []
        word = 0
        for i in range(length):
            if word > 2 and i < length - 1 and dice.u() < 0.16:
                out.append(" ")
                word = 0
            else:
                out.append(dice.pick(profile.pick(dice)))
                word += 1
        return "".join(out)
