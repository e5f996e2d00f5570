"""The registry of output formats: names, file suffixes, what each needs, how to get a writer.

Writers are imported only when asked for: a PDF library has no business in reading to text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import Any

from deeptext_cli.document import Page, PageError
from deeptext_cli.errors import UsageError
from deeptext_cli.output.writer import Image, Writer


@dataclass(frozen=True)
class Format:
    """One output format.

    `suffixes`: the first is what files get, all are recognised. `one_page`: a file holds exactly
    one page. `needs_image`: `Writer.page` wants the picture too.
    """

    name: str
    module: str
    writer: str
    suffixes: tuple[str, ...]
    help: str
    one_page: bool = False
    needs_image: bool = False


FORMATS: dict[str, Format] = {f.name: f for f in (
    Format("text", "text", "TextWriter", (".txt",), "plain text in reading order"),
    Format("json", "records", "JsonWriter", (".json",), "one list of pages with lines and words"),
    Format("jsonl", "records", "JsonLinesWriter", (".jsonl", ".ndjson"), "one object a page"),
    Format("tsv", "tsv", "TsvWriter", (".tsv",), "words in Tesseract's columns"),
    Format("hocr", "hocr", "HocrWriter", (".hocr", ".html"), "hOCR 1.2"),
    Format("alto", "alto", "AltoWriter", (".alto.xml", ".alto"), "ALTO 4", one_page=True),
    Format("page", "pagexml", "PageXmlWriter", (".page.xml", ".xml"), "PAGE XML 2019",
           one_page=True),
    Format("pdf", "pdf", "PdfWriter", (".pdf",), "searchable PDF", needs_image=True),
    Format("markdown", "markdown", "MarkdownWriter", (".md", ".markdown"), "Markdown"),
    Format("png", "annotated", "AnnotatedWriter", (".png",), "the page with its boxes and text",
           one_page=True, needs_image=True),
)}


def get_format(name: str) -> Format:
    """A format by its name or one of its suffixes, in any case. Raises UsageError naming the
    nearest one."""
    low = name.lower()
    for found in FORMATS.values():
        if low == found.name or f".{low}" in found.suffixes:
            return found
    near = difflib.get_close_matches(low, FORMATS, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(FORMATS)}"
    raise UsageError(f"no output format {name!r}", remedy=remedy)


def infer_format(path: str | PurePath) -> Format:
    """The format that a file's name asks for. Raises UsageError where the suffix is unknown."""
    name = PurePath(path).name.lower()
    matches = [(len(suffix), f) for f in FORMATS.values() for suffix in f.suffixes
               if name.endswith(suffix)]
    if matches:
        return max(matches, key=lambda m: m[0])[1]
    known = ", ".join(f.suffixes[0] for f in FORMATS.values())
    raise UsageError(f"{path}: the name does not tell the format", remedy=f"end it in one of "
                     f"{known}, or give --format")


def open_writer(name: str, **options: Any) -> Writer:
    """A new writer of a format; the options are those of its class.

    Raises UsageError for an unknown name, TypeError for an option the class does not have.
    """
    chosen = get_format(name)
    module = import_module(f"deeptext_cli.output.{chosen.module}")
    writer: Writer = getattr(module, chosen.writer)(**options)
    return writer


def write(name: str, pages: Iterable[Page | PageError],
          images: Iterable[Image | None] | None = None, **options: Any) -> bytes:
    """All pages at once in a format. `images`, if given, has one for each page."""
    writer = open_writer(name, **options)
    out = [writer.header()]
    if images is None:
        out += [writer.page(page) for page in pages]
    else:
        out += [writer.page(page, image) for page, image in zip(pages, images, strict=True)]
    out.append(writer.footer())
    return b"".join(out)
