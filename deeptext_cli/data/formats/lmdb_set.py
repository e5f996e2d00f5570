"""LMDB sets in the convention of CRNN, clovaai and PARSeq; also our own prepared data sets."""

from __future__ import annotations

import os
from collections.abc import Iterator

from deeptext_cli.data.environments import open_readonly
from deeptext_cli.data.formats.base import Fault, Listing, LmdbImage, Unit, split_of_path
from deeptext_cli.errors import DataError

_BLOCK = 1000  # labels read a transaction


class LmdbSet:
    """Folders with a `data.mdb` that holds `num-samples`, `image-%09d` and `label-%09d`."""

    name = "lmdb"
    title = "LMDB (CRNN, clovaai, PARSeq, deeptext)"

    def detect(self, listing: Listing) -> str | None:
        found = self._files(listing)
        if not found:
            return None
        return f"{found[0]} is an LMDB" + (f", and {len(found) - 1} more" if found[1:] else "")

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for name in self._files(listing):
            yield from self._samples(listing, name)

    def _files(self, listing: Listing) -> list[str]:
        return sorted(listing.find("data.mdb"))

    def _samples(self, listing: Listing, name: str) -> Iterator[Unit | Fault]:
        folder = str(listing.path(name).parent)
        inner = os.path.dirname(name)
        prefix = inner + "/" if inner else ""
        split = split_of_path(name)
        try:
            count = int(_values(folder, ["num-samples"])[0] or b"")
        except (DataError, ValueError) as e:
            reason = e.message if isinstance(e, DataError) else "it holds no num-samples"
            yield Fault("bad-file", name, reason)
            return
        for first in range(1, count + 1, _BLOCK):
            numbers = range(first, min(first + _BLOCK, count + 1))
            labels = _values(folder, [f"label-{n:09d}" for n in numbers])
            keys = _values(folder, [f"key-{n:09d}" for n in numbers])
            for n, label, key in zip(numbers, labels, keys, strict=True):
                image = f"image-{n:09d}"
                where = f"{name} label-{n:09d}"
                try:
                    if label is None:
                        raise ValueError("no such key")
                    text = label.decode("utf-8")
                except ValueError as e:
                    yield Fault("bad-row", where, f"no readable label: {e}", prefix + image)
                    continue
                own = key.decode("utf-8", "surrogateescape") if key is not None else image
                group = own.split("#")[0] if key is not None else None
                yield Unit(LmdbImage(folder, image), prefix + own, where, text, split=split,
                           group=group)


def _values(folder: str, keys: list[str]) -> list[bytes | None]:
    with open_readonly(folder).begin() as txn:
        return [None if (v := txn.get(k.encode())) is None else bytes(v) for k in keys]
