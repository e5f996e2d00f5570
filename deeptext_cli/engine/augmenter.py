"""`deeptext augment`: a data set in, the same with changed copies of its training lines out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.augment import AugmentConfig
from deeptext_cli.config.dataset import DatasetInfo, SourceInfo
from deeptext_cli.data import images
from deeptext_cli.data.augment import Augmenter
from deeptext_cli.data.contact_sheet import Item as Cell
from deeptext_cli.data.contact_sheet import contact_sheet
from deeptext_cli.data.dataset import LineDataset, LineDatasetWriter, load_info
from deeptext_cli.data.formats.base import Fault
from deeptext_cli.engine.preparer_pool import in_processes
from deeptext_cli.engine.preparer_staging import (
    FOLDER,
    Chunk,
    Item,
    Staging,
    check_out,
    fingerprint,
    write_chunk,
)
from deeptext_cli.errors import DataError, ImageError, UsageError
from deeptext_cli.text import Charset

SPLIT = "train"
CHUNK = 128  # lines
VERSION = 2  # raise when chunks of older versions cannot be taken over
Progress = Callable[[int], None]  # lines of the source that are done


@dataclass(frozen=True)
class Augmented:
    """What was written, and the lines that could not be changed (they are kept as they were)."""

    info: DatasetInfo
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class _Task:
    root: str
    index: int
    first: int
    count: int
    copies: int
    seed: int
    config: AugmentConfig
    folder: str
    fingerprint: str


def training_lines(root: Path) -> LineDataset:
    """What is augmented. Raises UsageError where there is no such folder, DataError where it is no
    data set."""
    if not root.exists():
        raise UsageError(f"{root}: no such folder")
    return LineDataset(root, SPLIT)


def augment(root: Path, out: Path, config: AugmentConfig, *, copies: int, seed: int = 0,
            jobs: int = 1, progress: Progress | None = None) -> Augmented:
    """Write to `out` every training line of `root` and `copies` changed ones after it.

    Other splits are taken over as they are. The same arguments give the same bytes whatever the
    number of jobs; a run that was killed is taken up where it was, and until the end `out` holds
    what it held before. Raises DataError or UsageError.
    """
    source = training_lines(root)
    check_out(out, {"dataset.yaml", FOLDER})
    if out.exists() and out.samefile(root):
        raise UsageError(f"{out}: is the data set itself", remedy="give -o another folder")
    checksum = source.info.splits[SPLIT].checksum
    purpose = fingerprint(("augment", VERSION, checksum, copies, seed, config.model_dump_json()))
    tasks = [_Task(str(root), index, first, min(CHUNK, len(source) - first), copies, seed, config,
                   str(out / FOLDER), purpose)
             for index, first in enumerate(range(0, len(source), CHUNK))]
    staging = Staging(out, purpose)
    try:
        done = 0
        for n in _run(tasks, staging, jobs):
            done += n
            if progress is not None:
                progress(done)
        result = _write(source, out, staging, len(tasks), seed)
    except BaseException:
        staging.release()
        raise
    staging.remove()
    return result


def preview(root: Path, config: AugmentConfig, *, copies: int, seed: int = 0,
            lines: int = 12) -> NDArray[np.uint8]:
    """A sheet of originals, each beside its first copies with what was done: RGB (H, W, 3)."""
    source = training_lines(root)
    if not len(source):
        raise DataError(f"{root}: no training line to show")
    augmenter = Augmenter(config)
    cells = []
    columns = 1 + min(copies, 4)
    picked = np.linspace(0, len(source) - 1, min(lines, len(source))).astype(int).tolist()
    for i in picked:
        data, text = source[i]
        try:
            gray = images.decode(data)
        except ImageError:
            continue
        cells.append(Cell(gray, text))
        for copy in range(1, columns):
            plan = augmenter.plan(_rng(seed, i, copy))
            cells.append(Cell(augmenter(gray, _rng(seed, i, copy)),
                              ", ".join(plan) or "unchanged"))
    if not cells:
        raise DataError(f"{root}: none of the lines looked at can be decoded",
                        remedy="run `deeptext prepare --check` on the source")
    return contact_sheet(cells, columns=columns, cell_width=360, max_image_height=90)


def _rng(seed: int, i: int, copy: int) -> np.random.Generator:
    return np.random.default_rng((seed, i, copy))


def _run(tasks: list[_Task], staging: Staging, jobs: int) -> Iterator[int]:
    """Make the chunks that are not there yet; yields the number of lines of each."""
    missing = [t for t in tasks if not staging.has(t.index, t.fingerprint)]
    yield sum(t.count for t in tasks) - sum(t.count for t in missing)
    yield from in_processes(_make_chunk, missing, jobs)


@lru_cache(maxsize=1)
def _opened(root: str) -> LineDataset:
    return LineDataset(root, SPLIT)


def _make_chunk(task: _Task) -> int:
    """Change one slice of the lines and store it with the originals."""
    source, augmenter = _opened(task.root), Augmenter(task.config)
    items: list[Item] = []
    blobs: list[bytes] = []
    faults: list[Fault] = []

    def add(data: bytes, text: str, key: str) -> None:
        items.append(Item(key, text, "", "", SPLIT, len(data), "", "", 0, 0))
        blobs.append(data)

    for i in range(task.first, task.first + task.count):
        data, text = source[i]
        key = source.key(i)
        add(data, text, key)
        try:
            gray = images.decode(data)
            made = [images.encode_png(augmenter(gray, _rng(task.seed, i, copy)))
                    for copy in range(1, task.copies + 1)]
        except ImageError as e:
            faults.append(Fault(e.code, key, e.message, key))
            continue
        except Exception as e:  # one odd image must not end the run
            faults.append(Fault("unexpected", key, f"{type(e).__name__}: {e}", key))
            continue
        for copy, image in enumerate(made, 1):
            add(image, text, f"{key}~{copy}")
    chunk = Chunk(task.index, 0, task.fingerprint, tuple(items), tuple(faults))
    write_chunk(Path(task.folder), chunk, blobs)
    return task.count


def _write(source: LineDataset, out: Path, staging: Staging, chunks: int, seed: int) -> Augmented:
    info = source.info
    faults: list[Fault] = []
    writer = LineDatasetWriter(
        out, name=out.resolve().name, charset=Charset(info.charset), seed=seed,
        source=(SourceInfo(path=str(source.root), format="dataset", count=len(source)),),
        val_share=info.val_share, group=info.group)
    with writer:
        for index in range(chunks):
            chunk = staging.read(index)
            faults += chunk.faults
            for item, data in staging.images(chunk):
                writer.add(SPLIT, data, item.text, key=item.key)
        for split in sorted(set(info.splits) - {SPLIT}):
            other = LineDataset(source.root, split)
            for i in range(len(other)):
                data, text = other[i]
                writer.add(split, data, text, key=other.key(i))
    return Augmented(load_info(out), tuple(faults))
