"""JSON: one object a page, as lines (`jsonl`) or in one list (`json`).

The keys of a page are `path page width height text confidence lines model version`, and further
ones after them; of a page that failed `path error{code message}`. Keys are only ever added.
Both end with a `receipt`: what the result rests on.
"""

from __future__ import annotations

import json
from typing import Any

from deeptext_cli.document import Box, Line, Page, PageError, Receipt
from deeptext_cli.output.writer import Image, Writer, number, probability


def page_record(page: Page | PageError, *, words: bool = True) -> dict[str, Any]:
    """A page as plain data. Boxes are [[x, y] x 4] in page pixels, to a tenth."""
    if isinstance(page, PageError):
        failed: dict[str, Any] = {"path": page.path}
        if page.page is not None:
            failed["page"] = page.page
        return failed | {"error": {"code": page.code, "message": page.message}} \
            | _receipt(page.receipt)
    return {
        "path": page.path,
        "page": page.page,
        "width": page.width,
        "height": page.height,
        "text": page.text,
        "confidence": _confidence(page.confidence),
        "lines": [_line(line, k, words)
                  | ({"model": line.model} if line.model not in ("", page.model) else {})
                  for k, block in enumerate(page.blocks) for line in block.lines],
        "model": page.model,
        "version": page.version,
        "rotation": page.rotation,
        "skew": round(page.skew, 2),
        **({"notes": list(page.notes)} if page.notes else {}),
        **_receipt(page.receipt),
    }


class JsonLinesWriter(Writer):
    """One object a line, a line a page."""

    holds_errors = True

    def __init__(self, *, words: bool = True) -> None:
        self.words = words

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        return _dump(page_record(page, words=self.words)) + b"\n"


class JsonWriter(JsonLinesWriter):
    """One list of all pages."""

    _count = 0

    def header(self) -> bytes:
        return b"["

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        self._count += 1
        before = b"\n" if self._count == 1 else b",\n"
        return before + super().page(page, image).rstrip(b"\n")

    def footer(self) -> bytes:
        return b"\n]\n"


def _receipt(receipt: Receipt | None) -> dict[str, Any]:
    if receipt is None:
        return {}
    return {"receipt": {"sha256": receipt.sha256, "models": dict(receipt.models),
                        "version": receipt.version, "options": dict(receipt.options)}}


def _line(line: Line, block: int, words: bool) -> dict[str, Any]:
    out: dict[str, Any] = {"text": line.text, "confidence": _confidence(line.confidence),
                           "box": _box(line.box), "block": block}
    if line.polygon:
        out["polygon"] = [[number(x), number(y)] for x, y in line.polygon]
    if line.baseline:
        out["baseline"] = [[number(x), number(y)] for x, y in line.baseline]
    if words and line.words:
        out["words"] = [
            {"text": word.text, "confidence": _confidence(word.confidence), "box": _box(word.box)}
            for word in line.words]
    return out


def _box(box: Box) -> list[list[int | float]]:
    return [[number(x), number(y)] for x, y in box]


def _confidence(value: float) -> float:
    return round(probability(value), 4)


def _dump(record: dict[str, Any]) -> bytes:
    # lone surrogates (file names that are no UTF-8) cannot be encoded: they are escaped instead
    text = json.dumps(record, ensure_ascii=False, allow_nan=False)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(record, allow_nan=False).encode("ascii")
