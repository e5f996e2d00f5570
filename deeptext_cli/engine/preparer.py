"""`deeptext prepare`: any labelled images in, a checked data set out. Resumable at any moment.

First every chunk of the input is read, checked and stored (`preparer_worker`, several processes),
then all of them together are split, compared and written in one pass (`preparer_finish`).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deeptext_cli.config.dataset import DatasetInfo, PrepareOptions
from deeptext_cli.data.doctor import Doctor
from deeptext_cli.data.formats.base import Fault, Listing, Unit
from deeptext_cli.data.formats.registry import Detection, detect
from deeptext_cli.data.split import GroupRule
from deeptext_cli.engine.preparer_finish import Finisher, SourceStats
from deeptext_cli.engine.preparer_pool import in_processes
from deeptext_cli.engine.preparer_staging import (
    FOLDER,
    VERSION,
    Staging,
    check_out,
    fingerprint,
)
from deeptext_cli.engine.preparer_worker import SynthUnit, Task, make_chunk
from deeptext_cli.errors import DataError, UsageError
from deeptext_cli.text import Charset

CHUNK = 512  # lines a chunk
PAGE_WEIGHT = 64  # a page counts as this many lines

Progress = Callable[[int, int], None]
AnyUnit = Unit | Fault | SynthUnit


@dataclass(frozen=True)
class Synth:
    """Synthetic lines as an input: `count` samples of a recipe."""

    recipe: str
    count: int
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """One input, with what it was found to be."""

    path: str
    weight: float
    listing: Listing | None
    detection: Detection | None
    synth: Synth | None = None

    @property
    def format(self) -> str:
        """Name of the format."""
        return self.detection.format.name if self.detection else "synth"

    def units(self, options: PrepareOptions) -> Iterator[AnyUnit]:
        """Everything the input holds, in reading order."""
        if self.synth is not None:
            for first in range(0, self.synth.count, CHUNK):
                yield SynthUnit(self.synth.recipe, self.synth.overrides, options.charset,
                                options.seed, first, min(CHUNK, self.synth.count - first))
        elif self.detection is not None and self.listing is not None:
            yield from self.detection.format.read(self.listing)


@dataclass(frozen=True)
class Prepared:
    """The outcome: `info` is None with `check_only`."""

    doctor: Doctor
    info: DatasetInfo | None
    charset: str


def parse_input(spec: str) -> tuple[str, float]:
    """`folder@2` -> ("folder", 2.0); a path that exists as it stands has weight 1."""
    path, at, weight = spec.rpartition("@")
    if not at or os.path.exists(spec):
        return spec, 1.0
    try:
        value = float(weight)
    except ValueError:
        return spec, 1.0
    if not 0 < value <= 1000:
        raise UsageError(f"{spec}: a weight is more than 0 and at most 1000")
    return path, value


def find_sources(inputs: Sequence[str], options: PrepareOptions,
                 synth: Synth | None = None) -> list[Source]:
    """Detect the format of each input. Raises DataError or UsageError naming the input."""
    sources = []
    for spec in inputs:
        path, weight = parse_input(spec)
        listing, detection = detect(path, options.format, options.text_column)
        sources.append(Source(path, weight, listing, detection))
    if synth is not None:
        sources.append(Source(synth.recipe, 1.0, None, None, synth))
    if not sources:
        raise UsageError("nothing to prepare", remedy="give a folder, or --synth RECIPE")
    return sources


def prepare(sources: Sequence[Source], out: Path, options: PrepareOptions, *,
            name: str | None = None, jobs: int = 1, check_only: bool = False,
            progress: Progress | None = None) -> Prepared:
    """Prepare `sources` into the folder `out`.

    A run that was killed is taken up where it was, and ends with the same bytes of all files.
    progress is called with (lines so far, items kept out so far). Raises DataError where no line
    is left, UsageError where `out` holds something else.
    """
    GroupRule(options.group)  # a mistake in it should not come up after an hour of reading
    if options.charset is not None:
        _check_charset(options.charset)
    created = not out.exists()
    if not check_only:
        check_out(out, {"dataset.yaml", "doctor.json", FOLDER})
    store = not check_only
    described = [(os.path.realpath(s.path), s.format, s.weight, s.synth, _recipes(s))
                 for s in sources]
    purpose = fingerprint((VERSION, options.model_dump(), described, store))
    staging = Staging(out, purpose)
    try:
        stats = [SourceStats(s.path, s.format, s.weight) for s in sources]
        tasks = _tasks(sources, options, staging, store)
        count = _run(tasks, staging, jobs, progress)
        finisher = Finisher(staging, count, stats, options)
        doctor = finisher.examine()
        if check_only:
            info = None
        else:
            if not doctor.items:
                raise DataError(f"{out}: no line is left to write", remedy=_first_faults(doctor))
            info = finisher.write(out, name or out.resolve().name)
        sheet = finisher.contact_sheet()
        if not check_only or not created:
            finisher.write_report(out, sheet)
        charset = info.charset if info else "".join(sorted(doctor.characters))
    except BaseException:
        staging.release()
        raise
    staging.remove()
    if check_only and created:
        with contextlib.suppress(OSError):
            out.rmdir()
    return Prepared(doctor, info, charset)


def _tasks(sources: Sequence[Source], options: PrepareOptions, staging: Staging,
           store: bool) -> Iterator[Task]:
    index = 0
    for number, source in enumerate(sources):
        stem = Path(source.path).name or f"input{number}"
        prefix = f"{number}-{stem}/" if len(sources) > 1 else ""
        for units in _chunks(source.units(options)):
            yield Task(index, number, prefix, units, fingerprint((number, prefix, units)), options,
                       str(staging.folder), store)
            index += 1


def _chunks(units: Iterator[AnyUnit]) -> Iterator[tuple[AnyUnit, ...]]:
    """Fixed slices of about CHUNK lines."""
    chunk: list[AnyUnit] = []
    weight = 0
    for unit in units:
        chunk.append(unit)
        weight += _weight(unit)
        if weight >= CHUNK:
            yield tuple(chunk)
            chunk, weight = [], 0
    if chunk:
        yield tuple(chunk)


def _weight(unit: AnyUnit) -> int:
    if isinstance(unit, SynthUnit):
        return unit.count
    if isinstance(unit, Unit) and unit.regions is not None:
        return PAGE_WEIGHT
    return 1


def _run(tasks: Iterator[Task], staging: Staging, jobs: int, progress: Progress | None) -> int:
    """Make all chunks that are not there yet. Returns the number of chunks."""
    count, lines, out = 0, 0, 0

    def note(done: tuple[int, int]) -> None:
        nonlocal lines, out
        lines, out = lines + done[0], out + done[1]
        if progress is not None:
            progress(lines, out)

    def missing() -> Iterator[Task]:
        nonlocal count
        for task in tasks:
            count += 1
            if staging.has(task.index, task.fingerprint):
                chunk = staging.read(task.index)
                note((len(chunk.items), sum(f.kept_out for f in chunk.faults)))
            else:
                yield task

    for done in in_processes(make_chunk, missing(), jobs):
        note(done)
    return count


def _recipes(source: Source) -> str:
    """A hash of the recipes beside a source's recipe: mixes refer to one another."""
    if source.synth is None:
        return ""
    folder = Path(source.synth.recipe).parent
    return fingerprint([(p.name, p.read_bytes()) for p in sorted(folder.glob("*.y*ml"))])


def _check_charset(chars: str) -> None:
    try:
        Charset(chars)
    except ValueError as e:
        raise UsageError(f"--charset: {e}", remedy="list each character once") from e


def _first_faults(doctor: Doctor) -> str:
    if not doctor.kept_out:
        return "the input holds no labelled image"
    first = doctor.kept_out[0]
    same = sum(f.message == first.message for f in doctor.kept_out) - 1
    return f"first fault: {first}" + (f" ({same:,} more like this)" if same else "")
