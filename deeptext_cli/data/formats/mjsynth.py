"""MJSynth (Jaderberg et al. 2014): `2425/1/115_Lube_45484.jpg`, the word is in the name."""

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
    is_image,
    split_of_name,
)
from deeptext_cli.data.formats.textfile import numbered_lines

_NAME = re.compile(r"^\d+_(?P<word>[^_/]+)_(?P<entry>\d+)\.\w+$")
_ROW = re.compile(r"^(?P<path>\S+/\d+_[^_/\s]+_\d+\.jpe?g) +\d+$")


class MjSynth:
    """With `annotation_train.txt`, `..._val.txt`, `..._test.txt`, or the images alone."""

    name = "mjsynth"
    title = "MJSynth (word in the file name, annotation_*.txt)"

    def detect(self, listing: Listing) -> str | None:
        lists = self._lists(listing)
        if lists:
            return f"{lists[0]} lists images in the manner of MJSynth"
        found = [p for p in listing.sample if is_image(p)]
        like = [p for p in found if _NAME.match(os.path.basename(p))]
        if len(like) >= 3 and len(like) > 0.95 * len(found):
            return f"{len(like)} names are number_word_number, as {like[0]}"
        return None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        lists = self._lists(listing)
        if not lists:
            for path in listing.images():
                yield _unit(listing, path, path, None)
        for name in lists:
            folder = os.path.dirname(name)
            for number, line in numbered_lines(listing.path(name)):
                if not line.strip():
                    continue
                where = f"{name}:{number}"
                match = _ROW.match(line.strip())
                if match is None:
                    yield Fault("bad-row", where, "not `path/number_word_number.jpg number`")
                    continue
                path = os.path.normpath(os.path.join(folder, match["path"]))
                yield _unit(listing, path, where, split_of_name(name))

    def _lists(self, listing: Listing) -> list[str]:
        found = [p for p in listing.find("annotation_*.txt", "annotation.txt")
                 if any(_ROW.match(line.strip())
                        for _, line in islice(numbered_lines(listing.path(p)), 5))]
        splits = [p for p in found if os.path.basename(p) != "annotation.txt"]
        return splits or found  # annotation.txt is the three others together


def _unit(listing: Listing, path: str, where: str, split: str | None) -> Unit | Fault:
    match = _NAME.match(os.path.basename(path))
    if match is None:
        return Fault("bad-row", where, "the name is not number_word_number", path)
    return Unit(FileImage(str(listing.root), path), path, where, match["word"], split=split)
