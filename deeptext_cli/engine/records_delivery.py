"""A jsonl file of records that a later run can go on with.

Records say what they rest on (`receipt`), so the file is its own journal. It is written as
`.NAME.partial` and takes its name when it is complete. A killed run leaves the partial file;
the next one sets it aside as `.NAME.previous` and takes over from it, and from NAME itself, the
records of each input whose content, models and options are the same. At any moment every record
written so far is in one of the three files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from deeptext_cli.engine.delivery import lock_of, opening, writing
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.reader import Event, FileEnd
from deeptext_cli.engine.receipts import key_of
from deeptext_cli.output.formats import open_writer


class _Group(NamedTuple):
    """The records of one input: where they lie, and what they rest on."""

    path: str
    file: Path
    start: int
    end: int
    sha256: str
    key: str
    failed: bool


class RecordsDelivery:
    """One jsonl file for all inputs."""

    def __init__(self, path: Path, *, resume: bool = False, key: str = "") -> None:
        """`key`: `receipts.receipt_key` of this run. Raises UsageError where the file cannot be
        written, or is being written by another run."""
        self.path, self._key = path, key
        self._partial = path.with_name(f".{path.name}.partial")
        self._previous = path.with_name(f".{path.name}.previous")
        self._writer = open_writer("jsonl")
        self._old: dict[str, _Group] = {}
        self._sources: dict[Path, BinaryIO] = {}
        self._whole = 0  # bytes up to the end of the last input
        with opening(path):
            self._lock = lock_of(path)
            if resume:
                self._take_over()
            self._file = open(self._partial, "wb")  # noqa: SIM115 (closed by close)
            if not resume:
                self._previous.unlink(missing_ok=True)

    def known(self, file: InputFile) -> str:
        group = self._old.get(file.path)
        return group.sha256 if group else ""

    def add(self, file: InputFile, event: Event) -> None:
        with writing(str(self.path)):
            if isinstance(event, FileEnd):
                group = self._old.pop(file.path, None)
                if event.unchanged and group:
                    self._copy(group)
                self._whole = self._file.tell()
            else:
                self._file.write(self._writer.page(event.page, event.image))
            self._file.flush()

    def close(self, complete: bool = True) -> None:
        """Records of inputs that an interrupted run did not come to are kept, behind the others;
        of a complete one, those of inputs that it did not have are dropped."""
        with writing(str(self.path)):
            self._file.seek(self._whole)
            self._file.truncate()  # an input that was not read to its end
            left = [] if complete else list(self._old.values())
            for group in sorted(left, key=lambda g: (str(g.file), g.start)):
                self._copy(group)
            self._file.close()
            self._close_sources()
            os.replace(self._partial, self.path)
            self._previous.unlink(missing_ok=True)
        self._lock.release()

    def abandon(self) -> None:
        """What was written stays where a later run finds it."""
        with suppress(OSError):
            self._file.close()
        self._close_sources()
        self._lock.release()

    def _copy(self, group: _Group) -> None:
        if group.file not in self._sources:
            self._sources[group.file] = open(group.file, "rb")  # noqa: SIM115
        source = self._sources[group.file]
        source.seek(group.start)
        self._file.write(source.read(group.end - group.start))

    def _close_sources(self) -> None:
        for source in self._sources.values():
            source.close()
        self._sources.clear()

    def _take_over(self) -> None:
        """Set the partial file aside and find the records that there are."""
        if self._partial.exists():
            if self._previous.exists():
                self._merge()
            else:
                os.replace(self._partial, self._previous)
        for file in (self.path, self._previous):
            if not file.is_file():
                continue
            for group in _groups(file, cut=file != self.path):
                if group.sha256 and not group.failed and group.key == self._key:
                    self._old[group.path] = group

    def _merge(self) -> None:
        """One file of what two killed runs left, with the later records of each input."""
        merged = self._previous.with_name(f".{self.path.name}.merged")
        found = {group.path: group for file in (self._previous, self._partial)
                 for group in _groups(file, cut=True)}
        with open(merged, "wb") as out, open(self._previous, "rb") as older, \
                open(self._partial, "rb") as newer:
            for group in found.values():
                source = older if group.file == self._previous else newer
                source.seek(group.start)
                out.write(source.read(group.end - group.start))
            out.write(b"{}\n")  # for the last input is not trusted, where a kill may have cut it
        os.replace(merged, self._previous)
        self._partial.unlink()


def _groups(file: Path, *, cut: bool) -> Iterator[_Group]:
    """The records of each input in a jsonl file. With `cut` the last input's are left out: the
    writer was killed, and further pages may be missing."""
    last: _Group | None = None
    at = 0
    with open(file, "rb") as f:
        for line in f:
            if not line.endswith(b"\n"):
                return  # cut short, and perhaps a further page of the input before
            start, at = at, at + len(line)
            group = _group(file, line, start, at)
            if last and group and group.path == last.path:
                same = (group.sha256, group.key) == (last.sha256, last.key)
                last = last._replace(end=at, failed=last.failed or group.failed or not same)
                continue
            if last:
                yield last
            last = group
    if last and not cut:
        yield last


def _group(file: Path, line: bytes, start: int, end: int) -> _Group | None:
    """One record; None for what is none of ours."""
    try:
        record = json.loads(line)
        receipt = record["receipt"]
        return _Group(str(record["path"]), file, start, end, str(receipt["sha256"]),
                      key_of(receipt), "error" in record)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
