"""Draws recorded strokes: a hand (slant, size, wander), a pen, a sheet of paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from deeptext_cli.config.base import Strict
from deeptext_cli.config.strokes import StrokeStyle
from deeptext_cli.data.augmentation.fields import smooth_noise, white_noise

_OVER = 3  # supersampling of the drawing
_SHIFT = 3  # fractional bits of the coordinates handed to OpenCV
_WIDEST = 60  # width over height at which a line is taken for damaged and squeezed
Strokes = Sequence[np.ndarray]


def draw_line(strokes: Strokes, rng: np.random.Generator, height: int, style: StrokeStyle,
              above: Strokes | None = None, below: Strokes | None = None) -> np.ndarray:
    """Draw strokes (float32 (points, 2) each, y down) on paper: uint8 (height, W).

    above, below: the neighbouring lines, of which slivers show at the edges.
    """
    points, ends = _joined(strokes)
    size = max(1e-3, _letter_height(points))
    hand = _Hand(rng, style, size)
    points = hand(points)
    low, high = points.min(axis=0), points.max(axis=0)
    extent = np.maximum(high - low, 1e-3)
    fill = rng.uniform(*style.fill)
    margins = rng.uniform(*style.margin, 2)
    # a full stop or a dash alone must not be blown up to a line's height
    scale = fill * height / max(extent[1], 1.2 * size) if extent[1] < 0.4 * extent[0] \
        else fill * height / extent[1]
    scale = min(scale, _WIDEST * height / extent[0])
    letters = size * scale  # px
    thick = _WIDTHS[pen](letters, rng) if (pen := _pick(style.pens, rng)) else 1.0
    room = thick / 2 + 1  # the pen is wider than its path
    scale *= max(0.3, 1 - 2 * room / height) if fill > 1 - 2 * room / height else 1.0
    drawn = extent * scale
    left = margins[0] * letters + room
    width = max(2, round(left + drawn[0] + margins[1] * letters + room))
    free = max(0.0, height - drawn[1] - 2 * room)
    top = room + free * rng.uniform(0.1, 0.9)
    origin = np.array((left, top), np.float32) - low * np.float32(scale)

    ink = np.zeros((height * _OVER, width * _OVER), np.uint8)
    place = points * np.float32(scale) + origin
    _trace(ink, place, ends, pen, thick, rng)
    for other, sign in ((above, -1), (below, 1)):
        if other is not None and len(other):
            other_points, other_ends = _joined(other)
            moved = hand(other_points) * np.float32(scale)
            first, last = moved[:, 1].min(), moved[:, 1].max()
            show = rng.uniform(-0.1, 0.3) * (last - first)  # below 0: nothing shows
            gap = 0.05 * letters
            edge = max(place[:, 1].max() + gap, height - show) - first if sign > 0 else \
                min(place[:, 1].min() - gap, show) - last
            moved += (origin[0], edge)
            _trace(ink, moved, other_ends, pen, thick, rng)
    cover = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)
    return _on_paper(cover.astype(np.float32) / 255, pen, letters, top + drawn[1], style, rng)


class _Hand:
    """One writer's looks for one line: the same for the line and for its neighbours."""

    def __init__(self, rng: np.random.Generator, style: StrokeStyle, size: float) -> None:
        self._size = size
        self._slant = rng.uniform(*style.slant)
        self._stretch = math.exp(rng.uniform(*np.log(style.stretch)))
        self._slope = math.tan(math.radians(rng.uniform(-style.slope, style.slope)))
        self._tremor = style.tremor * rng.random()
        amounts = (style.size_jitter, style.wander, style.spacing_jitter)
        self._waves = [(a * rng.random(), rng.uniform(3, 12), rng.random(2)) for a in amounts]
        self._rng = rng

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Points in file units, before scaling, float32 (N, 2)."""
        x = points[:, 0] / self._size  # in letter heights
        baseline = np.percentile(points[:, 1], 75)
        y = (points[:, 1] - baseline) / self._size
        size, wander, spacing = (self._wave(x, *w) for w in self._waves)
        y = y * (1 + size) + wander + self._slope * x
        # its slope is below the amount, so letters widen and narrow but never overtake
        x = x + spacing * self._waves[2][1] / (2 * math.pi * 1.7)
        x = self._stretch * (x - self._slant * y)
        out = np.stack((x, y), axis=1).astype(np.float32) * np.float32(self._size)
        if self._tremor:
            shake = self._rng.standard_normal(out.shape, dtype=np.float32)
            shake = cv2.blur(shake, (1, 5)) * np.float32(2.2 * self._tremor * self._size)
            out += shake
        return out

    @staticmethod
    def _wave(x: np.ndarray, amount: float, period: float, phase: np.ndarray) -> np.ndarray:
        """Two sines of unrelated periods."""
        t = 2 * math.pi / period
        return amount * (0.6 * np.sin(t * x + 6.3 * phase[0])
                         + 0.4 * np.sin(2.7 * t * x + 6.3 * phase[1]))


def _joined(strokes: Strokes) -> tuple[np.ndarray, np.ndarray]:
    """All points in one array, and the number of the last point of every stroke."""
    points = np.concatenate([np.asarray(s, np.float32).reshape(-1, 2) for s in strokes])
    return points, np.cumsum([len(s) for s in strokes]) - 1


def _letter_height(points: np.ndarray) -> float:
    """Ascender to baseline in the points' unit, about: what most of the ink covers."""
    low, high = np.percentile(points[:, 1], (4, 92))
    return float(max(high - low, 0.02 * np.ptp(points[:, 0])))


