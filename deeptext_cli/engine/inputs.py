"""What to read: files, folders, globs and stdin, in a stable order and each named once."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from deeptext_cli.data.images import read_bytes
from deeptext_cli.errors import UsageError

STDIN = "-"
SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".gif", ".tif", ".tiff",
                      ".pgm", ".ppm", ".pbm", ".pnm", ".jp2", ".pdf"))


@dataclass(frozen=True)
class InputFile:
    """One file to read, or stdin. `path` is what records and messages call it."""

    path: str

    def read(self) -> bytes:
        """Its bytes. Raises ImageUnreadable with the system's reason."""
        if self.path == STDIN:
            return sys.stdin.buffer.read()
        return read_bytes(self.path)


def expand(paths: Iterable[str]) -> Iterator[InputFile]:
    """The files that `paths` mean.

    A folder gives the images and PDFs below it, sorted; a pattern (`*.png`, where the shell left
    it alone) what it matches; anything else stands for itself, and is reported when it is read if
    it is not there. Raises UsageError for URLs, for patterns and folders without any image.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _expand_one(path):
            real = found if found == STDIN else os.path.realpath(found)
            if real not in seen:
                seen.add(real)
                yield InputFile(found)


def _expand_one(path: str) -> Iterator[str]:
    if path == STDIN:
        yield path
    elif "://" in path:
        raise UsageError(f"{path}: URLs are not read", remedy="download it first")
    elif os.path.isdir(path):
        found = list(_walk(path))
        if not found:
            raise UsageError(f"{path}: no images or PDFs in this folder")
        yield from found
    elif not os.path.lexists(path) and glob.has_magic(path):
        matches = sorted(glob.glob(path, recursive=True))
        if not matches:
            raise UsageError(f"{path}: nothing matches this pattern")
        yield from matches
    else:
        yield path


def _walk(folder: str) -> Iterator[str]:
    for root, folders, files in os.walk(folder, followlinks=False):
        folders.sort()
        folders[:] = [f for f in folders if not f.startswith(".")]
        for name in sorted(files):
            if os.path.splitext(name)[1].lower() in SUFFIXES and not name.startswith("."):
                yield os.path.join(root, name)


def page_filter(text: str | None) -> Callable[[int], bool]:
    """Whether a page number is wanted: `3-7,9`, `5-`, `-2`; None wants all. Raises UsageError."""
    if text is None:
        return lambda number: True
    spans = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*|\s*(\d*)\s*-\s*(\d*)\s*", part)
        if not match or part.strip() == "-":
            raise UsageError(f"--pages {text}: not understood", remedy="for example 3-7,9")
        if match[1]:
            spans.append((int(match[1]), int(match[1])))
        else:
            spans.append((int(match[2] or 1), int(match[3] or sys.maxsize)))
    return lambda number: any(low <= number <= high for low, high in spans)
