"""Small charts as inline SVG: no script, no network, coloured by the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence

from deeptext_cli.engine.calibration_summary import Calibration
from deeptext_cli.metrics.intervals import Interval

_WIDTH, _HEIGHT = 360, 260
_LEFT, _TOP, _RIGHT, _BOTTOM = 46, 12, 20, 40


def reliability_chart(calibration: Calibration) -> str:
    """Claimed against true share of right lines; on the diagonal confidence is a probability."""
    # where all is near 1, the whole square would show one dot in a corner
    least = min(min(b.confidence, b.accuracy) for b in calibration.reliability)
    low = math.floor(min(least, 0.9) * 10) / 10
    plot = _Plot((low, 1.0), (low, 1.0), "confidence", "share right")
    plot.path([(low, low), (1.0, 1.0)], "guide")
    plot.path([(b.confidence, b.accuracy) for b in calibration.reliability], "curve")
    most = max(b.lines for b in calibration.reliability)
    for b in calibration.reliability:
        plot.dot(b.confidence, b.accuracy, 2.5 + 3.5 * math.sqrt(b.lines / most),
                 f"{b.lines} lines: claimed {b.confidence:.1%}, right {b.accuracy:.1%}")
    return plot.svg("Reliability: claimed confidence against the share of lines that are right")


def risk_coverage_chart(calibration: Calibration) -> str:
    """Share of wrong lines among the surest, by how many of them are kept."""
    points = calibration.risk_coverage
    top = _nice_top(max(risk for _, risk in points))
    plot = _Plot((0.0, 1.0), (0.0, top), "share of lines kept, surest first", "share wrong")
    plot.path(points, "curve")
    for coverage, risk in points[:: max(1, len(points) // 12)]:
        plot.dot(coverage, risk, 2.5, f"keep {coverage:.1%}: {risk:.2%} wrong")
    return plot.svg("Risk and coverage: share wrong among the surest lines")


def interval_bar(interval: Interval, top: float, other: float | None = None) -> str:
    """A value with its interval on a scale from 0 to `top`; a hollow dot for the other model."""
    width, middle = 120, 7

    def x(v: float) -> str:
        return f"{4 + (width - 8) * min(v / top, 1.0) if top > 0 else 4:.1f}"

    parts = [f'<line class="rail" x1="4" x2="{width - 4}" y1="{middle}" y2="{middle}"/>']
    if math.isfinite(interval.low):
        parts.append(f'<line class="range" x1="{x(interval.low)}" x2="{x(interval.high)}" '
                     f'y1="{middle}" y2="{middle}"/>')
    if other is not None:
        parts.append(f'<circle class="other" cx="{x(other)}" cy="{middle}" r="3.2"/>')
    parts.append(f'<circle class="value" cx="{x(interval.value)}" cy="{middle}" r="3.2"/>')
    return (f'<svg class="interval" viewBox="0 0 {width} 14" width="{width}" height="14" '
            f'aria-hidden="true">{"".join(parts)}</svg>')


class _Plot:
    """One chart with two axes in shares; y grows upwards."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float], x_name: str,
                 y_name: str) -> None:
        self._x, self._y = x, y
        self._parts: list[str] = []
        bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
        for v in _ticks(*y):
            at = self._at_y(v)
            self._parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{at}" y2="{at}"/>'
                               f'<text x="{_LEFT - 6}" y="{at}" dy="0.32em" text-anchor="end">'
                               f"{_percent(v)}</text>")
        for v in _ticks(*x):
            self._parts.append(f'<text x="{self._at_x(v)}" y="{bottom + 16}" text-anchor="middle">'
                               f"{_percent(v)}</text>")
        self._parts.append(
            f'<text class="name" x="{(_LEFT + right) / 2}" y="{_HEIGHT - 6}" '
            f'text-anchor="middle">{x_name}</text>'
            f'<text class="name" x="{_LEFT}" y="{_TOP - 2}" dx="4" dy="0.8em">{y_name}</text>')

    def _at_x(self, v: float) -> float:
        low, high = self._x
        return round(_LEFT + (v - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT), 2)

    def _at_y(self, v: float) -> float:
        low, high = self._y
        return round(_HEIGHT - _BOTTOM - (v - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM), 2)

    def path(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        d = "L".join(f"{self._at_x(x)},{self._at_y(y)}" for x, y in points)
        self._parts.append(f'<path class="{kind}" d="M{d}"/>')

    def dot(self, x: float, y: float, radius: float, title: str) -> None:
        self._parts.append(f'<circle class="dot" cx="{self._at_x(x)}" cy="{self._at_y(y)}" '
                           f'r="{radius:.1f}"><title>{title}</title></circle>')

    def svg(self, label: str) -> str:
        return (f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
                f'aria-label="{label}">{"".join(self._parts)}</svg>')


def _percent(v: float) -> str:
    return f"{v * 100:.10g} %"


def _ticks(low: float, high: float) -> list[float]:
    """Four to six round values from `low` to `high`."""
    step = _step((high - low) / 5)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def _step(rough: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)


def _nice_top(value: float) -> float:
    """A round upper end of an axis, a little above `value`."""
    if value <= 0:
        return 0.01
    step = _step(value / 4)
    return min(1.0, math.ceil(value / step) * step)
