"""Glyph cache: every (face, size, character) is rasterised once."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import ImageFont, features

from deeptext_cli.data.synth.catalogue import Face
from deeptext_cli.data.synth.inspect_font import render

Mask = np.ndarray

RASTER = 36                # em size that lines are set at, before they are scaled to their own
OPEN_FACES = 768           # FreeType faces held open; opening one costs two glyphs
CACHE_BYTES = 192 << 20    # masks of all sizes held in memory
# Rasterised at once at that size, while the face is warm: five times cheaper than one by one
_COMMON = "etaoinsrhdlucmfgpwybvkxjqzETAOINSRHDLUCMFGPWYBVKXJQZ0123456789.,-':;()!?\"/"
_OVERHEAD = 260            # bytes of a cached glyph beside its pixels


class Glyph(NamedTuple):
    """Coverage mask, its offset from the pen on the baseline, and the advance, in pixels."""

    mask: Mask
    x: int
    y: int
    advance: float


class SizedFace:
    """One face at one pixel size, with its glyphs and vertical measures.

    Attributes:
        ascent: height of `d` or of a capital above the baseline.
        descent: depth of `p` below the baseline (positive).
        x_height: height of `x` (of a capital in faces without lower case).
        space: advance of the space.
    """

    def __init__(self, face: Face, px: int, cache: GlyphCache) -> None:
        self.face = face
        self.px = px
        self.bytes = 0
        self._cache = cache
        self._glyphs: dict[str, Glyph] = {}
        if px == RASTER:
            for char in _COMMON:
                if char in face.coverage:
                    self.glyph(char)
        lower = not face.caps_only
        self.ascent = max(1, -min(self.glyph(c).y for c in ("dHl" if lower else "HE")))
        p = self.glyph("p" if lower else "Q")
        self.descent = max(1, p.y + p.mask.shape[0]) if lower else max(1, self.ascent // 8)
        self.x_height = max(1, -self.glyph("x" if lower else "H").y)
        space = self._font().getlength(" ")
        self.space = space if 0.1 * px < space < px else 0.3 * px

    def _font(self) -> ImageFont.FreeTypeFont:
        return self._cache.font(self.face, self.px, shaped=False)

    def glyph(self, char: str) -> Glyph:
        """The glyph of a character; blank where the face has none."""
        found = self._glyphs.get(char)
        if found is None:
            font = self._font()
            mask, x, y = render(font, char)
            found = Glyph(mask, x, y, font.getlength(char))
            self._glyphs[char] = found
            self.bytes += mask.size + _OVERHEAD
            self._cache.grown(mask.size + _OVERHEAD)
        return found

    def shaped(self, text: str) -> tuple[Mask, int, int]:
        """A whole string with kerning and ligatures: mask and offset from the pen."""
        return render(self._cache.font(self.face, self.px, shaped=True), text)


@lru_cache(maxsize=1)
def shared_cache() -> GlyphCache:
    """The process's cache: recipes of a mix draw from the same faces."""
    return GlyphCache()


class GlyphCache:
    """Sized faces, least recently used ones dropped when their masks outgrow `max_bytes`."""

    def __init__(self, max_bytes: int = CACHE_BYTES) -> None:
        self.max_bytes = max_bytes
        self._bytes = 0
        self._faces: OrderedDict[tuple[str, int, int], SizedFace] = OrderedDict()
        self._fonts: OrderedDict[tuple[str, int, int, bool], ImageFont.FreeTypeFont] = \
            OrderedDict()

    def sized(self, face: Face, px: int) -> SizedFace:
        key = (face.path, face.index, px)
        found = self._faces.get(key)
        if found is None:
            found = SizedFace(face, px, self)
            self._faces[key] = found
            while self._bytes > self.max_bytes and len(self._faces) > 1:
                _, old = self._faces.popitem(last=False)
                self._bytes -= old.bytes
        else:
            self._faces.move_to_end(key)
        return found

    def grown(self, size: int) -> None:
        self._bytes += size

    def font(self, face: Face, px: int, *, shaped: bool) -> ImageFont.FreeTypeFont:
        key = (face.path, face.index, px, shaped)
        found = self._fonts.get(key)
        if found is None:
            raqm = shaped and features.check("raqm")
            engine = ImageFont.Layout.RAQM if raqm else ImageFont.Layout.BASIC
            found = ImageFont.truetype(face.path, px, index=face.index, layout_engine=engine)
            self._fonts[key] = found
            if len(self._fonts) > OPEN_FACES:
                self._fonts.popitem(last=False)
        else:
            self._fonts.move_to_end(key)
        return found
