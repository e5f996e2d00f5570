"""The file's name is its label: `7gnm2.png`, and `7gnm2_3.png` for another image of the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Unit,
    is_image,
    split_of_path,
)

_COPY = re.compile(r"^(?P<label>.+?)(?:[_-]\d{1,6}| ?\(\d+\))$")


class Names:
    """Stems are labels; `_12`, `-12` or `(2)` at the end counts copies where they all share it."""

    name = "names"
    title = "file names as labels"

    def detect(self, listing: Listing) -> str | None:
        found = [p for p in listing.sample if is_image(p)]
        if not found or any(not is_image(p) and p.endswith((".json", ".xml", ".csv", ".tsv"))
                            for p in listing.sample):
            return None
        stem = found[0].rsplit("/", 1)[-1].rsplit(".", 1)[0]
        return f"only images and no labels: the name is the label, as {stem!r}"

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        stems = [_stem(p) for p in listing.sample if is_image(p)]
        counted = bool(stems) and all(_COPY.match(s) for s in stems)
        for path in listing.images():
            stem = _stem(path)
            match = _COPY.match(stem) if counted else None
            yield Unit(FileImage(str(listing.root), path), path, path,
                       match["label"] if match else stem, split=split_of_path(path))


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
