"""Find a model's decoding defaults on labelled val lines, and store them in its `model.yaml`.

The net runs once: what it says of each line is kept, and every setting is tried on that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.decode import Calibrator, DecodeOptions
from deeptext_cli.config.training import ValEntry
from deeptext_cli.decode.confidence import calibrated, fit_logistic
from deeptext_cli.decode.result import Decoded
from deeptext_cli.engine.calibrate import FEWEST, calibrate
from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.lm import find_lms
from deeptext_cli.engine.looks import Posteriors
from deeptext_cli.engine.models import DECODER_FILE, Model, load_model, save_spec
from deeptext_cli.engine.val_lines import val_lines
from deeptext_cli.errors import ModelError, UsageError
from deeptext_cli.metrics.rules import Rules
from deeptext_cli.metrics.text_metrics import TextCounts, count_by

LMS = ("lm-en", "lm-latin", "lm-en+lm-latin", "auto")
WEIGHTS = (0.25, 0.4, 0.6)
BONUSES = (1.0, 3.0)            # nats a character per unit of weight, beside the default of 2
RESCORE = (0.3, 0.6)
WIDTHS = (5, 20)                # beside the default of 10
FRUITLESS = 0.98                # lines surer than this are not searched while tuning
PRICE = 0.02                    # character errors that a search must save to be worth its time
WORTH = 0.01                    # relative gain below which a costlier setting is not taken
HARM = 1.01                     # a set may not get worse than this, relatively, by any setting
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Line:
    """A val line: its label, how it is compared, and what the net says of it."""

    source: str
    label: str
    rules: Rules
    said: Posteriors
    greedy: Decoded

    def counts(self, text: str) -> TextCounts:
        """The counts of the line read as `text`."""
        return count_by(self.rules, self.label, text)


class Trial(NamedTuple):
    """A setting, the readings of all lines with it, and its figures by set."""

    changes: dict[str, object]
    readings: list[Decoded]
    by_set: dict[str, TextCounts]


class Tuned(NamedTuple):
    """What was found: figures before (greedy) and after by set, and what is stored now."""

    before: dict[str, TextCounts]
    after: dict[str, TextCounts]
    searched: float   # share of lines that are searched
    decoding: DecodeOptions


def tune(model: Model, entries: Sequence[ValEntry], *, limit: int = 200,
         tell: Tell = lambda _: None) -> Tuned:
    """Tune decoder, language model, rescoring, thresholds and calibration of `model`.

    `limit`: lines of each set. Sets that are only watched have no say and are left out. Raises
    UsageError without lines.
    """
    lines = _read(model, [e for e in entries if not e.watch_only], limit, tell)
    if not lines:
        raise UsageError("no val lines to tune on", remedy="prepare the data with --val-share 0.1")
    raw = np.array([x.greedy.confidence for x in lines])
    claims = _fit(lines, [x.greedy for x in lines])
    sure = calibrated(claims, raw)
    doubtful = [i for i, p in enumerate(sure) if p < FRUITLESS]
    greedy = Trial({"decoder": "greedy"}, [x.greedy for x in lines],
                   _figures(lines, [x.greedy.text for x in lines]))
    best = _search(model, lines, doubtful, greedy, tell)
    below, after = _threshold(lines, sure, greedy, best)
    plain = model.spec.decoding.model_dump() | best.changes
    searched = best is not greedy
    plain |= {"unsure_below": below} if searched else {"lm": None, "rescore": 0.0}
    decoding = DecodeOptions.model_validate(plain | {"calibrator": claims.model_dump()})
    spec = model.spec.model_copy(update={"decoding": decoding})
    save_spec(model.folder, spec)
    tell("fitting confidences")
    calibrate(model.folder, entries)  # on all val lines, as they are read from now on
    return Tuned(greedy.by_set, after, float(np.mean(sure < below)) if searched else 0.0,
                 load_model(model.folder).spec.decoding)


def _read(model: Model, entries: Sequence[ValEntry], limit: int, tell: Tell) -> list[Line]:
    """Run the net over the lines, with the attention decoder's memory where there is one."""
    can_rescore = (model.folder / DECODER_FILE).is_file()
    changes = _untouched() | ({"rescore": 1.0} if can_rescore else {})
    reader = LineReader(model, decoder=make_decoder(model, changes))
    greedy = make_decoder(model, _untouched() | {"decoder": "greedy"})
    out: list[Line] = []
    for entry in entries:
        tell(f"reading {entry.path}")
        rules = Rules(ignore_case=entry.ignore_case)
        for grey, label in val_lines(entry, limit):
            [said] = reader.posteriors([grey])
            [first] = greedy.decode_batch([said.log_probs])
            out.append(Line(entry.path, label, rules, said, first))
    return out


