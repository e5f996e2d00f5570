"""Searchable PDF: the page's picture, and its words as invisible text where they stand.

The text is set in a font that draws nothing, made for the characters at hand: nothing shows, but
copying and searching find the characters of every script (those beyond U+FFFF, which the PDF
library cannot map back, as U+FFFD). Each word is stretched to its box and followed by a space, so
that viewers mark the right place and keep words apart.
"""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from deeptext_cli.document import Box, Page, PageError
from deeptext_cli.errors import DataError
from deeptext_cli.output.pdf_picture import Picture, fax_page, picture_of
from deeptext_cli.output.pdf_words import placed_words
from deeptext_cli.output.writer import Image, Writer, clean
from deeptext_cli.pdfium import PDFIUM

DEFAULT_DPI = 300.0
MAX_POINTS = 14400.0  # the most that PDF 1.7 allows a page's side
JPEG_QUALITY = 85
UNITS = 1000  # of the em; every glyph is half of it wide, and a line of text exactly one em high
DESCENT = 200
_BEYOND = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class _Sheet:
    """What is kept of a page until the end, when all characters are known."""

    width: float  # points
    height: float
    scale: tuple[float, float]  # points a pixel, across and down
    rotation: int  # degrees clockwise, to show it upright
    picture: Picture | None
    words: list[tuple[str, Box]]


class PdfWriter(Writer):
    """One PDF of all pages. It comes out whole at the end; until then each page's picture is
    held as it is written, where that is as JPEG of the given quality (1..100)."""

    def __init__(self, *, quality: int = JPEG_QUALITY) -> None:
        self.quality = quality
        self._sheets: list[_Sheet] = []

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            return b""
        across, down = _scales(page)
        words = [(_BEYOND.sub("\ufffd", clean(word.text).strip()), box)
                 for word, box in placed_words(page)]
        self._sheets.append(_Sheet(
            page.width * across, page.height * down, (across, down), page.rotation,
            None if image is None else picture_of(image, self.quality),
            [(text, box) for text, box in words if text]))
        return b""

    def footer(self) -> bytes:
        with PDFIUM:
            return self._document()

    def _document(self) -> bytes:
        pdf = pypdfium2.PdfDocument.new()
        characters = {c for sheet in self._sheets for text, _ in sheet.words for c in text}
        font = _load_font(pdf, invisible_font(characters))
        try:
            for sheet in self._sheets:
                _add_page(pdf, sheet, font)
            out = io.BytesIO()
            pdf.save(out)
        finally:
            pdfium.FPDFFont_Close(font)
            pdf.close()
        return out.getvalue()


def _scales(page: Page) -> tuple[float, float]:
    """Points a pixel, across and down."""
    dpi = page.dpi if page.dpi and page.dpi >= 30 else DEFAULT_DPI
    across, down = 72.0 / dpi, 72.0 / (page.dpi_down or dpi)
    fit = min(1.0, MAX_POINTS / max(page.width * across, page.height * down, 1))
    return across * fit, down * fit


def invisible_font(characters: Iterable[str]) -> bytes:
    """A TrueType font in which each character is half an em wide and an em high, and a stroke
    without any width: PDFium (Chrome) leaves out text on its side that has no extent."""
    codes = sorted({ord(c) for c in characters} | {0x20})
    names = [".notdef", *(f"u{code:04X}" for code in codes)]
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({code: f"u{code:04X}" for code in codes})
    pen = TTGlyphPen(None)
    pen.moveTo((0, -DESCENT))
    pen.lineTo((UNITS // 2, UNITS - DESCENT))
    pen.closePath()
    builder.setupGlyf(dict.fromkeys(names, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (UNITS // 2, 0)))
    builder.setupHorizontalHeader(ascent=UNITS - DESCENT, descent=-DESCENT)
    builder.setupNameTable({"familyName": "Invisible", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=UNITS - DESCENT, sTypoDescender=-DESCENT,
                     usWinAscent=UNITS - DESCENT, usWinDescent=DESCENT)
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def _load_font(pdf: pypdfium2.PdfDocument, data: bytes) -> pdfium.FPDF_FONT:
    buffer = (ctypes.c_ubyte * len(data)).from_buffer_copy(data)
    font = pdfium.FPDFText_LoadFont(pdf, buffer, len(data), pdfium.FPDF_FONT_TRUETYPE, True)
    if not font:
        raise DataError("the PDF library did not take the font for the invisible text")
    return font


def _add_page(pdf: pypdfium2.PdfDocument, sheet: _Sheet, font: pdfium.FPDF_FONT) -> None:
    page = _page_with_picture(pdf, sheet)
    page.set_rotation(sheet.rotation)
    for text, box in sheet.words:
        placed = _matrix(len(text), box, sheet)
        if placed is None:
            continue
        word = pdfium.FPDFPageObj_CreateTextObj(pdf, font, 1.0)
        codes = (text + " \0").encode("utf-16-le")
        units = (pdfium.FPDF_WCHAR * (len(codes) // 2)).from_buffer_copy(codes)
        if not pdfium.FPDFText_SetText(word, units):
            raise DataError(f"the PDF library did not take the text {text!r}")
        pdfium.FPDFTextObj_SetTextRenderMode(word, pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)
        pdfium.FPDFPageObj_SetMatrix(word, placed)
        pdfium.FPDFPage_InsertObject(page, word)
    page.gen_content()
    page.close()


def _page_with_picture(pdf: pypdfium2.PdfDocument, sheet: _Sheet) -> pypdfium2.PdfPage:
    picture = sheet.picture
    if picture is not None and picture.is_fax:
        with pypdfium2.PdfDocument(fax_page(picture, sheet.width, sheet.height)) as other:
            pdf.import_pages(other)
        return pdf[len(pdf) - 1]
    page = pdf.new_page(sheet.width, sheet.height)
    if picture is not None:
        shown = pypdfium2.PdfImage.new(pdf)
        shown.load_jpeg(io.BytesIO(picture.data), inline=True)
        shown.set_matrix(pypdfium2.PdfMatrix().scale(sheet.width, sheet.height))
        page.insert_obj(shown)
    return page


def _matrix(characters: int, box: Box, sheet: _Sheet) -> pdfium.FS_MATRIX | None:
    """From text space (one em high, half an em a character) to the box; None without area.

    PDF's y runs up from the foot of the page.
    """
    across, down = sheet.scale
    (x0, y0), (x1, y1), (x3, y3) = ((x * across, y * down) for x, y in (box[0], box[1], box[3]))
    ems = characters / 2
    along = (x1 - x0) / ems, -(y1 - y0) / ems
    up = x0 - x3, -(y0 - y3)
    if abs(along[0] * up[1] - along[1] * up[0]) < 1e-9:
        return None
    rise = DESCENT / UNITS
    return pdfium.FS_MATRIX(*along, *up, x3 + rise * up[0], sheet.height - y3 + rise * up[1])
