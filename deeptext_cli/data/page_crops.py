"""Training crops for the detector: a square piece of a page, scaled, turned and degraded."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.detection import CropSettings
from deeptext_cli.config.detector_model import MAP_STRIDE
from deeptext_cli.data.detection_maps import TargetMaps, target_maps
from deeptext_cli.data.page_degrade import degrade
from deeptext_cli.data.pages import LabelledPage

Quads = NDArray[np.float32]
ANYWHERE = 0.08  # share of crops taken without regard to where text is


class Crop(NamedTuple):
    """A piece of a page with its lines in the piece's pixels, and what the net shall say of it."""

    image: NDArray[np.uint8]  # (size, size)
    quads: Quads
    maps: TargetMaps


def heights_of(quads: Quads) -> NDArray[np.float32]:
    """Height across the text of each quad, pixels (N,)."""
    q = quads.reshape(-1, 4, 2)
    return (np.linalg.norm(q[:, 3] - q[:, 0], axis=1)
            + np.linalg.norm(q[:, 2] - q[:, 1], axis=1)) / 2


def training_crop(page: LabelledPage, settings: CropSettings, rng: np.random.Generator, *,
                  shrink_ratio: float = 0.7, degraded: float = 0.5,
                  unlabelled: float = 1.0) -> Crop:
    """Cut a crop, everything drawn from `rng`.

    A line of the page is scaled to a height drawn log-uniformly and comes to lie in the crop.
    degraded: share that is made worse (see `degrade`). unlabelled: see `target_maps`.
    """
    h, w = page.image.shape
    size = settings.size
    heights = heights_of(page.quads)
    usable = np.flatnonzero(~page.ignore & (heights > 2))
    low, high = settings.text_height
    if len(usable) and rng.random() >= ANYWHERE:
        anchor = int(usable[rng.integers(len(usable))])
        wanted = low * (high / low) ** rng.random()
        scale = wanted / float(heights[anchor])
        quad = page.quads[anchor]
        along = rng.random()
        centre = (quad[0] + quad[3]) / 2 * (1 - along) + (quad[1] + quad[2]) / 2 * along
    else:
        scale = size / max(h, w) * 2 ** rng.uniform(-0.3, 1.5)
        centre = np.array([rng.uniform(0, w), rng.uniform(0, h)])
    # mostly no smaller than what fills the crop: blank margins teach nothing
    least = settings.fill * size / max(h, w) if rng.random() < 0.85 else 0.0
    scale = float(np.clip(max(scale, least), *settings.scale))
    image = page.image
    while scale < 0.5:  # halving by area is cheap and free of aliases
        image = cv2.resize(image, (max(1, image.shape[1] // 2), max(1, image.shape[0] // 2)),
                           interpolation=cv2.INTER_AREA)
        scale *= 2
    shrunk = np.array([image.shape[1] / w, image.shape[0] / h])
    matrix = _placement(centre * shrunk, scale, image.shape, settings, rng)
    if scale < 0.75:  # the warp interpolates linearly
        image = cv2.GaussianBlur(image, (0, 0), 0.35 / scale)
    fill = float(np.median(image[:: max(1, image.shape[0] // 64)])) if rng.random() < 0.6 \
        else rng.uniform(0, 255)
    mode = cv2.BORDER_CONSTANT if rng.random() < 0.8 else cv2.BORDER_REPLICATE
    out = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=mode,
                         borderValue=fill)
    quads = page.quads * shrunk.astype(np.float32) @ matrix[:, :2].T.astype(np.float32) \
        + matrix[:, 2].astype(np.float32)
    if rng.random() < degraded:
        seen = heights_of(quads)[usable]
        text = float(np.percentile(seen, 25)) if len(seen) else 16.0
        out = degrade(out, rng, text=text)
    if rng.random() < settings.inverted:
        out = 255 - out
    maps = target_maps(quads, page.ignore, (size, size), stride=MAP_STRIDE,
                       shrink_ratio=shrink_ratio, smallest=settings.smallest,
                       unlabelled=unlabelled)
    return Crop(out, quads.astype(np.float32), maps)


def _placement(centre: NDArray[np.floating], scale: float, shape: tuple[int, ...],
               settings: CropSettings, rng: np.random.Generator) -> NDArray[np.float64]:
    """Affine map (2, 3) from page to crop: `centre` comes to lie anywhere inside the crop, but a
    page that is larger than the crop fills it."""
    size = settings.size
    angle = rng.normal(0, settings.rotation) if settings.rotation else 0.0
    angle = float(np.clip(angle, -12, 12))
    if rng.random() < settings.turned:
        angle += 90.0 * int(rng.integers(1, 4))
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    linear = scale * np.array([[c, -s], [s, c]])
    place = rng.uniform(0.1, 0.9, 2) * size
    offset = place - linear @ centre
    corners = np.array([[0, 0], [shape[1], 0], [0, shape[0]], [shape[1], shape[0]]]) @ linear.T
    low, high = corners.min(axis=0) + offset, corners.max(axis=0) + offset
    for k in range(2):  # pull the page over the crop where it would leave a margin
        room = high[k] - low[k] - size
        if room > 0:
            offset[k] -= max(0.0, low[k]) + min(0.0, high[k] - size)
        else:
            offset[k] += min(0.0, size - high[k]) + max(0.0, -low[k])
    return np.concatenate([linear, offset[:, None]], axis=1)
