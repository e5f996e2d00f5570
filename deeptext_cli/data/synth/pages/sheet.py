"""A sheet of paper under construction: a grey image, and the boxes of the lines on it."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.synth.setting import SetLine

Grey = NDArray[np.uint8]
Quad = NDArray[np.float32]   # (4, 2), clockwise from the text's top left

PAD = 0.05  # of the em: margin of a box around its ink


class Line(NamedTuple):
    """A line of text and where it is."""

    quad: Quad
    text: str


class Sheet:
    """Paper of one tone to write on. Coordinates are pixels, y down."""

    def __init__(self, height: int, width: int, paper: float = 255.0) -> None:
        self.image: Grey = np.full((height, width), round(paper), np.uint8)
        self.lines: list[Line] = []

    @property
    def height(self) -> int:
        return int(self.image.shape[0])

    @property
    def width(self) -> int:
        return int(self.image.shape[1])

    def ink(self, mask: Grey, x: int, y: int, tone: float) -> None:
        """Cover by `tone` where `mask` (255: fully) says so; what lies outside is lost."""
        h, w = mask.shape
        x0, y0, x1, y1 = max(0, x), max(0, y), min(self.width, x + w), min(self.height, y + h)
        if x0 >= x1 or y0 >= y1:
            return
        part = self.image[y0:y1, x0:x1]
        cover = mask[y0 - y:y1 - y, x0 - x:x1 - x].astype(np.int32)
        part += ((round(tone) - part.astype(np.int32)) * cover // 255).astype(np.int16).astype(
            np.uint8)  # wraps around to the right value

    def write(self, line: SetLine, text: str, x: float, baseline: float, tone: float, *,
              label: bool = True) -> bool:
        """Print a set line with its ink's left edge at `x`. False where it would not fit whole:
        then nothing is printed."""
        h, w = line.mask.shape
        left, top = round(x), round(baseline) - line.baseline
        if left < 0 or top < 0 or left + w > self.width or top + h > self.height:
            return False
        self.ink(line.mask, left, top, tone)
        if label and text.strip():
            # a dash or a row of dots is not boxed lower than small letters are
            low = max(top + h, round(baseline))
            high = min(top, round(baseline) - round(0.35 * line.em))
            pad = PAD * line.em
            self.mark(left - pad, high - pad, left + w + pad, low + pad, text)
        return True

    def mark(self, x0: float, y0: float, x1: float, y1: float, text: str) -> None:
        """Record the box of a line."""
        self.lines.append(Line(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32),
                               text))

    def rule(self, a: tuple[float, float], b: tuple[float, float], tone: float,
             width: int = 1) -> None:
        """Draw a straight line."""
        cv2.line(self.image, _fixed(a), _fixed(b), round(tone), width, cv2.LINE_AA, 4)

    def box(self, x0: float, y0: float, x1: float, y1: float, tone: float,
            width: int = 1) -> None:
        """Draw a frame, or fill it with `width` -1."""
        cv2.rectangle(self.image, (round(x0), round(y0)), (round(x1), round(y1)), round(tone),
                      width)

    def _window(self, other: Sheet, matrix: NDArray[np.floating],
                ) -> tuple[tuple[slice, slice], NDArray[np.float64]]:
        """The part of this sheet that another one touches, and the projection into that part."""
        w, h = other.width, other.height
        corners = projected(np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32), matrix)
        low, high = np.floor(corners.min(axis=0)) - 1, np.ceil(corners.max(axis=0)) + 2
        x0, y0 = (int(max(0, v)) for v in low)
        x1, y1 = max(x0, min(self.width, int(high[0]))), max(y0, min(self.height, int(high[1])))
        shift = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]], float)
        return (slice(y0, y1), slice(x0, x1)), shift @ matrix

    def place(self, other: Sheet, cover: Grey, matrix: NDArray[np.floating],
              tone: float | None = None) -> None:
        """Lay another sheet onto this one by a projection (3, 3); `cover` says where it is
        opaque. With a `tone` only its shape is used, in that tone."""
        window, moved = self._window(other, matrix)
        part = self.image[window]
        size = (part.shape[1], part.shape[0])
        if min(size) < 1:
            return
        cover = cv2.warpPerspective(cover, moved, size, flags=cv2.INTER_LINEAR)
        under = part.astype(np.int16)
        if tone is None:
            top = cv2.warpPerspective(other.image, moved, size, flags=cv2.INTER_LINEAR,
                                      borderMode=cv2.BORDER_REPLICATE).astype(np.int16)
        else:
            top = np.full_like(under, round(tone))
        part[:] = under + (top - under).astype(np.int32) * cover // 255
        self.lines += [Line(projected(line.quad, matrix), line.text) for line in other.lines]


def projected(quad: Quad, matrix: NDArray[np.floating]) -> Quad:
    """Corners moved by a projection (3, 3)."""
    points = np.concatenate([quad, np.ones((4, 1))], axis=1) @ np.asarray(matrix, float).T
    return (points[:, :2] / points[:, 2:]).astype(np.float32)


def _fixed(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0] * 16), round(point[1] * 16)
