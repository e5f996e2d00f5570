"""Find the lines of a page: a detector in ONNX Runtime, at a bounded working size."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.detector_model import MAP_STRIDE, DetectionDefaults
from deeptext_cli.engine.models import Model
from deeptext_cli.engine.runtime import open_session
from deeptext_cli.errors import ModelError
from deeptext_cli.layout.dbnet import boxes_from_map
from deeptext_cli.layout.quads import Floats, sizes_of
from deeptext_cli.layout.tiles import merge_tiles, plan_tiles, working_scale

Grey = NDArray[np.uint8]
ProbabilityMap = Callable[[Grey], NDArray[np.float32]]  # (H, W) -> (H / 2, W / 2), 0..1

MULTIPLE = 32        # sides that the net takes
GOOD_HEIGHT = 18.0   # to which lines that were too small are brought in the finer search
LARGEST = 2.0        # nothing is enlarged more than this
FINEST_SIDE = 5120   # longer side of the page at the finer scale: bounds the number of tiles
OVERLAP = 96         # of tiles


class LineDetector:
    """A detector model, ready to search pages. Not for several threads at once."""

    def __init__(self, model: Model, *, threads: int = 0, device: str = "auto",
                 defaults: DetectionDefaults | None = None) -> None:
        """Raises ModelError for a model of another kind or a damaged file."""
        if model.spec.kind != "detector":
            raise ModelError(f"{model.spec.name}: a {model.spec.kind}, not a detector",
                             remedy="give a model whose kind is `detector`")
        self.model = model
        self.defaults = defaults or model.spec.detection or DetectionDefaults()
        self._session = open_session(model.onnx, threads, device)

    def detect(self, page: Grey) -> list[tuple[Floats, float]]:
        """Lines of a grey page (H, W): box (4, 2) in page pixels, clockwise from the top left of
        the text, and score 0..1. In no order."""
        quads, scores = search(self.probability, page, self.defaults)
        return list(zip(quads, scores.tolist(), strict=True))

    def probability(self, page: Grey) -> NDArray[np.float32]:
        """The map of shrunk lines of an image whose sides are multiples of 32."""
        ink = np.subtract(255.0, page, dtype=np.float32)
        ink *= np.float32(1 / 255)
        out: NDArray[np.float32] = self._session.run(None, {"image": ink[None, None]})[0][0, 0]
        return out


def search(run: ProbabilityMap, page: Grey,
           settings: DetectionDefaults) -> tuple[Floats, Floats]:
    """Boxes (N, 4, 2) in page pixels and scores (N,) of the lines of a page.

    Where the typical line turns out to be too small at the working size, the page is searched
    again in tiles at a finer scale.
    """
    h, w = page.shape
    if h < 2 or w < 2:
        return np.zeros((0, 4, 2)), np.zeros(0)
    scale = working_scale(w, h, longest=settings.longest)
    quads, scores = _search_once(run, page, scale, settings)
    finer = _finer_scale(quads, scale, max(h, w), settings)
    if finer is None:
        return quads, scores
    limit = int(settings.longest / finer)
    tiles = plan_tiles(w, h, limit=limit, overlap=min(limit // 4, int(OVERLAP / finer)))
    found = [_search_once(run, page[t.y0:t.y1, t.x0:t.x1], finer, settings) for t in tiles]
    return merge_tiles(tiles, [q for q, _ in found], [s for _, s in found], width=w, height=h)


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
        typical = float(np.median(np.minimum(across, along))) * scale
        if typical >= settings.fine_below:
            return None
        finer = min(most, scale * GOOD_HEIGHT / max(typical, 1.0))
    return finer if finer > 1.25 * scale else None


def _search_once(run: ProbabilityMap, page: Grey, scale: float,
                 settings: DetectionDefaults) -> tuple[Floats, Floats]:
    h, w = page.shape
    width, height = max(1, round(w * scale)), max(1, round(h * scale))
    if (width, height) != (w, h):
        page = cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA if scale < 1
                          else cv2.INTER_CUBIC)
    down, right = -height % MULTIPLE, -width % MULTIPLE
    if down or right:
        page = cv2.copyMakeBorder(page, 0, down, 0, right, cv2.BORDER_CONSTANT,
                                  value=float(np.median(page[::8, ::8])))
    found = boxes_from_map(
        run(page), threshold=settings.threshold, box_threshold=settings.box_threshold,
        shrink_ratio=settings.shrink_ratio, min_size=settings.min_size,
        scale=(MAP_STRIDE * w / width, MAP_STRIDE * h / height))
    return found.quads, found.scores
