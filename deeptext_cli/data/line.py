"""Bring a line image to the form the recogniser reads: the same code for training and reading.

Polarity (dark on light), contrast, a level baseline, then the *band*: the rows of the main text
line, cut out and scaled to the model's height. Loose crops and slivers of neighbouring lines cost
a recogniser more than anything else; the band removes both before the net sees them.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.baseline import straighten
from deeptext_cli.data.dot_rows import row_pitch, runs_above
from deeptext_cli.data.focus import SHARPENED, out_of_focus, sharper, smoother

GreyImage = NDArray[np.uint8]

BAND_MARGIN = 0.08  # of the band's height, kept above and below it
MIN_BAND = 0.28     # a band is never cut to less than this share of the crop
THIN_RUN = 0.08     # of the crop's height: the main run of rows may be a rule, not text
FLAT = 0.25         # of the rows of the highest part of a line; a lower one is dots or dashes
STRETCH = 2.0       # heights of line over which light is taken to be even
OUTSIDE = 0.9       # less that a row at the edge of the crop counts than the one in its middle
SMALL = 20          # pixels of height below which rows are too coarse to find the band by
LARGE = 400         # pixels of height above which a band has more rows than any net is shown
MAX_ASPECT = 60.0   # a wider line than this many heights is squeezed


def normalise_line(image: GreyImage, height: int, *, band: bool = True,
                   polarity: str = "auto", widen: float = 0.0, stretch: float = 1.0,
                   trim: float = 0.0, turn: float = 0.0, slant: float = 0.0,
                   jitter: tuple[float, float] = (0.0, 0.0)) -> GreyImage:
    """Grey uint8 (H, W) of any size and polarity -> (height, w), dark text on light.

    `polarity`: "auto", "dark" where text is known to be darker than its paper, or "other" for
    what "auto" does not choose.
    The aspect is kept, but for lines of less than `widen` heights: their width becomes the
    geometric mean of what it was and `widen` heights. Slanted and narrow words in photographs have
    fewer CTC frames than letters otherwise. `stretch` multiplies the width.
    `trim` cuts so much of the height off above and below, before anything else; then the line is
    turned by `turn` degrees anticlockwise, and leant to the right by `slant` of its height.
    `jitter` widens the band above and below by shares of its height (training only).
    """
    if image.ndim != 2 or image.size == 0:
        raise ValueError(f"expected a grey image (H, W), got shape {image.shape}")
    cut = int(trim * image.shape[0])
    image = image[cut:image.shape[0] - cut]
    if image.shape[0] < SMALL:
        image = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    elif image.shape[0] > LARGE:  # sharpening, which goes by the height, would take minutes
        size = max(1, round(image.shape[1] * LARGE / image.shape[0])), LARGE
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    if turn or slant:
        image = _laid(image, turn, slant)
    line = _as_shown(image, height, band, polarity, widen, stretch, jitter)
    for again in range(SHARPENED):
        if not out_of_focus(line):
            break
        image = sharper(image if again else smoother(image, len(image)), len(image))
        line = _as_shown(image, height, band, polarity, widen, stretch, jitter)
    return line


def _as_shown(image: GreyImage, height: int, band: bool, polarity: str, widen: float,
              stretch: float, jitter: tuple[float, float]) -> GreyImage:
    """The line levelled, straightened, cut to its band and scaled."""
    image = level(image, polarity)
    if band:
        image = straighten(image)
        top, bottom = text_band(image)
        span = bottom - top
        top, bottom = top - round(jitter[0] * span), bottom + round(jitter[1] * span)
        image = _rows(image, top, bottom)
    h, w = image.shape
    aspect = w / h
    if aspect < widen:
        aspect = (aspect * widen) ** 0.5
    width = int(min(max(1, round(aspect * stretch * height)), MAX_ASPECT * height))
    shrink = h > height
    return cv2.resize(image, (width, height),
                      interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)


def _laid(image: GreyImage, turn: float, slant: float) -> GreyImage:
    """A line turned and leant about its middle; what was outside looks as its rim does."""
    h, w = image.shape
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), turn, 1.0)
    matrix[0, 1] -= slant  # rows above the middle go to the right
    matrix[0, 2] += slant * h / 2
    return np.asarray(cv2.warpAffine(image, matrix, (w, h), flags=cv2.INTER_CUBIC,
                                     borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


def level(image: GreyImage, polarity: str = "auto") -> GreyImage:
    """Dark text on light paper, stretched so that ink is near 0 and paper near 255.

    "auto" takes the smaller share of the pixels for ink. That fails where strokes are as wide as
    the gaps between them, or where a dark surround or shading shows: see `polarity`.
    """
    small = _thinned(image)
    # ink covers less than half of a line
    turned = polarity != "dark" and _light_on_dark(small)
    if turned != (polarity == "other"):
        image, small = 255 - image, 255 - small
    hist = np.bincount(small.reshape(-1), minlength=256).cumsum()
    low = int(np.searchsorted(hist, 0.01 * hist[-1]))
    high = int(np.searchsorted(hist, 0.80 * hist[-1]))
    if high - low < 24:  # blank or nearly: stretching would only amplify noise
        low = max(0, high - 24)
        high = low + 24
    table = (np.arange(256, dtype=np.float32) - low) * (255.0 / (high - low))
    return cv2.LUT(image, table.clip(0, 255).astype(np.uint8))


def ink_share(image: GreyImage) -> float:
    """Share of an image's pixels that "auto" takes for ink, 0..0.5."""
    light = _light(_thinned(image))
    share = cv2.countNonZero(light) / light.size
    return min(share, 1 - share)


