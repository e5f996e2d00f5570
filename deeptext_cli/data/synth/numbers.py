"""Lines of receipts, forms and tables: amounts, dates, codes, labels with values, addresses.

Runs of spaces are gaps in print; the label has one space there.
"""

from __future__ import annotations

from collections.abc import Callable

from deeptext_cli.data.synth.corpus import Corpus
from deeptext_cli.data.synth.dice import Dice, Weighted
from deeptext_cli.data.synth.figures import (
    LABELS,
    amount,
    code,
    date,
    digits,
    mail,
    money_text,
    number,
    percent,
    phone,
    short_count,
    when,
)

_ITEMS = (
    "COFFEE|TEA O ICE|NASI LEMAK|MILK 1L|BREAD|WHITE BREAD|BUTTER|CHICKEN RICE|ROTI CANAI|EGGS|"
    "CHEESE|HAM|SUGAR|SALT|A4 PAPER|PEN BLUE|STAPLER|BATTERY AA|LED BULB|SCREW M6|PVC PIPE|CEMENT|"
    "PAINT WHITE|WIRE 2.5MM|TAPE|GLUE|MINERAL WATER|COKE|ORANGE JUICE|BEER|RED WINE|FISH & CHIPS|"
    "BURGER|FRIES (L)|SOUP|SALAD|STEAK|PASTA|PIZZA|ICE CREAM|CAKE|SHAMPOO|SOAP|TOOTHPASTE|TISSUE|"
    "PLASTIC BAG|UMBRELLA|T-SHIRT|SOCKS|JEANS|SHOES|PARKING|TAXI|DIESEL|UNLEADED 95|CAR WASH"
).split("|")
_SHOP = ("SDN BHD|SDN. BHD.|LTD|LTD.|INC.|CO.|& CO|GMBH|AG|S.A.|S.R.L.|PTE LTD|ENTERPRISE|TRADING|"
         "STORE|MART|RESTAURANT|CAFE|BAKERY|HARDWARE|PHARMACY|SUPERMARKET|HOLDINGS|CORP.|LLC|"
         "INDUSTRIES|UNIVERSITY|DEPARTMENT|COUNCIL|MINISTRY|COMMITTEE|OFFICE|LABORATORIES").split("|")
_STREET = ("JALAN|Jalan|Street|St.|Road|Rd|Avenue|Ave.|Lane|Drive|Blvd|Square|Court|-Str.|straße|"
           "rue|Via|Calle|ul.|Taman|No.|Lot|Suite|Floor|P.O. Box|Box|Unit").split("|")
_SAYINGS = (
    "THANK YOU|THANK YOU FOR SHOPPING|PLEASE COME AGAIN|GOODS SOLD ARE NOT RETURNABLE|TAX INVOICE|"
    "SIMPLIFIED TAX INVOICE|CASH SALES|OFFICIAL RECEIPT|CUSTOMER COPY|MERCHANT COPY|DUPLICATE|"
    "VOID|PAID|ITEM(S)|CONFIDENTIAL|MEMORANDUM|INTER-OFFICE MEMORANDUM|FAX COVER SHEET|DRAFT|"
    "FOR INTERNAL USE ONLY|CONTINUED ON NEXT PAGE|SEE REVERSE SIDE|DO NOT WRITE BELOW THIS LINE|"
    "PLEASE PRINT|CHECK ONE|YES NO|N/A|NONE|TBD|Please indicate|If yes, explain|(see attached)|"
    "* * *|Vielen Dank|Danke für Ihren Einkauf|Merci de votre visite|Gracias por su compra|"
    "Grazie e arrivederci|Dziękujemy|Děkujeme|Kiitos|Tak for besøget|GST SUMMARY|Tax(RM)|Amt(RM)"
).split("|")
_TAX_MARKS = ("", "", " SR", " Z", " *", " A", " T", "-", " S", " B")


