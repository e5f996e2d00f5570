"""Short pieces that stand or fall with their signs: `a == b`, `Save as...`, `a – b`, `→ next`,
`x²`, `-v`, `a | b`. Clean as they may be, a model that met such signs only among many words of
running text takes three dots for dirt, a bar for a rule, and closes the gaps beside a sign."""

from __future__ import annotations

from collections.abc import Callable

from deeptext_cli.data.synth.dice import Dice, Weighted
from deeptext_cli.data.synth.figures import digits

_SMALL = ("a", "b", "c", "i", "j", "k", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x",
          "y", "z", "foo", "bar", "key", "value", "name", "next", "left", "none", "error", "file",
          "one", "two", "yes", "no", "on", "off", "to", "from", "size", "low", "high", "in", "out",
          "rows", "sum", "open", "up", "down", "start", "end", "text", "menu", "page", "noon")
_LARGE = ("A", "B", "C", "E", "F", "M", "N", "P", "R", "T", "V", "X", "Y", "Name", "Total", "Save",
          "Save as", "Open", "Browse", "Edit", "Loading", "Import", "Add", "More", "Search", "Wait",
          "Please wait", "Continue", "Select", "Options", "Find", "Print", "Monday", "Paris",
          "Rome", "London", "North", "Home", "Yes", "No", "Note", "See", "Page", "Size", "New",
          "TOTAL", "Read more", "Show all", "And then", "Well", "If only", "Connecting", "Export",
          "Rename")
_OPERATORS = ("==", "==", "!=", "<=", ">=", ":=", "=>", "->", "<-", "+=", "-=", "&&", "||", "|",
              "|", "|", "=", "=", "=", "+", "-", "*", "/", "<", ">", "<<", ">>", "%", "^", "//",
              "::", "&", "~", "±", "×", "÷", "≤", "≥", "≠", "≈", "→", "→", "←", "⇒", "↔", "·", "@")
_DASHES = (" – ", " – ", " – ", " — ", " — ", " - ", " - ", "–", "—", "-", " -- ", "--", " — ")
_DOTS = ("...", "...", "...", "...", "...", "...", " ...", "....", "..")
_LEADS = ("→ ", "← ", "• ", "· ", "» ", "> ", "* ", "- ", "– ", "— ", "+ ", "↑ ", "↓ ", "# ", "@",
          "~", "/", "\\", "|", "^", "_", "$", "§ ", "¶ ", "† ", "° ")
_FORMULAS = ("H2O", "CO2", "O2", "NO2", "SO4", "NaCl", "Fe2O3", "x²", "y²", "x³", "m²", "m³", "cm²",
             "km²", "r²", "πr²", "2π", "π", "Δt", "Δx", "ΔT", "Σx", "Ω", "kΩ", "10 Ω", "µm", "µg",
             "µs", "∞", "√2", "√x", "E = mc²", "a² + b²", "n²", "10²", "10³", "f(x)", "g(x)", "x_1",
             "x_i", "(x + y)²", "2x + 1", "y = mx + b", "1e-5", "1e6", "2e-3", "1E+09", "pH", "°C",
             "°F", "45°", "±5", "±0.1", "≤ 3", "≥ 18", "∞", "½", "¼", "¾", "1½", "Å", "ß")
_BARE = ("...", "...", "()", "[]", "{}", "[ ]", "[x]", "<>", "</>", "||", "&&", "==", "!=", "=>",
         "->", "<-", "<=", ">=", "::", "//", "/*", "*/", "--", "---", "***", "??", "?!", "!!",
         "!!!", "???", "^", "~", "|", "\\", "/", "_", "=", "+", "*", "&", "@", "#", "%", "→", "←",
         "↑", "↓", "»", "«", "§", "¶", "†", "•", "·", "×", "÷", "±", "∞", "°", "<", ">", "–", "—",
         "$", "€")
_TRIPLES = ("www", "www.", "III", "lll", "Ill", "Illinois", "ooo", "000", "111", "aaa", "xxx",
            "XXX", "vvv", "VVV", "OOO", "iii", "IIII", "zzz", "mmm", "nnn", "ccc", "sss", "uuu",
            "Il", "lI", "l1", "I1", "O0", "0O", "vv", "ww", "rn", "cl", "illegal", "Iliad", "fill",
            "pill", "sill")
_QUOTES = (('"', '"'), ('"', '"'), ("'", "'"), ("“", "”"), ("“", "”"), ("‘", "’"), ("‘", "’"),
           ("«", "»"), ("„", "“"), ("`", "`"), ("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"))


def _side(dice: Dice) -> str:
    style = dice.u()
    if style < 0.55:
        return str(dice.pick(_SMALL))
    return str(dice.pick(_LARGE)) if style < 0.75 else digits(dice, 1, 3)


def _operation(dice: Dice) -> str:
    space = " " if dice.u() < 0.75 else ""
    text = f"{_side(dice)}{space}{dice.pick(_OPERATORS)}{space}{_side(dice)}"
    return text + dice.pick(("", "", "", ";", ":", ")", ","))


def _dashed(dice: Dice) -> str:
    return f"{_side(dice)}{dice.pick(_DASHES)}{_side(dice)}"


def _open_ended(dice: Dice) -> str:
    """Words and the dots that say that more is to come."""
    text = dice.pick(_LARGE if dice.u() < 0.7 else _SMALL)
    more = dice.pick(("", "", "", "", "", ")", '"', "”", "?", f" {_side(dice)}"))
    return f"{dice.pick(('', '', '', '', '...', '... '))}{text}{dice.pick(_DOTS)}{more}"


def _led(dice: Dice) -> str:
    return f"{dice.pick(_LEADS)}{_side(dice)}"


def _formula(dice: Dice) -> str:
    return str(dice.pick(_FORMULAS))


def _bare(dice: Dice) -> str:
    return str(dice.pick(_BARE))


def _alike(dice: Dice) -> str:
    """Letters of one stroke, or the same one over and over."""
    return str(dice.pick(_TRIPLES))


def _option(dice: Dice) -> str:
    lead = f"-{dice.pick('abcdefghiklmnopqrstuvwxyzABCDIKLMORSTVWXZ')}" if dice.u() < 0.6 \
        else f"--{dice.pick(_SMALL)}"
    return lead + dice.pick(("", "", "", f" {_side(dice)}", f"={_side(dice)}"))


def _quoted(dice: Dice) -> str:
    left, right = dice.pick(_QUOTES)
    return f"{left}{_side(dice)}{dice.pick(('', '', '', '', '.', ',', '?', '!'))}{right}"


def _barred(dice: Dice) -> str:
    """Words with bars between them, as menus and tables of plain text have them."""
    joint = dice.pick((" | ", " | ", " | ", "|", " / ", " · ", " > ", " » ", " • "))
    text = joint.join(_side(dice) for _ in range(dice.integer(2, 3)))
    return f"| {text} |" if dice.u() < 0.1 else text


_MAKERS: tuple[tuple[Callable[[Dice], str], float], ...] = (
    (_operation, 22), (_open_ended, 20), (_dashed, 12), (_led, 8), (_formula, 8), (_bare, 8),
    (_alike, 5), (_option, 6), (_quoted, 6), (_barred, 8))
_DRAW = Weighted([m for m, _ in _MAKERS], [w for _, w in _MAKERS])


def signed(dice: Dice) -> str:
    """One piece."""
    return str(_DRAW.pick(dice)(dice))