def _thinned(image: GreyImage) -> GreyImage:
    return np.ascontiguousarray(image if image.size <= 65536 else image[::2, ::2])


def _light(image: GreyImage) -> GreyImage:
    """255 where a contiguous image is lighter than its threshold after Otsu."""
    return np.asarray(cv2.threshold(image, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1],
                      np.uint8)


def _light_on_dark(image: GreyImage) -> bool:
    """Whether more than half of a line is dark: of each stretch by itself, since over all of it the
    paper in a shadow is dark beside the paper in the light. Stretches of little contrast, such as
    blank ones, say little."""
    h, w = image.shape
    count = max(1, round(w / (STRETCH * h)))
    ends = [int(k * (w / count)) for k in range(count)] + [w]
    said = 0.0
    for start, end in pairwise(ends):
        part = np.ascontiguousarray(image[:, start:end])
        light = _light(part)
        share = 1 - cv2.countNonZero(light) / light.size
        if 0 < share < 1:
            apart = cv2.mean(part, light)[0] - cv2.mean(part, 255 - light)[0]
            said += (share - 0.5) * apart ** 2
    return said > 0


def text_band(image: GreyImage) -> tuple[int, int]:
    """Rows (top, bottom) of the main text line of a levelled image; may reach past its edges.

    The profile is the ink *texture* of each row (horizontal differences), to which rules and
    shading contribute nothing. Its strongest run of rows near the middle is the x-height zone; the
    band grows from there to the valleys on both sides.
    """
    h, w = image.shape
    if h < 8 or w < 4:
        return 0, h
    texture = cv2.absdiff(image[:, 1:], image[:, :-1])
    texture = cv2.threshold(texture, 24, 255, cv2.THRESH_TOZERO)[1]
    profile = _profile(texture)
    window = max(1, h // 24) | 1
    pitch = row_pitch(profile)
    if pitch:  # between rows of dots there is no valley that ends the line
        window = round(pitch) | 1
    if window > 1:
        profile = cv2.blur(profile[:, None], (1, window), borderType=cv2.BORDER_REPLICATE)[:, 0]
    profile = profile - np.minimum(profile.min(), np.float32(profile.max() * 0.3))
    peak = float(profile.max())
    if peak < 1.0:
        return 0, h
    core = _main_run(profile, 0.45 * peak)
    if h >= 24 and core[1] - core[0] <= max(2, THIN_RUN * h):
        core = _beside_rule(profile, core)
    # a sliver of a neighbour line is cut off at the valley between, ascenders are not
    reach = 1.1 * (core[1] - core[0])
    floor = 0.06 * float(profile[core[0]:core[1]].mean())
    top = _grow(profile, core[0], -1, floor, reach)
    bottom = _grow(profile, core[1] - 1, +1, floor, reach) + 1
    if bottom - top < MIN_BAND * h:
        spare = (MIN_BAND * h - (bottom - top)) / 2
        top, bottom = int(top - spare), int(bottom + spare + 0.5)
    margin = max(1, round(BAND_MARGIN * (bottom - top)))
    return top - margin, bottom + margin


def _profile(texture: GreyImage) -> NDArray[np.float32]:
    """(H,) mean texture of each row, of the parts of the line that hold more than dots and dashes:
    those of a menu's leaders, all in two or three rows, would outdo the letters."""
    h, w = texture.shape
    parts = cv2.resize(texture.astype(np.float32), (max(1, round(w / h)), h),
                       interpolation=cv2.INTER_AREA)
    rows = (parts > 0.15 * parts.max(axis=0)).sum(axis=0)
    kept = parts[:, rows >= FLAT * rows.max()]
    return np.asarray(kept.mean(axis=1))


def _main_run(profile: NDArray[np.float32], threshold: float) -> tuple[int, int]:
    """The run of rows above `threshold` with most mass, the middle of the crop counting more."""
    h = len(profile)
    runs = runs_above(profile, threshold)
    # runs parted by a thin dip belong to one line of text (x-height zone of "eee", stacked bowls)
    merged: list[list[int]] = []
    for a, b in runs.tolist():
        if merged and a - merged[-1][1] <= 0.35 * min(b - a, merged[-1][1] - merged[-1][0]):
            merged[-1][1] = b
        else:
            merged.append([a, b])
    if len(merged) == 1:
        return merged[0][0], merged[0][1]
    weight = 1.0 - OUTSIDE * np.abs(np.linspace(-1, 1, h))
    best = max(merged, key=lambda r: float((profile[r[0]:r[1]] * weight[r[0]:r[1]]).sum()))
    return best[0], best[1]


def _beside_rule(profile: NDArray[np.float32], thin: tuple[int, int]) -> tuple[int, int]:
    """The main run of the rows beside a thin one, if they hold text at all.

    A dotted or dashed rule has more texture than any letters. Its rows are struck from `profile`.
    """
    top, bottom = max(0, thin[0] - 1), min(len(profile), thin[1] + 1)
    rest = profile.copy()
    rest[top:bottom] = 0
    peak = float(rest.max())
    if peak <= 0.15 * float(profile.max()):
        return thin
    core = _main_run(rest, 0.45 * peak)
    if core[1] - core[0] <= 1.5 * (thin[1] - thin[0]):
        return thin
    profile[top:bottom] = 0
    return core


def _grow(profile: NDArray[np.float32], start: int, step: int, floor: float, reach: float) -> int:
    """The last row outward from `start` that still belongs to the line.

    Stops where the profile falls to `floor`, unless a thin run close by beyond it is an accent or
    a dot; past half the reach also where it rises again by a lot, which is a neighbouring line.
    """
    row, lowest, lowest_row = start, float(profile[start]), start
    while 0 <= row + step < len(profile) and abs(row + step - start) <= reach:
        row += step
        value = float(profile[row])
        if value <= floor:
            return _beyond(profile, row, step, floor, reach / 1.1)
        if value < lowest:
            lowest, lowest_row = value, row
        elif value > 3 * lowest + floor and abs(row - start) > 0.5 * reach:
            return lowest_row
    return row


def _beyond(profile: NDArray[np.float32], row: int, step: int, floor: float, core: float) -> int:
    """The far end of thin runs of rows outward of the gap at `row`; `row` without any.

    An accent is thin, near, and has a gap on its far side too; a sliver of a neighbouring line
    runs out of the crop, so that what touches the edge must be nearer still to count.
    """
    for _ in range(8):  # the dots of a matrix printer are a run a row
        inked = (profile[row:] if step > 0 else profile[row::-1]) > floor
        first = int(inked.argmax())
        if not inked[first] or first > 0.4 * core:
            return row
        rest = inked[first:]
        length = len(rest) if rest.all() else int((~rest).argmax())
        at_edge = first + length >= len(inked)
        if length > 0.45 * core or (at_edge and first > 0.25 * core):
            return row
        row += step * (first + length - at_edge)
        if at_edge:
            return row
    return row


def _rows(image: GreyImage, top: int, bottom: int) -> GreyImage:
    """Rows top..bottom; what lies outside the image is paper."""
    h = image.shape[0]
    inside = image[max(0, top):min(h, bottom)]
    above, below = max(0, -top), max(0, bottom - h)
    if not above and not below:
        return inside
    return cv2.copyMakeBorder(inside, above, below, 0, 0, cv2.BORDER_CONSTANT, value=(255,))


def pad_width(image: GreyImage, multiple: int) -> GreyImage:
    """Paper added on the right up to the next multiple: the width bucket of a line."""
    width = bucket(image.shape[1], multiple)
    return cv2.copyMakeBorder(image, 0, 0, 0, width - image.shape[1], cv2.BORDER_CONSTANT,
                              value=(255,))


def bucket(width: int, multiple: int) -> int:
    """The padded width of a line `width` pixels wide."""
    return max(multiple, -(-width // multiple) * multiple)
