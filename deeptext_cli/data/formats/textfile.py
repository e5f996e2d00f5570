"""Read text files of unknown encoding line by line, saying what was assumed."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from deeptext_cli.data.formats.base import Fault
from deeptext_cli.errors import DataError

_SNIFF = 1 << 20


def text_encoding(path: Path) -> str:
    """`utf-8-sig`, `utf-16` or `latin-1`, from the byte order mark or from the whole content."""
    try:
        with open(path, "rb") as f:
            head = f.read(4)
            if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            decoder = codecs.getincrementaldecoder("utf-8")()
            f.seek(0)
            while block := f.read(_SNIFF):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        # cp1252 is what such files nearly always are, and leaves no byte but five undefined
        return "cp1252" if _decodes(path, "cp1252") else "latin-1"
    except OSError as e:
        raise DataError(f"{path}: {e.strerror or e}") from e
    return "utf-8-sig"


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Line numbers from 1 and lines without their end (LF, CRLF or CR; nothing else splits)."""
    with open(path, encoding=text_encoding(path), errors="replace", newline=None) as f:
        for number, line in enumerate(f, 1):
            yield number, line.rstrip("\n")


def numbered_cells(path: Path, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Cells of the non-empty rows of a CSV file, None for a row that is none, with line numbers.

    A quoted cell may hold line breaks: the line number is that of its first line.
    """
    reader = csv.reader((line + "\n" for _, line in numbered_lines(path)), delimiter=delimiter)
    start = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield start, None
        else:
            if any(c.strip() for c in cells):
                yield start, cells
        start = reader.line_num + 1


def encoding_fault(path: Path, name: str) -> Iterator[Fault]:
    """A remark where the file is not Unicode, so that its reading is known to be a guess."""
    encoding = text_encoding(path)
    if encoding in ("cp1252", "latin-1"):
        yield Fault("not-utf-8", name, f"not UTF-8: read as {_NAMES[encoding]}; check accented "
                    "letters", kept_out=False)


_NAMES = {"cp1252": "Windows-1252 (Latin-1)", "latin-1": "Latin-1"}


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with open(path, encoding=encoding) as f:
            while f.read(_SNIFF):
                pass
    except UnicodeDecodeError:
        return False
    return True
