"""What kind of face a font is: serif, sans, mono, typewriter, ... from its name and its shapes."""

from __future__ import annotations

import re

KINDS = ("serif", "sans", "mono", "typewriter", "dotmatrix", "condensed", "display", "script",
         "fraktur")

# No text face: mathematics, pictures, music, machine codes, other scripts drawn on Latin slots.
_NOT_TEXT = re.compile(
    r"math|symbol|dingbat|emoji|icon|awesome|barcode|music|chess|braille|musix|arrows|ornament"
    r"|opensymbol|cmex|cmsy|cmmi|msam|msbm|bbold|doublestroke|phaistos|rune|initials|zallman"
    r"|typicons|ocrb[57]?-?check|blackboard|lilypond|feta|fdsymbol|mdsymbol|stmary|wasy|marvo"
    r"|bullets|pict|cuneiform|hieroglyph|keystroke|punknova.*kaleid|logix|signwriting|tengwar"
    r"|cirth|klingon|linear[ab]|astro|skull|dominoes|mahjong|xits ?math|aegean|barcod|3of9"
    r"|code ?39|ean-?13|hershey ?symb|garogier|lastresort|adobe ?blank", re.IGNORECASE)

_BY_NAME: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in (
        ("dotmatrix",
         r"dot[ -]?matrix|dotmat|matrix|epson|led\b|lcd|glasstty|dotgothic|atari|proggy|terminus"
         r"|vt ?323|pixel|8[ -]?bit|bitmap|receipt|thermal|3270|\bfont3x5|jd ?lcd|telidon"
         r"|merchant|fake receipt|edundot|dashdot|bubbledot|pindown"),
        ("typewriter",
         r"typewr|typist|\btypo\b|courier|nimbus mono|cursor|gnutype|elite|pica\b|compagnon"
         r"|tlwgtyp|tlwg typ|tlwgmono|tlwg mono|freemono|cm ?u?n? ?typewriter|cmtt|lmmono|lm mono"
         r"|latin modern mono|umtype|olivetti|remington|underwood|special ?elite|kom\b|zai "
         r"|mlmodern ?mono|mono ?prop|drm.*typ|txtt|nf? ?mono ?slab|traveling"),
        ("fraktur",
         r"fraktur|schwab|gotisch|blackletter|black ?letter|textura|yfrak|ygoth|yswab|unifrak"
         r"|chancery.*goth|goudy ?text|cloister|old ?english|blankenburg|uncial|frak|rotunda"
         r"|jena|walbaum.*frak|kabinett|gothic ?text|oldania.*std|insular"),
        ("script",
         r"script|hand(?!el)|chancery|cursive|caveat|dancing|kaushan|kristi|lobster|leckerli"
         r"|rufscript|breip|femke|dkg|ecolier|isabella(?!.*roman)|campania|beteckna.*hand|humor"
         r"|tomsontalk|comic|calligra|brush|pacifico|great ?vibes|aurical|lukas|jana|teuton|sofia"
         r"|sacramento|satisfy|allura|tangerine|parisienne|augie|kalam|domitian.*it$|miama|emerald"
         r"|note ?this|write|written|scribble|marker|crayon|chalk|summersby|joscelyn|dustin ?home"
         r"|lauren|penguin.*att|staypuft|sjfonts|delphine|steve"),
        ("mono", r"\bmono|mono(?:id|noki|fur)|\bcode\b|consol|inconsolata|hack\b|agave|hermit"
                 r"|fantasque|jetbrains|anonymous|fira ?code|lekton|source ?code|terminal|ocr"),
        ("condensed", r"cond|narrow|compress|yanone|bebas|\bcn\b|semicn|thin ?cond|league ?gothic"
                      r"|oswald|antonio|pathway"),
        ("display",
         r"aenigma|display|outline|shadow|cabin ?sketch|cherry|radis ?noir|engadget|le ?murmure"
         r"|solide|mirage|havana|bwht|okolaks|eurofurence|federo|limelight|stencil|poster"
         r"|initial|decor|ornate|western|graffiti|levien|dclfonts|distress|punk|f500|summers"
         r"|train|ldco|fetamont|bubble|zinc|tribun.*caps"),
        ("sans", r"sans|grot|gothic|helvet|heros|arial|adventor|swiss|switzera|gillius|roboto|lato"
                 r"|ubuntu|inter\b|cantarell|dosis|jura|montserrat|raleway|universalis|berenis"),
        ("serif", r"serif|roman|times|garamond|baskerv|bodoni|didot|century|schol|pagella|termes"
                  r"|bonum|palat|caslon|goudy|gentium|charis|doulos|junicode|vollkorn|antiqua"),
    ))

_FAMILY_NOISE = re.compile(
    r"[-_ ]*(regular|roman|bold|italic|oblique|light|medium|thin|black|heavy|semi|demi|extra|ultra"
    r"|book|std|pro|otf|ttf|rg|lt|\d+(pt)?)(?=$|[-_ ])", re.IGNORECASE)


def is_text_face(name: str) -> bool:
    """False for families that are mathematics, pictures, codes or other scripts by their name."""
    return _NOT_TEXT.search(name) is None


def family_key(name: str) -> str:
    """Family name without weights and optical sizes, so that the cap counts whole families."""
    previous = ""
    key = name.strip()
    while key != previous:
        previous, key = key, _FAMILY_NOISE.sub("", key).strip(" -_") or key
    return re.sub(r"\d+$", "", key).strip(" -_").lower() or name.lower()


def classify(name: str, *, fixed_pitch: bool, serifs: bool, width_ratio: float,
             panose_family: int) -> str:
    """Kind of a face.

    Args:
        name: family, file and folder name together.
        fixed_pitch: all letters have one advance width.
        serifs: the capital I has feet.
        width_ratio: mean lower-case advance over x-height.
        panose_family: first PANOSE digit (3 hand written, 4 decorative, 0 unknown).
    """
    for kind, pattern in _BY_NAME:
        if pattern.search(name):
            if kind == "serif" and fixed_pitch:
                return "typewriter"
            if kind in ("sans", "serif") and width_ratio < 0.82:
                return "condensed"
            if kind == "script" and fixed_pitch:
                return "mono"
            return kind
    if fixed_pitch:
        return "mono"
    if panose_family == 3:
        return "script"
    if panose_family == 4:
        return "display"
    if width_ratio < 0.82:
        return "condensed"
    return "serif" if serifs else "sans"
