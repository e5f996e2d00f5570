"""Find the lines of a page: a detector in ONNX Runtime, at a bounded working size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.detector_model import MAP_STRIDE, DetectionDefaults
from deeptext_cli.engine.models import Model
from deeptext_cli.engine.runtime import is_int8, open_session, to_ink
from deeptext_cli.errors import ModelError
from deeptext_cli.layout.curves import Curve, curve_of
from deeptext_cli.layout.dbnet import Detections, boxes_from_map
from deeptext_cli.layout.initials import Initial
from deeptext_cli.layout.quads import (
    Floats,
    areas_of,
    expand,
    shared_areas,
    sizes_of,
)
from deeptext_cli.layout.tiles import Tile, merge_tiles, plan_tiles, working_scale

Grey = NDArray[np.uint8]
ProbabilityMap = Callable[[Grey], NDArray[np.float32]]  # (H, W) -> (H / 2, W / 2), 0..1

MULTIPLE = 32        # sides that the net takes
GOOD_HEIGHT = 18.0   # to which lines that were too small are brought in the finer search
SMALLER = 0.25       # of a page's lines are smaller than the one that tells whether to look finer
LARGEST = 2.0        # nothing is enlarged more than this
FINEST_SIDE = 5120   # longer side of the page at the finer scale: bounds the number of tiles
LONG, PART = 2.7, 1.5  # widths from which on a page is searched in parts, and height of one
TILE, OVERLAP = 768, 96  # side of tiles, and what neighbours share
WEAK_FROM = 0.5      # guesses are looked for from this level of the map down
WEAK_LEVELS = 3
MANY = 12            # lines from which on a page may well have lone characters, as in tables
RIM = 1.6            # sizes of a guess within which there is no other
COARSER = 0.5        # of the working scale, to see text that is too large for one look
LARGE = 24.0         # least height in pixels, at the coarser scale, of a line that is taken from it
TAKEN = 0.5          # of a line found at a finer scale, within one of the working size; or of that
AS_HIGH = 0.7        # of the latter's height: else it is several lines
COVERED = 0.6        # most of its area that may have been found at the working scale
PIECE = 0.6          # most of its length that a piece of it can have
CHARACTER = (0.62, 0.9)  # least width and height of a guess, in heights of the page's lines


class Found(NamedTuple):
    """Lines of a page, in no order: boxes (N, 4, 2) in page pixels, clockwise from the top left of
    the text, scores (N,) 0..1, and the curves of those that do not run straight. What scores below
    the settings' `box_threshold` is a guess, for a reading to confirm. `outlines` (K, 2) of the
    map's regions, still shrunk, tell how the page lies; they are not one a box. `initials` may be
    large letters that belong to lines."""

    quads: Floats
    scores: Floats
    curves: list[Curve | None]
    outlines: Sequence[Floats] = ()
    initials: Sequence[Initial] = ()


class LineDetector:
    """A detector model, ready to search pages. Threads may share it."""

    def __init__(self, model: Model, *, threads: int = 0, device: str = "auto",
                 defaults: DetectionDefaults | None = None) -> None:
        """Raises ModelError for a model of another kind or a damaged file."""
        if model.spec.kind != "detector":
            raise ModelError(f"{model.spec.name}: a {model.spec.kind}, not a detector",
                             remedy="give a model whose kind is `detector`")
        self.model = model
        self.defaults = defaults or model.spec.detection or DetectionDefaults()
        # in 8 bits only the ends are float: to lay large maps out in blocks and back took a third
        # of all time
        self._session = open_session(model.onnx, threads, device, blocked=not is_int8(model.onnx))

    def detect(self, page: Grey) -> Found:
        """The lines of a grey page (H, W)."""
        return search(self.probability, page, self.defaults)

    def probability(self, page: Grey) -> NDArray[np.float32]:
        """The map of shrunk lines of an image whose sides are multiples of 32."""
        image = to_ink(page)[None, None]
        out: NDArray[np.float32] = self._session.run(None, {"image": image})[0][0, 0]
        return out


def search(run: ProbabilityMap, page: Grey, settings: DetectionDefaults) -> Found:
    """The lines of a page.

    Where a quarter of the lines turn out to be too small at the working size, the page is searched
    again in tiles at a finer scale for such; lines found there count as straight. Where there are
    few lines, as in photographs of signs, it is searched at a coarser scale too. Long pages, as of
    whole web sites and chats, are searched in parts, each as a page.
    """
    h, w = page.shape
    if h < 2 or w < 2:
        return Found(np.zeros((0, 4, 2)), np.zeros(0), [])
    if h > LONG * w and h > settings.longest:
        parts = plan_tiles(w, h, limit=max(int(PART * w), settings.longest),
                           overlap=max(w // 8, OVERLAP))
        return _merged(parts, [search(run, page[t.y0:t.y1], settings) for t in parts],
                       page, settings)
    scale = working_scale(w, h, longest=settings.longest)
    once = _search_once(run, page, scale, settings)
    finer = _finer_scale(once.quads, scale, max(h, w), settings)
    if finer is None:
        few = (once.scores >= settings.box_threshold).sum() < MANY
        return _with_large_lines(run, page, scale, settings, once) if few else once
    limit = int(min(settings.longest, TILE) / finer)
    tiles = plan_tiles(w, h, limit=limit, overlap=min(limit // 4, int(OVERLAP / finer)))
    found = [_search_once(run, page[t.y0:t.y1, t.x0:t.x1], finer, settings) for t in tiles]
    return _with_small_lines(_merged(tiles, found, page, settings), once,
                             settings.fine_below / scale, settings.box_threshold)


def _merged(tiles: Sequence[Tile], found: Sequence[Found], page: Grey,
            settings: DetectionDefaults) -> Found:
    """What was found in the tiles of a page, without curves."""
    h, w = page.shape
    # guesses apart, lest one takes the place of a line seen whole in another tile
    merged = []
    for guesses in (False, True):
        chosen = [(f.scores < settings.box_threshold) == guesses for f in found]
        merged.append(merge_tiles(tiles, [f.quads[c] for f, c in zip(found, chosen, strict=True)],
                                  [f.scores[c] for f, c in zip(found, chosen, strict=True)],
                                  width=w, height=h))
    quads, scores = (np.concatenate(parts) for parts in zip(*merged, strict=True))
    outlines = [outline + np.array([t.x0, t.y0])
                for t, f in zip(tiles, found, strict=True) for outline in f.outlines]
    return Found(quads, scores, [None] * len(quads), outlines)


def _with_small_lines(fine: Found, once: Found, high: float, sure: float) -> Found:
    """What was found at the finer scale, but lines at least so high, in page pixels, as they were
    found at the working size with at least such a score: looked at too closely, blurred ones are
    not seen."""
    height = np.minimum(*sizes_of(once.quads))
    areas, heights = areas_of(fine.quads), np.minimum(*sizes_of(fine.quads))
    whole = areas_of(once.quads)
    known = np.zeros(len(fine.quads), bool)
    kept = []
    for i in np.flatnonzero((height >= high) & (once.scores >= sure)).tolist():
        shared = shared_areas(once.quads[i], fine.quads)
        within = shared > TAKEN * areas
        # not where the finer look tells several small lines apart
        if shared[within].sum() < TAKEN * whole[i] or heights[within].max() >= AS_HIGH * height[i]:
            kept.append(i)
            known |= within
    return _chosen((once, kept), (fine, np.flatnonzero(~known).tolist()), fine.outlines)


def _chosen(some: tuple[Found, list[int]], more: tuple[Found, list[int]],
            outlines: Sequence[Floats]) -> Found:
    """Lines of two searches, by their numbers."""
    return Found(np.concatenate([f.quads[i] for f, i in (some, more)]),
                 np.concatenate([f.scores[i] for f, i in (some, more)]),
                 [f.curves[k] for f, i in (some, more) for k in i], outlines)


def without_guesses(settings: DetectionDefaults) -> DetectionDefaults:
    """Settings that look for lines alone."""
    return settings.model_copy(update={"weak_threshold": 0.0})


def _finer_scale(quads: Floats, scale: float, longest: int,
                 settings: DetectionDefaults) -> float | None:
    """The scale to search at again; None where once is enough."""
    if not settings.fine_below:
        return None
    most = min(LARGEST, FINEST_SIDE / longest)
    if not len(quads):  # a large page without any line: its lines may be too small to see
        finer = min(1.0, most) if scale < 0.6 else 0.0
    else:
        across, along = sizes_of(quads)
        typical = float(np.quantile(np.minimum(across, along), SMALLER)) * scale
        if typical >= settings.fine_below:
            return None
        finer = min(most, scale * GOOD_HEIGHT / max(typical, 1.0))
    return finer if finer > 1.25 * scale else None


def _with_large_lines(run: ProbabilityMap, page: Grey, scale: float, settings: DetectionDefaults,
                      found: Found) -> Found:
    """`found`, and the lines that only a coarser scale shows; they take the place of their pieces,
    such as single letters, that were found."""
    coarse = _search_once(run, page, COARSER * scale, without_guesses(settings))
    length, height = sizes_of(coarse.quads)
    lines = found.scores >= settings.box_threshold
    lengths, areas = sizes_of(found.quads)[0], areas_of(found.quads)
    stays = np.ones(len(found.quads), bool)
    new = []
    for i in np.flatnonzero(height * COARSER * scale >= LARGE).tolist():
        shared = shared_areas(coarse.quads[i], found.quads)
        pieces = shared > 0.5 * areas
        if shared[lines].sum() <= COVERED * areas_of(coarse.quads[i])[0] and (
                lengths[pieces & lines] <= PIECE * length[i]).all():
            stays &= ~pieces
            new.append(i)
    return _chosen((found, np.flatnonzero(stays).tolist()), (coarse, new), found.outlines)


def _search_once(run: ProbabilityMap, page: Grey, scale: float,
                 settings: DetectionDefaults) -> Found:
    h, w = page.shape
    width, height = max(1, round(w * scale)), max(1, round(h * scale))
    if (width, height) != (w, h):
        page = cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA if scale < 1
                          else cv2.INTER_CUBIC)
    down, right = -height % MULTIPLE, -width % MULTIPLE
    if down or right:
        page = cv2.copyMakeBorder(page, 0, down, 0, right, cv2.BORDER_CONSTANT,
                                  value=float(np.median(page[::8, ::8])))
    probability = run(page)
    to_page = (MAP_STRIDE * w / width, MAP_STRIDE * h / height)
    found = boxes_from_map(
        probability, threshold=settings.threshold, box_threshold=settings.box_threshold,
        shrink_ratio=settings.shrink_ratio, min_size=settings.min_size, scale=to_page)
    curves = [curve_of(c, q, settings.shrink_ratio)
              for c, q in zip(found.contours, found.quads, strict=True)]
    quads, scores = _guesses(probability, found, settings, to_page)
    return Found(np.concatenate([found.quads, quads]), np.concatenate([found.scores, scores]),
                 curves + [None] * len(quads), found.contours)


def _guesses(probability: NDArray[np.float32], found: Detections, settings: DetectionDefaults,
             to_page: tuple[float, float]) -> tuple[Floats, Floats]:
    """What may be lone characters beside the lines found: boxes and scores.

    Characters below each other, as in a table's columns, run together at low levels of the map, and
    others are too faint at high ones. Where there are many lines, several levels are searched, and
    a guess is taken to be about as high as they are.
    """
    quads, scores = [np.zeros((0, 4, 2))], [np.zeros(0)]
    if not settings.weak_threshold or not len(found):
        return quads[0], scores[0]
    many = len(found) >= MANY
    height = float(np.median(sizes_of(found.quads)[1]))
    rest = np.array(probability)
    _fill(rest, found.quads / to_page, 0.0)
    highest = max(WEAK_FROM, settings.weak_threshold) if many else settings.weak_threshold
    for level in np.linspace(highest, settings.weak_threshold, WEAK_LEVELS if many else 1):
        weak = boxes_from_map(rest, threshold=float(level), box_threshold=float(level),
                              shrink_ratio=settings.shrink_ratio, min_size=settings.min_size,
                              scale=to_page)
        fits = _fits(weak.quads, height)
        boxes = weak.quads[fits]
        if many:
            boxes = _grown(boxes, *(np.maximum(share * height - size, 0) for share, size in
                                    zip(CHARACTER, sizes_of(boxes), strict=True)))
        quads.append(boxes)
        # a guess, however surely its middle is marked
        scores.append(np.minimum(weak.scores[fits], settings.box_threshold - 1e-3))
        # with what is around them: the faint rim of a character is no other
        _fill(rest, _grown(boxes, *((RIM - 1) * size for size in sizes_of(boxes))) / to_page, 0.0)
    return np.concatenate(quads), np.concatenate(scores)


def _fill(image: NDArray[np.float32] | NDArray[np.uint8], quads: Floats, value: float) -> None:
    """Set all pixels inside boxes (N, 4, 2), given in the image's pixels."""
    cv2.fillPoly(image, list(np.round(quads).astype(np.int32)), value)


def _fits(weak: Floats, height: float) -> NDArray[np.bool_]:
    """Which of the weak boxes are about as high as the page's lines."""
    high = sizes_of(weak)[1]
    return (high > 0.4 * height) & (high < 2.0 * height)


def _grown(quads: Floats, along: Floats, across: Floats) -> Floats:
    """Boxes each made longer and higher by so much, about their middles."""
    return np.array([expand(*x) for x in zip(quads, along / 2, across / 2, strict=True)]
                    ).reshape(-1, 4, 2)
