"""Lines of receipts, forms and tables: amounts, dates, codes, labels with values, addresses.

Runs of spaces are gaps in print; the label has one space there.
"""

from __future__ import annotations

from collections.abc import Callable

from deeptext_cli.data.synth.corpus import Corpus
from deeptext_cli.data.synth.dice import Dice, Weighted

_CURRENCY = ("$", "€", "£", "RM", "EUR", "USD", "CHF", "kr", "Kč", "zł", "Ft", "lei", "GBP", "DM",
             "¥", "Fr.", "S$", "A$", "SEK", "NOK", "DKK", "PLN", "CZK", "¢", "TL", "R$")
_MONTHS = ("January February March April May June July August September October November December "
           "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Januar Februar März Juni Juli Oktober "
           "Dezember janvier février mars avril mai juin juillet août septembre octobre novembre "
           "décembre enero febrero marzo abril mayo junio julio agosto septiembre gennaio maggio "
           "luglio ledna února března října styczeń lutego sierpnia grudnia").split()
_DAYS = ("Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
         "Mo Di Mi Do Fr Sa So lundi mardi jeudi Montag Freitag lunes viernes").split()
_LABELS = (
    "Total|Subtotal|Sub-Total|Grand Total|Net Total|Amount|Amount Due|Balance|Balance Due|Change|"
    "Cash|Tax|GST|VAT|Sales Tax|Discount|Rounding|Rounding Adj|Service Charge|Tip|Deposit|Price|"
    "Unit Price|Qty|Quantity|Item|Items|Description|Date|Time|Invoice No|Invoice|Invoice Date|"
    "Receipt No|Receipt|Order No|Order|Customer|Customer No|Account|Account No|Acct|Ref|Ref No|"
    "Reference|Cashier|Clerk|Operator|Table|Terminal|Till|Store|Branch|Tel|Phone|Fax|Mobile|"
    "E-mail|Website|GST No|GST Reg No|VAT No|Reg No|Company No|ID|Code|Card No|Visa|Mastercard|"
    "Approval Code|Auth Code|Batch|Trace|Name|First Name|Surname|Address|City|State|Zip|Zip Code|"
    "Postcode|Country|Date of Birth|Place of Birth|Sex|Age|Nationality|Occupation|Signature|"
    "Signed|Title|Department|Division|Company|Brand|Subject|From|To|cc|Attention|Attn|Pages|"
    "No. of Pages|Page|Sheet|Remarks|Comments|Notes|Status|Type|Class|Grade|Weight|Height|Size|"
    "Length|Width|Volume|Model|Serial No|Serial|Lot|Batch No|Part No|Project|Project No|Task|"
    "Purpose|Region|Location|Source|Method|Sample|Test|Result|Results|Mean|Average|Std. Dev.|"
    "Range|Sum|Rate|Year|Month|Week|Day|Period|Budget|Cost|Estimated Cost|Actual|Expenses|Net|"
    "Gross|Paid|Received|Received By|Approved By|Prepared By|Requested By|Authorized|Ship To|"
    "Bill To|Sold To|Terms|Due Date|Delivery Date|Effective Date|Expiration|Valid Until|Start|End|"
    "Media|Issue|Circulation|Market|Supplier|Manufacturer|Product|Quantity Ordered|Summe|Betrag|"
    "Gesamtbetrag|Zwischensumme|Rechnung Nr.|Rechnungsdatum|Datum|Uhrzeit|MwSt|MwSt.|USt-IdNr.|"
    "Kunden-Nr.|Menge|Preis|Einzelpreis|Bezeichnung|Geboren|Straße|Ort|Bahnhof|Konto-Nr.|IBAN|BIC|"
    "Seite|Blatt|Aktenzeichen|Betreff|Montant|Montant TTC|Total HT|Total TTC|TVA|Facture N°|"
    "Facture|Quantité|Prix|Désignation|Adresse|Téléphone|Né le|Nom|Prénom|Objet|Réf.|Espèces|"
    "Rendu|Importe|Fecha|Hora|Factura|IVA|Cantidad|Precio|Nombre|Apellidos|Dirección|Teléfono|"
    "Totale|Data|Ora|Fattura|Quantità|Prezzo|Codice Fiscale|P. IVA|Cognome|Indirizzo|Resto|"
    "Kwota|Razem|Suma|Data wydania|Cena|Ilość|Numer|Nazwisko|Imię|Celkem|Datum vystavení|"
    "Množství|Jméno|Příjmení|Ulice|Číslo|Bedrag|Totaal|Datum en tijd|BTW|Aantal|Naam|Adres|Beløb|"
    "Dato|Antal|Navn|Moms|Summa|Belopp|Namn|Összesen|Dátum|Név|Cím|Toplam|Tarih|Tutar|Adı|Valor|"
    "Quantidade|Preço|Número|Nome|Endereço|Yhteensä|Päivämäärä|Nimi|Osoite|Skupaj|Znesek|Sumă"
).split("|")
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


