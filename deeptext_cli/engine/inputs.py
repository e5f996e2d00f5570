"""What to read: files, folders, globs and stdin, in a stable order and each named once."""

from __future__ import annotations

import glob
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from deeptext_cli.data.images import IMAGE_SUFFIXES, read_bytes
from deeptext_cli.errors import ImageError, ImageUnreadable, UsageError

STDIN = "-"
SUFFIXES = IMAGE_SUFFIXES | {".jpe", ".pdf"}
_OWN_DESCRIPTOR = ("/dev/fd/", "/dev/stdin", "/proc/self/")  # names of what only we have open
FileId = tuple[int, int]  # device and number, the same whatever a file is called


@dataclass(frozen=True)
class InputFile:
    """One file to read, or stdin. `path` is what records and messages call it.

    `name` is what a folder of outputs calls it, a relative path. `data` are its bytes where they
    came with it (from an archive), `problem` why there are none. `known` is the SHA-256 with which
    it was read before; pages up to number `after` are done.
    """

    path: str
    name: str = ""
    data: bytes | None = None
    problem: ImageError | None = None
    known: str = ""
    after: int = 0

    def read(self) -> bytes:
        """Its bytes. Raises ImageUnreadable with the system's reason."""
        if self.problem is not None:
            raise self.problem
        data = stdin().read() if self.path == STDIN and self.data is None else self.data
        if data is None:
            return read_bytes(self.path)
        if not data:
            raise ImageUnreadable("the file is empty (0 bytes)")
        return data

    @property
    def is_ours_alone(self) -> bool:
        """Whether another process could not open it by its name."""
        return self.data is None and (self.path == STDIN
                                      or self.path.startswith(_OWN_DESCRIPTOR))


def stdin() -> BinaryIO:
    """The bytes of stdin. Raises ImageUnreadable where it is closed."""
    if sys.stdin is None:
        raise ImageUnreadable("stdin is closed")
    return sys.stdin.buffer


def expand(paths: Iterable[str]) -> Iterator[InputFile]:
    """The files that `paths` mean.

    A folder gives the images and PDFs below it, a pattern (`*.png`, where the shell left it alone)
    what it matches, both in natural order; anything else stands for itself, and is reported when
    it is read if it is not there. Raises UsageError for URLs, for patterns and folders without any
    image.
    """
    return unique(found for path in paths for found in _expand_one(path))


def listed(data: bytes) -> Iterator[InputFile]:
    """The files of a list whose names each end with a NUL, as `find -print0` writes it. Raises
    UsageError for a list that is none."""
    if data and b"\0" not in data and b"\n" in data:
        raise UsageError("--files0-from: the names must each end with a NUL, not a newline",
                         remedy="find ... -print0")
    names = (os.fsdecode(name) for name in data.split(b"\0") if name)
    return unique(InputFile(name, safe_name(name)) for name in names)


def unique(files: Iterable[InputFile]) -> Iterator[InputFile]:
    """Each file once, however it is named."""
    seen: set[str] = set()
    for file in files:
        try:
            real = file.path if file.path == STDIN else os.path.realpath(file.path)
        except (OSError, ValueError):  # a NUL in the name
            real = file.path
        if real not in seen:
            seen.add(real)
            yield file


def safe_name(path: str) -> str:
    """A relative path for the outputs of `path` that never leads out of their folder."""
    parts = [p for p in re.split(r"[/\\]" if os.sep == "\\" else "/", path)
             if p not in ("", ".", "..")]
    return "/".join(p.replace(":", "_") if os.sep == "\\" else p for p in parts) or "input"


def file_id(path: str | os.PathLike[str]) -> FileId | None:
    """What tells a regular file from all others; - is whatever stdin was opened from."""
    try:
        found = os.stat(0 if path == STDIN else path)
    except (OSError, ValueError):  # it is not there, or its name holds a NUL
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def file_ids(paths: Iterable[str]) -> frozenset[FileId]:
    """Of those that are there."""
    return frozenset(found for path in paths if (found := file_id(path)) is not None)


def natural(name: str) -> tuple[list[tuple[str, int]], str]:
    """A key to sort names by, with the numbers in them by their values: 2.png before 10.png."""
    parts = re.findall(r"[0-9]+|[^0-9]", name)
    return [("0", int(p)) if "0" <= p[0] <= "9" else (p, 0) for p in parts], name


def has_image_name(name: str) -> bool:
    """Whether a file of this name is taken from folders and archives."""
    base = os.path.basename(name)
    return os.path.splitext(base)[1].lower() in SUFFIXES and not base.startswith(".")


def walk(folder: str) -> Iterator[InputFile]:
    """The images and PDFs below a folder in natural order; hidden ones and links to folders left
    out."""
    problems: list[OSError] = []
    for root, folders, files in os.walk(folder, followlinks=False, onerror=problems.append):
        folders.sort(key=natural)
        folders[:] = [f for f in folders if not f.startswith(".")]
        for name in sorted(files, key=natural):
            if has_image_name(name):
                path = os.path.join(root, name)
                yield InputFile(path, safe_name(os.path.relpath(path, folder)),
                                problem=_not_a_file(path))
    for e in problems:
        yield InputFile(str(e.filename), problem=ImageUnreadable(
            f"the folder cannot be read: {e.strerror}"))


def _not_a_file(path: str) -> ImageError | None:
    """A pipe or socket that lies in a folder would be waited for without end."""
    if os.path.lexists(path) and os.path.exists(path) and not os.path.isfile(path):
        return ImageUnreadable("it is no regular file")
    return None


def _expand_one(path: str) -> Iterator[InputFile]:
    if path == STDIN:
        yield InputFile(path, "stdin")
    elif "://" in path:
        raise UsageError(f"{path}: URLs are not read", remedy="download it first")
    elif os.path.isdir(path):
        found = list(walk(path))
        if not found:
            raise UsageError(f"{path}: no images or PDFs in this folder")
        yield from found
    elif not os.path.lexists(path) and glob.has_magic(path):
        matches = sorted(glob.glob(path, recursive=True), key=natural)
        if not matches:
            raise UsageError(f"{path}: nothing matches this pattern")
        base = _fixed_part(path)
        yield from (InputFile(m, safe_name(os.path.relpath(m, base))) for m in matches)
    else:
        yield InputFile(path, safe_name(os.path.basename(path)))


def _fixed_part(pattern: str) -> str:
    """The folder above a pattern's first wildcard."""
    while glob.has_magic(pattern):
        pattern = os.path.dirname(pattern)
    return pattern or "."


def page_filter(text: str | None) -> Callable[[int], bool]:
    """Whether a page number is wanted: `3-7,9`, `5-`, `-2`; None wants all. Raises UsageError."""
    if text is None:
        return lambda number: True
    spans = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})\s*|\s*(\d{0,9})\s*-\s*(\d{0,9})\s*", part, re.ASCII)
        if not match or part.strip() == "-":
            raise UsageError(f"--pages {text}: not understood", remedy="for example 3-7,9")
        low, high = int(match[1] or match[2] or 1), int(match[1] or match[3] or sys.maxsize)
        if not 1 <= low <= high:
            raise UsageError(f"--pages {text}: there is no page {part.strip()}",
                             remedy="pages count from 1, as in 3-7,9")
        spans.append((low, high))
    return lambda number: any(low <= number <= high for low, high in spans)
