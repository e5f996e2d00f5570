"""Reading: input files in, pages out, in order; one bad file is a record, never the end."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.frames import Frame, frames
from deeptext_cli.data.images import MAX_PIXELS
from deeptext_cli.document import Page, PageError, Receipt, box_of_rect, page_of_lines
from deeptext_cli.engine.assemble import line_of
from deeptext_cli.engine.auto_reader import open_lines
from deeptext_cli.engine.inputs import InputFile, page_filter
from deeptext_cli.engine.models import AUTO, find_model
from deeptext_cli.engine.page_reader import PageReader
from deeptext_cli.engine.receipts import run_receipt
from deeptext_cli.engine.runtime import default_threads
from deeptext_cli.engine.side_by_side import side_by_side
from deeptext_cli.engine.single_lines import read_singles
from deeptext_cli.errors import DeepTextError, ImageError, ImageUnreadable
from deeptext_cli.layout.single_line import ALWAYS_LINE, is_single_line

LARGE, DOUBTFUL = 160, 0.3  # a line image so high and read so unsurely may be a page after all
LINES_HELD = 64             # single lines that wait for each other, to be read in one batch
PIXELS_HELD = 64_000_000    # and the pixels that they may have together


@dataclass(frozen=True)
class ReadOptions:
    """How to read; the defaults suit most."""

    model: str = AUTO
    detector: str = "detect"
    layout: str = "auto"          # auto, page, block, line, word
    device: str = "auto"
    batch: int = 16
    jobs: int = 0                 # workers; 0: as many as processors
    max_pixels: int = MAX_PIXELS
    colour: bool = False          # keep each page's picture, for formats that show it
    pages: str | None = None      # of files with several: 3-7,9
    decoding: Mapping[str, object] = field(default_factory=dict)  # changes of the model's defaults


class Result(NamedTuple):
    """One page as read, or what kept it from being read; its picture where asked for."""

    page: Page | PageError
    image: NDArray[np.uint8] | None = None


class FileEnd(NamedTuple):
    """All results of one input are there. `unchanged`: it has the hash with which it was read
    before, and was not read again."""

    sha256: str
    unchanged: bool = False


Event = Result | FileEnd
# called as (index, page, sha256) before each file (page None) and each page is begun; an
# ImageError that it raises at a page is the file's
Beat = Callable[[int, int | None, str], None]


def no_beat(index: int, page: int | None, sha256: str) -> None:
    """Nobody watches."""


class Reader:
    """Reads images of lines and pages. Holds the models; use one for many calls."""

    def __init__(self, options: ReadOptions, inputs: int | None = None, *, threads: int = 0,
                 receipt: Receipt | None = None) -> None:
        """`inputs`: how many there will be, where known; one alone gets all processors.
        `threads`: of each model run, instead of a fair share."""
        self.options = options
        self._page_jobs = 1 if threads else options.jobs or default_threads()
        self.jobs = 1 if inputs == 1 else self._page_jobs
        self._threads = threads or max(1, default_threads() // self.jobs)
        self._wanted = page_filter(options.pages)
        self.model, self._lines = open_lines(
            options.model, threads=self._threads, device=options.device, batch=options.batch,
            decoding=options.decoding)
        self.receipt = receipt or run_receipt(options, self.model)
        self._opening = threading.Lock()
        self._pages: PageReader | None = None
        if options.layout in ("page", "block"):
            self._page_reader()

    def read(self, inputs: Iterable[InputFile]) -> Iterator[Result]:
        """Pages and errors in the order of `inputs`, as soon as they are known."""
        return (event for _, event in self.events(inputs) if isinstance(event, Result))

    def events(self, inputs: Iterable[InputFile], beat: Beat = no_beat,
               ) -> Generator[tuple[InputFile, Event], None, None]:
        """As `read`, with the input of each result, and its end.

        Every thread takes a chunk of files through all stages; decoding, resampling and the
        models run outside Python's lock, so that chunks overlap.
        """
        by_line = self.options.layout in ("line", "word")
        chunks = _chunks(inputs, self.options.batch if self.jobs > 1 and by_line else
                         min(4, self.options.batch) if self.jobs > 1 else 1)
        # pages have threads of their own, for which the files' threads wait
        with ThreadPoolExecutor(self._page_jobs) as threads, ThreadPoolExecutor(self.jobs) as pool:
            if self.jobs == 1:
                for chunk in chunks:
                    yield from ((chunk[i], event) for i, event in
                                self.read_files(chunk, beat, threads))
                return
            pending: deque[Future[list[tuple[InputFile, Event]]]] = deque()
            try:
                for chunk in chunks:
                    pending.append(pool.submit(self._read_chunk, chunk, beat, threads))
                    if len(pending) > 2 * self.jobs:
                        yield from pending.popleft().result()
                while pending:
                    yield from pending.popleft().result()
            finally:
                for future in pending:
                    future.cancel()

    def _read_chunk(self, files: list[InputFile], beat: Beat, threads: ThreadPoolExecutor,
                    ) -> list[tuple[InputFile, Event]]:
        return [(files[i], event) for i, event in self.read_files(files, beat, threads)]

    def read_files(self, files: Sequence[InputFile], beat: Beat = no_beat,
                   threads: ThreadPoolExecutor | None = None) -> Iterator[tuple[int, Event]]:
        """(index in `files`, event) in order. Single lines that follow each other, of whatever
        file, share batches; `threads`, where given, read the pages of a file side by side."""
        held: list[tuple[int, Event | _Line]] = []  # lines, and what came after the first of them
        for i, file in enumerate(files):
            for item in self._items(i, file, beat, threads):
                held.append((i, item))
                lines = [x for _, x in held if isinstance(x, _Line)]
                if not lines or len(lines) >= LINES_HELD \
                        or sum(x.grey.size for x in lines) > PIXELS_HELD:
                    yield from self._release(held)
                    held = []
        yield from self._release(held)

    def _items(self, i: int, file: InputFile, beat: Beat,
               threads: ThreadPoolExecutor | None) -> Iterator[Event | _Line]:
        """What one file gives: pages read, lines to be read, errors, and its end."""
        beat(i, None, "")
        receipt, count, found = self.receipt, 0, file.after
        try:
            data = file.read()
            receipt = replace(receipt, sha256=hashlib.sha256(data).hexdigest())
            if file.known and receipt.sha256 == file.known:
                yield FileEnd(receipt.sha256, unchanged=True)
                return

            def wanted(number: int) -> bool:
                nonlocal count, found
                count = number
                if number <= file.after or not self._wanted(number):
                    return False
                beat(i, number, receipt.sha256)
                found = number
                return True

            pages = frames(data, max_pixels=self.options.max_pixels,
                           colour=self.options.colour, wanted=wanted)
            item = partial(self._item, file, receipt=receipt)
            yield from side_by_side(item, pages, threads, self._page_jobs - 1) \
                if threads and self._page_jobs > 1 else map(item, pages)
            if not found:
                asked = f", none of --pages {self.options.pages}" if self.options.pages else ""
                raise ImageUnreadable(f"it has {count} page{'s' * (count != 1)}{asked}")
        except ImageError as e:
            yield Result(PageError(file.path, e.code, str(e), receipt=receipt))
        except DeepTextError:
            raise  # about a model or an option, not about a file
        except Exception as e:
            yield Result(_unexpected(e, file.path, None, receipt))
        yield FileEnd(receipt.sha256)

    def _item(self, file: InputFile, frame: Frame, receipt: Receipt) -> Event | _Line:
        grey = frame.grey
        if isinstance(grey, ImageError):
            return Result(PageError(file.path, grey.code, str(grey), frame.number, receipt))
        try:
            if self._is_line(grey):
                return _Line(file.path, frame, grey, receipt)
            return Result(self._read_page(file.path, frame, grey, receipt), frame.rgb)
        except DeepTextError:
            raise
        except Exception as e:
            return Result(_unexpected(e, file.path, frame.number, receipt))

    def _release(self, held: list[tuple[int, Event | _Line]]) -> Iterator[tuple[int, Event]]:
        """Read the lines among `held` and give everything on in order."""
        lines = [x for _, x in held if isinstance(x, _Line)]
        read = iter(self._read_lines(lines))
        for i, x in held:
            yield i, next(read) if isinstance(x, _Line) else x

    def _read_lines(self, lines: list[_Line]) -> list[Result]:
        """Read lines together. One that breaks a library is found and reported alone."""
        try:
            singles = read_singles(self._lines, [line.grey for line in lines])
        except DeepTextError:
            raise
        except Exception as e:
            if len(lines) == 1:
                return [Result(_unexpected(e, lines[0].path, lines[0].frame.number,
                                           lines[0].receipt))]
            return [result for line in lines for result in self._read_lines([line])]
        results = []
        for line, (reading, quarters) in zip(lines, singles, strict=True):
            h, w = line.grey.shape
            corners = 2 * box_of_rect(0, 0, w, h)
            a, b, c, d = corners[quarters:quarters + 4]  # from where its text begins
            read = [line_of(reading, (a, b, c, d))] if reading.text else []
            page = page_of_lines(line.path, line.frame.number, w, h, read, dpi=line.frame.dpi,
                                 model=self.model.spec.name, version=self.receipt.version,
                                 receipt=line.receipt, dpi_down=line.frame.dpi_down)
            if self.options.layout == "auto" and (
                    (h > LARGE and reading.confidence < DOUBTFUL)
                    or (h > ALWAYS_LINE and not reading.text)):
                page = self._surer(page, line)
            results.append(Result(page, line.frame.rgb))
        return results

    def _surer(self, page: Page, line: _Line) -> Page:
        """The image read as a page, where that says more, and more surely, than its one line."""
        try:
            other = self._read_page(line.path, line.frame, line.grey, line.receipt)
        except Exception as e:  # no detector, or a page that breaks a library
            reason = " ".join(str(e).split()) or type(e).__name__
            return replace(page, notes=(f"read as a line, since as a page: {reason}",))
        more = len(other.text) >= len(page.text)
        return other if more and other.confidence > page.confidence + DOUBTFUL else page

    def _is_line(self, grey: NDArray[np.uint8]) -> bool:
        layout = self.options.layout
        return layout in ("line", "word") or (layout == "auto" and is_single_line(grey))

    def _read_page(self, path: str, frame: Frame, grey: NDArray[np.uint8],
                   receipt: Receipt) -> Page:
        text = self._page_reader().read(grey, turn=self.options.layout != "block")
        h, w = grey.shape
        return Page(path, frame.number, w, h, text.blocks, rotation=text.rotation,
                    skew=text.skew, dpi=frame.dpi, model=self.model.spec.name,
                    version=receipt.version, receipt=receipt, dpi_down=frame.dpi_down)

    def _page_reader(self) -> PageReader:
        """The detector is loaded when the first page is met, once for all threads. Raises
        ModelError without one."""
        with self._opening:
            if self._pages is None:
                from deeptext_cli.engine.detect import LineDetector
                try:
                    model = find_model(self.options.detector)
                except DeepTextError as e:
                    e.remedy = "pages need a detector; --layout line reads images of single lines"
                    raise
                self._pages = PageReader(self._lines, LineDetector(
                    model, threads=self._threads, device=self.options.device))
            return self._pages


class _Line(NamedTuple):
    """A single line that waits to be read."""

    path: str
    frame: Frame
    grey: NDArray[np.uint8]
    receipt: Receipt


def _unexpected(error: Exception, path: str, page: int | None, receipt: Receipt) -> PageError:
    """The record of a file that broke a library."""
    reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return PageError(path, "unexpected", reason, page, receipt)


def _chunks(inputs: Iterable[InputFile], size: int) -> Iterator[list[InputFile]]:
    source = iter(inputs)
    while chunk := list(islice(source, size)):
        yield chunk
