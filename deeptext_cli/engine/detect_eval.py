"""Measure a detector on labelled pages. No torch: maps may come from any runtime."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.detection import DetectTrainConfig, PageEntry
from deeptext_cli.config.detector_model import DetectionDefaults
from deeptext_cli.data.pages import LabelledPage, PageSet
from deeptext_cli.engine.detect import ProbabilityMap, search, without_guesses
from deeptext_cli.engine.val_lines import spread
from deeptext_cli.errors import ImageError
from deeptext_cli.metrics.detection import DetectionCounts, Truth, count_detection


@dataclass(frozen=True)
class DetectorScores:
    """Counts of each set; `h_mean` is the mean over the sets that have a say."""

    by_set: dict[str, DetectionCounts]
    watch_only: frozenset[str] = frozenset()

    @property
    def h_mean(self) -> float:
        return self._mean("h_mean")

    @property
    def recall(self) -> float:
        return self._mean("recall")

    @property
    def coverage(self) -> float:
        return self._mean("coverage")

    def _mean(self, figure: str) -> float:
        values = [getattr(c, figure) for k, c in self.by_set.items() if k not in self.watch_only]
        return sum(values) / len(values) if values else 0.0


ValPages = list[tuple[PageEntry, PageSet]]


def load_val_pages(config: DetectTrainConfig) -> ValPages:
    """The val sets of a configuration. Raises DataError for one that is absent."""
    return [(e, PageSet(e.path, e.split, val_share=e.val_share, seed=e.split_seed))
            for e in config.val if e.path]


def score_detector(run: ProbabilityMap, sets: ValPages, settings: DetectionDefaults,
                   limit: int) -> DetectorScores:
    """Figures on at most `limit` pages a set, spread evenly over it."""
    by_set: dict[str, DetectionCounts] = {}
    settings = without_guesses(settings)  # those are for a reader
    for entry, pages in sets:
        total = DetectionCounts()
        for i in spread(len(pages), limit):
            try:
                page = pages[i]
            except ImageError:
                continue
            total += count_page(page, search(run, page.image, settings).quads)
        by_set[str(entry.path)] = total
    return DetectorScores(by_set, frozenset(str(e.path) for e, _ in sets if e.watch_only))


def count_page(page: LabelledPage, quads: NDArray[np.floating]) -> DetectionCounts:
    """Counts of one page."""
    truths = [Truth(q, t, bool(i))
              for q, t, i in zip(page.quads, page.texts, page.ignore, strict=True)]
    return count_detection(truths, list(quads))
