"""The file's name is its label: `7gnm2.png`, and `7gnm2_3.png` for another image of the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Unit,
    is_about,
    is_image,
    split_of_path,
)

_COPY = re.compile(r"^(?P<label>.+?)(?:[_-]\d{1,6}| ?\(\d+\))$")
_NUMBERED = re.compile(r"^(?P<before>.*?)(?P<number>\d{1,9})$")
_LABELS = (".json", ".jsonl", ".xml", ".csv", ".tsv", ".txt", ".parquet")


class Names:
    """Stems are labels; `_12`, `-12` or `(2)` at the end counts copies where they all share it."""

    name = "names"
    title = "file names as labels"

    def detect(self, listing: Listing) -> str | None:
        found = [p for p in listing.sample if is_image(p)]
        if not found or doubt(listing):
            return None
        return f"only images and no labels: the name is the label, as {_stem(found[0])!r}"

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        stems = [_stem(p) for p in listing.sample if is_image(p)]
        counted = bool(stems) and all(_COPY.match(s) for s in stems)
        for path in listing.images():
            stem = _stem(path)
            match = _COPY.match(stem) if counted else None
            yield Unit(FileImage(str(listing.root), path), path, path,
                       match["label"] if match else stem, split=split_of_path(path))


def doubt(listing: Listing) -> str | None:
    """Why the names of the images are hardly their labels; None where nothing speaks against it, or
    there are no images."""
    if not any(is_image(p) for p in listing.sample):
        return None
    for path in listing.sample:
        if path.lower().endswith(_LABELS) and not is_about(path):
            return f"{path} may hold the labels, but in no known form"
    numbered = _counter(listing)
    return f"the names of the images only count them ({numbered})" if numbered else None


def _counter(listing: Listing) -> str | None:
    """`000 to 059` where the names of each folder count its images; three tell nothing yet."""
    folders: dict[tuple[str, str], list[tuple[int, str]]] = {}
    images = 0
    for path in listing.images():
        match = _NUMBERED.match(_stem(path))
        if match is None:
            return None
        folder = path.rpartition("/")[0]
        folders.setdefault((folder, match["before"]), []).append((int(match["number"]),
                                                                  _stem(path)))
        images += 1
    if images <= 3 or len({folder for folder, _ in folders}) < len(folders):
        return None
    for numbers in folders.values():
        numbers.sort()
        if [n for n, _ in numbers] != list(range(numbers[0][0], numbers[0][0] + len(numbers))):
            return None
    first = next(iter(folders.values()))
    return f"{first[0][1]} to {first[-1][1]}"


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
