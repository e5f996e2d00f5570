"""Tab separated values in Tesseract's columns and levels, and the image's path in one more.

Programs that read Tesseract's `tsv` read it; `deeptext prepare` takes it back once its text column
has been corrected (`data/formats/reading_tsv.py`).
"""

from __future__ import annotations

from deeptext_cli.document import Page, PageError, iter_words
from deeptext_cli.output.writer import Image, Writer, clean, pixel_rect, probability

COLUMNS = ("level", "page_num", "block_num", "par_num", "line_num", "word_num",
           "left", "top", "width", "height", "conf", "text", "path")


class TsvWriter(Writer):
    """Levels 1 page, 2 block, 3 paragraph, 4 line, 5 word; `conf` is 0..100 for words, else -1.

    Pages are numbered through, as Tesseract does with several images; a block is one paragraph.
    """

    def __init__(self) -> None:
        self._pages = 0

    def header(self) -> bytes:
        return ("\t".join(COLUMNS) + "\n").encode()

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            return b""
        self._pages += 1
        n, path = self._pages, clean(page.path)
        rows = [_row(1, n, 0, 0, 0, 0, (0, 0, page.width, page.height))]
        for b, block in enumerate(page.blocks, 1):
            if not block.lines:
                continue
            around = pixel_rect(block.box, page)
            rows += [_row(2, n, b, 0, 0, 0, around), _row(3, n, b, 1, 0, 0, around)]
            for k, line in enumerate(block.lines, 1):
                rows.append(_row(4, n, b, 1, k, 0, pixel_rect(line.box, page)))
                for w, word in enumerate(iter_words(line), 1):
                    rows.append(_row(5, n, b, 1, k, w, pixel_rect(word.box, page),
                                     f"{100 * probability(word.confidence):.6f}",
                                     clean(word.text)))
        return "".join(f"{row}\t{path}\n" for row in rows).encode()


def _row(level: int, page: int, block: int, paragraph: int, line: int, word: int,
         rect: tuple[int, int, int, int], confidence: str = "-1", text: str = "") -> str:
    left, top, right, bottom = rect
    cells = (level, page, block, paragraph, line, word, left, top, right - left, bottom - top,
             confidence, text)
    return "\t".join(str(c) for c in cells)
