"""The second half of `prepare`: split, compare, write, report, over the finished chunks.

Per line only some 60 bytes are kept in memory; everything else is read from the chunks again.
"""

from __future__ import annotations

import base64
import json
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.dataset import DatasetInfo, PrepareOptions, SourceInfo
from deeptext_cli.data import images
from deeptext_cli.data.contact_sheet import Item as Cell
from deeptext_cli.data.contact_sheet import contact_sheet
from deeptext_cli.data.dataset import LineDatasetWriter
from deeptext_cli.data.doctor import Doctor
from deeptext_cli.data.export import BACKENDS
from deeptext_cli.data.files import write_atomic
from deeptext_cli.data.fingerprint import HASH_BYTES, content_hash, near_pairs
from deeptext_cli.data.formats.access import read_image
from deeptext_cli.data.formats.base import Fault, FileImage
from deeptext_cli.data.split import NO_SPLIT, SPLITS, TRAIN, GroupRule, assign, share_of
from deeptext_cli.engine.preparer_pages import write_pages
from deeptext_cli.engine.preparer_staging import Chunk, Item, Staging
from deeptext_cli.errors import ImageError
from deeptext_cli.text import Charset

SHEET_CELLS = 48
NEAR_CONFLICT = 4  # bits of 256: closer than this, images of differing labels are remarked on


@dataclass(frozen=True)
class SourceStats:
    """One input, as dataset.yaml names it."""

    path: str
    format: str
    weight: float


@dataclass(frozen=True)
class _Finding:
    """Item `i` is at fault because of item `other`."""

    code: str
    i: int
    other: int
    kept_out: bool


