"""`line.png` with `line.gt.txt` (Tesseract, OCRopus, Calamari, kraken), or with `line.txt`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Unit,
    is_about,
    is_image,
    split_of_path,
)
from deeptext_cli.data.formats.find_images import Nearest, unlabelled
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_lines
from deeptext_cli.data.images import IMAGE_SUFFIXES

SUFFIX = ".gt.txt"
PLAIN = ".txt"
# OCRopus and Calamari put the kind of preprocessing before the suffix; the binarised image is the
# one they train on, but recognisers like ours want grey where there is a choice
_INFIXES = ("", ".nrm", ".raw", ".bin", ".dew")


# boxes of a detector, which lie in such files too: a class and four shares of width and height
_BOX = re.compile(r"\d+( [01]?\.\d+){4,}\s*$")


class GtTxt:
    """Pairs of an image and a text file of the same stem, side by side or in folders of their own.
    Beside .gt.txt plain .txt is no label: it may be what was read."""

    name = "gt-txt"
    title = "pairs of image and .gt.txt (Tesseract, OCRopus, Calamari, kraken), or .txt"

    def detect(self, listing: Listing) -> str | None:
        found = [p for p in listing.sample if p.endswith(SUFFIX)]
        if found:
            return f"{len(found)} files end in .gt.txt"
        images = [p for p in listing.sample if is_image(p)]
        stems = {os.path.basename(p).rpartition(".")[0] for p in images}
        found = [p for p in listing.sample
                 if p.endswith(PLAIN) and os.path.basename(p)[:-len(PLAIN)] in stems]
        if not found or len(found) < len(images) / 2 or all(
                _BOX.match(line) for p in found[:10]
                for _, line in islice(numbered_lines(listing.path(p)), 1)):
            return None
        return f"{len(found)} images have a .txt of the same name"

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        suffix = SUFFIX if any(p.endswith(SUFFIX) for p in listing.sample) else PLAIN
        seen: set[str] = set()
        nearest: Nearest | None = None  # where an image does not lie beside its text
        folder: str | None = None
        here: dict[str, str] = {}
        first = ""
        for path in listing.walk():
            parent = path.rpartition("/")[0]
            if parent != folder:
                folder = parent
                here = {p.name.lower(): p.name for p in listing.path(parent or ".").iterdir()}
            if not path.endswith(suffix) or is_about(path):
                continue
            first = first or path
            stem = path[:-len(suffix)]
            image = _beside(stem, here)
            if image is None and not any(map(is_image, here)):
                nearest = nearest or Nearest(listing.images())
                image = nearest.of_stem(stem)
            if image is not None:
                seen.add(image)
            yield from _pair(listing, path, image)
        if first:
            yield from unlabelled(listing, first.rpartition("/")[0] or ".", seen)


def _beside(stem: str, here: dict[str, str]) -> str | None:
    parent, _, base = stem.rpartition("/")
    name = next((here[(base + infix + suffix).lower()] for infix in _INFIXES
                 for suffix in sorted(IMAGE_SUFFIXES)
                 if (base + infix + suffix).lower() in here), None)
    return f"{parent}/{name}" if parent and name is not None else name


def _pair(listing: Listing, path: str, image: str | None) -> Iterator[Unit | Fault]:
    if image is None:
        yield Fault("missing-image", path, "no image of this name beside it")
        return
    yield from encoding_fault(listing.path(path), path)
    lines = [(n, line) for n, line in numbered_lines(listing.path(path)) if line.strip()]
    if len(lines) > 1:
        yield Fault("several-lines", f"{path}:{lines[1][0]}",
                    f"{len(lines)} lines of text for one image of a line", key=image)
        return
    text = lines[0][1] if lines else ""
    yield Unit(FileImage(str(listing.root), image), image, f"{path}:1", text,
               split=split_of_path(path))