def _trace(ink: np.ndarray, points: np.ndarray, ends: np.ndarray, pen: str, thick: float,
           rng: np.random.Generator) -> None:
    """Draw px points into the supersampled mask, segment by segment, each of its own width."""
    smooth = points.copy()
    if len(points) > 2:  # takes the recorder's steps out; ends of strokes stay
        smooth[1:-1] = 0.25 * points[:-2] + 0.5 * points[1:-1] + 0.25 * points[2:]
        starts = np.minimum(ends + 1, len(points) - 1)
        smooth[ends], smooth[starts] = points[ends], points[starts]
    step = smooth[1:] - smooth[:-1]
    joined = np.ones(len(step), bool)
    joined[ends[:-1]] = False
    width = _FORMS[pen](step, thick, rng) * _OVER
    segments = np.stack((smooth[:-1], smooth[1:]), axis=1) * _OVER + (_OVER - 1) / 2
    lone = ends[np.diff(np.concatenate(([-1], ends))) == 1]  # dots
    dots = np.repeat(smooth[lone][:, None], 2, axis=1) * _OVER + (_OVER - 1) / 2
    segments = np.concatenate((segments[joined], dots))
    width = np.concatenate((width[joined], np.full(len(dots), 1.15 * thick * _OVER)))
    fixed = np.round(segments * (1 << _SHIFT)).astype(np.int32)[:, :, None]
    level = np.maximum(1, np.round(width)).astype(int)
    for value in np.unique(level):
        cv2.polylines(ink, list(fixed[level == value]), False, 255, int(value), cv2.LINE_8, _SHIFT)


def _speed(step: np.ndarray) -> np.ndarray:
    """Pen speed over its median, smoothed along the line."""
    speed = np.hypot(step[:, 0], step[:, 1])
    speed = cv2.blur(speed.astype(np.float32)[:, None], (1, 5), borderType=cv2.BORDER_REPLICATE)
    return speed[:, 0] / max(1e-3, float(np.median(speed)))


def _even(step: np.ndarray, thick: float, rng: np.random.Generator) -> np.ndarray:
    """Faster is thinner, a little."""
    return thick * np.clip(1.15 - 0.15 * _speed(step), 0.75, 1.1)


def _nib(step: np.ndarray, thick: float, rng: np.random.Generator) -> np.ndarray:
    """A broad nib held at an angle: full width across it, thin along it."""
    angle = rng.uniform(0.3, 1.0)
    thin = rng.uniform(0.35, 0.7)
    across = np.abs(np.sin(np.arctan2(step[:, 1], step[:, 0]) + angle))
    form = cv2.blur((thin + (1 - thin) * across).astype(np.float32)[:, None], (1, 3))[:, 0]
    return thick * form * np.clip(1.2 - 0.2 * _speed(step), 0.7, 1.2)


_WIDTHS: dict[str, Callable[[float, np.random.Generator], float]] = {
    "ballpoint": lambda letters, rng: letters * rng.uniform(0.045, 0.085),
    "fountain": lambda letters, rng: letters * rng.uniform(0.07, 0.14),
    "pencil": lambda letters, rng: letters * rng.uniform(0.045, 0.09),
    "marker": lambda letters, rng: letters * rng.uniform(0.09, 0.145)}
_FORMS: dict[str, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "ballpoint": _even, "fountain": _nib, "pencil": _even, "marker": _even}


