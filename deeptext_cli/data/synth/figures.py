"""Single figures as receipts and forms print them: amounts, dates, times, codes, addresses."""

from __future__ import annotations

from deeptext_cli.data.synth.dice import Dice

LABELS = (
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
_CURRENCY = ("$", "€", "£", "RM", "EUR", "USD", "CHF", "kr", "Kč", "zł", "Ft", "lei", "GBP", "DM",
             "¥", "Fr.", "S$", "A$", "SEK", "NOK", "DKK", "PLN", "CZK", "¢", "TL", "R$")
_MONTHS = ("January February March April May June July August September October November December "
           "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Januar Februar März Juni Juli Oktober "
           "Dezember janvier février mars avril mai juin juillet août septembre octobre novembre "
           "décembre enero febrero marzo abril mayo junio julio agosto septiembre gennaio maggio "
           "luglio ledna února března října styczeń lutego sierpnia grudnia").split()
_DAYS = ("Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
         "Mo Di Mi Do Fr Sa So lundi mardi jeudi Montag Freitag lunes viernes").split()


NOUGHT = 0.05  # share of amounts and numbers that are 0: beside a unit it is taken for a letter


def digits(dice: Dice, low: int, high: int) -> str:
    return "".join(str(int(dice.u() * 10)) for _ in range(dice.integer(low, high)))


def short_count(dice: Dice) -> str:
    return str(int(10 ** dice.between(0, 3.3)))


def amount(dice: Dice) -> str:
    value = 0.0 if dice.u() < NOUGHT else 10 ** dice.between(-0.5, 4.3)
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


def money_text(dice: Dice) -> str:
    sign = dice.pick(_CURRENCY)
    gap = dice.pick(("", "", " ", "  "))
    value = amount(dice)
    return f"{sign}{gap}{value}" if dice.u() < 0.65 else f"{value}{gap or ' '}{sign}"


def number(dice: Dice) -> str:
    style = dice.u()
    value = 0.0 if dice.u() < NOUGHT else 10 ** dice.between(0, 6)
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


def date(dice: Dice) -> str:
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


def when(dice: Dice) -> str:
    hour, minute, second = dice.integer(0, 23), dice.integer(0, 59), dice.integer(0, 59)
    clock = dice.pick((
        f"{hour:02}:{minute:02}", f"{hour:02}:{minute:02}:{second:02}", f"{hour}.{minute:02} Uhr",
        f"{hour % 12 or 12}:{minute:02} {dice.pick(('AM', 'PM', 'a.m.', 'p.m.', 'am', 'pm'))}",
        f"{hour}h{minute:02}", f"{hour % 12 or 12}:{minute:02}{dice.pick(('AM', 'PM'))}"))
    return f"{date(dice)} {clock}" if dice.u() < 0.4 else clock


def phone(dice: Dice) -> str:
    d = digits(dice, 12, 12)
    number = dice.pick((
        f"({d[:3]}) {d[3:6]}-{d[6:10]}", f"{d[:3]}-{d[3:6]}-{d[6:10]}",
        f"+{d[:2]} {d[2:5]} {d[5:]}",
        f"0{d[:3]}/{d[3:9]}", f"0{d[0]}-{d[1:9]}", f"+{d[:2]} ({d[2]}) {d[3:7]} {d[7:11]}",
        f"{d[:3]}.{d[3:6]}.{d[6:10]}", f"0{d[:2]} {d[2:5]} {d[5:7]} {d[7:9]}", d[:10],
        f"{d[:2]}-{d[2:6]} {d[6:10]}", f"0{d[:4]} {d[4:10]}"))
    lead = dice.pick(("", "", "Tel: ", "TEL: ", "Tel. ", "Fax: ", "FAX ", "Tel : ", "☎ ", "HP: "))
    return f"{lead.replace('☎', 'Tel')}{number}"


def code(dice: Dice) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    def some(low: int, high: int) -> str:
        return "".join(dice.pick(letters) for _ in range(dice.integer(low, high)))

    def mixed(low: int, high: int) -> str:
        return "".join(dice.pick(letters + "0123456789") for _ in range(dice.integer(low, high)))

    def fours() -> str:
        return " ".join(digits(dice, 4, 4) for _ in range(4))

    return dice.pick((
        lambda: digits(dice, 4, 13), lambda: f"{some(1, 3)}{digits(dice, 3, 8)}",
        lambda: f"{some(1, 4)}-{digits(dice, 2, 6)}", lambda: mixed(5, 12),
        lambda: f"{digits(dice, 2, 4)}-{digits(dice, 2, 4)}-{digits(dice, 3, 5)}",
        lambda: f"#{digits(dice, 3, 7)}", lambda: f"{digits(dice, 6, 6)}-{some(1, 1)}",
        lambda: f"{some(2, 2)}{digits(dice, 2, 2)} {fours()}",
        lambda: f"{'*' * dice.integer(4, 8)}{digits(dice, 4, 4)}",
        lambda: f"{'X' * dice.integer(4, 12)}{digits(dice, 4, 4)}",
        fours,
        lambda: f"{mixed(2, 4)}/{digits(dice, 2, 4)}/{mixed(1, 3)}",
        lambda: f"{digits(dice, 8, 10)}", lambda: f"No. {digits(dice, 2, 6)}",
        lambda: f"{digits(dice, 12, 12)}", lambda: f"N° {digits(dice, 2, 5)}"))()


_HOSTS = ("gmail.com", "yahoo.com", "hotmail.com", "web.de", "mail.ru", "aol.com", "gmx.net",
          "outlook.com", "orange.fr", "libero.it", "company.co.uk", "example.org", "uni.edu",
          "shop.com.my", "post.cz", "wp.pl", "telia.se")


def mail(dice: Dice) -> str:
    def name() -> str:
        return "".join(dice.pick("abcdefghijklmnoprstuvwyz") for _ in range(dice.integer(3, 9)))

    host = dice.pick(_HOSTS) if dice.u() < 0.6 else f"{name()}.{dice.pick(_HOSTS).split('.')[-1]}"
    text = dice.pick((
        f"{name()}@{host}", f"{name()}.{name()}@{host}", f"{name()}{digits(dice, 1, 4)}@{host}",
        f"{name()}_{name()}@{host}", f"www.{host}", f"https://{host}/{name()}",
        f"http://www.{name()}.{host}", f"{host}/{name()}?id={digits(dice, 1, 5)}",
        f"https://{host}/{name()}/{name()}-{name()}.html"))
    return text.upper() if dice.u() < 0.1 else text


def percent(dice: Dice) -> str:
    value = dice.between(0, 120)
    text = dice.pick((f"{value:.0f}%", f"{value:.1f}%", f"{value:.2f} %", f"{value:.0f} %",
                      f"+{value:.1f}%", f"-{value:.1f}%", f"{value:.1f} %".replace(".", ","),
                      f"({value:.1f}%)", f"±{value:.1f}", f"<{value / 100:.2f}",
                      f"> {value:.0f}%", f"p = {value / 1000:.3f}", f"{value:.0f} ‰"))
    return f"{dice.pick(LABELS)} {text}" if dice.u() < 0.3 else text
