"""Markdown: paragraphs, headings by size, lists by their bullets, tables by their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from deeptext_cli.document import Block, Line, Page, PageError
from deeptext_cli.output.tables import parts_of
from deeptext_cli.output.writer import Image, Writer, clean, height_of, text_angle

SIZE_RATIO = 1.25  # of the size of the page's text
HEADING_RATIO = 1.4  # of the height of its boxes, where sizes are not known
LONGEST = 120  # characters of a heading
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
_BLOCK_START = re.compile(r"^(#{1,6}(?=\s|$)|[+\-=](?=\s|$)|-{3,}|={2,}|~{3,})")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
_BULLET = re.compile(r"^[•‣▪●○◦·]\s*|^[-–—*]\s+")


class MarkdownWriter(Writer):
    """CommonMark with pipe tables; a rule between pages. `join` as for plain text."""

    def __init__(self, *, join: Callable[[Sequence[str]], list[str]] | None = None) -> None:
        self.join = join
        self._first = True

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            return b""
        before = "" if self._first else "\n---\n\n"
        self._first = False
        body = "\n\n".join(part for part in self._blocks(page) if part)
        return f"{before}{body}\n".encode()

    def _blocks(self, page: Page) -> list[str]:
        is_heading = _heading_test(page)
        angle = text_angle(page)
        return [part for block in page.blocks
                for part in _block(block, is_heading, angle, self.join)]


def _heading_test(page: Page) -> Callable[[Sequence[Line]], bool]:
    """Whether lines are a heading: few, short and larger than most text of the page. Boxes vary
    with the letters in them: they are compared only where no size is known."""
    sized = [line for line in page.lines if line.size > 0]
    measure: Callable[[Line], float] = (lambda x: x.size) if sized else (
        lambda x: height_of(x.box))
    least = (SIZE_RATIO if sized else HEADING_RATIO) * _middle(
        sorted((measure(x), len(x.text)) for x in sized or page.lines))
    return lambda lines: (len(lines) <= 2 and sum(len(x.text) for x in lines) <= LONGEST
                          and min(map(measure, lines)) > least)


def _middle(weighed: Sequence[tuple[float, int]]) -> float:
    """The median of values by their weights, in order; 0.0 without any."""
    half = sum(weight for _, weight in weighed) / 2
    for value, weight in weighed:
        half -= weight
        if half <= 0:
            return value
    return 0.0


def _block(block: Block, is_heading: Callable[[Sequence[Line]], bool], angle: float,
           join: Callable[[Sequence[str]], list[str]] | None) -> list[str]:
    lines = [line for line in block.lines if line.text.strip()]
    out = []
    for rows, columns in parts_of(lines, angle):
        cells = [[" ".join(clean(lines[i].text).strip() for i in cell) for cell in row]
                 for row in rows]
        out.append(_table(cells) if columns else
                   _text([lines[i] for row in rows for cell in row for i in cell],
                         # what stands level is one line of a paragraph
                         [" ".join(row) for row in cells], is_heading, join))
    return out


def _text(lines: Sequence[Line], texts: Sequence[str],
          is_heading: Callable[[Sequence[Line]], bool],
          join: Callable[[Sequence[str]], list[str]] | None) -> str:
    if is_heading(lines):
        return "## " + escape(" ".join(texts))
    if all(_BULLET.match(text) for text in texts):
        return "\n".join("- " + escape(_BULLET.sub("", text, count=1)) for text in texts)
    return "\n".join(escape(text) for text in (join(texts) if join else texts))


def _table(cells: Sequence[Sequence[str]]) -> str:
    out = ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in cells]
    out.insert(1, "|" + " --- |" * len(cells[0]))
    return "\n".join(out)


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    text = _ENTITY.sub("&amp;", _SPECIAL.sub(r"\\\1", text))
    text = _BLOCK_START.sub(lambda m: "\\" + m.group(), text)
    return _NUMBERED.sub(r"\1\\\2", text)
