"""Grey of coloured images. Brightness alone loses red letters on a green ground of the same
brightness, which people see well: where colours differ and brightness does not, colours count."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

GreyImage = NDArray[np.uint8]
Floats = NDArray[np.float32]

STEP, BLOCK = 3, 10      # pixels looked at first: every third; in blocks of ten by ten of them
WINDOW = 24              # pixels each way of the neighbourhood that is looked at
CROP, PAGE = 400, 1000   # lower images are of a line or word; steps grow with larger pages
COLOURFUL = 10.0         # least deviation of the colour differences
LEAD = 1.5               # how many times as much they vary as brightness does, at least
FAINT = 14.0             # most deviation of brightness: letters of 30 grey levels are seen anyhow
GAIN = 1.5               # colour differences of one unit in grey levels
DARK = 110               # ground on which letters come out light


def grey_of(image: Image.Image) -> GreyImage:
    """Grey uint8 (H, W) of an "L" or "RGB" image: its brightness, and colour where only that tells.

    Colour of nearly all documents varies less than their brightness; these are told by a look at
    a ninth of the pixels.
    """
    grey = np.asarray(image.convert("L"))
    if image.mode == "L":
        return grey
    rgb, lesser = np.asarray(image), min(image.size)
    step = STEP * max(1, round(lesser / PAGE))
    small = cv2.cvtColor(np.ascontiguousarray(rgb[::step, ::step]), cv2.COLOR_RGB2YCrCb)
    if not _tells(small):
        return grey
    window = max(WINDOW // STEP * step, lesser // 6 if lesser < CROP else 0)
    ground = cv2.medianBlur(small, 2 * (window // step) + 1)
    out, rows, margin = grey.copy(), 16 * window, 2 * window  # in strips: floats take ten times as
    for top in range(0, len(grey), rows):                     # much memory as the page
        first = max(0, top - margin) // step * step
        last = min(len(grey), top + rows + margin)
        shown = _with_colour(rgb[first:last], grey[first:last],
                             ground[first // step:-(-last // step)], window)
        out[top:top + rows] = shown[top - first:top - first + rows]
    return out


def _tells(values: NDArray[np.uint8]) -> bool:
    """Whether in some block of a YCrCb image colour varies and brightness hardly does."""
    h, w = (max(1, n // BLOCK) for n in values.shape[:2])
    exact = values.astype(np.float32)
    mean, square = (cv2.resize(x, (w, h), interpolation=cv2.INTER_AREA)
                    for x in (exact, exact * exact))
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    colour = deviation[..., 1:].max(axis=-1)
    return bool(_counts(colour, deviation[..., 0]).any())


def _with_colour(rgb: NDArray[np.uint8], grey: GreyImage, ground: NDArray[np.uint8],
                 window: int) -> GreyImage:
    """Brightness, but the distance from the ground's colour where brightness hardly varies.

    ground: the medians of neighbourhoods, YCrCb, smaller than the image: letters cover less than
    half of them. window: pixels each way of one.
    """
    h, w = grey.shape
    under = cv2.resize(ground, (w, h), interpolation=cv2.INTER_NEAREST).astype(np.float32)
    values = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    y, red, blue = cv2.split(values - under)
    colour = red * red + blue * blue
    varies, bright = (np.sqrt(cv2.blur(x, (2 * window + 1, 2 * window + 1),
                                       borderType=cv2.BORDER_REFLECT).clip(0))
                      for x in (colour, y * y))
    tells = _counts(varies, bright).astype(np.float32)
    # letters at a word's ends have less about them: they are taken along
    weight = cv2.blur(cv2.dilate(tells, np.ones((window, window), np.uint8)),
                      (window // 2, window // 2))
    away = GAIN * np.sqrt(colour + y * y)
    paper = under[..., 0]
    shown = np.clip(np.where(paper < DARK, paper + away, paper - away), 0, 255)
    return np.asarray(np.round((1 - weight) * grey + weight * shown), np.uint8)


def _counts(colour: Floats, brightness: Floats) -> NDArray[np.bool_]:
    """Where colour counts, from the deviations in neighbourhoods."""
    return (colour > COLOURFUL) & (colour > LEAD * brightness) & (brightness < FAINT)
