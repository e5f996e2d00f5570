"""Reading: input files in, pages out, in order; one bad file is a record, never the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from deeptext_cli import __version__
from deeptext_cli.data import images
from deeptext_cli.document import Page, PageError, box_of_rect, page_of_lines
from deeptext_cli.engine.assemble import line_of
from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import Model, find_model
from deeptext_cli.engine.runtime import default_threads
from deeptext_cli.errors import DeepTextError

Result = Page | PageError


@dataclass(frozen=True)
class ReadOptions:
    """How to read; the defaults suit most."""

    model: str = "auto"
    layout: str = "auto"
    device: str = "auto"
    batch: int = 16
    jobs: int = 0                 # worker threads; 0: as many as processors
    max_pixels: int = images.MAX_PIXELS
    decoding: Mapping[str, object] = field(default_factory=dict)  # changes of the model's defaults


class Reader:
    """Reads images of single lines. Holds the model; use one for many calls."""

    def __init__(self, options: ReadOptions, inputs: int | None = None) -> None:
        """`inputs`: how many there will be, where known; one alone gets all processors."""
        self.options = options
        self.model: Model = find_model("print" if options.model == "auto" else options.model)
        self.jobs = 1 if inputs == 1 else options.jobs or default_threads()
        threads = max(1, default_threads() // self.jobs)
        self._lines = LineReader(self.model, threads=threads, device=options.device,
                                 batch=options.batch,
                                 decoder=make_decoder(self.model, options.decoding))

    def read(self, inputs: Iterable[InputFile]) -> Iterator[Result]:
        """Pages and errors in the order of `inputs`, as soon as they are known.

        Every worker takes a chunk of files through all stages; decoding, resampling and the
        model run outside Python's lock, so that chunks overlap.
        """
        chunks = _chunks(inputs, 1 if self.jobs == 1 else self.options.batch)
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
        """Read each file as one line. All good lines of the chunk share batches."""
        results: list[Result | None] = [None] * len(files)
        good: list[tuple[int, NDArray[np.uint8]]] = []
        for i, file in enumerate(files):
            try:
                good.append((i, images.decode(file.read(), max_pixels=self.options.max_pixels)))
            except DeepTextError as e:
                results[i] = PageError(file.path, e.code, str(e))
        readings = self._lines.read([image for _, image in good])
        for (i, image), reading in zip(good, readings, strict=True):
            h, w = image.shape
            lines = [line_of(reading, box_of_rect(0, 0, w, h))] if reading.text else []
            results[i] = page_of_lines(files[i].path, 1, w, h, lines,
                                       model=self.model.spec.name, version=__version__)
        return [r for r in results if r is not None]


def _chunks(inputs: Iterable[InputFile], size: int) -> Iterator[list[InputFile]]:
    source = iter(inputs)
    while chunk := list(islice(source, size)):
        yield chunk
