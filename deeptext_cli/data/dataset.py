"""Prepared line data sets: one LMDB a split in the field's key convention, and dataset.yaml.

`<root>/<split>/data.mdb` holds `num-samples`, `image-%09d` (encoded image bytes), `label-%09d`
(UTF-8) counted from 1, as CRNN, clovaai and PARSeq read them, and `key-%09d` (where the line came
from), which those ignore.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import lmdb

from deeptext_cli.config.base import dump_yaml, load_config
from deeptext_cli.config.dataset import DatasetInfo, SourceInfo, SplitInfo
from deeptext_cli.data.environments import open_readonly
from deeptext_cli.data.files import write_atomic
from deeptext_cli.errors import DataError, UsageError
from deeptext_cli.text import Charset

__all__ = ["DatasetInfo", "LineDataset", "LineDatasetWriter", "load_info"]

_BATCH = 512  # samples a transaction: fixed, because page layout follows transaction borders
_FIRST_MAP = 16 << 20
_REOPEN = 64 << 20


def load_info(root: str | Path) -> DatasetInfo:
    """Read `<root>/dataset.yaml`. Raises UsageError where there is none."""
    path = Path(root) / "dataset.yaml"
    if not path.is_file():
        remedy = (f"`deeptext prepare {root}` makes one of it in data/" if path.parent.exists()
                  else f"make it with `deeptext prepare IN -o {root}`")
        raise UsageError(f"{root}: no data set here (dataset.yaml is missing)", remedy=remedy)
    return load_config(path, DatasetInfo)


class LineDataset:
    """One split of a prepared data set, read-only. Safe to fork, to pickle and to share.

    Raises UsageError with a remedy when the data set or the split is absent, DataError when it is
    damaged.
    """

    def __init__(self, root: str | Path, split: str) -> None:
        self.root = Path(root)
        self.split = split
        self.info = load_info(root)
        if split not in self.info.splits:
            raise UsageError(f"{root}: no split {split!r}",
                             remedy=f"it has: {', '.join(self.info.splits) or 'none'}")
        self._folder = self.root / split
        self._env: lmdb.Environment | None = None
        self._pid = -1
        raw = self._get(b"num-samples")
        self._count = int(raw)
        if self._count != self.info.splits[split].count:
            raise DataError(f"{root}: {split} holds {self._count} lines, dataset.yaml says "
                            f"{self.info.splits[split].count}", remedy="prepare it again")

    @property
    def charset(self) -> Charset:
        """The characters of all labels of the data set."""
        return Charset(self.info.charset)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, i: int) -> tuple[bytes, str]:
        """Encoded image bytes and label of line `i`, 0 <= i < len."""
        n = self._number(i)
        return self._get(b"image-%09d" % n), self._get(b"label-%09d" % n).decode("utf-8")

    def label(self, i: int) -> str:
        """The label alone."""
        return self._get(b"label-%09d" % self._number(i)).decode("utf-8")

    def key(self, i: int) -> str:
        """Where line `i` came from: a path relative to its source, `page.jpg#12` for a cut line."""
        return self._get(b"key-%09d" % self._number(i)).decode("utf-8", "surrogateescape")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_env": None, "_pid": -1}

    def _number(self, i: int) -> int:
        if not 0 <= i < self._count:
            raise IndexError(f"line {i} of {self._count}")
        return int(i) + 1

    def _get(self, key: bytes) -> bytes:
        if self._env is None or self._pid != os.getpid():
            self._env, self._pid = open_readonly(self._folder), os.getpid()
        with self._env.begin() as txn:
            value = txn.get(key)
        if value is None:
            raise DataError(f"{self._folder}: damaged, {key.decode()} is missing",
                            remedy="prepare it again")
        return bytes(value)


class LineDatasetWriter:
    """Writes splits line by line; nothing is visible under `root` before the end of the block.

    The same calls give the same bytes of every file. Used as a context manager; an exception
    inside the block leaves an existing data set as it was. backend: what a split is written as;
    LMDB unless it is one of `deeptext_cli.data.export`, which are to hand on, not to train from.

    >>> with LineDatasetWriter("data/x", name="x") as out:
    ...     out.add("train", png_bytes, "label", key="images/1.png")
    """

    def __init__(self, root: str | Path, *, name: str | None = None,
                 charset: Charset | None = None, seed: int = 0,
                 source: tuple[SourceInfo, ...] = (), val_share: float = 0.0,
                 group: str | None = None, faults: dict[str, int] | None = None,
                 backend: type[SplitWriter] | None = None) -> None:
        self.root = Path(root)
        self.name = name or self.root.name
        self.seed = seed
        self.source = source
        self.val_share = val_share
        self.group = group
        self.faults = faults or {}
        self._charset = charset
        self._seen: set[str] = set()
        self._backend: type[SplitWriter] = backend or LmdbSplit
        self._splits: dict[str, SplitWriter] = {}
        self._info: DatasetInfo | None = None

    def add(self, split: str, image: bytes, label: str, *, key: str) -> None:
        """Append one line. `image` is an encoded image (PNG, JPEG, ...)."""
        if split not in self._splits:
            if not split.isidentifier():
                raise DataError(f"{split!r} cannot name a split", remedy="use train, val or test")
            self._splits[split] = self._backend(self.root / f".partial-{split}")
        self._seen.update(label)
        self._splits[split].add(image, label, key)

    def __enter__(self) -> LineDatasetWriter:
        self.root.mkdir(parents=True, exist_ok=True)
        for left in self.root.glob(".partial-*"):  # by a run that was killed
            shutil.rmtree(left)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def close(self) -> DatasetInfo:
        """Put all splits in place, then dataset.yaml. Returns what it says. Once is enough."""
        if self._info is not None:
            return self._info
        charset = self._charset or Charset.of_texts(self._seen)
        infos = {name: w.finish() for name, w in sorted(self._splits.items())}
        info = DatasetInfo(
            name=self.name, charset=str(charset), splits=infos, source=self.source,
            seed=self.seed, val_share=self.val_share, group=self.group, faults=self.faults)
        # Without dataset.yaml the folder is no data set, so a kill below is seen and repaired
        (self.root / "dataset.yaml").unlink(missing_ok=True)
        for old in self.root.glob("*/data.mdb"):
            if not old.parent.name.startswith("."):
                shutil.rmtree(old.parent)
        for name, writer in self._splits.items():
            writer.place(self.root, name)
            shutil.rmtree(writer.folder, ignore_errors=True)
        write_atomic(self.root / "dataset.yaml", dump_yaml(info).encode(), alone=True)
        self._info = info
        return info

    def abort(self) -> None:
        """Throw away what was written."""
        for writer in self._splits.values():
            writer.drop()


class SplitWriter:
    """One split being filled in the folder `folder`, which is thrown away at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.count = 0
        self._digest = hashlib.sha256()

    def add(self, image: bytes, label: str, key: str) -> None:
        """Append one line."""
        for part in (image, label.encode("utf-8"), key.encode("utf-8", "surrogateescape")):
            self._digest.update(len(part).to_bytes(8, "little"))
            self._digest.update(part)
        self.count += 1
        self.put(image, label, key)

    def finish(self) -> SplitInfo:
        """Complete what `place` puts in place."""
        self.end()
        return SplitInfo(count=self.count, checksum=self._digest.hexdigest())

    def put(self, image: bytes, label: str, key: str) -> None:
        """Store line number `count`, counted from 1."""
        raise NotImplementedError

    def end(self) -> None:
        """Close all files."""
        raise NotImplementedError

    def place(self, root: Path, name: str) -> None:
        """Move the finished split to where it belongs, over an older one."""
        raise NotImplementedError

    def drop(self) -> None:
        """Throw away what was written."""
        shutil.rmtree(self.folder, ignore_errors=True)


