"""Measuring: every line counted, figures as jiwer's, the newest run found."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from support import draw_line, random_digits, write_set

from deeptext_cli.data.dataset import LineDataset, LineDatasetWriter
from deeptext_cli.data.images import decode, encode_png
from deeptext_cli.engine.evaluation_summary import summary_json
from deeptext_cli.engine.evaluator import EvalOptions, evaluate, latest_run, prediction_sheet
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import find_model
from deeptext_cli.errors import UsageError


@pytest.fixture(scope="module")
def result(tiny_model: Path, tiny_set: Path):  # type: ignore[no-untyped-def]
    return evaluate(EvalOptions(model=str(tiny_model), data=[str(tiny_set)], split="train", jobs=2))


def test_figures_are_jiwer_s(result, tiny_model: Path, tiny_set: Path) -> None:  # type: ignore[no-untyped-def]
    jiwer = pytest.importorskip("jiwer", reason="the oracle is a development package")
    data = LineDataset(tiny_set, "train")
    texts = [r.text for r in LineReader(find_model(tiny_model), threads=1).read(
        [decode(data[i][0]) for i in range(len(data))])]
    labels = [data[i][1] for i in range(len(data))]
    figures = json.loads(json.dumps(summary_json(result.evaluation, result.summary)))
    assert figures["counts"]["lines"] == 240
    assert figures["rates"]["cer"]["value"] == pytest.approx(jiwer.cer(labels, texts))
    assert figures["rates"]["wer"]["value"] == pytest.approx(jiwer.wer(labels, texts))
    same = sum(a == b for a, b in zip(labels, texts, strict=True))
    assert figures["rates"]["exact"]["value"] == pytest.approx(same / 240)
    assert result.lines_per_second > 0


def test_broken_images_count_as_read_as_nothing(tiny_model: Path, tmp_path: Path) -> None:
    with LineDatasetWriter(tmp_path / "d", name="d") as out:
        out.add("val", encode_png(draw_line("12")), "12", key="good")
        out.add("val", b"broken", "34", key="bad")
    options = EvalOptions(model=str(tiny_model), data=[str(tmp_path / "d")],
                          against=str(tiny_model))
    done = evaluate(options)
    assert [(r.key, r.prediction, r.other) for r in done.evaluation.lines][1] == ("bad", "", "")
    assert done.summary.counts.lines == 2
    assert done.summary.counts.char_edits >= 2
    assert [r.height for r in done.evaluation.lines] == [32, None]
    assert [s.counts.lines for s in done.summary.slices["height"]] == [1]


def test_a_limit_is_spread_evenly_over_each_set(tiny_model: Path, tiny_set: Path,
                                                tmp_path: Path) -> None:
    other = write_set(tmp_path / "other", 2, 6, seed=3)
    done = evaluate(EvalOptions(model=str(tiny_model), data=[str(tiny_set), str(other)], limit=5))
    sources = [r.source for r in done.evaluation.lines]
    assert sources == [str(tiny_set)] * 5 + [str(other)] * 5
    assert [r.key for r in done.evaluation.lines[:5]] == [
        "val/0.png", "val/10.png", "val/20.png", "val/29.png", "val/39.png"]


def test_unknown_characters_are_said(tiny_model: Path, tmp_path: Path) -> None:
    with LineDatasetWriter(tmp_path / "d", name="d") as out:
        out.add("val", encode_png(draw_line("12")), "1x", key="k")
    [note] = evaluate(EvalOptions(model=str(tiny_model),
                                  data=[str(tmp_path / "d")])).evaluation.notes
    assert "1 characters" in note
    assert "x" in note


def test_the_sheet_is_a_picture_of_right_and_wrong(result) -> None:  # type: ignore[no-untyped-def]
    image = Image.open(io.BytesIO(prediction_sheet(result, count=12, columns=4)))
    assert image.format == "PNG"
    assert image.width >= 4 * 200


def test_absent_splits_and_empty_ones(tiny_model: Path, tiny_set: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no split 'dev'"):
        evaluate(EvalOptions(model=str(tiny_model), data=[str(tiny_set)], split="dev"))


def test_the_newest_run_is_found_wherever_its_model_lies(tiny_set: Path, tmp_path: Path,
                                                         tiny_model: Path) -> None:
    runs = tmp_path / "runs"
    with pytest.raises(UsageError, match="no finished training run"):
        latest_run(runs)
    config = tiny_model.parent / "config.yaml"
    for age, name in enumerate(("newest", "older", "unfinished")):
        (runs / name).mkdir(parents=True)
        (runs / name / "config.yaml").write_text(config.read_text())
        if name != "unfinished":
            note = runs / name / "exported.txt"
            note.write_text(str(tiny_model if name == "newest" else tmp_path))
            import os
            os.utime(note, (1_000_000 - age, 1_000_000 - age))
    found = latest_run(runs)
    assert found.model == tiny_model
    assert found.data == (str(tiny_set),)
    os.utime(runs / "older" / "exported.txt")  # its model is gone: passed over
    assert latest_run(runs).model == tiny_model


def test_random_labels_are_not_read_by_chance(tiny_model: Path, tmp_path: Path) -> None:
    """The figures follow the labels: wrong ones give errors."""
    import numpy as np
    rng = np.random.default_rng(1)
    with LineDatasetWriter(tmp_path / "d", name="d") as out:
        for i in range(20):
            out.add("val", encode_png(draw_line(random_digits(rng), rng)), random_digits(rng),
                    key=str(i))
    done = evaluate(EvalOptions(model=str(tiny_model), data=[str(tmp_path / "d")]))
    assert done.summary.counts.cer > 0.5
