"""All figures of an evaluation, from its lines: what the report and `--json` show."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.engine.calibration_summary import Calibration, calibration
from deeptext_cli.metrics.alignment import ErrorTable, error_table
from deeptext_cli.metrics.breakdown import (
    CONFIDENCE_EDGES,
    LENGTH_EDGES,
    Slice,
    by_key,
    macro,
    quantile_edges,
    slices,
)
from deeptext_cli.metrics.intervals import Difference, Interval, bootstrap, compare
from deeptext_cli.metrics.rules import PLAIN, Rules
from deeptext_cli.metrics.text_metrics import TextCounts, count_by

ImageSource = bytes | NDArray[np.uint8] | Callable[[], bytes | NDArray[np.uint8]] | None


@dataclass(frozen=True)
class LineResult:
    """One line as it was read.

    image: encoded bytes, a uint8 array, or a function that gives either, called only for lines
    that are shown. confidence: 0 to 1. source: the data set or folder it belongs to. group: the
    document, page or writer, whose lines are resampled together; '' for a line of its own.
    other: what the model compared against read.
    """

    label: str
    prediction: str
    image: ImageSource = None
    confidence: float | None = None
    source: str = ""
    key: str = ""
    group: str = ""
    height: int | None = None
    width: int | None = None
    other: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """An evaluation before any figure: the lines, and what is said about them."""

    lines: Sequence[LineResult]
    model: str = ""
    data: str = ""
    against: str | None = None  # name of the other model; lines then have `other`
    rules: Rules = PLAIN
    command: str = ""
    version: str = ""
    created: str = ""
    notes: Sequence[str] = ()
    rounds: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.against is not None and any(r.other is None for r in self.lines):
            raise ValueError("a comparison needs the other model's text of every line")


@dataclass(frozen=True)
class SourceSummary:
    """The figures of one source."""

    source: str
    counts: TextCounts
    intervals: dict[str, Interval]
    other: TextCounts | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True)
class Comparison:
    """This model against the other, on the same lines."""

    rates: dict[str, Difference]  # this minus the other
    lines_better: int
    lines_worse: int
    lines_equal: int


@dataclass(frozen=True)
class Summary:
    """Every figure of an evaluation; `line_counts` and `other_counts` are in the lines' order."""

    counts: TextCounts
    intervals: dict[str, Interval]
    resampled: int  # how many documents or lines the bootstrap draws from
    by_document: bool
    sources: list[SourceSummary]
    macro: dict[str, float]
    errors: ErrorTable
    slices: dict[str, list[Slice]]
    calibration: Calibration | None
    comparison: Comparison | None
    line_counts: list[TextCounts] = field(repr=False)
    other_counts: list[TextCounts] | None = field(default=None, repr=False)


def summarise(evaluation: Evaluation) -> Summary:
    """Compute everything; about a second for 20,000 lines."""
    lines, rules = evaluation.lines, evaluation.rules
    options = {"rounds": evaluation.rounds, "seed": evaluation.seed}
    counts = [count_by(rules, r.label, r.prediction) for r in lines]
    groups, by_document = _groups(lines)
    others = comparison = None
    if evaluation.against is not None:
        others = [count_by(rules, r.label, r.other or "") for r in lines]
        edits = [(a.char_edits, b.char_edits) for a, b in zip(counts, others, strict=True)]
        comparison = Comparison(compare(counts, others, groups, **options),
                                sum(a < b for a, b in edits), sum(a > b for a, b in edits),
                                sum(a == b for a, b in edits))
    sources = _sources(lines, counts, others, groups, options)
    return Summary(
        counts=sum(counts, TextCounts()), intervals=bootstrap(counts, groups, **options),
        resampled=len(set(groups)) if groups else len(lines), by_document=by_document,
        sources=sources, macro=macro({s.source: s.counts for s in sources}),
        errors=error_table(((r.label, r.prediction) for r in lines), rules),
        slices=_all_slices(lines, counts, rules), calibration=_calibration(lines, counts),
        comparison=comparison, line_counts=counts, other_counts=others)


def _groups(lines: Sequence[LineResult]) -> tuple[list[Hashable] | None, bool]:
    """What is resampled together. A line without a document is one of its own."""
    if not any(r.group for r in lines):
        return None, False
    return [(r.source, r.group) if r.group else i for i, r in enumerate(lines)], True


