"""Plain text, in reading order or with the page's layout kept by spaces."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from statistics import median

from deeptext_cli.document import Block, Line, Page, PageError, mean_confidence
from deeptext_cli.output.tables import parts_of
from deeptext_cli.output.writer import (
    Image,
    Writer,
    clean,
    length_of,
    levelled,
    rows_of,
    text_angle,
)

MAX_COLUMNS = 400  # a wild box never makes lines of a million spaces
CELLS = 1.5  # pieces of one row so many heights apart are cells, with a tab between
MAX_EMPTY = 2  # empty lines in a row


class TextWriter(Writer):
    """A line for each row of text, an empty one between blocks, `page_separator` between pages.

    `join` may rewrite the lines of a block, for example to join hyphenated words. With
    `preserve_layout` lines are put where they stand on the page, in a fixed-width grid.
    """

    def __init__(self, *, preserve_layout: bool = False, page_separator: str = "\f",
                 join: Callable[[Sequence[str]], list[str]] | None = None) -> None:
        self.preserve_layout = preserve_layout
        self.page_separator = page_separator
        self.join = join
        self._first = True

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            return b""
        body = layout_text(page) if self.preserve_layout else flowing_text(page, self.join)
        before = "" if self._first else self.page_separator
        self._first = False
        return f"{before}{body}\n".encode()


class ListingWriter(TextWriter):
    """The text of several inputs, each page with its input's name: `name TAB text` for a single
    line, else a heading above the lines. Of one input alone, the text alone, with
    `page_separator` between its pages; `confidence` adds a column, which on a
    page has the mean of each row."""

    def __init__(self, *, several: bool = True, confidence: bool = False, width: int = 0,
                 preserve_layout: bool = False, page_separator: str = "\f",
                 join: Callable[[Sequence[str]], list[str]] | None = None) -> None:
        """`width`: of the column of names, filled up with spaces for people; 0: a tab."""
        super().__init__(preserve_layout=preserve_layout, page_separator=page_separator,
                         join=join)
        self.several, self.confidence, self.width = several, confidence, width

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            return b""
        return f"{self.text(page)}\n".encode("utf-8", "surrogateescape")

    def text(self, page: Page) -> str:
        """What is shown of the next page."""
        before = "" if self._first or self.several else self.page_separator
        self._first = False
        return before + self._shown(page)

    def _shown(self, page: Page) -> str:
        name = visible(page.path)
        if len(page.lines) > 1:
            body = layout_text(page, confidence=self.confidence) if self.preserve_layout \
                else flowing_text(page, self.join, confidence=self.confidence)
            return f"==> {name} <==\n{body}" if self.several else body
        sure = [_figure(page.confidence)] if self.confidence else []
        if self.several and self.width:
            return "  ".join((f"{name:<{self.width}}", *sure, clean(page.text)))
        return "\t".join(([name] if self.several else []) + [clean(page.text), *sure])


def visible(name: str) -> str:
    """A file name on one line: control characters and backslashes before them escaped."""
    return "".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else
                   c.encode("unicode_escape").decode("ascii") for c in name)


def flowing_text(page: Page, join: Callable[[Sequence[str]], list[str]] | None = None, *,
                 confidence: bool = False) -> str:
    """The page's text in reading order, blocks apart by an empty line. What stands level in a
    block is one line; between the cells of a table are tabs, two where one is empty. `confidence`
    adds each line's behind a tab, where lines are joined that of all of them."""
    angle = text_angle(page)
    return "\n\n".join("\n".join(f"{text}\t{_figure(sure)}" if confidence else text
                                 for text, sure in _rows(block, angle, join))
                       for block in page.blocks)


def _rows(block: Block, angle: float,
          join: Callable[[Sequence[str]], list[str]] | None) -> list[tuple[str, float]]:
    """A block's texts, a line for each row, and how sure they are."""
    out: list[tuple[str, float]] = []
    for rows, columns in parts_of(block.lines, angle):
        members = [[block.lines[i] for cell in row for i in cell] for row in rows]
        sure = [mean_confidence(lines) for lines in members]
        if columns:
            texts = ["\t".join(" ".join(clean(block.lines[i].text) for i in cell)
                               for cell in row).rstrip("\t") for row in rows]
        else:
            texts = [_level(lines, angle) for lines in members]
            if join:
                texts = join(texts)
                sure = [mean_confidence(x for lines in members for x in lines)] * len(texts)
        out += zip(texts, sure, strict=True)
    return out


def _figure(confidence: float) -> str:
    return f"{confidence:.3f}"


def _level(lines: Sequence[Line], angle: float) -> str:
    """What stands level in a text: pieces of a sentence, or of a row that is no table's."""
    rects = [levelled(line, angle) for line in lines]
    text = clean(lines[0].text)
    for line, (before, here) in zip(lines[1:], itertools.pairwise(rects), strict=True):
        height = min(here[3] - here[1], before[3] - before[1])
        text += ("\t" if here[0] - before[2] > CELLS * height else " ") + clean(line.text)
    return text


def layout_text(page: Page, *, confidence: bool = False) -> str:
    """The page's text in a grid of characters, each line at its place; `confidence` adds that of
    each row behind a tab."""
    lines = [line for line in page.lines if line.text]
    if not lines:
        return ""
    angle = text_angle(page)
    rects = [levelled(line, angle) for line in lines]
    advance = max(1e-6, median(length_of(line.box) / len(line.text) for line in lines))
    left = min(x0 for x0, _, _, _ in rects)
    rows = rows_of(lines, angle)
    middles = [median((rects[i][1] + rects[i][3]) / 2 for i in row) for row in rows]
    pitch = _pitch(middles, median(y1 - y0 for _, y0, _, y1 in rects))
    out: list[str] = []
    for k, row in enumerate(rows):
        if k:
            empty = round((middles[k] - middles[k - 1]) / pitch) - 1
            out.extend([""] * min(max(empty, 0), MAX_EMPTY))
        text = ""
        for i in row:
            column = min(round((rects[i][0] - left) / advance), MAX_COLUMNS)
            # text wider than its place pushes on what follows, by two spaces so that it shows
            text = text.ljust(column) if column > len(text) + 1 or not text else text + "  "
            text += clean(lines[i].text)
        if confidence:
            text += f"\t{_figure(mean_confidence(lines[i] for i in row))}"
        out.append(text)
    return "\n".join(out)


def _pitch(middles: Sequence[float], height: float) -> float:
    """The usual distance from line to line: what is smaller than two line heights, else 1.2."""
    steps = [b - a for a, b in itertools.pairwise(middles) if b - a < 2 * height]
    return max(median(steps), 1e-6) if steps else max(1.2 * height, 1e-6)
