"""hOCR: XHTML with boxes in `title` (hOCR 1.2), as Tesseract writes it and its readers expect."""

from __future__ import annotations

import math
import re
from xml.sax.saxutils import escape, quoteattr

from deeptext_cli.document import Block, Line, Page, PageError, box_angle, iter_words
from deeptext_cli.output.writer import (
    Image,
    Writer,
    clean,
    height_of,
    pixel_rect,
    probability,
)

_DASHES = re.compile("-(?=-)")  # comments may not hold two beside each other
_HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" \
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title></title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name="ocr-system" content={system}/>
  <meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word \
ocrp_wconf"/>
 </head>
 <body>
"""


class HocrWriter(Writer):
    """One document of all pages."""

    def __init__(self, *, system: str = "deeptext") -> None:
        self.system = system
        self._pages = 0

    def header(self) -> bytes:
        return _HEADER.format(system=quoteattr(clean(self.system))).encode()

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            why = clean(f"{page.path}: {page.code}: {page.message}")
            return f"  <!-- {escape(_DASHES.sub('- ', why))} -->\n".encode()
        self._pages += 1
        n = self._pages
        # the format quotes file names with double quotes and has no escape for one within, and
        # its readers split at semicolons first
        name = clean(page.path).replace('"', "_").replace(";", "_")
        title = [f'image "{name}"', f"bbox 0 0 {page.width} {page.height}", f"ppageno {n - 1}"]
        if page.dpi:
            title.append(f"scan_res {round(page.dpi)} {round(page.dpi_down or page.dpi)}")
        out = [f'  <div class="ocr_page" id="page_{n}" title={quoteattr("; ".join(title))}>\n']
        for b, block in enumerate(page.blocks, 1):
            if block.lines:
                out.append(_block(page, block, f"{n}_{b}"))
        out.append("  </div>\n")
        return "".join(out).encode()

    def footer(self) -> bytes:
        return b" </body>\n</html>\n"


def _block(page: Page, block: Block, at: str) -> str:
    title = _bbox(pixel_rect(block.box, page))
    out = [f'   <div class="ocr_carea" id="block_{at}" title="{title}">\n'
           f'    <p class="ocr_par" id="par_{at}" title="{title}">\n']
    for k, line in enumerate(block.lines, 1):
        out.append(f'     <span class="ocr_line" id="line_{at}_{k}" '
                   f'title="{_line_title(page, line)}">')
        words = []
        for w, word in enumerate(iter_words(line), 1):
            confidence = round(100 * probability(word.confidence))
            words.append(f'<span class="ocrx_word" id="word_{at}_{k}_{w}" '
                         f'title="{_bbox(pixel_rect(word.box, page))}; x_wconf {confidence}">'
                         f'{escape(clean(word.text))}</span>')
        out.append(" ".join(words) + "</span>\n")
    out.append("    </p>\n   </div>\n")
    return "".join(out)


def _bbox(rect: tuple[int, int, int, int]) -> str:
    return "bbox {} {} {} {}".format(*rect)


def _line_title(page: Page, line: Line) -> str:
    rect = pixel_rect(line.box, page)
    parts = [_bbox(rect)]
    angle = box_angle(line.box)
    if abs(angle) <= 45:
        slope, offset = _baseline(line, rect[0], rect[3])
        parts.append(f"baseline {slope:.3f} {offset:.0f}")
    else:  # textangle counts counter-clockwise, and a baseline has no meaning across the page
        parts.append(f"textangle {round(-angle) % 360}")
    parts.append(f"x_size {height_of(line.box):.1f}")
    return "; ".join(parts)


def _baseline(line: Line, left: int, bottom: int) -> tuple[float, float]:
    """Slope and offset of the baseline, from the lower left corner of the line's rectangle; the
    lower edge of the box where no baseline is known."""
    points = line.baseline if line.baseline and len(line.baseline) > 1 else (line.box[3],
                                                                             line.box[2])
    (x0, y0), (x1, y1) = points[0], points[-1]
    slope = (y1 - y0) / (x1 - x0) if not math.isclose(x0, x1) else 0.0
    return slope, y0 + slope * (left - x0) - bottom
