"""Tell an image of one line from a page or block of lines, without a model.

The rows' texture (differences between neighbouring pixels, to which shading and rules across the
page contribute nothing) shows each line of text as a band. One band, or one that fills most of
the height, is a line. Bands are looked for in the whole width and in upright strips of it as wide
as the image is high, since in a leaning or ragged block the whole width shows them blurred.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.ink import runs

# Set on the development images by balanced accuracy; docs/LOG.md has the figures.
ALWAYS_LINE = 40  # rows: two readable lines do not fit
NEVER_HEIGHT, NEVER_ASPECT = 160, 2.0  # higher than this and not twice as wide: never a line
MAIN_SHARE = 0.4  # of the height: a band that leaves no room for a second line
MAX_STRIP_BANDS = 1.7  # bands a strip, in the mean
LONG_ASPECT = 10.0  # such long images are lines unless their strips say otherwise
MIN_BAND_ROWS = 6.0  # of the image: lower bands are specks, rules, dots
BAND_HIGH, BAND_LOW = 0.4, 0.2  # of the strongest row: where a band is sure, where it ends
BAND_MASS = 0.4  # of the strongest band's texture, for another to count


def is_single_line(image: NDArray[np.uint8]) -> bool:
    """Whether a grey image (H, W), dark on light or light on dark, shows one line of text.

    A blank image counts as a line if it is low or long. About a millisecond an image.
    """
    if image.ndim != 2 or image.size == 0:
        raise ValueError(f"expected a grey image (H, W), got shape {image.shape}")
    h, w = image.shape
    aspect = w / h
    if h <= ALWAYS_LINE:
        return True
    if h > NEVER_HEIGHT and aspect < NEVER_ASPECT:
        return False
    texture, scale = _texture(image)
    rows = texture.shape[0]
    strips = np.array_split(texture, int(np.clip(round(aspect), 1, 6)), axis=1)
    floor = 0.2 * float(texture.mean())
    bands = [_bands(s) for s in strips if s.size and s.mean() > floor]
    if not bands:
        return aspect >= NEVER_ASPECT
    least = MIN_BAND_ROWS / scale
    in_strip = float(np.mean([_inner(b, rows, least) for b in bands]))
    main = float(np.median([max((e - s for s, e, _ in b), default=0) for b in bands])) / rows
    if main >= MAIN_SHARE:
        return True
    if aspect >= LONG_ASPECT:
        return in_strip <= MAX_STRIP_BANDS
    return in_strip <= MAX_STRIP_BANDS and _inner(_bands(texture), rows, least) <= 1


def _texture(image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
    """Strong horizontal differences of the image, reduced to at most 640 x 1600, and the factor
    by which it was reduced."""
    h, w = image.shape
    scale = max(1.0, h / 640, w / 1600)
    if scale > 1:
        size = (max(2, round(w / scale)), max(2, round(h / scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    image = np.asarray(cv2.GaussianBlur(image, (3, 3), 0), dtype=np.uint8)
    if image.shape[1] < 2:  # opencv gives None for the difference of nothing
        return np.zeros((image.shape[0], 1), np.float32), scale
    steps = cv2.absdiff(image[:, 1:], image[:, :-1]).astype(np.float32)
    threshold = max(8.0, 0.35 * float(np.percentile(steps, 98)))
    strong = np.where(steps > threshold, np.minimum(steps, 2 * threshold), 0.0)
    return strong.astype(np.float32), scale


def _bands(texture: NDArray[np.float32]) -> list[tuple[int, int, float]]:
    """Runs of rows with texture, (start, end, sum), by hysteresis on the smoothed profile."""
    profile = texture.mean(axis=1, dtype=np.float32)
    window = max(1, len(profile) // 48) | 1
    smooth = np.asarray(cv2.blur(profile[:, None], (1, window),
                                 borderType=cv2.BORDER_REPLICATE))[:, 0]
    peak = float(smooth.max())
    if peak <= 0:
        return []
    return [(int(s), int(e), float(smooth[s:e].sum())) for s, e in runs(smooth > BAND_LOW * peak)
            if smooth[s:e].max() >= BAND_HIGH * peak]


def _inner(bands: list[tuple[int, int, float]], rows: int, least: float) -> int:
    """How many bands are lines: those of some weight that are no slivers at the border."""
    strongest = max((mass for _, _, mass in bands), default=0.0)
    return sum(1 for s, e, mass in bands
               if mass >= BAND_MASS * strongest and e - s >= least
               and ((s > 0 and e < rows) or e - s > 0.3 * rows))
