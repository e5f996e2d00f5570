"""Rows of box and text, as ICDAR and SROIE write them, and the images they belong to."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Points,
    Region,
    Unit,
    is_image,
    quad_of_box,
    split_of_path,
)
from deeptext_cli.data.formats.textfile import encoding_fault, numbered_lines

_NUMBER = r"\s*-?\d+(?:\.\d+)?\s*"
_QUAD = re.compile(rf"^({_NUMBER}(?:,{_NUMBER}){{7}}),(.*)$")
_BOX = re.compile(rf"^({_NUMBER}(?:,{_NUMBER}){{3}}),(.*)$")
_SPACED_BOX = re.compile(r'^(-?\d+(?:\s+-?\d+){3})\s+"(.*)"\s*$')
IGNORED = "###"


def parse_row(line: str, where: str, kind: str = "word") -> Region | None:
    """`x1,y1,...,x4,y4,text`, `x0,y0,x1,y1,"text"` or `x0 y0 x1 y1 "text"`; None for others."""
    corners: Points
    if match := _QUAD.match(line):
        v = [float(n.strip()) for n in match[1].split(",")]  # float knows fewer blanks than \s
        corners = ((v[0], v[1]), (v[2], v[3]), (v[4], v[5]), (v[6], v[7]))
        text = match[2]
    elif match := (_SPACED_BOX.match(line) or _BOX.match(line)):
        x0, y0, x1, y1 = (float(n) for n in re.split(r"[,\s]+", match[1].strip()))
        corners = quad_of_box(x0, y0, x1, y1)
        text = match[2].strip()
        if len(text) >= 2 and text[0] == text[-1] == '"':
            text = unescape(text[1:-1])
    else:
        return None
    return Region(text, corners, ignore=text.strip() == IGNORED,
                  kind="word" if kind == "word" else "line", where=where)


def unescape(text: str) -> str:
    r"""ICDAR 2013 writes `\"` and `\\` within quotes."""
    return re.sub(r'\\(["\\])', r"\1", text)


def looks_like_quads(listing: Listing, name: str) -> bool:
    """Whether the first lines of the file are boxes with text."""
    seen = good = 0
    for _, line in numbered_lines(listing.path(name)):
        if line.strip():
            seen += 1
            good += parse_row(line, "") is not None
        if seen == 10:
            break
    return seen > 0 and good >= 0.8 * seen


def pages_of(listing: Listing, names: list[str], stem_of: Callable[[str], str],
             kind: str) -> Iterator[Unit | Fault]:
    """One page a file of rows; the image is the one whose stem `stem_of` gives."""
    images = _images_by_stem(listing)
    for name in names:
        stem = stem_of(os.path.basename(name))
        image = _nearest(images.get(stem, []), name)
        if image is None:
            yield Fault("missing-image", name, f"no image {stem}.* in the folder")
            continue
        yield from encoding_fault(listing.path(name), name)
        regions = []
        for number, line in numbered_lines(listing.path(name)):
            if not line.strip():
                continue
            region = parse_row(line, f"{name}:{number}", kind)
            if region is None:
                yield Fault("bad-row", f"{name}:{number}", "not a box with text", image)
            else:
                regions.append(region)
        yield Unit(FileImage(str(listing.root), image), image, name, regions=tuple(regions),
                   split=split_of_path(name) or split_of_path(image))


def _images_by_stem(listing: Listing) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for p in listing.walk():
        if is_image(p):
            out.setdefault(os.path.splitext(os.path.basename(p))[0], []).append(p)
    return out


def _nearest(paths: list[str], name: str) -> str | None:
    """Of images with the same stem that which shares most folders with the annotation."""
    if not paths:
        return None
    return max(paths, key=lambda p: (len(os.path.commonpath([p, name])), [-ord(c) for c in p]))
