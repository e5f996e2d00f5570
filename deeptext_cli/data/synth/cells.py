"""Short entries as tables, labels, menus and forms hold them by themselves: `0g`, `12%`, `(i)`,
`III`, `7-6`, `-3°C`, `2x`, `__init__`. In a line of many words they are met seldom, and what stands
in a cell alone has no words beside it that would tell a nought from an O."""

from __future__ import annotations

from collections.abc import Callable

from deeptext_cli.data.synth.dice import Dice, Weighted
from deeptext_cli.data.synth.figures import digits

_CLOSE = ("g", "g", "g", "mg", "mg", "mcg", "µg", "kg", "ml", "mL", "l", "L", "cl", "cm", "mm",
          "km", "m", "V", "W", "kW", "A", "Hz", "GB", "MB", "TB", "h", "min", "s", "px", "pt",
          "oz", "lb", "kcal", "kJ", "K", "k", "M", "p", "x", "°", "°C", "°F", "'", '"', "th", "st",
          "nd", "rd", "€", "$", "°C", "g", "mg", "%", "%", "%", "%", "%", "%", "%")
_LEADS = ("$", "€", "£", "#", "x", "×", "+", "-", "±", "~", "<", ">", "No. ", "p. ", "§ ", "v",
          "Q", "B", "A", "C", "T", "M", "Fig. ", "Tab. ", "≤ ", "≥ ", "@", "*")
_WORDS = ("No.", "N/A", "n/a", "Yes", "No", "OK", "-", "–", "—", "...", "Qty", "Sum", "Total",
          "Item", "TBD", "AM", "PM", "kg", "USD", "EUR", "ID", "Nr.", "N°", "No", "Ref.", "%",
          "°C", "m²", "g/L", "km/h", "1st", "2nd", "3rd", "etc.", "vs.", "M", "F", "L", "R", "S",
          "XL", "A4")
_NAMES = ("init", "main", "name", "file", "str", "repr", "len", "id", "x", "value", "index",
          "data", "size", "path", "self", "count", "max", "user", "tmp", "key", "all", "call",
          "dict")
_FEW, _MORE = (0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), 110


def roman(value: int) -> str:
    """A number in Roman numerals, 1..3999."""
    text = ""
    for sign, worth in (("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90),
                        ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)):
        text += sign * (value // worth)
        value %= worth
    return text


def _count(dice: Dice) -> str:
    style = dice.u()
    if style < 0.35:
        return str(dice.pick(_FEW))
    if style < 0.75:
        return str(dice.integer(0, _MORE))
    if style < 0.9:
        return digits(dice, 3, 4)
    return f"{dice.integer(0, 99)}{dice.pick(('.', '.', ','))}{digits(dice, 1, 2)}"


def _measure(dice: Dice) -> str:
    return f"{dice.pick(('', '', '', '', '-', '<'))}{_count(dice)}" \
           f"{dice.pick(('', '', '', ' '))}{dice.pick(_CLOSE)}"


def _led(dice: Dice) -> str:
    return f"{dice.pick(_LEADS)}{_count(dice)}"


def _price(dice: Dice) -> str:
    point = dice.pick((".", ".", ",", ","))
    value = f"{dice.integer(0, 999)}{point}{digits(dice, 2, 2)}"
    return dice.pick((value, value, f"${value}", f"{value} €", f"€{value}", f"£{value}",
                      f"{value}-", f"({value})", f"-{value}", f"{value} kr",
                      f"{digits(dice, 1, 3)} {value}"))


def _mark(dice: Dice) -> str:
    """What numbers an entry of a list."""
    number = dice.integer(1, 20)
    inside = dice.pick((dice.pick("abcdefghijklmnopqrstuvwxyz"), roman(number).lower(),
                        roman(number), dice.pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), str(number)))
    return dice.pick((f"({inside})", f"({inside})", f"{inside})", f"{inside}.", f"[{inside}]",
                      inside, f"{inside}:"))


def _roman(dice: Dice) -> str:
    value = roman(dice.integer(1, 39) if dice.u() < 0.8 else dice.integer(40, 2030))
    return dice.pick((value, value, value, value.lower(), f"Part {value}", f"Chapter {value}",
                      f"{dice.pick(('Louis', 'Henry', 'Pius', 'World War'))} {value}", f"{value}."))


def _pair(dice: Dice) -> str:
    a, b = str(dice.pick(_FEW)), str(dice.pick(_FEW))
    if dice.u() < 0.5:
        a, b = _count(dice), _count(dice)
    joint = dice.pick(("-", "-", "-", "–", ":", "/", "/", "x", "×", " x ", " - ", " / ", "+", "="))
    return f"{a}{joint}{b}"


def _clock(dice: Dice) -> str:
    hour, minute = dice.integer(0, 23), dice.integer(0, 59)
    return dice.pick((f"{hour:02}:{minute:02}", f"{hour}:{minute:02}", f"{hour}.{minute:02}",
                      f"{hour}h{minute:02}", f"{hour % 12 or 12} {dice.pick(('am', 'pm', 'AM'))}"))


def _code(dice: Dice) -> str:
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    return dice.pick((f"{dice.pick(letters)}{digits(dice, 1, 3)}", f"{digits(dice, 1, 3)}"
                      f"{dice.pick(letters)}", f"{dice.pick(letters)}-{digits(dice, 1, 3)}",
                      f"{dice.pick(letters)}{dice.pick(letters)}{digits(dice, 1, 2)}",
                      f"{digits(dice, 1, 2)}{dice.pick('abcd')}"))


def _single(dice: Dice) -> str:
    return dice.pick("0123456789" * 4 + "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghkmnpqrtxy")


def _word(dice: Dice) -> str:
    return dice.pick(_WORDS)


def _identifier(dice: Dice) -> str:
    name = dice.pick(_NAMES)
    other = dice.pick(_NAMES)
    return dice.pick((f"__{name}__", f"__{name}__", f"_{name}", f"{name}_", f"{name}_{other}",
                      f"{name.upper()}_{other.upper()}", f"__{name}__.py", f"{name}_{other}.py",
                      f"{name}_{digits(dice, 1, 2)}", f"self._{name}", f"{other}.__{name}__"))


_MAKERS: tuple[tuple[Callable[[Dice], str], float], ...] = (
    (_measure, 26), (_price, 12), (_mark, 12), (_count, 8), (_pair, 9), (_roman, 8), (_led, 6),
    (_identifier, 6), (_word, 5), (_clock, 4), (_code, 4), (_single, 4))
_DRAW = Weighted([m for m, _ in _MAKERS], [w for _, w in _MAKERS])


def cell(dice: Dice) -> str:
    """One entry."""
    return str(_DRAW.pick(dice)(dice))
