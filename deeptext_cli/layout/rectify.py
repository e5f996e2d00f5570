"""Cut lines out of a page so that they lie level: by quad, or along a curve."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeptext_cli.layout.quads import Floats, as_quads, expand, rotate, sizes_of

Image = NDArray[np.uint8]
Affine = Floats  # (2, 3): x' = a x + b y + c for each coordinate

TALL = 1.5  # a box so much higher than wide holds turned text


def crop_quad(image: Image, quad: ArrayLike, *, pad_along: float = 0.0, pad_across: float = 0.0,
              turn_tall: bool = True) -> Image:
    """The text in a quad, level: (H, W) or (H, W, 3) as the image, at the page's resolution.

    `pad_along` and `pad_across` are margins on each side in shares of the text height. With
    `turn_tall`, a box clearly higher than wide is turned counter-clockwise first, so that its
    long side lies level (text that reads downwards comes out upright). What lies beyond the page
    repeats its border. Never smaller than 1 x 1.
    """
    q = turned(quad) if turn_tall and is_tall(quad) else as_quads(quad)[0]
    height = float(sizes_of(q)[1][0])
    q = expand(q, pad_along * height, pad_across * height)
    w, h = (max(1, round(float(s[0]))) for s in sizes_of(q))
    x0, y0 = q[0].tolist()
    upright = np.array([[x0, y0], [x0 + w, y0], [x0 + w, y0 + h], [x0, y0 + h]])
    # np.allclose, in a tenth of its time
    if (np.abs(q - upright) <= 0.5 + 1e-5 * np.abs(upright)).all():
        return _slice(image, round(x0), round(y0), w, h)
    # pixel centres, not pixel corners, are what remapping counts from
    target = np.array([[0, 0], [w, 0], [w, h], [0, h]]) - 0.5
    matrix = cv2.getPerspectiveTransform((q - 0.5).astype(np.float32), target.astype(np.float32))
    out = cv2.warpPerspective(image, matrix, (w, h), flags=cv2.INTER_LINEAR,
                              borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.uint8)


def is_tall(quad: ArrayLike) -> bool:
    """Whether a quad is clearly higher than wide, as its corners say where its top is."""
    along, across = sizes_of(quad)
    return bool(across[0] > TALL * along[0])


def turned(quad: ArrayLike, quarters: int = 1) -> Floats:
    """The same quad read `quarters` quarter turns clockwise: 1 takes its right edge for its top,
    which is where text that reads downwards has it."""
    out: Floats = np.roll(as_quads(quad)[0], -quarters, axis=0)
    return out


def straightened(image: Image, skew: float) -> tuple[Image, Affine]:
    """A page (H, W) turned back by `skew` degrees, whole, and the map (2, 3) of its points to those
    of the page as it was. The corners that come up are filled with paper."""
    h, w = image.shape[:2]
    corners = rotate([[0, 0], [w, 0], [w, h], [0, h]], -skew)
    low = corners.min(axis=0)
    width, height = (max(1, round(float(s))) for s in np.ptp(corners, axis=0))
    c, s = np.cos(np.radians(skew)), np.sin(np.radians(skew))
    back = np.array([[c, -s, 0.0], [s, c, 0.0]])
    back[:, 2] = rotate(low, skew)
    # opencv counts from the middle of the first pixel
    middles = back.copy()
    middles[:, 2] += back[:, :2] @ [0.5, 0.5] - 0.5
    out = cv2.warpAffine(image, middles, (width, height),
                         flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                         borderMode=cv2.BORDER_CONSTANT,
                         borderValue=(float(np.median(image[::8, ::8])),))
    return np.asarray(out, dtype=np.uint8), back


def crop_along(image: Image, centre: ArrayLike, height: float) -> Image:
    """The strip of `height` pixels along a centre line, pulled straight.

    `centre` (K, 2), K >= 2, runs in reading direction; the strip is as long as the line.
    """
    line = np.asarray(centre, dtype=np.float64).reshape(-1, 2)
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    line = line[np.concatenate([[True], steps > 1e-6])]
    if len(line) < 2:
        raise ValueError("a centre line needs two different points")
    reach = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    w, h = max(1, round(float(reach[-1]))), max(1, round(height))
    at = (np.arange(w) + 0.5) * (reach[-1] / w)
    x, y = np.interp(at, reach, line[:, 0]), np.interp(at, reach, line[:, 1])
    # the direction from points half a text height apart, so that kinks do not fan out
    half = min(height / 2, float(reach[-1]) / 2)
    before, after = np.maximum(at - half, 0.0), np.minimum(at + half, reach[-1])
    dx = np.interp(after, reach, line[:, 0]) - np.interp(before, reach, line[:, 0])
    dy = np.interp(after, reach, line[:, 1]) - np.interp(before, reach, line[:, 1])
    norm = np.maximum(np.hypot(dx, dy), 1e-9)
    across = (np.arange(h) + 0.5 - h / 2)[:, None] * (height / h)
    map_x = x[None] - across * (dy / norm)[None] - 0.5
    map_y = y[None] + across * (dx / norm)[None] - 0.5
    out = cv2.remap(image, map_x.astype(np.float32), map_y.astype(np.float32),
                    interpolation=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.uint8)


def centre_line(polygon: ArrayLike, angle: float = 0.0, *, degree: int = 3,
                points: int = 32) -> tuple[Floats, float]:
    """The smooth line through the middle of an outline, (points, 2), and the outline's height.

    `polygon` (K, 2) goes around a line of text that runs roughly at `angle` degrees. The middle
    is a polynomial of `degree`, or less for short outlines, fitted to the middles of the
    outline's columns; the height, in pixels across the line, is their upper quartile, since
    outlines drawn tight around the ink dip between ascenders.
    """
    level = rotate(np.asarray(polygon, dtype=np.float64).reshape(-1, 2), -angle)
    x0, x1 = float(level[:, 0].min()), float(level[:, 0].max())
    if x1 - x0 < 1e-6:
        raise ValueError("the outline has no length")
    xs = x0 + (x1 - x0) * (np.arange(64) + 0.5) / 64
    a, b = level, np.concatenate([level[1:], level[:1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (xs[:, None] - a[:, 0]) / (b[:, 0] - a[:, 0])
        ys = a[:, 1] + t * (b[:, 1] - a[:, 1])
    within = (t >= 0) & (t <= 1)
    top = np.where(within, ys, np.inf).min(axis=1)
    bottom = np.where(within, ys, -np.inf).max(axis=1)
    crossed = within.any(axis=1)
    xs, top, bottom = xs[crossed], top[crossed], bottom[crossed]
    # as np.percentile has it, which takes a third of all the time here
    height = float(np.interp(0.75 * (len(xs) - 1), np.arange(len(xs)), np.sort(bottom - top)))
    order = min(degree, max(1, int((x1 - x0) / max(2 * height, 1e-6))))
    powers = np.arange(order + 1)
    middle, half = (x0 + x1) / 2, (x1 - x0) / 2  # to -1..1, where powers are well apart
    fit = np.linalg.lstsq(((xs - middle) / half)[:, None] ** powers, (top + bottom) / 2,
                          rcond=None)[0]
    along = np.linspace(x0, x1, points)
    terms = ((along - middle) / half)[:, None] ** powers
    slope = terms[:, :-1] @ (fit * powers)[1:] / half
    upright = height * float(np.median(1 / np.hypot(1.0, slope)))
    return rotate(np.stack([along, terms @ fit], axis=1), angle), upright


def crop_polygon(image: Image, polygon: ArrayLike, angle: float = 0.0, *,
                 pad_across: float = 0.1) -> Image:
    """A curved or slanted line pulled straight along the middle of its outline."""
    centre, height = centre_line(polygon, angle)
    return crop_along(image, centre, max(1.0, height * (1 + 2 * pad_across)))


def bend(polygon: ArrayLike, angle: float = 0.0) -> float:
    """How far the middle of an outline strays from a straight line, in shares of its height:
    below about 0.25 a quad serves as well."""
    centre, height = centre_line(polygon, angle)
    chord = centre[-1] - centre[0]
    off = centre - centre[0]
    distance = np.abs(chord[0] * off[:, 1] - chord[1] * off[:, 0])
    return float(distance.max() / max(float(np.linalg.norm(chord)), 1e-9) / max(height, 1e-9))


def _slice(image: Image, x: int, y: int, w: int, h: int) -> Image:
    if x >= 0 and y >= 0 and y + h <= image.shape[0] and x + w <= image.shape[1]:
        return np.ascontiguousarray(image[y:y + h, x:x + w])
    rows = np.clip(np.arange(y, y + h), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(x, x + w), 0, image.shape[1] - 1)
    return np.ascontiguousarray(image[rows[:, None], columns[None]])
