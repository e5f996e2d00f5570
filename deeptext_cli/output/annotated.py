"""A picture to look at: the page with its boxes, beside it the text where it stands."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.document import Line, Page, PageError
from deeptext_cli.errors import UsageError
from deeptext_cli.output.writer import Image, Writer, clean, height_of, length_of, probability

MAX_SIDE = 2000  # of the page as shown
SURE, UNSURE = (60, 150, 40), (30, 30, 210)  # BGR: green where confidence is 1, red where 0


class AnnotatedWriter(Writer):
    """One PNG of one page. Numbers give the reading order, colours the confidence."""

    def __init__(self) -> None:
        self._has_page = False

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            return b""
        if self._has_page:
            raise UsageError("an annotated picture holds one page a file",
                             remedy="give a folder with -o")
        self._has_page = True
        ok, data = cv2.imencode(".png", draw(page, image))
        if not ok:
            raise UsageError(f"{page.path}: no picture of {page.width} x {page.height} pixels")
        return data.tobytes()


def draw(page: Page, image: Image | None) -> NDArray[np.uint8]:
    """BGR (H, 2 W, 3): the page with boxes on the left, the text on the right. Without an image
    the left is white."""
    scale = min(1.0, MAX_SIDE / max(page.width, page.height, 1))
    size = (max(1, round(page.width * scale)), max(1, round(page.height * scale)))
    shown = _background(image, size)
    text = np.full_like(shown, 255)
    for k, line in enumerate(page.lines, 1):
        corners = np.array(line.box) * scale
        colour = _colour(line.confidence)
        outline = np.array(line.polygon) * scale if line.polygon else corners
        cv2.polylines(shown, [np.rint(outline).astype(np.int32)], True, colour, 1, cv2.LINE_AA)
        _label(shown, str(k), corners[0], colour)
        _write(text, line, corners.astype(np.float32), colour)
    return np.concatenate([shown, text], axis=1)


def _background(image: Image | None, size: tuple[int, int]) -> NDArray[np.uint8]:
    if image is None:
        return np.full((size[1], size[0], 3), 255, np.uint8)
    code = cv2.COLOR_GRAY2BGR if image.ndim == 2 else cv2.COLOR_RGB2BGR
    colour = cv2.cvtColor(np.ascontiguousarray(image), code)
    if colour.shape[1::-1] == size:
        return np.asarray(colour, dtype=np.uint8)
    return np.asarray(cv2.resize(colour, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _colour(confidence: float) -> tuple[int, int, int]:
    p = probability(confidence)
    mixed = [round(p * a + (1 - p) * b) for a, b in zip(SURE, UNSURE, strict=True)]
    return mixed[0], mixed[1], mixed[2]


def _label(canvas: NDArray[np.uint8], text: str, at: NDArray[np.float64],
           colour: tuple[int, int, int]) -> None:
    x, y = max(0, int(at[0]) - 2), max(9, int(at[1]) - 2)
    cv2.putText(canvas, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.35, colour, 1, cv2.LINE_AA)


def _write(canvas: NDArray[np.uint8], line: Line, corners: NDArray[np.float32],
           colour: tuple[int, int, int]) -> None:
    """The line's text, drawn level and warped into its box, however that lies."""
    cv2.polylines(canvas, [np.rint(corners).astype(np.int32)], True, (225, 225, 225), 1,
                  cv2.LINE_AA)
    strip = text_strip(clean(line.text))
    if strip is None or length_of(line.box) < 1 or height_of(line.box) < 1:
        return
    x0, y0 = (max(0, int(v)) for v in np.floor(corners.min(axis=0)))
    x1, y1 = (int(v) + 1 for v in np.ceil(corners.max(axis=0)))
    part = canvas[y0:y1, x0:x1]
    if not part.size:
        return
    h, w = strip.shape
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners - np.array([x0, y0], np.float32))
    ink = cv2.warpPerspective(strip, matrix, part.shape[1::-1], flags=cv2.INTER_LINEAR)
    alpha = ink[..., None].astype(np.float32) / 255
    part[:] = np.rint(part * (1 - alpha) + np.array(colour, np.float32) * 0.6 * alpha)


def text_strip(text: str, height: int = 40) -> NDArray[np.uint8] | None:
    """Text as light ink on black (height, W), cut to its width; None where nothing shows.

    Drawn with the font that OpenCV carries since version 5, which has all Latin letters.
    """
    if not text.strip():
        return None
    font = cv2.FontFace("sans")
    size = round(height * 0.72)
    _, _, width, _ = cv2.getTextSize((1, 1), text, (0, 0), font, size)
    strip = np.zeros((height, max(1, width + 4)), np.uint8)
    cv2.putText(strip, text, (2, round(height * 0.76)), (255, 255, 255), font, size)
    return strip