def _untouched() -> dict[str, object]:
    """Changes under which a decoder's confidence is the raw one and nothing is left unsearched."""
    return {"calibrator": Calibrator().model_dump(), "unsure_below": 1.0, "decoder": "beam",
            "lm": "none", "rescore": 0.0, "min_confidence": 0.0}


def _search(model: Model, lines: list[Line], doubtful: list[int], greedy: Trial,
            tell: Tell) -> Trial:
    """The best setting, one option after the other; the cheaper of two that are about equal."""
    best = greedy
    for stage in _stages(model):
        for change in stage(best.changes):
            changes: dict[str, object] = {"decoder": "beam"} | (
                {} if best is greedy else best.changes) | change
            decoder = make_decoder(model, _untouched() | changes)
            readings = list(greedy.readings)
            for i in doubtful:
                log_probs, memory, _ = lines[i].said
                [readings[i]] = decoder.decode_batch(
                    [log_probs], None if memory is None else [memory])
            trial = Trial(changes, readings, _figures(lines, [r.text for r in readings]))
            tell(f"{', '.join(f'{k} {v}' for k, v in changes.items())}: "
                 f"{100 * _errors(trial.by_set, greedy.by_set):.1f} % of greedy's errors")
            if _harmless(trial.by_set, greedy.by_set) and _errors(trial.by_set, greedy.by_set) \
                    < _errors(best.by_set, greedy.by_set) * (1 - WORTH):
                best = trial
            elif change.get("beam_width", 99) == WIDTHS[0] and _about_equal(trial, best, greedy):
                best = trial  # a narrower beam that is as good
        if best is greedy:
            break  # neither a beam nor a language model helps: there is nothing to refine
    return best


def _about_equal(trial: Trial, best: Trial, greedy: Trial) -> bool:
    return _harmless(trial.by_set, best.by_set) and _errors(trial.by_set, greedy.by_set) \
        <= _errors(best.by_set, greedy.by_set) * (1 + WORTH / 2)


Stage = Callable[[dict[str, object]], list[dict[str, object]]]


def _stages(model: Model) -> list[Stage]:
    """Changes to try, stage after stage, given those that are best so far."""
    known = [lm for lm in LMS if _are_known(lm)]
    stages: list[Stage] = [
        lambda best: [{}, *({"lm": lm, "lm_weight": WEIGHTS[0]} for lm in known)],
        lambda best: [{"lm_weight": w} for w in WEIGHTS[1:]] if "lm" in best else [],
        lambda best: [{"length_bonus": b * float(str(best["lm_weight"]))} for b in BONUSES]
        if "lm" in best else []]
    if (model.folder / DECODER_FILE).is_file():
        stages.append(lambda best: [{"rescore": w} for w in RESCORE])
    stages.append(lambda best: [{"beam_width": w} for w in WIDTHS])
    return stages


def _are_known(lm: str) -> bool:
    try:
        find_lms(lm)
    except ModelError:
        return False
    return True


def _threshold(lines: list[Line], sure: NDArray[np.float64], greedy: Trial, best: Trial,
               ) -> tuple[float, dict[str, TextCounts]]:
    """The confidence under which to search, for the most errors saved less the searches' price,
    and the figures with it."""
    saved = np.array([x.counts(a.text).char_edits - x.counts(b.text).char_edits
                      for x, a, b in zip(lines, greedy.readings, best.readings, strict=True)])
    below = max(THRESHOLDS, key=lambda t: float((saved - PRICE)[sure < t].sum()))
    return below, _figures(lines, [
        (best if p < below else greedy).readings[i].text for i, p in enumerate(sure)])


def _fit(lines: list[Line], readings: Sequence[Decoded]) -> Calibrator:
    """The calibrator of raw confidences; none where the lines are too few to fit one."""
    if len(lines) < FEWEST:
        return Calibrator()
    correct = [x.rules.text(x.label) == x.rules.text(r.text)
               for x, r in zip(lines, readings, strict=True)]
    return fit_logistic([r.confidence for r in readings], correct)


def _figures(lines: Sequence[Line], texts: Sequence[str]) -> dict[str, TextCounts]:
    out: dict[str, TextCounts] = {}
    for x, text in zip(lines, texts, strict=True):
        out[x.source] = out.get(x.source, TextCounts()) + x.counts(text)
    return out


def _errors(figures: dict[str, TextCounts], before: dict[str, TextCounts]) -> float:
    """Mean over the sets of what is left of the character errors there were, as a share."""
    return float(np.mean([(c.char_edits + 1) / (before[s].char_edits + 1)
                          for s, c in figures.items()]))


def _harmless(figures: dict[str, TextCounts], before: dict[str, TextCounts]) -> bool:
    """Whether no set has more errors than before, but for an edit or one in a hundred."""
    return all(c.char_edits <= max(HARM * before[s].char_edits, before[s].char_edits + 1)
               for s, c in figures.items())
