"""Searchable PDF: the page's picture, and its words as invisible text where they stand.

The text is set in a font without outlines, made for the characters at hand: nothing shows, but
copying and searching find every character, whatever script it is in. Each word is stretched to
its box and followed by a space, so that viewers mark the right place and keep words apart.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from math import hypot
from pathlib import Path

import cv2
import numpy as np
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from fpdf import FPDF
from fpdf.enums import TextMode

from deeptext_cli.document import Box, Page, PageError, box_angle, iter_words
from deeptext_cli.errors import ImageError
from deeptext_cli.output.writer import Image, Writer, clean

DEFAULT_DPI = 300.0
JPEG_QUALITY = 85
UNITS = 1000  # of the em; every glyph is half of it wide, and the line exactly one em high
DESCENT = 200


@dataclass(frozen=True)
class _Sheet:
    """What is kept of a page until the end, when all characters are known."""

    width: float  # points
    height: float
    scale: float  # points a pixel
    picture: bytes | None
    words: list[tuple[str, Box]]


class PdfWriter(Writer):
    """One PDF of all pages. It comes out whole at the end; until then each page's picture is
    held as JPEG (`lossless`: PNG)."""

    def __init__(self, *, title: str = "", system: str = "deeptext", lossless: bool = False,
                 created: datetime | None = None) -> None:
        self.title, self.system, self.lossless = title, system, lossless
        self.created = created
        self._sheets: list[_Sheet] = []

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            return b""
        scale = 72.0 / (page.dpi if page.dpi and page.dpi >= 30 else DEFAULT_DPI)
        words = [(clean(word.text).strip(), word.box)
                 for line in page.lines for word in iter_words(line)]
        self._sheets.append(_Sheet(
            page.width * scale, page.height * scale, scale,
            None if image is None else _encode(image, self.lossless),
            [(text, box) for text, box in words if text]))
        return b""

    def footer(self) -> bytes:
        # the library takes fonts from files only, and reads them again when it writes
        with tempfile.TemporaryDirectory(prefix="deeptext-") as folder:
            return bytes(self._build(Path(folder)).output())

    def _build(self, folder: Path) -> FPDF:
        pdf = FPDF(unit="pt")
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        pdf.set_creator(self.system)
        pdf.set_producer(self.system)
        if self.title:
            pdf.set_title(clean(self.title))
        pdf.set_creation_date(self.created or datetime.now(timezone.utc))
        characters = {c for sheet in self._sheets for text, _ in sheet.words for c in text}
        if characters:
            font = folder / "invisible.ttf"
            font.write_bytes(invisible_font(characters))
            pdf.add_font("invisible", fname=font)
        for sheet in self._sheets:
            pdf.add_page(format=(sheet.width, sheet.height))
            if sheet.picture is not None:
                pdf.image(io.BytesIO(sheet.picture), 0, 0, sheet.width, sheet.height)
            if sheet.words:
                pdf.set_font("invisible", size=10)
                pdf.text_mode = TextMode.INVISIBLE
            for text, box in sheet.words:
                _put(pdf, text, box, sheet.scale)
        return pdf


def invisible_font(characters: Iterable[str]) -> bytes:
    """A TrueType font in which each character is an empty glyph half an em wide."""
    codes = sorted({ord(c) for c in characters} | {0x20})
    names = [".notdef", *(f"u{code:04X}" for code in codes)]
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({code: f"u{code:04X}" for code in codes})
    builder.setupGlyf({name: Glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (UNITS // 2, 0)))
    builder.setupHorizontalHeader(ascent=UNITS - DESCENT, descent=-DESCENT)
    builder.setupNameTable({"familyName": "Invisible", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=UNITS - DESCENT, sTypoDescender=-DESCENT,
                     usWinAscent=UNITS - DESCENT, usWinDescent=DESCENT)
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def _put(pdf: FPDF, text: str, box: Box, scale: float) -> None:
    """One word in its box, turned as the box is."""
    left, right, foot = box[0], box[1], box[3]
    length = hypot(right[0] - left[0], right[1] - left[1]) * scale
    height = hypot(foot[0] - left[0], foot[1] - left[1]) * scale
    if length <= 0 or height <= 0:
        return
    pdf.set_font_size(height)
    pdf.set_stretching(100 * length / (len(text) * height / 2))
    rise = DESCENT / UNITS
    x = (foot[0] + (left[0] - foot[0]) * rise) * scale
    y = (foot[1] + (left[1] - foot[1]) * rise) * scale
    angle = -box_angle(box)
    if abs(angle) < 0.05:
        pdf.text(x, y, text + " ")
    else:
        with pdf.rotation(angle, x, y):
            pdf.text(x, y, text + " ")


def _encode(image: Image, lossless: bool) -> bytes:
    bgr = image if image.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(image),
                                                     cv2.COLOR_RGB2BGR)
    if lossless:
        ok, data = cv2.imencode(".png", bgr)
    else:
        ok, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not ok:
        raise ImageError(f"an image of shape {image.shape} cannot be put into a PDF")
    return data.tobytes()
