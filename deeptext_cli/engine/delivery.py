"""Where results go: one stream for all inputs, or a folder with a file for each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.document import Page, PageError
from deeptext_cli.errors import UsageError
from deeptext_cli.output.formats import FORMATS, open_writer
from deeptext_cli.output.writer import Writer

Image = NDArray[np.uint8]


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
    """A file for each input and format in a folder; inputs of the same name are numbered."""

    def __init__(self, folder: Path, formats: Sequence[str], **options: object) -> None:
        self.folder, self.formats, self.options = folder, formats, options
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise UsageError(f"{folder}: no folder can be made here: {e.strerror}",
                             remedy="give -o another name") from e
        self._taken: set[str] = set()
        self._path: str | None = None
        self._open: list[FileDelivery] = []

    def page(self, page: Page | PageError, image: Image | None = None) -> None:
        """Write one page; pages of one input follow each other."""
        if page.path != self._path:
            self.close()
            self._path = page.path
            if isinstance(page, PageError):
                self._path = None
                return
            stem = self._stem(page.path)
            self._open = [FileDelivery(self.folder / (stem + FORMATS[f].suffixes[0]),
                                       open_writer(f, **self.options)) for f in self.formats]
        for delivery in self._open:
            delivery.page(page, image)

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
