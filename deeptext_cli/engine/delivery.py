"""Where results go: one stream or one file for all inputs. `folder_delivery` has a file for each,
`records_delivery` a file of records that a later run can go on with."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from deeptext_cli.document import Page, PageError
from deeptext_cli.engine.inputs import FileId, InputFile, file_id
from deeptext_cli.engine.lock import FileLock
from deeptext_cli.engine.reader import Event, Result
from deeptext_cli.errors import OutputError, UsageError
from deeptext_cli.layout.paragraphs import dehyphenate
from deeptext_cli.output.formats import open_writer
from deeptext_cli.output.text import ListingWriter
from deeptext_cli.output.writer import Image, Writer


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


def make_listing(texts: TextOptions = PLAIN, *, several: bool, confidence: bool = False,
                 width: int = 0, page_separator: str = "\f") -> ListingWriter:
    """A writer of text that tells several inputs apart."""
    return ListingWriter(several=several, confidence=confidence, width=width,
                         preserve_layout=texts.preserve_layout, page_separator=page_separator,
                         join=dehyphenate if texts.dehyphenate else None)


class Delivery(Protocol):
    """What takes results in the order of their inputs: of each its pages, then its end."""

    def known(self, file: InputFile) -> str:
        """The SHA-256 with which an earlier run read this input, as this one would; or ""."""

    def add(self, file: InputFile, event: Event) -> None:
        """Take a page or the end of an input. Raises OutputError where it cannot be written."""

    def close(self, complete: bool = True) -> None:
        """Complete what was begun; `complete`: there was no interruption, no input is missing."""

    def abandon(self) -> None:
        """Leave nothing that looks complete and is not."""


class StreamDelivery:
    """Everything into one stream, flushed page by page."""

    def __init__(self, stream: BinaryIO, writer: Writer, name: str = "the output") -> None:
        self._stream, self._writer, self._name = stream, writer, name
        self._put(writer.header())

    def known(self, file: InputFile) -> str:
        return ""

    def add(self, file: InputFile, event: Event) -> None:
        if isinstance(event, Result):
            self.page(event.page, event.image)

    def page(self, page: Page | PageError, image: Image | None = None) -> None:
        """Write one page."""
        self._put(self._writer.page(page, image))

    def close(self, complete: bool = True) -> None:
        """Write what comes last."""
        self._put(self._writer.footer())

    def abandon(self) -> None:
        pass

    def _put(self, data: bytes) -> None:
        if data:
            with writing(self._name):
                self._stream.write(data)
                self._stream.flush()


class FileDelivery(StreamDelivery):
    """One file for everything; it appears under its name when it is complete, and not at all
    where it would hold nothing."""

    def __init__(self, path: Path, writer: Writer) -> None:
        """Raises UsageError where it cannot be written, or is being written by another run."""
        self.path = path
        # a device or a pipe (/dev/stdout) is written to, never replaced
        special = path.exists() and not path.is_file()
        self._partial = path if special else path.with_name(f".{path.name}.partial")
        self._lock: FileLock | None = None
        self._holds_something = special
        with opening(path):
            if not special:
                self._lock = lock_of(path)
            try:
                self._file = open(self._partial, "wb")  # noqa: SIM115 (closed by close)
            except OSError:
                self._unlock()
                raise
        try:
            super().__init__(self._file, writer, str(path))
        except BaseException:
            self.abandon()
            raise

    def page(self, page: Page | PageError, image: Image | None = None) -> None:
        super().page(page, image)
        self._holds_something |= isinstance(page, Page) or self._writer.holds_errors

    def close(self, complete: bool = True) -> None:
        if not self._holds_something:
            self.abandon()
            return
        try:
            super().close(complete)
            with writing(self._name):
                self._file.close()
                if self._partial != self.path:
                    os.replace(self._partial, self.path)
        except BaseException:
            self.abandon()
            raise
        self._unlock()

    def abandon(self) -> None:
        with suppress(OSError):  # the disk is full, and what was buffered is of no use
            self._file.close()
        if self._partial != self.path:
            self._partial.unlink(missing_ok=True)
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()


def lock_of(path: Path) -> FileLock:
    """The lock under which a run writes the file, held. Raises UsageError where another run has
    it, OSError where there can be none."""
    return FileLock(path.with_name(f".{path.name}.lock"), f"{path} is written").acquire()


def refuse_to_replace(originals: Collection[FileId], path: Path) -> None:
    """Raises UsageError where `path` is one of the files that a run reads."""
    if file_id(path) in originals:
        raise UsageError(f"{path}: would overwrite its input", remedy="give -o another name")


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Within the block, what the system refuses is a mistake in the command's -o."""
    try:
        yield
    except OSError as e:
        raise UsageError(f"{path}: cannot be written: {e.strerror}",
                         remedy="give -o another name") from e


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Within the block, what the system refuses ends the run, since no result can be kept."""
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read stdout has seen enough
    except OSError as e:
        raise OutputError(f"{name}: cannot be written: {e.strerror}") from e
