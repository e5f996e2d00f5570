"""`deeptext eval`: parse, measure, show."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deeptext_cli.cli.completion import recognisers
from deeptext_cli.cli.options import Jobs, Quiet, Seed, Verbose, state
from deeptext_cli.cli.search_options import (
    BeamWidth,
    Chars,
    Decoder,
    ExcludeChars,
    Length,
    Lexicon,
    LexiconBias,
    LexiconScope,
    Lm,
    LmWeight,
    MinConfidence,
    Normalise,
    Pattern,
    Reject,
    Rescore,
)
from deeptext_cli.errors import UsageError

if TYPE_CHECKING:
    from deeptext_cli.engine.evaluation_summary import Comparison, Evaluation
    from deeptext_cli.engine.evaluator import EvalResult
    from deeptext_cli.metrics.intervals import Difference, Interval

EPILOG = """[bold]Examples[/bold]

deeptext eval --split val   (the newest run's model and data)

deeptext eval --model captcha --data data/captcha_v2 --sheet predictions.png

deeptext eval --model mine --against print --data data/mine --report report.html

deeptext eval --model plates --data data/mine --pattern "[0-9]{4}[A-Z]{3}"
"""

FIGURES = {"cer": "CER", "wer": "WER", "exact": "exact match", "one_minus_ned": "1-NED",
           "mean_levenshtein": "mean Levenshtein"}


def evaluate(
    model: Annotated[str | None, typer.Option(
        "--model", help="Name or folder of a model \\[the newest run's].",
        autocompletion=recognisers)] = None,
    data: Annotated[list[str] | None, typer.Option(
        "--data", help="Prepared data set; repeatable \\[the newest run's].")] = None,
    split: Annotated[str, typer.Option("--split", help="Split to measure on.")] = "val",
    against: Annotated[str | None, typer.Option(
        "--against", help="Another model, compared on the same lines.")] = None,
    fold: Annotated[bool, typer.Option(
        "--fold", help="Curly quotes, dashes etc. as ASCII.")] = False,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", help="Score without case.")] = False,
    alnum_only: Annotated[bool, typer.Option(
        "--alnum-only", help="Lower-case letters and digits only.")] = False,
    no_space: Annotated[bool, typer.Option("--no-space", help="Drop all spaces first.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Lines of each set.")] = None,
    format_: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    sheet: Annotated[Path | None, typer.Option(
        "--sheet", help="Write a PNG of predictions against labels.")] = None,
    report: Annotated[Path | None, typer.Option(
        "--report", help="Write an HTML report: one file, no network.")] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda:0.")] = "auto",
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="Lines at once.")] = 16,
    decoder: Decoder = None, beam_width: BeamWidth = None, lm: Lm = None,
    lm_weight: LmWeight = None, rescore: Rescore = None, chars: Chars = None,
    exclude_chars: ExcludeChars = None, length: Length = None, pattern: Pattern = None,
    lexicon: Lexicon = None, lexicon_scope: LexiconScope = None, lexicon_bias: LexiconBias = None,
    min_confidence: MinConfidence = None, reject: Reject = None, normalise: Normalise = None,
    jobs: Jobs = 0, seed: Seed = 0,
    quiet: Quiet = False, verbose: Verbose = False,
) -> None:
    """Measure a model on labelled lines: CER, WER, exact match, Levenshtein, 1-NED."""
    decoding = {"decoder": decoder, "beam_width": beam_width, "lm": lm, "lm_weight": lm_weight,
                "chars": chars, "exclude_chars": exclude_chars, "length": length,
                "pattern": pattern, "lexicon": lexicon, "lexicon_scope": lexicon_scope,
                "lexicon_bias": lexicon_bias, "min_confidence": min_confidence, "reject": reject,
                "rescore": rescore, "normalise": normalise}
    if format_ not in ("text", "json"):
        raise UsageError(f"--format {format_}: unknown", remedy="text or json")
    from deeptext_cli.cli.render import progress, say
    from deeptext_cli.engine.evaluator import EvalOptions, latest_run
    from deeptext_cli.engine.evaluator import evaluate as run_evaluation
    from deeptext_cli.metrics.rules import Rules
    if not model or not data:
        latest = latest_run()
        model, data = model or str(latest.model), data or list(latest.data)
        say(f"model {model}, data {', '.join(data)}")
    options = EvalOptions(
        model=model, data=data, split=split, against=against, limit=limit, device=device,
        rules=Rules(fold=fold, ignore_case=ignore_case, alnum_only=alnum_only, no_space=no_space),
        batch=batch_size, jobs=jobs, seed=seed, decoding=decoding,
        command=" ".join(["deeptext", *sys.argv[1:]]))
    with progress() as bar:
        task = bar.add_task("reading lines", total=None, rate="")
        result = run_evaluation(options, lambda done, total: bar.update(
            task, completed=done, total=total))
    _write_files(result, sheet, report)
    if json_ or format_ == "json":
        import json

        from deeptext_cli.engine.evaluation_summary import summary_json
        print(json.dumps(summary_json(result.evaluation, result.summary) |
                         {"lines_per_second": round(result.lines_per_second, 1)},
                         ensure_ascii=False, indent=1))
    else:
        _show(result)


def _write_files(result: EvalResult, sheet: Path | None, report: Path | None) -> None:
    from deeptext_cli.cli.render import say
    if sheet:
        from deeptext_cli.data.files import write_atomic
        from deeptext_cli.engine.evaluator import prediction_sheet
        write_atomic(sheet, prediction_sheet(result))
        say(f"contact sheet: {sheet}")
    if report:
        from deeptext_cli.engine.evaluation_report import write_report
        write_report(report, result.evaluation, result.summary)
        say(f"report: {report}")


def _show(result: EvalResult) -> None:
    from deeptext_cli.cli.render import stdout, table
    from deeptext_cli.engine.evaluation_summary import worst_first
    summary, evaluation = result.summary, result.evaluation
    counts = summary.counts
    rows = []
    for name, sums in (
            ("cer", f"{counts.char_edits} of {counts.characters} characters"),
            ("wer", f"{counts.word_edits} of {counts.words} words"),
            ("exact", f"{counts.exact_lines} of {counts.lines} lines"),
            ("one_minus_ned", f"{counts.lines} lines"),
            ("mean_levenshtein", f"{counts.char_edits} edits")):
        interval = summary.intervals[name]
        rows.append([FIGURES[name], _rate(name, interval.value), _bounds(name, interval), sums])
    out = stdout()
    out.print(table(f"{evaluation.model} on {evaluation.data}, "
                    f"{result.lines_per_second:.0f} lines/s",
                    ["figure", "value", "95 % interval", "counted"], rows))
    if len(summary.sources) > 1:
        out.print(table("by set", ["set", "lines", "CER %", "WER %", "exact %",
                                   "calibration error", "by chance"], [
            [s.source, s.counts.lines, 100 * s.counts.cer, 100 * s.counts.wer,
             100 * s.counts.exact,
             *((f"{s.calibration.ece:.3f}", f"{s.calibration.chance:.3f}") if s.calibration
               else ("", ""))] for s in summary.sources]))
    if summary.comparison:
        _show_comparison(evaluation, summary.comparison)
    for note in evaluation.notes:
        out.print(note, markup=False)
    if state.quiet:
        return
    wrong = [evaluation.lines[i] for i in worst_first(summary)]
    if wrong:
        out.print(table(f"the {min(20, len(wrong))} worst of {len(wrong)} lines with errors",
                        ["label", "prediction", "confidence", "line"],
                        [[w.label, w.prediction, f"{w.confidence or 0:.2f}", w.key]
                         for w in wrong[:20]]))


def _show_comparison(evaluation: Evaluation, comparison: Comparison) -> None:
    from deeptext_cli.cli.render import stdout, table
    from deeptext_cli.metrics.intervals import shown_in, verdict
    out = stdout()
    out.print(table(f"against {evaluation.against}", [
        "figure", "this", "other", "difference", "95 % interval", "verdict"], [
        [title, _rate(name, d.a), _rate(name, d.b), f"{shown_in(name)[0] * d.difference:+.3f}",
         _bounds(name, d), verdict(d, name).replace("no clear difference", "unclear")]
        for name, title in FIGURES.items() for d in [comparison.rates[name]]]))
    out.print(f"{comparison.lines_better} lines with fewer edits, {comparison.lines_worse} with "
              f"more, {comparison.lines_equal} with as many", markup=False)


def _rate(name: str, value: float) -> str:
    from deeptext_cli.metrics.intervals import shown_in
    scale, sign = shown_in(name)
    return f"{scale * value:.3f}{sign}"


def _bounds(name: str, around: Interval | Difference) -> str:
    """The interval, or a dash where the lines are too few or too alike to give one."""
    if math.isnan(around.low):
        return "-"
    from deeptext_cli.metrics.intervals import shown_in
    scale, _ = shown_in(name)
    return f"{scale * around.low:.3f} to {scale * around.high:.3f}"