class LmdbSplit(SplitWriter):
    """An LMDB. Written through the map: every byte of the file is then either ours or a zero of
    the fresh file, while LMDB's own page buffers would leak stale memory into it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._map = _FIRST_MAP
        self._env = self._open()
        self._mapped = 0
        self._pending: list[tuple[bytes, bytes, bytes]] = []
        self._bytes = 0

    def put(self, image: bytes, label: str, key: str) -> None:
        row = (image, label.encode("utf-8"), key.encode("utf-8", "surrogateescape"))
        self._pending.append(row)
        self._bytes += sum(map(len, row))
        if len(self._pending) == _BATCH:
            self._flush()

    def end(self) -> None:
        self._flush()
        with self._env.begin(write=True) as txn:
            txn.put(b"num-samples", str(self.count).encode())
        size = (self._env.info()["last_pgno"] + 1) * self._env.stat()["psize"]
        self._env.sync(True)
        self._env.close()
        os.truncate(self.folder / "data.mdb", size)  # the map was larger than what it holds

    def place(self, root: Path, name: str) -> None:
        target = root / name
        target.mkdir(exist_ok=True)
        os.replace(self.folder / "data.mdb", target / "data.mdb")

    def drop(self) -> None:
        self._env.close()
        super().drop()

    def _open(self) -> lmdb.Environment:
        return lmdb.open(str(self.folder), map_size=self._map, writemap=True, sync=False,
                         metasync=False, lock=False)

    def _flush(self) -> None:
        self._mapped += self._bytes
        if self._mapped > _REOPEN:  # pages written stay resident for as long as they are mapped
            self._env.close()
            self._env = self._open()
            self._mapped = 0
        page = int(self._env.stat()["psize"])
        used = self._env.info()["last_pgno"] * page
        while used + 2 * self._bytes + 4 * page * len(self._pending) + (4 << 20) > self._map:
            self._map *= 2
            self._env.set_mapsize(self._map)
        first = self.count - len(self._pending) + 1
        with self._env.begin(write=True) as txn:
            for number, (image, label, key) in enumerate(self._pending, first):
                txn.put(b"image-%09d" % number, image)
                txn.put(b"key-%09d" % number, key)
                txn.put(b"label-%09d" % number, label)
        self._pending.clear()
        self._bytes = 0
