"""Reading: input files in, pages out, in order; one bad file is a record, never the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli import __version__
from deeptext_cli.data.frames import Frame, frames
from deeptext_cli.data.images import MAX_PIXELS
from deeptext_cli.document import Page, PageError, box_of_rect, page_of_lines
from deeptext_cli.engine.assemble import line_of
from deeptext_cli.engine.auto_reader import open_lines
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.models import AUTO, find_model
from deeptext_cli.engine.page_reader import PageReader
from deeptext_cli.engine.runtime import default_threads
from deeptext_cli.errors import DeepTextError, ImageError
from deeptext_cli.layout.single_line import is_single_line


@dataclass(frozen=True)
class ReadOptions:
    """How to read; the defaults suit most."""

    model: str = AUTO
    detector: str = "detect"
    layout: str = "auto"          # auto, page, block, line, word
    device: str = "auto"
    batch: int = 16
    jobs: int = 0                 # worker threads; 0: as many as processors
    max_pixels: int = MAX_PIXELS
    colour: bool = False          # keep each page's picture, for formats that show it
    pages: Callable[[int], bool] = lambda number: True
    decoding: Mapping[str, object] = field(default_factory=dict)  # changes of the model's defaults


class Result(NamedTuple):
    """One page as read, or what kept it from being read; its picture where asked for."""

    page: Page | PageError
    image: NDArray[np.uint8] | None = None


class Reader:
    """Reads images of lines and pages. Holds the models; use one for many calls."""

    def __init__(self, options: ReadOptions, inputs: int | None = None) -> None:
        """`inputs`: how many there will be, where known; one alone gets all processors."""
        self.options = options
        self.jobs = 1 if inputs == 1 else options.jobs or default_threads()
        self._threads = max(1, default_threads() // self.jobs)
        self.model, self._lines = open_lines(
            options.model, threads=self._threads, device=options.device, batch=options.batch,
            decoding=options.decoding)
        self._pages: PageReader | None = None
        if options.layout in ("page", "block"):
            self._page_reader()

    def read(self, inputs: Iterable[InputFile]) -> Iterator[Result]:
        """Pages and errors in the order of `inputs`, as soon as they are known.

        Every worker takes a chunk of files through all stages; decoding, resampling and the
        models run outside Python's lock, so that chunks overlap.
        """
        by_line = self.options.layout in ("line", "word")
        chunks = _chunks(inputs, self.options.batch if self.jobs > 1 and by_line else
                         min(4, self.options.batch) if self.jobs > 1 else 1)
        if self.jobs == 1:
            for chunk in chunks:
                yield from self._read_chunk(chunk)
            return
        with ThreadPoolExecutor(self.jobs) as pool:
            pending: deque[Future[list[Result]]] = deque()
            try:
                for chunk in chunks:
                    pending.append(pool.submit(self._read_chunk, chunk))
                    if len(pending) > 2 * self.jobs:
                        yield from pending.popleft().result()
                while pending:
                    yield from pending.popleft().result()
            finally:
                for future in pending:
                    future.cancel()

    def _read_chunk(self, files: list[InputFile]) -> list[Result]:
        """Read some files. One that breaks a library is found and reported alone."""
        try:
            return self._read_files(files)
        except DeepTextError:
            raise  # about a model or an option, not about a file
        except Exception as e:
            if len(files) == 1:
                reason = f"{type(e).__name__}: {' '.join(str(e).split())}"
                return [Result(PageError(files[0].path, "unexpected", reason))]
            return [r for file in files for r in self._read_chunk([file])]

    def _read_files(self, files: list[InputFile]) -> list[Result]:
        """Read some files. All single lines of the chunk share batches."""
        results: list[Result | None] = []
        lines: list[tuple[int, InputFile, Frame]] = []
        for file in files:
            for frame in self._frames(file):
                if isinstance(frame, PageError):
                    results.append(Result(frame))
                elif isinstance(frame.grey, ImageError):
                    results.append(Result(PageError(file.path, frame.grey.code, str(frame.grey),
                                                    frame.number)))
                elif self._is_line(frame.grey):
                    lines.append((len(results), file, frame))
                    results.append(None)
                else:
                    results.append(Result(self._read_page(file, frame, frame.grey), frame.rgb))
        pixels = [f.grey for _, _, f in lines if not isinstance(f.grey, ImageError)]
        for (i, file, frame), reading, grey in zip(lines, self._lines.read(pixels), pixels,
                                                   strict=True):
            h, w = grey.shape
            read = [line_of(reading, box_of_rect(0, 0, w, h))] if reading.text else []
            results[i] = Result(page_of_lines(file.path, frame.number, w, h, read, dpi=frame.dpi,
                                              model=self.model.spec.name, version=__version__),
                                frame.rgb)
        return [r for r in results if r is not None]

    def _frames(self, file: InputFile) -> Iterator[Frame | PageError]:
        try:
            yield from frames(file.read(), max_pixels=self.options.max_pixels,
                              colour=self.options.colour, wanted=self.options.pages)
        except ImageError as e:
            yield PageError(file.path, e.code, str(e))

    def _is_line(self, grey: NDArray[np.uint8]) -> bool:
        layout = self.options.layout
        return layout in ("line", "word") or (layout == "auto" and is_single_line(grey))

    def _read_page(self, file: InputFile, frame: Frame, grey: NDArray[np.uint8]) -> Page:
        text = self._page_reader().read(grey, turn=self.options.layout != "block")
        h, w = grey.shape
        return Page(file.path, frame.number, w, h, text.blocks, rotation=text.rotation,
                    skew=text.skew, dpi=frame.dpi, model=self.model.spec.name,
                    version=__version__)

    def _page_reader(self) -> PageReader:
        """The detector is loaded when the first page is met. Raises ModelError without one."""
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


def _chunks(inputs: Iterable[InputFile], size: int) -> Iterator[list[InputFile]]:
    source = iter(inputs)
    while chunk := list(islice(source, size)):
        yield chunk
