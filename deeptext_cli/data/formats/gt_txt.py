"""`line.png` with `line.gt.txt` (Tesseract, OCRopus, Calamari, kraken), or with `line.txt`."""

from __future__ import annotations

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
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_lines
from deeptext_cli.data.images import IMAGE_SUFFIXES

SUFFIX = ".gt.txt"
PLAIN = ".txt"
# OCRopus and Calamari put the kind of preprocessing before the suffix; the binarised image is the
# one they train on, but recognisers like ours want grey where there is a choice
_INFIXES = ("", ".nrm", ".raw", ".bin", ".dew")


class GtTxt:
    """Pairs of an image and a text file of the same stem. Beside .gt.txt plain .txt is no label:
    it may be what was read."""

    name = "gt-txt"
    title = "pairs of image and .gt.txt (Tesseract, OCRopus, Calamari, kraken), or .txt"

    def detect(self, listing: Listing) -> str | None:
        found = [p for p in listing.sample if p.endswith(SUFFIX)]
        if found:
            return f"{len(found)} files end in .gt.txt, as {found[0]}"
        images = {p.rpartition(".")[0] for p in listing.sample if is_image(p)}
        found = [p for p in listing.sample if p.endswith(PLAIN) and p[:-len(PLAIN)] in images]
        if not found or len(found) < len(images) / 2:
            return None
        return f"{len(found)} images have a .txt of the same name, as {found[0]}"

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        suffix = SUFFIX if any(p.endswith(SUFFIX) for p in listing.sample) else PLAIN
        folder: str | None = None
        here: dict[str, str] = {}
        for path in listing.walk():
            parent = path.rpartition("/")[0]
            if parent != folder:
                folder = parent
                here = {p.name.lower(): p.name for p in listing.path(parent or ".").iterdir()}
            if path.endswith(suffix) and not is_about(path):
                yield from self._pair(listing, path, path[:-len(suffix)], here)

    def _pair(self, listing: Listing, path: str, stem: str,
              here: dict[str, str]) -> Iterator[Unit | Fault]:
        parent, _, base = stem.rpartition("/")
        image = next((here[(base + infix + suffix).lower()] for infix in _INFIXES
                      for suffix in sorted(IMAGE_SUFFIXES)
                      if (base + infix + suffix).lower() in here), None)
        if image is None:
            yield Fault("missing-image", path, "no image of this name beside it")
            return
        image = f"{parent}/{image}" if parent else image
        yield from encoding_fault(listing.path(path), path)
        lines = [(n, line) for n, line in numbered_lines(listing.path(path)) if line.strip()]
        if len(lines) > 1:
            yield Fault("several-lines", f"{path}:{lines[1][0]}",
                        f"{len(lines)} lines of text for one image of a line", key=image)
            return
        text = lines[0][1] if lines else ""
        yield Unit(FileImage(str(listing.root), image), image, f"{path}:1", text,
                   split=split_of_path(path))