class NumberLines:
    """Draws one line of a receipt, form or table."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        makers: list[tuple[Callable[[Dice], str], float]] = [
            (self._labelled, 24), (self._item, 14), (self._cells, 8), (self._shop, 6),
            (self._address, 6), (self._saying, 5), (self._money, 8), (_date, 7), (_when, 4),
            (_phone, 4), (_code, 7), (_mail, 4), (_percent, 3), (_number, 4),
            (self._heading, 5), (self._remark, 6), (self._range, 2), (self._name, 4)]
        self._makers: Weighted = Weighted([m for m, _ in makers], [w for _, w in makers])

    def draw(self, dice: Dice) -> str:
        return str(self._makers.pick(dice)(dice))

    def _words(self, dice: Dice, low: int, high: int) -> str:
        return self._corpus.words(dice, low, high)

    def _value(self, dice: Dice) -> str:
        make = dice.pick((_number, _date, self._money, _code, _code, _when, _phone, _mail,
                          _percent, self._money, self._name, self._name, _short_count))
        return make(dice)

    def _labelled(self, dice: Dice) -> str:
        label = dice.pick(_LABELS)
        if dice.u() < 0.35:
            label = label.upper()
        colon = dice.pick((":", ":", ":", " :", "", ".", " -", "=", "#", "#:", " No.:", "/"))
        if dice.u() < 0.18:
            return label + colon
        gap = dice.pick((" ", " ", " ", "  ", "   ", "      ", "            "))
        value = self._value(dice)
        if dice.u() < 0.06:
            return f"{label}{colon}{gap}{value} {dice.pick(_LABELS)}: {self._value(dice)}"
        return f"{label}{colon}{gap}{value}"

    def _item(self, dice: Dice) -> str:
        name = dice.pick(_ITEMS) if dice.u() < 0.4 else self._words(dice, 1, 3)
        if dice.u() < 0.7:
            name = name.upper()
        gap = " " * dice.integer(1, 14)
        style = dice.u()
        if style < 0.3:
            return f"{name}{gap}{_amount(dice)}"
        if style < 0.5:
            return f"{dice.integer(1, 24)} {name}{gap}{_amount(dice)}{dice.pick(_TAX_MARKS)}"
        if style < 0.7:
            at = dice.pick((" x ", " X ", " @ ", "x", " × ", "@"))
            return f"{dice.integer(1, 60)}{at}{_amount(dice)}{gap}{_amount(dice)}"
        if style < 0.85:
            return f"{_digits(dice, 8, 13)}{gap}{name}"
        return f"{dice.integer(1, 30)}. {name}{gap}{_money_text(dice)}"

    def _cells(self, dice: Dice) -> str:
        cells = []
        for _ in range(dice.integer(2, 6)):
            make = dice.pick((_number, _number, _percent, _short_count, _code, _amount))
            cells.append(make(dice))
        return (" " * dice.integer(1, 9)).join(cells)

    def _shop(self, dice: Dice) -> str:
        name = f"{self._words(dice, 1, 3)} {dice.pick(_SHOP)}"
        name = name.upper() if dice.u() < 0.75 else name.title()
        if dice.u() < 0.25:
            name += f" ({_digits(dice, 5, 8)}-{dice.pick('ABDHKMPTUVWX')})"
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
            line = f"{_digits(dice, 4, 6)} {street}, {self._name(dice).split()[-1]}."
        else:
            line = f"{kind} {street} {dice.integer(1, 200)}/{dice.integer(1, 30)}," \
                   f" {_digits(dice, 5, 5)} {street}"
        return line.upper() if dice.u() < 0.4 else line

    def _saying(self, dice: Dice) -> str:
        text = dice.pick(_SAYINGS)
        return dice.pick((text, text, f"*** {text} ***", f"** {text} **", f"-- {text} --",
                          f"{text}!", f"({text})", f"<< {text} >>", f"{text}: {_number(dice)}"))

    def _money(self, dice: Dice) -> str:
        return _money_text(dice)

    def _heading(self, dice: Dice) -> str:
        words = self._words(dice, 1, 4)
        style = dice.u()
        if style < 0.4:
            return words.upper()
        if style < 0.6:
            return f"{dice.pick(('I', 'II', 'III', 'IV', 'V', 'VI', 'A', 'B', 'C', '1', '2'))}. " \
                   f"{words.title()}"
        labels = [dice.pick(_LABELS) for _ in range(dice.integer(2, 4))]
        return (" " * dice.integer(1, 8)).join(labels)

    def _remark(self, dice: Dice) -> str:
        words = self._words(dice, 1, 5)
        return dice.pick((
            f"({words})", f"{words}:", f"- {words}", f"* {words}", f"• {words}", f"[{words}]",
            f"{dice.integer(1, 30)}) {words}", f"({dice.pick('abcdefghi')}) {words}",
            f"{words} ({_number(dice)})", f"{words}, {_number(dice)} {words[:3]}",
            f'"{words}"', f"{words}/{dice.pick(_LABELS)}", f"{words} # {_number(dice)}",
            f"{words} & {dice.pick(_LABELS)}", f"{words} + {_short_count(dice)}",
            f"{dice.integer(1, 9)}.{dice.integer(1, 20)} {words}", f"{words}?", f"{words}*",
            f"{words} ...", f"{words} {'.' * dice.integer(3, 9)} {dice.integer(1, 400)}"))

    def _range(self, dice: Dice) -> str:
        dash = dice.pick(("-", " - ", "–", " to ", " bis ", "/"))
        return f"{_number(dice)}{dash}{_number(dice)}"

    def _name(self, dice: Dice) -> str:
        words = self._words(dice, 1, 2).strip(".,;:!?\"'()-–—").title()
        initial = f"{dice.pick('ABCDEFGHJKLMNPRSTVW')}. " if dice.u() < 0.4 else ""
        name = f"{initial}{words}" if words else "N.N."
        style = dice.u()
        if style < 0.2:
            return name.upper()
        if style < 0.3:
            return dice.pick(("Mr. ", "Mrs. ", "Ms. ", "Dr. ", "Prof. ", "Herr ", "M. ")) + name
        return name


_TAX_MARKS = ("", "", " SR", " Z", " *", " A", " T", "-", " S", " B")


def _digits(dice: Dice, low: int, high: int) -> str:
    return "".join(str(int(dice.u() * 10)) for _ in range(dice.integer(low, high)))


def _short_count(dice: Dice) -> str:
    return str(int(10 ** dice.between(0, 3.3)))


def _amount(dice: Dice) -> str:
    value = 10 ** dice.between(-0.5, 4.3)
    style = dice.u()
    if style < 0.5:
        text = f"{value:.2f}"
    elif style < 0.68:
        text = f"{value:,.2f}"
    elif style < 0.8:
        text = f"{value:.2f}".replace(".", ",")
    elif style < 0.88:
        text = f"{value:,.2f}".replace(",", " ").replace(".", ",")
    elif style < 0.94:
        text = f"{value * 20:,.0f}"
    else:
        text = f"{value:,.2f}".replace(",", "'")
    if dice.u() < 0.05:
        text = dice.pick((f"-{text}", f"({text})", f"{text}-", f"{text} CR", f"−{text}"))
    return text


def _money_text(dice: Dice) -> str:
    sign = dice.pick(_CURRENCY)
    gap = dice.pick(("", "", " ", "  "))
    amount = _amount(dice)
    return f"{sign}{gap}{amount}" if dice.u() < 0.65 else f"{amount}{gap or ' '}{sign}"


def _number(dice: Dice) -> str:
    style = dice.u()
    value = 10 ** dice.between(0, 6)
    if style < 0.35:
        return f"{value:.0f}"
    if style < 0.55:
        return f"{value:,.0f}"
    if style < 0.75:
        return f"{value / 100:.{dice.integer(1, 4)}f}"
    if style < 0.85:
        return f"{value / 1000:.{dice.integer(1, 3)}f}".replace(".", ",")
    unit = dice.pick(("kg", "g", "mg", "ml", "l", "cm", "mm", "m²", "km", "°C", "pcs", "%", "St.",
                      "m³", "µg", "hrs", "min", "lbs", "oz", "ft", "in.", "MHz", "V", "kW", "ppm"))
    return f"{value / 100:.{dice.integer(0, 2)}f}{dice.pick(('', ' '))}{unit}"


def _date(dice: Dice) -> str:
    day, month, year = dice.integer(1, 31), dice.integer(1, 12), dice.integer(1890, 2035)
    short, name = year % 100, dice.pick(_MONTHS)
    return dice.pick((
        f"{day:02}/{month:02}/{year}", f"{day}/{month}/{short:02}", f"{month:02}-{day:02}-{year}",
        f"{day:02}.{month:02}.{year}", f"{day}.{month}.{year}", f"{year}-{month:02}-{day:02}",
        f"{name} {day}, {year}", f"{day} {name} {year}", f"{day}. {name} {year}",
        f"{day:02}-{name[:3].upper()}-{short:02}", f"{dice.pick(_DAYS)}, {day:02}/{month:02}",
        f"{name} {year}", f"{day:02}.{month:02}.{short:02}", f"{month}/{day}/{short:02}",
        f"{day} {name[:3]} '{short:02}", f"{year}", f"{year}/{(year + 1) % 100:02}",
        f"{dice.pick(_DAYS)} {day} {name}", f"{name} {day}th, {year}"))


def _when(dice: Dice) -> str:
    hour, minute, second = dice.integer(0, 23), dice.integer(0, 59), dice.integer(0, 59)
    clock = dice.pick((
        f"{hour:02}:{minute:02}", f"{hour:02}:{minute:02}:{second:02}", f"{hour}.{minute:02} Uhr",
        f"{hour % 12 or 12}:{minute:02} {dice.pick(('AM', 'PM', 'a.m.', 'p.m.', 'am', 'pm'))}",
        f"{hour}h{minute:02}", f"{hour % 12 or 12}:{minute:02}{dice.pick(('AM', 'PM'))}"))
    return f"{_date(dice)} {clock}" if dice.u() < 0.4 else clock


def _phone(dice: Dice) -> str:
    d = _digits(dice, 12, 12)
    number = dice.pick((
        f"({d[:3]}) {d[3:6]}-{d[6:10]}", f"{d[:3]}-{d[3:6]}-{d[6:10]}",
        f"+{d[:2]} {d[2:5]} {d[5:]}",
        f"0{d[:3]}/{d[3:9]}", f"0{d[0]}-{d[1:9]}", f"+{d[:2]} ({d[2]}) {d[3:7]} {d[7:11]}",
        f"{d[:3]}.{d[3:6]}.{d[6:10]}", f"0{d[:2]} {d[2:5]} {d[5:7]} {d[7:9]}", d[:10],
        f"{d[:2]}-{d[2:6]} {d[6:10]}", f"0{d[:4]} {d[4:10]}"))
    lead = dice.pick(("", "", "Tel: ", "TEL: ", "Tel. ", "Fax: ", "FAX ", "Tel : ", "☎ ", "HP: "))
    return f"{lead.replace('☎', 'Tel')}{number}"


def _code(dice: Dice) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    def some(low: int, high: int) -> str:
        return "".join(dice.pick(letters) for _ in range(dice.integer(low, high)))

    def mixed(low: int, high: int) -> str:
        return "".join(dice.pick(letters + "0123456789") for _ in range(dice.integer(low, high)))

    def fours() -> str:
        return " ".join(_digits(dice, 4, 4) for _ in range(4))

    return dice.pick((
        lambda: _digits(dice, 4, 13), lambda: f"{some(1, 3)}{_digits(dice, 3, 8)}",
        lambda: f"{some(1, 4)}-{_digits(dice, 2, 6)}", lambda: mixed(5, 12),
        lambda: f"{_digits(dice, 2, 4)}-{_digits(dice, 2, 4)}-{_digits(dice, 3, 5)}",
        lambda: f"#{_digits(dice, 3, 7)}", lambda: f"{_digits(dice, 6, 6)}-{some(1, 1)}",
        lambda: f"{some(2, 2)}{_digits(dice, 2, 2)} {fours()}",
        lambda: f"{'*' * dice.integer(4, 8)}{_digits(dice, 4, 4)}",
        lambda: f"{'X' * dice.integer(4, 12)}{_digits(dice, 4, 4)}",
        fours,
        lambda: f"{mixed(2, 4)}/{_digits(dice, 2, 4)}/{mixed(1, 3)}",
        lambda: f"{_digits(dice, 8, 10)}", lambda: f"No. {_digits(dice, 2, 6)}",
        lambda: f"{_digits(dice, 12, 12)}", lambda: f"N° {_digits(dice, 2, 5)}"))()


_HOSTS = ("gmail.com", "yahoo.com", "hotmail.com", "web.de", "mail.ru", "aol.com", "gmx.net",
          "outlook.com", "orange.fr", "libero.it", "company.co.uk", "example.org", "uni.edu",
          "shop.com.my", "post.cz", "wp.pl", "telia.se")


def _mail(dice: Dice) -> str:
    def name() -> str:
        return "".join(dice.pick("abcdefghijklmnoprstuvwyz") for _ in range(dice.integer(3, 9)))

    host = dice.pick(_HOSTS) if dice.u() < 0.6 else f"{name()}.{dice.pick(_HOSTS).split('.')[-1]}"
    text = dice.pick((
        f"{name()}@{host}", f"{name()}.{name()}@{host}", f"{name()}{_digits(dice, 1, 4)}@{host}",
        f"{name()}_{name()}@{host}", f"www.{host}", f"https://{host}/{name()}",
        f"http://www.{name()}.{host}", f"{host}/{name()}?id={_digits(dice, 1, 5)}",
        f"https://{host}/{name()}/{name()}-{name()}.html"))
    return text.upper() if dice.u() < 0.1 else text


def _percent(dice: Dice) -> str:
    value = dice.between(0, 120)
    text = dice.pick((f"{value:.0f}%", f"{value:.1f}%", f"{value:.2f} %", f"{value:.0f} %",
                      f"+{value:.1f}%", f"-{value:.1f}%", f"{value:.1f} %".replace(".", ","),
                      f"({value:.1f}%)", f"±{value:.1f}", f"<{value / 100:.2f}",
                      f"> {value:.0f}%", f"p = {value / 1000:.3f}", f"{value:.0f} ‰"))
    return f"{dice.pick(_LABELS)} {text}" if dice.u() < 0.3 else text
