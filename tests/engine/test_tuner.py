"""Tuning: the cheapest setting that keeps the gain, none that harms a set, stored for `read`."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from support import run_cli

from deeptext_cli.config.base import load_config
from deeptext_cli.config.decode import Calibrator, DecodeOptions
from deeptext_cli.config.model import ModelSpec
from deeptext_cli.decode.confidence import calibrated
from deeptext_cli.decode.result import Decoded
from deeptext_cli.engine import tuner
from deeptext_cli.engine.calibrate import recalibrated
from deeptext_cli.engine.looks import Posteriors
from deeptext_cli.metrics.rules import PLAIN
from deeptext_cli.metrics.text_metrics import TextCounts


def line(label: str, source: str = "a") -> tuner.Line:
    nothing = np.zeros((0, 2), np.float32)
    return tuner.Line(source, label, PLAIN, Posteriors(nothing, None, {}), said(label, 0.5))


def said(text: str, confidence: float = 0.5) -> Decoded:
    return Decoded(text, 0.0, (), confidence)


def trial(lines: list[tuner.Line], texts: list[str]) -> tuner.Trial:
    return tuner.Trial({}, [said(t) for t in texts], tuner._figures(lines, texts))


def test_the_threshold_is_where_searches_stop_paying() -> None:
    lines = [line("word") for _ in range(100)]
    sure = np.linspace(0, 1, 100)
    greedy = trial(lines, ["----" if p < 0.33 else "word" for p in sure])
    best = trial(lines, ["word"] * 100)
    below, figures = tuner._threshold(lines, sure, greedy, best)
    assert below == 0.4  # the next after the last line that a search saves
    assert figures["a"].char_edits == 0
    nowhere = trial(lines, [r.text for r in greedy.readings])
    assert tuner._threshold(lines, sure, greedy, nowhere)[0] == min(tuner.THRESHOLDS)
    # one error in a hundred searches is not worth them
    rarely = trial(lines, ["wor-" if i == 79 else "word" for i in range(100)])
    assert tuner._threshold(lines, sure, rarely, best)[0] == min(tuner.THRESHOLDS)


def test_harm_to_one_set_is_not_made_good_by_another() -> None:
    before = {"a": TextCounts(char_edits=100), "b": TextCounts(char_edits=100)}
    assert tuner._harmless({"a": TextCounts(char_edits=10), "b": TextCounts(char_edits=101)},
                           before)
    assert not tuner._harmless({"a": TextCounts(char_edits=10), "b": TextCounts(char_edits=103)},
                               before)


@pytest.mark.parametrize("below", [0.0, 1.0])
def test_no_line_and_every_line_stay_so(below: float) -> None:
    further = Calibrator(kind="logistic", scale=0.2, shift=0.0)  # makes nothing certain
    old = DecodeOptions(decoder="beam", unsure_below=below)
    assert recalibrated(old, further).unsure_below == below


@pytest.mark.parametrize("old", [
    Calibrator(), Calibrator(kind="logistic", scale=0.7, shift=-0.4),
    Calibrator(kind="isotonic", points=((0.0, 0.1), (0.4, 0.5), (1.0, 0.95)))])
@pytest.mark.parametrize("below", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_recalibrated_options_search_the_same_lines(old: Calibrator, below: float) -> None:
    further = Calibrator(kind="logistic", scale=1.3, shift=0.8)
    before = DecodeOptions(decoder="beam", unsure_below=below, calibrator=old)
    after = recalibrated(before, further)
    raw = np.linspace(0.001, 0.999, 500)
    claims = calibrated(old, raw)
    differs = (claims < below) != (calibrated(after.calibrator, raw) < after.unsure_below)
    assert differs.sum() <= 1  # rounding
    if old.kind != "isotonic":
        assert calibrated(after.calibrator, raw) == pytest.approx(calibrated(further, claims))


def test_the_command_stores_what_it_found(tiny_model: Path, tiny_set: Path, tmp_path: Path,
                                          lines) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "digits"))
    done = run_cli("models", "tune", folder, "--data", tiny_set, "--limit", 12)
    assert done.returncode == 0, done.stderr
    assert "stored in" in done.stderr
    assert str(tiny_set) in done.stdout
    spec = load_config(folder / "model.yaml", ModelSpec)
    before = yaml.safe_load((tiny_model / "model.yaml").read_text())
    assert spec.checksums == before["checksums"]
    assert spec.decoding.decoder in ("greedy", "beam")
    [image] = lines("123")
    assert run_cli("read", image, "--model", folder, "--layout", "line").returncode == 0


def test_nothing_to_tune_on_is_a_usage_error(tiny_model: Path) -> None:
    done = run_cli("models", "tune", tiny_model)
    assert done.returncode == 2
    assert "--data" in done.stderr
