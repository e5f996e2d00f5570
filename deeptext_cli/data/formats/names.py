"""The file's name is its label: `7gnm2.png`, also counted: `7gnm2_3.png`, `0012_7gnm2.png`."""

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

_COPY = re.compile(r"^(?P<label>.+?)(?:[_-](?P<number>\d{1,6})| ?\(\d+\))$")
_PREFIX = re.compile(r"^(?P<number>\d{1,9})(?P<sign>[_-])(?P<label>.+)$")
_NUMBERED = re.compile(r"^(?P<before>.*?)(?P<number>\d{1,9})$")
_HASH = re.compile(r"[0-9a-f]{8,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# what may hold labels; any other suffix is that of a script, a page, a program's own notes
_LABELS = (".json", ".jsonl", ".xml", ".csv", ".tsv", ".txt", ".parquet", ".scp", ".lst", ".lab",
           ".tab", ".dat", ".xlsx", ".xls", ".ods", ".mat", ".npz", ".npy", ".pkl", ".h5", ".db3",
           ".sqlite", ".sqlite3")
_FEW = 3  # names of so few images tell nothing yet
_ABOUT = ("authors", "changelog", "changes", "citation", "makefile", "notice", "version")


class Names:
    """Stems are labels. `_12`, `-12` or `(2)` at the end counts copies where they all share it, and
    `0012_` before the labels counts images, where all have another number."""

    name = "names"
    title = "file names as labels"

    def detect(self, listing: Listing) -> str | None:
        if not any(map(is_image, listing.sample)) or doubt(listing):
            return None
        return "only images and no labels: the name is the label"

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        stems = [_stem(p) for p in listing.sample if is_image(p)]
        counters = _counters(stems)
        for path in listing.images():
            label = _stem(path)
            for counter in counters:
                match = counter.match(label)
                label = match["label"] if match else label
            yield Unit(FileImage(str(listing.root), path), path, path, label,
                       split=split_of_path(path))
        if len(stems) > _FEW and all(_hashed(s) for s in stems):
            yield Fault("odd-names", ".", f"the names look like hashes, not like text, as "
                        f"{stems[0]!r}", kept_out=False)


def _counters(stems: list[str]) -> list[re.Pattern[str]]:
    """The expressions that take the counters off the names."""
    if not stems:
        return []
    copies = all(_COPY.match(s) for s in stems)
    found = [m for s in stems if (m := _PREFIX.match(s))]
    before = sorted(int(m["number"]) for m in found)
    running = len(stems) > _FEW and len(found) == len(stems) and _running(before)
    # a hyphen may well be one of the label: 12-AB-34
    if not running and (len(stems) <= _FEW or len(found) < len(stems)
                        or len(set(before)) < len(before) or any(m["sign"] == "-" for m in found)):
        return [_COPY] if copies else []
    if not all(_COPY.match(_PREFIX.sub(r"\g<label>", s)) for s in stems):
        # what is between number and end may be all of the label: `0012_4711`
        return [_PREFIX] if running or not copies else [_COPY]
    return [_COPY, _PREFIX]


def _running(numbers: list[int]) -> bool:
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _hashed(stem: str) -> bool:
    return bool(_HASH.fullmatch(stem) and re.search("[a-f]", stem.lower())
                and re.search("[0-9]", stem))


def doubt(listing: Listing) -> str | None:
    """Why the names of the images are hardly their labels; None where nothing speaks against it, or
    there are no images."""
    if not any(is_image(p) for p in listing.sample):
        return None
    for path in listing.sample:
        if _may_label(listing, path):
            return f"{path} may hold the labels, but in no known form"
    numbered = _counter(listing)
    return f"the names of the images only count them ({numbered})" if numbered else None


def _may_label(listing: Listing, path: str) -> bool:
    """Whether a file may hold labels, by its suffix; one without by whether it is text."""
    base = path.rpartition("/")[2].lower()
    if is_about(path) or is_image(path) or base in _ABOUT:
        return False
    if "." in base:
        return base.endswith(_LABELS)
    with open(listing.path(path), "rb") as f:
        head = f.read(1000)
    return bool(head.strip()) and b"\0" not in head


def _counter(listing: Listing) -> str | None:
    """`000 to 059` where the names of each folder, or of all of them, count its images; three tell
    nothing yet."""
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
    if images <= _FEW or len({folder for folder, _ in folders}) < len(folders):
        return None
    everywhere = sorted(numbered for found in folders.values() for numbered in found)
    counts = [sorted(found) for found in folders.values()]
    if len({before for _, before in folders}) == 1 and _running([n for n, _ in everywhere]):
        counts = [everywhere]
    if not all(_running([n for n, _ in numbers]) for numbers in counts):
        return None
    return f"{counts[0][0][1]} to {counts[0][-1][1]}"


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
