"""Markdown: paragraphs, headings by size, lists by their bullets, tables by their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from statistics import median

from deeptext_cli.document import Block, Line, Page, PageError
from deeptext_cli.output.writer import Image, Writer, clean, height_of, rows_of, text_angle

HEADING_RATIO = 1.4  # of the page's median line height
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
        heights = [height_of(line.box) for line in page.lines]
        usual = median(heights) if heights else 0.0
        angle = text_angle(page)
        return [_block(block, usual, angle, self.join) for block in page.blocks if block.lines]


def _block(block: Block, usual: float, angle: float,
           join: Callable[[Sequence[str]], list[str]] | None) -> str:
    lines = [line for line in block.lines if line.text.strip()]
    if not lines:
        return ""
    rows = rows_of(lines, angle)
    if len(rows) >= 2 and len(rows[0]) >= 2 and len({len(row) for row in rows}) == 1:
        return _table(lines, rows)
    # what stands level is one line of a paragraph
    texts = [" ".join(clean(lines[i].text).strip() for i in row) for row in rows]
    if len(lines) <= 2 and min(height_of(line.box) for line in lines) > HEADING_RATIO * usual:
        return "## " + escape(" ".join(texts))
    if all(_BULLET.match(text) for text in texts):
        return "\n".join("- " + escape(_BULLET.sub("", text, count=1)) for text in texts)
    return "\n".join(escape(text) for text in (join(texts) if join else texts))


def _table(lines: Sequence[Line], rows: Sequence[Sequence[int]]) -> str:
    cells = [[escape(clean(lines[i].text).strip()) for i in row] for row in rows]
    out = ["| " + " | ".join(row) + " |" for row in cells]
    out.insert(1, "|" + " --- |" * len(cells[0]))
    return "\n".join(out)


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    text = _ENTITY.sub("&amp;", _SPECIAL.sub(r"\\\1", text))
    text = _BLOCK_START.sub(lambda m: "\\" + m.group(), text)
    return _NUMBERED.sub(r"\1\\\2", text)
