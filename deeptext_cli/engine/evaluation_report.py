"""The evaluation report: one HTML file that needs no network and opens anywhere."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from deeptext_cli.data.files import write_atomic
from deeptext_cli.engine.evaluation_summary import Evaluation, Summary, summarise
from deeptext_cli.engine.report_charts import interval_bar, reliability_chart, risk_coverage_chart
from deeptext_cli.engine.report_lines import choose, prepare
from deeptext_cli.errors import MissingExtraError
from deeptext_cli.metrics.breakdown import Slice
from deeptext_cli.metrics.intervals import Difference, Interval, shown_in, verdict

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_LINES = 200  # shown with picture and alignment
MAX_CONFUSIONS = 40

TITLES = {"cer": "Character error rate", "wer": "Word error rate", "exact": "Exact lines",
          "one_minus_ned": "1 − NED", "mean_levenshtein": "Edits a line"}
SLICE_TITLES = {"length": "Characters in the label", "height": "Height of the picture, pixels",
                "confidence": "Confidence"}


def render_report(evaluation: Evaluation, summary: Summary | None = None, *,
                  max_lines: int = MAX_LINES) -> str:
    """The report as HTML text. `summary` saves computing the figures a second time.

    Raises MissingExtraError where the template engine is not installed.
    """
    summary = summary or summarise(evaluation)
    shown = prepare(evaluation, summary, choose(evaluation, summary, max_lines))
    counts = summary.counts
    page = _environment().get_template("report.html")
    return page.render(
        e=evaluation, s=summary, lines=shown, titles=TITLES, slice_titles=SLICE_TITLES,
        style=_resource("report.css"), script=_resource("report.js"),
        headline=[(name, summary.intervals[name], _counted(name, summary)) for name in TITLES],
        wrong=counts.lines - counts.exact_lines,
        cer_top=_scale(summary),
        kinds=sorted(((k, n) for k, n in summary.errors.kinds.items() if n), key=lambda p: -p[1]),
        confusions=summary.errors.confusions[:MAX_CONFUSIONS],
        charts=[] if summary.calibration is None else [
            ("Reliability", reliability_chart(summary.calibration)),
            ("Risk and coverage", risk_coverage_chart(summary.calibration))],
        sources=sorted({r.source for r in evaluation.lines} - {""}))


def write_report(path: str | Path, evaluation: Evaluation, summary: Summary | None = None, *,
                 max_lines: int = MAX_LINES) -> None:
    """Render to a file, whole or not at all."""
    write_atomic(Path(path), render_report(evaluation, summary, max_lines=max_lines).encode())


def _resource(name: str) -> str:
    return (files("deeptext_cli.engine") / "templates" / name).read_text(encoding="utf-8")


def _environment() -> Environment:
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError as e:
        raise MissingExtraError("eval", "an HTML report") from e
    # autoescape: labels and readings are foreign text, and may hold any markup
    env = Environment(loader=FunctionLoader(_resource), autoescape=True,
                      undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)

    def bar(interval: Interval, top: float, other: float | None = None) -> Markup:
        return Markup(interval_bar(interval, top, other))

    env.filters.update(rate=show_rate, whole=_whole, visible=visible, bounds=_bounds, p=_p_value,
                       verdict=verdict, difference=_difference, spread=_spread, bin=_bin,
                       points=_code_points, pairs=_pairs, raw=Markup)
    env.globals["interval_bar"] = bar
    return env


def show_rate(value: float, name: str = "") -> str:
    """A share as per cent with two decimals; edits a line as they are."""
    if not math.isfinite(value):
        return "–"
    scale, sign = shown_in(name)
    return f"{scale * value:.2f}{sign}"


def _whole(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def visible(text: str) -> str:
    """White space as a mark, nothing as the empty set: for tables of characters."""
    return "".join("␣" if c.isspace() else c for c in text) if text else "∅"


def _code_points(text: str) -> str:
    return " ".join(f"U+{ord(c):04X}" for c in text) if text else "nothing"


def _bounds(interval: Interval, name: str) -> str:
    if not math.isfinite(interval.low):
        return "too few or too alike to say how sure"
    scale, sign = shown_in(name)
    return f"{interval.low * scale:.2f} – {interval.high * scale:.2f}{sign}"


def _difference(value: float, name: str) -> str:
    """Signed, in points of per cent."""
    if not math.isfinite(value):
        return "–"
    return f"{shown_in(name)[0] * value:+.2f}".replace("-", "−")


def _spread(d: Difference, name: str) -> str:
    if not math.isfinite(d.low):
        return "–"
    return f"{_difference(d.low, name)} … {_difference(d.high, name)}"


def _p_value(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _bin(item: Slice, name: str) -> str:
    if name == "confidence":
        return f"{item.low:.2f} – {1 if item.high is None else item.high:.2f}"
    low = f"{item.low:.0f}"
    if item.high is None:
        return f"{low} and more"
    high = f"{item.high - 1:.0f}"  # whole numbers: the last value inside
    return low if low == high else f"{low} – {high}"


def _pairs(confusions: Sequence[tuple[str, str]]) -> str:
    return json.dumps([a + "\x1f" + b for a, b in confusions])


def _scale(summary: Summary) -> float:
    """The upper end of an axis that shows every source's CER, interval and other model."""
    own = [s.intervals["cer"] for s in summary.sources]
    values = [v for i in own for v in (i.value, i.high)]
    values += [s.other.cer for s in summary.sources if s.other]
    return max((v for v in values if math.isfinite(v)), default=0.0)


def _counted(name: str, summary: Summary) -> str:
    c = summary.counts
    return {
        "cer": f"{_whole(c.char_edits)} edits in {_whole(c.characters)} characters",
        "wer": f"{_whole(c.word_edits)} edits in {_whole(c.words)} words",
        "exact": f"{_whole(c.exact_lines)} of {_whole(c.lines)} lines",
        "one_minus_ned": f"mean of {_whole(c.lines)} lines",
        "mean_levenshtein": f"{_whole(c.char_edits)} edits in {_whole(c.lines)} lines",
    }[name]