class NumberLines:
    """Draws one line of a receipt, form or table."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        makers: list[tuple[Callable[[Dice], str], float]] = [
            (self._labelled, 24), (self._item, 14), (self._cells, 8), (self._shop, 6),
            (self._address, 6), (self._saying, 5), (self._money, 8), (date, 7), (when, 4),
            (phone, 4), (code, 7), (mail, 4), (percent, 3), (number, 4),
            (self._heading, 5), (self._remark, 6), (self._range, 2), (self._name, 4)]
        self._makers: Weighted = Weighted([m for m, _ in makers], [w for _, w in makers])

    def draw(self, dice: Dice) -> str:
        return str(self._makers.pick(dice)(dice))

    def _words(self, dice: Dice, low: int, high: int) -> str:
        return self._corpus.words(dice, low, high)

    def _value(self, dice: Dice) -> str:
        make = dice.pick((number, date, self._money, code, code, when, phone, mail,
                          percent, self._money, self._name, self._name, short_count))
        return make(dice)

    def _labelled(self, dice: Dice) -> str:
        label = dice.pick(LABELS)
        if dice.u() < 0.35:
            label = label.upper()
        colon = dice.pick((":", ":", ":", " :", "", ".", " -", "=", "#", "#:", " No.:", "/"))
        if dice.u() < 0.18:
            return label + colon
        gap = dice.pick((" ", " ", " ", "  ", "   ", "      ", "            "))
        value = self._value(dice)
        if dice.u() < 0.06:
            return f"{label}{colon}{gap}{value} {dice.pick(LABELS)}: {self._value(dice)}"
        return f"{label}{colon}{gap}{value}"

    def _item(self, dice: Dice) -> str:
        name = dice.pick(_ITEMS) if dice.u() < 0.4 else self._words(dice, 1, 3)
        if dice.u() < 0.7:
            name = name.upper()
        gap = " " * dice.integer(1, 14)
        style = dice.u()
        if style < 0.3:
            return f"{name}{gap}{amount(dice)}"
        if style < 0.5:
            return f"{dice.integer(1, 24)} {name}{gap}{amount(dice)}{dice.pick(_TAX_MARKS)}"
        if style < 0.7:
            at = dice.pick((" x ", " X ", " @ ", "x", " × ", "@"))
            return f"{dice.integer(1, 60)}{at}{amount(dice)}{gap}{amount(dice)}"
        if style < 0.85:
            return f"{digits(dice, 8, 13)}{gap}{name}"
        return f"{dice.integer(1, 30)}. {name}{gap}{money_text(dice)}"

    def _cells(self, dice: Dice) -> str:
        cells = []
        for _ in range(dice.integer(2, 6)):
            make = dice.pick((number, number, percent, short_count, code, amount))
            cells.append(make(dice))
        return (" " * dice.integer(1, 9)).join(cells)

    def _shop(self, dice: Dice) -> str:
        name = f"{self._words(dice, 1, 3)} {dice.pick(_SHOP)}"
        name = name.upper() if dice.u() < 0.75 else name.title()
        if dice.u() < 0.25:
            name += f" ({digits(dice, 5, 8)}-{dice.pick('ABDHKMPTUVWX')})"
        return name

    def _address(self, dice: Dice) -> str:
        street = f"{self._words(dice, 1, 2).strip('.,;:!?-').title()}"
        kind = dice.pick(_STREET)
        style = dice.u()
        if style < 0.3:
            line = f"{dice.integer(1, 400)}, {kind} {street}"
        elif style < 0.6:
            line = f"{dice.integer(1, 4000)} {street} {kind}"
        elif style < 0.8:
            line = f"{digits(dice, 4, 6)} {street}, {self._name(dice).split()[-1]}."
        else:
            line = f"{kind} {street} {dice.integer(1, 200)}/{dice.integer(1, 30)}," \
                   f" {digits(dice, 5, 5)} {street}"
        return line.upper() if dice.u() < 0.4 else line

    def _saying(self, dice: Dice) -> str:
        text = dice.pick(_SAYINGS)
        return dice.pick((text, text, f"*** {text} ***", f"** {text} **", f"-- {text} --",
                          f"{text}!", f"({text})", f"<< {text} >>", f"{text}: {number(dice)}"))

    def _money(self, dice: Dice) -> str:
        return money_text(dice)

    def _heading(self, dice: Dice) -> str:
        words = self._words(dice, 1, 4)
        style = dice.u()
        if style < 0.4:
            return words.upper()
        if style < 0.6:
            return f"{dice.pick(('I', 'II', 'III', 'IV', 'V', 'VI', 'A', 'B', 'C', '1', '2'))}. " \
                   f"{words.title()}"
        labels = [dice.pick(LABELS) for _ in range(dice.integer(2, 4))]
        return (" " * dice.integer(1, 8)).join(labels)

    def _remark(self, dice: Dice) -> str:
        words = self._words(dice, 1, 5)
        return dice.pick((
            f"({words})", f"{words}:", f"- {words}", f"* {words}", f"• {words}", f"[{words}]",
            f"{dice.integer(1, 30)}) {words}", f"({dice.pick('abcdefghi')}) {words}",
            f"{words} ({number(dice)})", f"{words}, {number(dice)} {words[:3]}",
            f'"{words}"', f"{words}/{dice.pick(LABELS)}", f"{words} # {number(dice)}",
            f"{words} & {dice.pick(LABELS)}", f"{words} + {short_count(dice)}",
            f"{dice.integer(1, 9)}.{dice.integer(1, 20)} {words}", f"{words}?", f"{words}*",
            f"{words} ...", f"{words} {'.' * dice.integer(3, 9)} {dice.integer(1, 400)}"))

    def _range(self, dice: Dice) -> str:
        dash = dice.pick(("-", " - ", "–", " to ", " bis ", "/"))
        return f"{number(dice)}{dash}{number(dice)}"

    def _name(self, dice: Dice) -> str:
        words = self._words(dice, 1, 2).strip(" .,;:!?\"'()-–—").title()
        initial = f"{dice.pick('ABCDEFGHJKLMNPRSTVW')}. " if dice.u() < 0.4 else ""
        name = f"{initial}{words}" if words else "N.N."
        style = dice.u()
        if style < 0.2:
            return name.upper()
        if style < 0.3:
            return dice.pick(("Mr. ", "Mrs. ", "Ms. ", "Dr. ", "Prof. ", "Herr ", "M. ")) + name
        return name
