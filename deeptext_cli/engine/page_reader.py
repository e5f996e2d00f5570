"""A page to text: find the lines, cut them out, read them, put them in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.document import Block, Box
from deeptext_cli.engine.assemble import line_of
from deeptext_cli.engine.detect import LineDetector
from deeptext_cli.engine.line_reader import Reading, ReadsLines
from deeptext_cli.layout.lines import merge_into_lines
from deeptext_cli.layout.order import reading_order
from deeptext_cli.layout.paragraphs import group_paragraphs
from deeptext_cli.layout.quads import Floats, sizes_of
from deeptext_cli.layout.rectify import crop_quad, is_tall, turned
from deeptext_cli.layout.rotation import choose_rotation, estimate_skew, sideways_share

Grey = NDArray[np.uint8]

PAD_ALONG, PAD_ACROSS = 0.15, 0.12  # margins of a crop, in text heights
JOIN_GAP = 0.8      # boxes closer than so many heights are one line
PROBES = 6          # lines read each way to find out how a page lies
SURE = 0.6          # mean confidence of upright probes above which no other way is tried


class PageText(NamedTuple):
    """What a page says. Boxes are in the page as it was given, whatever it was turned by."""

    blocks: tuple[Block, ...]
    rotation: int     # degrees clockwise that brought it upright
    skew: float       # degrees clockwise by which the lines lean, after turning


class PageReader:
    """Reads grey pages with a detector and a recogniser."""

    def __init__(self, lines: ReadsLines, detector: LineDetector) -> None:
        self._lines, self._detector = lines, detector

    def read(self, page: Grey, *, turn: bool = True) -> PageText:
        """Read a page (H, W). With `turn`, one that lies on a side or upside down is read as it
        should lie, if the evidence is clear."""
        quads = self._detect(page)
        rotation = self._rotation(page, quads) if turn and len(quads) else 0
        if rotation:
            upright = np.ascontiguousarray(np.rot90(page, -rotation // 90))
            blocks, skew = self._read(upright, self._detect(upright))
            return PageText(_turned_back(blocks, rotation, upright.shape), rotation, skew)
        blocks, skew = self._read(page, quads)
        return PageText(blocks, 0, skew)

    def _detect(self, page: Grey) -> Floats:
        found = self._detector.detect(page)
        if not found:
            return np.zeros((0, 4, 2))
        return merge_into_lines(np.stack([q for q, _ in found]), max_gap=JOIN_GAP)[0]

    def _read(self, page: Grey, quads: Floats) -> tuple[tuple[Block, ...], float]:
        if not len(quads):
            return (), 0.0
        skew = estimate_skew(quads)
        quads = quads[reading_order(quads, skew=skew)]
        quads, readings = self._read_quads(page, quads)
        kept = [i for i, r in enumerate(readings) if r.text]
        if not kept:
            return (), skew
        quads = quads[kept]
        lines = [line_of(readings[i], _box(q)) for i, q in zip(kept, quads, strict=True)]
        groups = group_paragraphs(quads, skew=skew)
        return tuple(Block(tuple(lines[i] for i in g)) for g in groups), skew

    def _read_quads(self, page: Grey, quads: Floats) -> tuple[Floats, list[Reading]]:
        """Read each box; one that is clearly tall is read both ways up, the surer one counts."""
        tall = [i for i, q in enumerate(quads) if is_tall(q)]
        down = {i: turned(quads[i], 1) for i in tall}
        up = {i: turned(quads[i], 3) for i in tall}
        boxes = [down.get(i, q) for i, q in enumerate(quads)] + [up[i] for i in tall]
        readings = self._lines.read([_crop(page, q) for q in boxes])
        out, result = list(boxes[:len(quads)]), readings[:len(quads)]
        for i, other in zip(tall, readings[len(quads):], strict=True):
            if other.confidence > result[i].confidence:
                out[i], result[i] = up[i], other
        return np.stack(out), result

    def _rotation(self, page: Grey, quads: Floats) -> int:
        """Degrees clockwise by which to turn the page; 0 without clear evidence."""
        along, across = sizes_of(quads)
        longest = np.argsort(-np.maximum(along, across))[:PROBES]
        probes = quads[longest]
        confidences = {0: self._sureness(page, probes)}
        sideways = sideways_share(quads) > 0.5
        if not sideways and np.mean(confidences[0]) > SURE:
            return 0
        for rotation in (90, 180, 270):
            confidences[rotation] = self._sureness(page, probes, rotation)
        return choose_rotation(confidences).rotation

    def _sureness(self, page: Grey, probes: Floats, rotation: int = 0) -> list[float]:
        """Mean probability of the probes' characters, read as if the page were turned."""
        quads = [turned(q, -rotation // 90 % 4) for q in probes]
        readings = self._lines.read([_crop(page, q) for q in quads])
        return [float(np.mean([s.probability for s in r.spans])) if r.spans else 0.0
                for r in readings]


def _crop(page: Grey, quad: Floats) -> Grey:
    return crop_quad(page, quad, pad_along=PAD_ALONG, pad_across=PAD_ACROSS, turn_tall=False)


def _box(quad: Floats) -> Box:
    a, b, c, d = ((float(x), float(y)) for x, y in quad)
    return (a, b, c, d)


def _turned_back(blocks: Sequence[Block], rotation: int,
                 shape: tuple[int, ...]) -> tuple[Block, ...]:
    """Boxes of an upright page of `shape` in the page before it was turned by `rotation`."""
    from dataclasses import replace

    h, w = shape[:2]

    def back(point: tuple[float, float]) -> tuple[float, float]:
        x, y = point
        if rotation == 90:    # (x, y) of the file went to (H - y, x)
            return (y, w - x)
        if rotation == 180:
            return (w - x, h - y)
        return (h - y, x)

    def box(b: Box) -> Box:
        p, q, r, s = (back(point) for point in b)
        return (p, q, r, s)

    return tuple(Block(tuple(
        replace(line, box=box(line.box),
                words=tuple(replace(word, box=box(word.box)) for word in line.words))
        for line in block.lines)) for block in blocks)
