"""Tuning: the cheapest setting that keeps the gain, none that harms a set, stored for `read`."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from support import run_cli

from deeptext_cli.config.base import load_config
from deeptext_cli.config.decode import Calibrator
from deeptext_cli.config.model import ModelSpec
from deeptext_cli.decode.confidence import calibrated
from deeptext_cli.decode.result import Decoded
from deeptext_cli.engine import tuner
from deeptext_cli.engine.line_reader import Posteriors
from deeptext_cli.metrics.rules import PLAIN
from deeptext_cli.metrics.text_metrics import TextCounts


def line(label: str, source: str = "a") -> tuner.Line:
    nothing = np.zeros((0, 2), np.float32)
    return tuner.Line(source, label, PLAIN, Posteriors(nothing, None), said(label, 0.5))


def said(text: str, confidence: float = 0.5) -> Decoded:
    return Decoded(text, 0.0, (), confidence)


def trial(lines: list[tuner.Line], texts: list[str]) -> tuner.Trial:
    return tuner.Trial({}, [said(t) for t in texts], tuner._figures(lines, texts))


def test_the_threshold_keeps_the_gain_and_spares_the_rest() -> None:
    lines = [line("word") for _ in range(100)]
    sure = np.linspace(0, 1, 100)
    greedy = trial(lines, ["----" if p < 0.33 else "word" for p in sure])
    best = trial(lines, ["word"] * 100)
    below, figures = tuner._threshold(lines, sure, greedy, best)
    assert below == 0.3
    assert 0 < figures["a"].char_edits < 0.15 * greedy.by_set["a"].char_edits
    nowhere = trial(lines, [r.text for r in greedy.readings])
    assert tuner._threshold(lines, sure, greedy, nowhere)[0] == min(tuner.THRESHOLDS)


def test_harm_to_one_set_is_not_made_good_by_another() -> None:
    before = {"a": TextCounts(char_edits=100), "b": TextCounts(char_edits=100)}
    assert tuner._harmless({"a": TextCounts(char_edits=10), "b": TextCounts(char_edits=101)},
                           before)
    assert not tuner._harmless({"a": TextCounts(char_edits=10), "b": TextCounts(char_edits=103)},
                               before)


@pytest.mark.parametrize("below", [0.05, 0.5, 0.9])
def test_the_same_lines_are_searched_under_another_calibrator(below: float) -> None:
    old = Calibrator(kind="logistic", scale=0.7, shift=-0.4)
    new = Calibrator(kind="logistic", scale=1.3, shift=0.8)
    moved = tuner._translated(below, old, new)
    raw = np.linspace(0.001, 0.999, 500)
    differs = (calibrated(old, raw) < below) != (calibrated(new, raw) < moved)
    assert differs.sum() <= 1  # rounding


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
