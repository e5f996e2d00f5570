"""Contact sheets: many line images with captions on one picture, to look at instead of guessing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from deeptext_cli.errors import DataError

Colour = tuple[int, int, int]
INK: Colour = (30, 30, 30)
QUIET: Colour = (110, 110, 110)
WRONG: Colour = (200, 30, 30)
RIGHT: Colour = (70, 150, 80)
FRAME: Colour = (222, 222, 222)

MAX_PIXELS = 100_000_000
_PAD = 6
_FONT_SIZE = 13
_LINE = 17  # pixels from one caption line to the next

# Where common systems keep a font with wide coverage. Pillow's built-in one knows ASCII alone.
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts",
                 "/System/Library/Fonts", "C:/Windows/Fonts")
_FONT_NAMES = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf",
               "FreeSans.ttf", "Arial Unicode.ttf", "Arial.ttf", "arial.ttf")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Item:
    """One cell: an image with what is said about it.

    image: uint8 grey (H, W) or RGB (H, W, 3). caption: its label, or any note; may hold line
    breaks. ok: True right, False wrong (framed and printed in red), None neither. prediction:
    what was read; printed below the caption where the two differ or ok is False.
    """

    image: NDArray[np.uint8]
    caption: str
    ok: bool | None = None
    prediction: str | None = None


def contact_sheet(items: Sequence[Item], *, columns: int = 4, cell_width: int = 320,
                  max_image_height: int = 160) -> NDArray[np.uint8]:
    """Lay `items` out row by row; uint8 RGB (H, W, 3).

    Images keep their aspect and are never enlarged more than twice. Captions too long for a cell
    are wrapped to two lines and then cut with an ellipsis. Raises DataError where there is
    nothing to show or the sheet would pass 100 million pixels.
    """
    if not items:
        raise DataError("a contact sheet needs at least one image")
    if columns < 1 or cell_width < 40:
        raise ValueError("columns must be 1 or more, cell_width 40 or more")
    columns = min(columns, len(items))
    font = caption_font()
    inner = cell_width - 2 * _PAD
    cells = [_Cell(item, inner, max_image_height, font) for item in items]
    rows = [cells[i:i + columns] for i in range(0, len(cells), columns)]
    heights = [max(c.height for c in row) + 2 * _PAD for row in rows]
    width, height = columns * cell_width, sum(heights)
    if width * height > MAX_PIXELS:
        raise DataError(f"a contact sheet of {len(items)} images would be {width}x{height} pixels",
                        remedy="show fewer images")
    sheet = Image.new("RGB", (width, height), (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    top = 0
    for row, row_height in zip(rows, heights, strict=True):
        for i, cell in enumerate(row):
            left = i * cell_width
            cell.draw(sheet, draw, left + _PAD, top + _PAD)
            wrong = cell.item.ok is False
            draw.rectangle((left, top, left + cell_width - 1, top + row_height - 1),
                           outline=WRONG if wrong else FRAME, width=2 if wrong else 1)
        top += row_height
    return np.asarray(sheet)


class _Cell:
    """An item, scaled and with its caption wrapped to the width of a cell."""

    def __init__(self, item: Item, width: int, max_height: int, font: Font) -> None:
        self.item = item
        self.font = font
        self.picture = _fitted(item.image, width, max_height)
        wrong = item.ok is False
        said = item.caption
        self.text = [(line, WRONG if wrong and item.prediction is None else INK)
                     for line in _wrapped(said, font, width)]
        if item.prediction is not None and (wrong or item.prediction != item.caption):
            read = item.prediction if item.prediction else "(nothing)"
            colour = WRONG if wrong else QUIET
            self.text += [(line, colour) for line in _wrapped(read, font, width)]
        self.height = self.picture.height + 4 + _LINE * len(self.text)

    def draw(self, sheet: Image.Image, draw: ImageDraw.ImageDraw, x: int, y: int) -> None:
        sheet.paste(self.picture, (x, y))
        y += self.picture.height + 4
        if self.item.ok:  # a small green bar: right at a glance, even where colours are many
            draw.rectangle((x - _PAD + 1, y, x - _PAD + 3, y + _LINE - 3), fill=RIGHT)
        for line, colour in self.text:
            draw.text((x, y), line, font=self.font, fill=colour)
            y += _LINE


def _fitted(image: NDArray[np.uint8], width: int, max_height: int) -> Image.Image:
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or 0 in image.shape:
        raise ValueError(f"not an image: {image.dtype} {image.shape}")
    picture = Image.fromarray(image).convert("RGB")
    scale = min(width / picture.width, max_height / picture.height, 2.0)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture if size == picture.size else picture.resize(size, Image.Resampling.BICUBIC)


def _wrapped(text: str, font: Font, width: int, limit: int = 2) -> list[str]:
    """`text` in at most `limit` drawn lines a paragraph, broken at spaces where there are any."""
    out: list[str] = []
    for paragraph in (text.splitlines() or [""]):
        rest = drawable(paragraph, font)
        for n in range(limit):
            fits = _fitting(rest, font, width)
            if fits == len(rest):
                out.append(rest)
                break
            if n == limit - 1:
                out.append(rest[:max(1, fits - 1)].rstrip() + _ellipsis(font))
                break
            cut = rest.rfind(" ", 1, fits + 1)
            cut = cut if cut > 0 else fits
            out.append(rest[:cut].rstrip())
            rest = rest[cut:].lstrip()
    return out


def _fitting(text: str, font: Font, width: int) -> int:
    """How many leading characters of `text` fit into `width` pixels; at least one."""
    if font.getlength(text) <= width:
        return len(text)
    low, high = 1, len(text)  # `low` fits (or is the least we draw), `high` does not
    while high - low > 1:
        middle = (low + high) // 2
        if font.getlength(text[:middle]) <= width:
            low = middle
        else:
            high = middle
    return low


def _ellipsis(font: Font) -> str:
    return "…" if _has(font, "…") else "..."


@cache
def caption_font(size: int = _FONT_SIZE) -> Font:
    """A font with wide coverage from the system; else Pillow's own, which draws ASCII alone."""
    for folder in map(Path, _FONT_FOLDERS):
        if not folder.is_dir():
            continue
        found = {p.name: p for p in sorted(folder.rglob("*.[to]tf"))}
        for name in _FONT_NAMES:
            if name in found:
                try:
                    return ImageFont.truetype(str(found[name]), size)
                except OSError:  # a broken font file: the next may do
                    continue
    return ImageFont.load_default(size)


@cache
def _missing_glyph(font: Font) -> bytes:
    return bytes(font.getmask("\uffff"))


@cache
def _has(font: Font, char: str) -> bool:
    return char.isspace() or bytes(font.getmask(char)) != _missing_glyph(font)


def drawable(text: str, font: Font) -> str:
    """`text` with what `font` cannot draw written as its code point, <U+0142> for one."""
    return "".join(c if _has(font, c) else f"<U+{ord(c):04X}>" for c in text)
