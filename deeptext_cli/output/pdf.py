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

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from deeptext_cli.document import Box, Page, PageError
from deeptext_cli.errors import DataError, ImageError
from deeptext_cli.output.pdf_words import placed_words
from deeptext_cli.output.writer import Image, Writer, clean
from deeptext_cli.pdfium import PDFIUM

DEFAULT_DPI = 300.0
MAX_POINTS = 14400.0  # the most that PDF 1.7 allows a page's side
JPEG_QUALITY = 85
JPEG_SIDE = 65500  # pixels, the most that libjpeg takes
UNITS = 1000  # of the em; every glyph is half of it wide, and a line of text exactly one em high
DESCENT = 200
_BEYOND = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class _Sheet:
    """What is kept of a page until the end, when all characters are known."""

    width: float  # points
    height: float
    scale: float  # points a pixel
    rotation: int  # degrees clockwise, to show it upright
    jpeg: bytes | None
    words: list[tuple[str, Box]]


class PdfWriter(Writer):
    """One PDF of all pages. It comes out whole at the end; until then each page's picture is
    held as JPEG of the given quality (1..100)."""

    def __init__(self, *, quality: int = JPEG_QUALITY) -> None:
        self.quality = quality
        self._sheets: list[_Sheet] = []

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            return b""
        scale = 72.0 / (page.dpi if page.dpi and page.dpi >= 30 else DEFAULT_DPI)
        scale = min(scale, MAX_POINTS / max(page.width, page.height, 1))
        words = [(_BEYOND.sub("\ufffd", clean(word.text).strip()), box)
                 for word, box in placed_words(page)]
        self._sheets.append(_Sheet(
            page.width * scale, page.height * scale, scale, page.rotation,
            None if image is None else _jpeg(image, self.quality),
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
    page = pdf.new_page(sheet.width, sheet.height)
    page.set_rotation(sheet.rotation)
    if sheet.jpeg is not None:
        picture = pypdfium2.PdfImage.new(pdf)
        picture.load_jpeg(io.BytesIO(sheet.jpeg), inline=True)
        picture.set_matrix(pypdfium2.PdfMatrix().scale(sheet.width, sheet.height))
        page.insert_obj(picture)
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


def _matrix(characters: int, box: Box, sheet: _Sheet) -> pdfium.FS_MATRIX | None:
    """From text space (one em high, half an em a character) to the box; None without area.

    PDF's y runs up from the foot of the page.
    """
    (x0, y0), (x1, y1), (x3, y3) = box[0], box[1], box[3]
    ems = characters / 2
    across = (x1 - x0) * sheet.scale / ems, -(y1 - y0) * sheet.scale / ems
    up = (x0 - x3) * sheet.scale, -(y0 - y3) * sheet.scale
    if abs(across[0] * up[1] - across[1] * up[0]) < 1e-9:
        return None
    rise = DESCENT / UNITS
    return pdfium.FS_MATRIX(*across, *up, x3 * sheet.scale + rise * up[0],
                            sheet.height - y3 * sheet.scale + rise * up[1])


def _jpeg(image: Image, quality: int) -> bytes:
    h, w = image.shape[:2]
    if max(h, w) > JPEG_SIDE:
        f = JPEG_SIDE / max(h, w)
        image = np.asarray(cv2.resize(image, (max(1, int(w * f)), max(1, int(h * f))),
                                      interpolation=cv2.INTER_AREA), np.uint8)
    shown = image if image.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(image),
                                                       cv2.COLOR_RGB2BGR)
    ok, data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ImageError(f"an image of shape {image.shape} cannot be put into a PDF")
    return data.tobytes()
