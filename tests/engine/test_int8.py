"""The 8-bit copy: smaller, as good, its figures its own; and left out where it reads worse."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs torch")

from support import DIGITS, tiny_settings

from deeptext_cli.config.training import TrainConfig
from deeptext_cli.engine import int8
from deeptext_cli.engine.models import load_model
from deeptext_cli.engine.training import train
from deeptext_cli.engine.validation import Scores, load_val_sets
from deeptext_cli.metrics.text_metrics import TextCounts
from deeptext_cli.text import Charset

CHARSET = Charset(DIGITS)


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


@pytest.fixture(scope="module")
def config(tiny_set: Path) -> TrainConfig:
    return TrainConfig.model_validate(tiny_settings(tiny_set))


def perfect(config: TrainConfig, characters: int) -> Scores:
    return Scores({config.data[0].path or "": TextCounts(lines=9, characters=characters)},
                  frozenset())


def test_the_copy_is_smaller_and_takes_the_place(folder: Path, config: TrainConfig) -> None:
    sets = load_val_sets(config)
    plain = int8.read_scores(folder / "model.onnx", CHARSET, sets)
    before = (folder / "model.onnx").stat().st_size
    result = int8.shrink_model(folder, config, CHARSET, sets, plain)
    assert result.taken
    assert (folder / "model.onnx").stat().st_size < 0.9 * before
    assert result.cer == int8.read_scores(folder / "model.onnx", CHARSET, sets).cer
    assert load_model(folder).spec.trained["val_cer"] == pytest.approx(result.cer, abs=1e-6)


def test_a_worse_copy_is_not_taken(folder: Path, config: TrainConfig,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    sets = load_val_sets(config)
    before = (folder / "model.onnx").read_bytes()
    worse = Scores({"": TextCounts(characters=1000, char_edits=10)}, frozenset())
    monkeypatch.setattr(int8, "read_scores", lambda *_: worse)
    result = int8.shrink_model(folder, config, CHARSET, sets, perfect(config, 1000))
    assert result == int8.Shrunk(0.01, taken=False)
    assert (folder / "model.onnx").read_bytes() == before
    load_model(folder)  # checksums still agree


def test_a_character_in_few_lines_is_chance(folder: Path, config: TrainConfig,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    sets = load_val_sets(config)
    worse = Scores({"": TextCounts(characters=100, char_edits=2)}, frozenset())
    monkeypatch.setattr(int8, "read_scores", lambda *_: worse)
    assert int8.shrink_model(folder, config, CHARSET, sets, perfect(config, 100)).taken


def test_train_asks_for_it(tiny_set: Path, tmp_path: Path) -> None:
    settings = tiny_settings(tiny_set, steps=4, eval_every=4, int8=True)
    result = train(TrainConfig.model_validate(settings), folder=tmp_path / "run")
    assert result.int8 is not None
    assert result.model is not None
    load_model(result.model)
