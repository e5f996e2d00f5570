"""ICDAR Robust Reading 2013 and 2015: `gt_img_1.txt` beside pages, and word lists."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice

from deeptext_cli.data.formats.base import Fault, FileImage, Listing, Unit, split_of_path
from deeptext_cli.data.formats.quads import looks_like_quads, pages_of, unescape
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_lines

_WORD = re.compile(r'^\s*(?P<image>[^,"]+\.\w{3,4})\s*,\s*"(?P<text>.*)"\s*$')


class IcdarPages:
    """`img_1.jpg` with `gt_img_1.txt`: quads (2015) or boxes (2013); `###` is not to be read."""

    name = "icdar"
    title = "ICDAR 2013/2015 localisation (gt_*.txt)"

    def detect(self, listing: Listing) -> str | None:
        found = self._files(listing)
        if found and looks_like_quads(listing, found[0]):
            return f"{len(found)} files gt_*.txt hold boxes and text, as {found[0]}"
        return None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        names = [p for p in listing.walk() if _is_gt(p)]
        yield from pages_of(listing, names, lambda n: os.path.splitext(n)[0][3:], "word")

    def _files(self, listing: Listing) -> list[str]:
        return [p for p in listing.sample if _is_gt(p)]


class IcdarWords:
    r"""`gt.txt` with lines `word_1.png, "text"`; quotes within the text are `\"` or bare."""

    name = "icdar-words"
    title = 'ICDAR 2013/2015 word lists (word_1.png, "text")'

    def detect(self, listing: Listing) -> str | None:
        found = self._files(listing)
        return f'{found[0]} has lines of the form word_1.png, "text"' if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for name in self._files(listing):
            yield from encoding_fault(listing.path(name), name)
            folder = os.path.dirname(name)
            for number, line in numbered_lines(listing.path(name)):
                if not line.strip():
                    continue
                where = f"{name}:{number}"
                match = _WORD.match(line)
                if match is None:
                    yield Fault("bad-row", where, 'not of the form word_1.png, "text"')
                    continue
                path = os.path.normpath(os.path.join(folder, match["image"]))
                yield Unit(FileImage(str(listing.root), path), path, where,
                           unescape(match["text"]), split=split_of_path(name))

    def _files(self, listing: Listing) -> list[str]:
        out = []
        for p in listing.find("*.txt"):
            lines = [line for _, line in islice(numbered_lines(listing.path(p)), 10)
                     if line.strip()]
            if lines and sum(bool(_WORD.match(line)) for line in lines) >= 0.8 * len(lines):
                out.append(p)
        return out


def _is_gt(path: str) -> bool:
    name = os.path.basename(path).lower()
    return name.startswith("gt_") and name.endswith(".txt")