def _on_paper(cover: np.ndarray, pen: str, letters: float, bottom: float, style: StrokeStyle,
              rng: np.random.Generator) -> np.ndarray:
    """Lay the ink (float32 0..1) on a sheet; uint8."""
    h, w = cover.shape
    paper = np.float32(rng.uniform(170, 255) if rng.random() < 0.8 else rng.uniform(110, 200))
    sheet = np.full((h, w), paper, np.float32)
    sheet += np.float32(rng.uniform(0, 6)) * smooth_noise(h, w, max(2.0, 0.05 * h), rng)
    sheet += np.float32(rng.uniform(0, 14)) * smooth_noise(h, w, 1.5 * h, rng)
    darkest = {"ballpoint": (20, 90), "fountain": (5, 70), "pencil": (70, 130),
               "marker": (0, 80)}[pen]
    tone = min(np.float32(rng.uniform(*darkest)), paper - 70)
    # what is printed stays paler than what is written
    strongest = 0.5 * float(paper - tone)
    sheet -= _printed(h, w, _pick(style.papers, rng), letters, bottom, strongest, rng)
    if pen == "pencil":  # the grain of the paper takes the graphite
        grain = cv2.blur(white_noise(h, w, rng), (2, 2)) * 2 if h > 40 else white_noise(h, w, rng)
        cover = cover * np.clip(0.85 + 0.22 * grain, 0.35, 1)
    elif pen == "ballpoint":  # the ball skips here and there
        flow = smooth_noise(h, w, max(2.0, 0.15 * letters), rng)
        cover = cover * np.clip(1.0 + 0.5 * flow, 0.55, 1)
    else:
        cover = cover * np.clip(1.0 + 0.25 * smooth_noise(h, w, max(2.0, 0.6 * letters), rng),
                                0.75, 1)
    out = sheet + cover * (tone - sheet)
    if rng.random() < style.light_on_dark:
        out = 255 - out
    return np.clip(np.round(out), 0, 255).astype(np.uint8)


def _printed(h: int, w: int, kind: str, letters: float, bottom: float, strongest: float,
             rng: np.random.Generator) -> np.ndarray:
    """What is printed on the sheet, as darkness to take off: float32 (h, w)."""
    out = np.zeros((h, w), np.uint8)
    if kind == "plain":
        return out.astype(np.float32)
    tone = int(rng.uniform(min(10.0, strongest), strongest))
    thick = 1 if letters < 40 or rng.random() < 0.6 else 2
    tilt = math.tan(math.radians(rng.uniform(-0.6, 0.6))) * w

    def across(y: float) -> None:
        a, b = ((0, round(y * 16)), (w * 16, round((y + tilt) * 16)))
        cv2.line(out, a, b, tone, thick, cv2.LINE_AA, 4)

    if kind == "ruled":
        pitch = letters * rng.uniform(1.0, 1.8)
        y = bottom - letters * rng.uniform(0.0, 0.35)
        for k in range(-3, 4):
            across(y + k * pitch)
        if rng.random() < 0.15:
            margin = round(rng.uniform(0, 0.5) * letters)
            cv2.line(out, (margin, 0), (margin, h), tone, thick, cv2.LINE_AA)
    elif kind == "squared":
        pitch = max(4.0, letters * rng.uniform(0.3, 0.7))
        for k in range(math.ceil(h / pitch) + 1):
            across((k + rng.random() * 0.02) * pitch)
        start = rng.uniform(0, pitch)
        for x in np.arange(start, w, pitch).tolist():
            a, b = (round(x * 16), 0), (round((x - tilt * h / w) * 16), h * 16)
            cv2.line(out, a, b, tone, thick, cv2.LINE_AA, 4)
    else:
        y = min(h - 1.0, bottom + rng.uniform(-0.1, 0.1) * letters)
        if rng.random() < 0.5:
            for dot in np.arange(0, w, max(3.0, 0.12 * letters)).tolist():
                cv2.circle(out, (int(dot), int(y)), thick, tone, -1)
        else:
            across(y)
            cv2.line(out, (1, 0), (1, h), tone, thick)
    return out.astype(np.float32)


def _pick(shares: Strict, rng: np.random.Generator) -> str:
    """A field's name, drawn by the fields' values."""
    names = list(type(shares).model_fields)
    weights = np.array([getattr(shares, n) for n in names], float)
    if weights.sum() <= 0:
        return names[0]
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]
