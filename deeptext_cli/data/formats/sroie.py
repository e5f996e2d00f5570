"""SROIE (ICDAR 2019): receipts, one file of quads and text for each image of the same stem."""

from __future__ import annotations

import os
from collections.abc import Iterator

from deeptext_cli.data.formats.base import Fault, Listing, Unit, is_image
from deeptext_cli.data.formats.quads import looks_like_quads, pages_of


class Sroie:
    """`img/000.jpg` with `box/000.csv`, or `X51005.jpg` with `X51005.txt`."""

    name = "sroie"
    title = "SROIE (x1,y1,...,x4,y4,text for each image)"

    def detect(self, listing: Listing) -> str | None:
        found = self._files(listing, listing.sample)
        if found and looks_like_quads(listing, found[0]):
            return f"{len(found)} files of boxes and text share their stem with an image, as " \
                   f"{found[0]}"
        return None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        names = [n for n in self._files(listing, tuple(listing.walk()))
                 if looks_like_quads(listing, n)]
        yield from pages_of(listing, names, lambda n: os.path.splitext(n)[0], "line")

    def _files(self, listing: Listing, paths: tuple[str, ...]) -> list[str]:
        stems = {os.path.splitext(os.path.basename(p))[0] for p in paths if is_image(p)}
        return [p for p in paths if p.lower().endswith((".txt", ".csv"))
                and os.path.splitext(os.path.basename(p))[0] in stems]