def _sources(lines: Sequence[LineResult], counts: Sequence[TextCounts],
             others: Sequence[TextCounts] | None, groups: Sequence[Hashable] | None,
             options: dict[str, int]) -> list[SourceSummary]:
    members: dict[str, list[int]] = {}
    for i, r in enumerate(lines):
        members.setdefault(r.source, []).append(i)
    totals = by_key(counts, [r.source for r in lines])
    return [SourceSummary(
        source, totals[source],
        bootstrap([counts[i] for i in where], [groups[i] for i in where] if groups else None,
                  **options),
        sum((others[i] for i in where), TextCounts()) if others else None,
        _calibration([lines[i] for i in where], [counts[i] for i in where]))
        for source, where in sorted(members.items())]


def _all_slices(lines: Sequence[LineResult], counts: Sequence[TextCounts],
                rules: Rules) -> dict[str, list[Slice]]:
    """By length of the label, height of the picture and confidence, where these are known."""
    out = {"length": slices(counts, [len(rules.characters(r.label)) for r in lines], LENGTH_EDGES)}
    heights = [(c, r.height) for c, r in zip(counts, lines, strict=True) if r.height]
    if heights:
        values = [float(h) for _, h in heights]
        out["height"] = slices([c for c, _ in heights], values, quantile_edges(values))
    sure = [(c, r.confidence) for c, r in zip(counts, lines, strict=True)
            if r.confidence is not None]
    if sure:
        out["confidence"] = slices([c for c, _ in sure], [v for _, v in sure], CONFIDENCE_EDGES)
    return out


def _calibration(lines: Sequence[LineResult],
                 counts: Sequence[TextCounts]) -> Calibration | None:
    pairs = [(r.confidence, bool(c.exact_lines)) for r, c in zip(lines, counts, strict=True)
             if r.confidence is not None]
    if not pairs:
        return None
    return calibration(np.array([p for p, _ in pairs], np.float64),
                       np.array([ok for _, ok in pairs], np.bool_))


def summary_json(evaluation: Evaluation, summary: Summary, *, worst: int = 20) -> dict[str, Any]:
    """The summary as plain values for JSON; shares, not per cent; unknown bounds are null."""
    order = worst_first(summary)[:worst]
    out = {
        "model": evaluation.model, "data": evaluation.data, "against": evaluation.against,
        "rules": asdict(evaluation.rules), "version": evaluation.version,
        "counts": asdict(summary.counts),
        "rates": {k: asdict(v) for k, v in summary.intervals.items()},
        "bootstrap": {"level": 0.95, "rounds": evaluation.rounds, "seed": evaluation.seed,
                      "unit": "document" if summary.by_document else "line",
                      "units": summary.resampled},
        "sources": [{"source": s.source, "counts": asdict(s.counts),
                     "rates": {k: asdict(v) for k, v in s.intervals.items()},
                     "against": s.other.rates() if s.other else None,
                     "ece": s.calibration.ece if s.calibration else None,
                     "ece_by_chance": s.calibration.chance if s.calibration else None}
                    for s in summary.sources],
        "macro": summary.macro,
        "error_kinds": summary.errors.kinds,
        "confusions": [asdict(c) for c in summary.errors.confusions[:100]],
        "slices": {name: [{"low": s.low, "high": s.high, "lines": s.counts.lines,
                           **s.counts.rates()} for s in bins]
                   for name, bins in summary.slices.items()},
        "calibration": asdict(summary.calibration) if summary.calibration else None,
        "comparison": asdict(summary.comparison) if summary.comparison else None,
        "worst": [{"key": r.key, "source": r.source, "label": r.label,
                   "prediction": r.prediction, "confidence": r.confidence,
                   "edits": summary.line_counts[i].char_edits}
                  for i, r in ((i, evaluation.lines[i]) for i in order)],
    }
    return dict(_without_nan(out))


def worst_first(summary: Summary) -> list[int]:
    """Numbers of the lines with errors, most character edits first; ties in the lines' order."""
    edits = [c.char_edits for c in summary.line_counts]
    return sorted((i for i, e in enumerate(edits) if e), key=lambda i: -edits[i])


def _without_nan(value: Any) -> Any:
    """NaN is no JSON: null in its place."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _without_nan(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(v) for v in value]
    return value
