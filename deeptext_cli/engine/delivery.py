"""Where results go: one stream for all inputs, or a folder with a file for each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.document import Page, PageError
from deeptext_cli.errors import UsageError
from deeptext_cli.layout.paragraphs import dehyphenate
from deeptext_cli.output.formats import FORMATS, open_writer
from deeptext_cli.output.writer import Writer

Image = NDArray[np.uint8]


class TextOptions(NamedTuple):
    """How formats for people show text; the others ignore it."""

    preserve_layout: bool = False
    dehyphenate: bool = False


PLAIN = TextOptions()


def make_writer(name: str, texts: TextOptions = PLAIN) -> Writer:
    """A writer of the format, with those options that it knows."""
    options: dict[str, object] = {}
    if name in ("text", "markdown") and texts.dehyphenate:
        options["join"] = dehyphenate
    if name == "text" and texts.preserve_layout:
        options["preserve_layout"] = True
    return open_writer(name, **options)


class StreamDelivery:
    """Everything into one stream, flushed page by page."""

    def __init__(self, stream: BinaryIO, writer: Writer) -> None:
        self._stream, self._writer = stream, writer
        self._put(writer.header())

    def page(self, page: Page | PageError, image: Image | None = None) -> None:
        """Write one page."""
        self._put(self._writer.page(page, image))

    def close(self) -> None:
        """Write what comes last."""
        self._put(self._writer.footer())

    def _put(self, data: bytes) -> None:
        if data:
            self._stream.write(data)
            self._stream.flush()


class FileDelivery(StreamDelivery):
    """One file for everything; it appears under its name when it is complete."""

    def __init__(self, path: Path, writer: Writer) -> None:
        self.path = path
        # a device or a pipe (/dev/stdout) is written to, never replaced
        special = path.exists() and not path.is_file()
        self._partial = path if special else path.with_name(f".{path.name}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(self._partial, "wb")  # noqa: SIM115 (closed by close)
        except OSError as e:
            raise UsageError(f"{path}: cannot be written: {e.strerror}") from e
        super().__init__(self._file, writer)

    def close(self) -> None:
        super().close()
        self._file.close()
        if self._partial != self.path:
            os.replace(self._partial, self.path)


class FolderDelivery:
    """A file for each input and format in a folder; inputs of the same name are numbered.

    Formats that hold one page a file get one for each further page: `scan-p2.png`.
    """

    def __init__(self, folder: Path, formats: Sequence[str],
                 texts: TextOptions = PLAIN) -> None:
        self.folder, self.formats, self.texts = folder, formats, texts
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise UsageError(f"{folder}: no folder can be made here: {e.strerror}",
                             remedy="give -o another name") from e
        self._taken: set[str] = set()
        self._path: str | None = None
        self._name = ""
        self._pages = 0
        self._open: list[FileDelivery] = []

    def page(self, page: Page | PageError, image: Image | None = None) -> None:
        """Write one page; pages of one input follow each other."""
        if page.path != self._path:
            self.close()
            self._path = page.path
            if isinstance(page, PageError):
                self._path = None
                return
            self._name = self._stem(page.path)
            self._open = [self._file(f, self._name) for f in self.formats]
            self._pages = 0
        if isinstance(page, Page):
            self._pages += 1
        for i, name in enumerate(self.formats):
            if self._pages > 1 and FORMATS[name].one_page and isinstance(page, Page):
                self._open[i].close()
                self._open[i] = self._file(name, f"{self._name}-p{page.page}")
            self._open[i].page(page, image)

    def _file(self, name: str, stem: str) -> FileDelivery:
        return FileDelivery(self.folder / (stem + FORMATS[name].suffixes[0]),
                            make_writer(name, self.texts))

    def close(self) -> None:
        """Complete the files of the last input."""
        for delivery in self._open:
            delivery.close()
        self._open = []

    def _stem(self, path: str) -> str:
        stem = Path(path).stem if path != "-" else "stdin"
        name, count = stem, 1
        while name in self._taken:
            count += 1
            name = f"{stem}-{count}"
        self._taken.add(name)
        return name