class Finisher:
    """Works on the chunks 0..count-1 of a staging folder. Call `examine` first."""

    def __init__(self, staging: Staging, count: int, sources: list[SourceStats],
                 options: PrepareOptions) -> None:
        self.staging = staging
        self.count = count
        self.sources = sources
        self.options = options
        self.rule = GroupRule(options.group)
        self.doctor = Doctor()
        self._split: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._dropped: set[int] = set()
        self._cells: list[Cell] = []

    def examine(self) -> Doctor:
        """Decide splits, compare all lines with one another, and count."""
        source, own = array("H"), bytearray()
        shares = array("d")
        numbers = [0] * len(self.sources)
        content, label, perceptual = bytearray(), bytearray(), bytearray()
        for chunk in self._chunks():
            self.doctor.ignored += chunk.ignored
            for fault in chunk.faults:
                self.doctor.find(replace(fault, where=self._where(chunk.source, fault.where)))
            for number, png in chunk.thumbs:
                self._show(chunk.faults[number], base64.b64decode(png))
            for item in chunk.items:
                source.append(chunk.source)
                own.append(SPLITS.index(item.split) if item.split in SPLITS else NO_SPLIT)
                group = self.rule(item.key, item.text, item.group, numbers[chunk.source])
                numbers[chunk.source] += 1
                shares.append(share_of(self.options.seed, group))
                content += bytes.fromhex(item.content)
                label += content_hash(item.text.encode("utf-8", "surrogateescape"))[:8]
                perceptual += bytes.fromhex(item.perceptual)
        n = len(source)
        sources = np.frombuffer(source, np.uint16)
        self._split = np.full(n, TRAIN, np.uint8)
        for number in range(len(self.sources)):
            mine = sources == number
            self._split[mine] = assign(
                np.frombuffer(shares)[mine], np.frombuffer(bytes(own), np.uint8)[mine],
                self.options.val_share, follow_own=self.options.own_split)
        labels = np.frombuffer(bytes(label), np.uint64)
        findings = list(self._equal(np.frombuffer(bytes(content), np.uint64).reshape(n, 2), labels))
        known = {f.i for f in findings}
        hashes = np.frombuffer(bytes(perceptual), np.uint8).reshape(n, HASH_BYTES)
        findings += [f for f in self._near(hashes, labels) if f.i not in known]
        self._report(findings)
        for i, item, _ in self._items():
            if i not in self._dropped:
                self.doctor.take(SPLITS[self._split[i]], item.text, item.width, item.height)
        return self.doctor

    def _equal(self, content: NDArray[np.uint64],
               labels: NDArray[np.uint64]) -> Iterator[_Finding]:
        """Lines whose image is byte for byte that of another."""
        if not len(content):
            return
        order = np.lexsort((np.arange(len(content)), content[:, 1], content[:, 0]))
        same = (content[order][1:] == content[order][:-1]).all(axis=1)
        run: list[int] = []
        for position, equal in enumerate([*same.tolist(), False]):
            run.append(int(order[position]))
            if equal:
                continue
            if len(run) > 1:
                yield from self._equal_run(run, labels)
            run = []

    def _equal_run(self, run: list[int], labels: NDArray[np.uint64]) -> Iterator[_Finding]:
        # the split that measures keeps the image: test before val before train
        highest = max(run, key=lambda i: (int(self._split[i]), -i))
        first = run[0]
        for i in run:
            if self._split[i] < self._split[highest]:
                yield _Finding("leak", i, highest, True)
            elif i != first:
                if labels[i] != labels[first]:
                    yield _Finding("conflicting-labels", i, first, False)
                else:
                    yield _Finding("duplicate", i, first, self.options.duplicates == "drop")

    def _near(self, hashes: NDArray[np.uint8], labels: NDArray[np.uint64]) -> Iterator[_Finding]:
        for i, j in near_pairs(hashes):
            if labels[i] == labels[j]:
                leak = self._split[i] != self._split[j]
                yield _Finding("near-leak" if leak else "near-duplicate", j, i, False)
            elif int(np.unpackbits(hashes[i] ^ hashes[j]).sum()) <= NEAR_CONFLICT:
                yield _Finding("near-conflict", j, i, False)

    def _report(self, findings: list[_Finding]) -> None:
        wanted = {i for f in findings for i in (f.i, f.other)}
        self._dropped = {f.i for f in findings if f.kept_out}
        names: dict[int, tuple[str, str, str]] = {}
        for i, item, chunk in self._items():
            if i in wanted:
                names[i] = (item.key, self._where(chunk.source, item.where), item.text)
        for f in sorted(findings, key=lambda f: f.i):
            key, where, text = names[f.i]
            other, _, other_text = names[f.other]
            message = f"same image as {other}" if f.code in (
                "leak", "duplicate", "conflicting-labels") else f"looks like {other}"
            if f.code in ("leak", "near-leak"):
                message += f" in {SPLITS[self._split[f.other]]}"
            if text != other_text:
                message += f", which is labelled {other_text!r} and this {text!r}"
            self.doctor.find(Fault(f.code, where, message, key, f.kept_out))

    def write(self, out: Path, name: str) -> DatasetInfo:
        """Write the data set. Its bytes depend on inputs and options alone."""
        charset = Charset(self.options.charset) if self.options.charset is not None else None
        counts = [0] * len(self.sources)
        shown = {f.key: f for f in (*self.doctor.remarked, *self.doctor.kept_out)}
        with LineDatasetWriter(out, name=name, charset=charset, seed=self.options.seed,
                               val_share=self.options.val_share, group=self.options.group,
                               faults=dict(sorted(self.doctor.faults.items())),
                               backend=BACKENDS[self.options.layout]) as writer:
            i = 0
            for chunk in self._chunks():
                for item, data in self.staging.images(chunk):
                    if item.key in shown:
                        self._show(shown[item.key], data)
                    if i not in self._dropped:
                        counts[chunk.source] += 1
                        split = int(self._split[i])
                        for _ in range(self._copies(chunk.source, split, item.key)):
                            writer.add(SPLITS[split], data, item.text, key=item.key)
                    i += 1
            writer.source = tuple(
                SourceInfo(path=s.path, format=s.format, weight=s.weight, count=c)
                for s, c in zip(self.sources, counts, strict=True))
            info = writer.close()
        if self.options.pages:
            write_pages(out, self._pages())
        return info

    def _pages(self) -> Iterator[tuple[str, dict[str, Any], bytes]]:
        """(split, page, image) of all pages; a page without a line that is kept goes to train."""
        splits: dict[str, int] = {}
        for i, item, chunk in self._items():
            if chunk.pages:
                splits.setdefault(item.key.rpartition("#")[0], int(self._split[i]))
        for chunk in self._chunks():
            for text in chunk.pages:
                page = json.loads(text)
                split = splits.get(page["key"], TRAIN)
                yield SPLITS[split], page, read_image(FileImage(page["root"], page["path"]))

    def _copies(self, source: int, split: int, key: str) -> int:
        """How often a line occurs: only in train do weights count."""
        weight = self.sources[source].weight
        if split != TRAIN or weight == 1:
            return 1
        whole = int(weight)
        return whole + (share_of(self.options.seed, "weight\0" + key) < weight - whole)

    def contact_sheet(self) -> NDArray[np.uint8] | None:
        """A picture of the first offenders of each kind, or None where there are none."""
        return contact_sheet(self._cells) if self._cells else None

    def write_report(self, out: Path, sheet: NDArray[np.uint8] | None) -> None:
        """Write doctor.json and doctor.png."""
        write_atomic(out / "doctor.json", self.doctor.to_json().encode("utf-8", "replace"),
                     alone=True)
        if sheet is not None:
            write_atomic(out / "doctor.png", images.encode_png(sheet), alone=True)
        else:
            (out / "doctor.png").unlink(missing_ok=True)

    def _show(self, fault: Fault, data: bytes) -> None:
        caption = f"{fault.code}\n{fault.key}"
        of_kind = sum(c.caption.startswith(fault.code + "\n") for c in self._cells)
        if len(self._cells) < SHEET_CELLS and of_kind < 8:
            try:
                self._cells.append(Cell(images.decode(data), caption, ok=not fault.kept_out))
            except ImageError:
                return

    def _where(self, source: int, where: str) -> str:
        base = self.sources[source].path
        path = Path(base)
        return f"{path.parent if path.is_file() else path}/{where}"

    def _chunks(self) -> Iterator[Chunk]:
        for index in range(self.count):
            yield self.staging.read(index)

    def _items(self) -> Iterator[tuple[int, Item, Chunk]]:
        i = 0
        for chunk in self._chunks():
            for item in chunk.items:
                yield i, item, chunk
                i += 1
