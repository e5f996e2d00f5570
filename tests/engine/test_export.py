"""What is exported is what was trained: ONNX against torch, on other widths and batches too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch", reason="export needs torch")

from support import DIGITS, tiny_settings  # noqa: E402

from deeptext_cli.config.base import load_config  # noqa: E402
from deeptext_cli.config.model import ModelSpec  # noqa: E402
from deeptext_cli.config.training import TrainConfig  # noqa: E402
from deeptext_cli.engine import export  # noqa: E402
from deeptext_cli.engine.runtime import RecogniserSession  # noqa: E402
from deeptext_cli.engine.validation import load_val_sets  # noqa: E402
from deeptext_cli.errors import ModelError, TrainingError  # noqa: E402
from deeptext_cli.nn.recogniser import Recogniser, to_input  # noqa: E402
from deeptext_cli.text import Charset  # noqa: E402

CHARSET = Charset(DIGITS)


@pytest.fixture(scope="module")
def config(tiny_set: Path) -> TrainConfig:
    return TrainConfig.model_validate(tiny_settings(tiny_set))


@pytest.mark.parametrize(("batch", "width"), [(1, 16), (1, 400), (5, 64), (2, 48)])
def test_onnx_equals_torch_on_any_batch_and_width(tiny_run: Path, config: TrainConfig,
                                                  batch: int, width: int) -> None:
    model = export.load_weights(config, CHARSET, tiny_run / "best.safetensors")
    images = np.random.default_rng(0).integers(0, 256, (batch, 16, width), dtype=np.uint8)
    with torch.no_grad():
        theirs = model.read(to_input(torch.from_numpy(images))).numpy()
    ours = RecogniserSession(tiny_run / "model" / "model.onnx", threads=1).log_probs(images)
    assert ours.shape == (batch, width // 4, CHARSET.classes)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(np.exp(ours), np.exp(theirs), atol=1e-4)


def test_the_check_compares_val_lines(tiny_run: Path, config: TrainConfig) -> None:
    model = export.load_weights(config, CHARSET, tiny_run / "best.safetensors")
    sets = load_val_sets(config)
    agreement = export.check_export(tiny_run / "model", model, CHARSET, sets)
    assert agreement.lines == agreement.same_text == 40
    assert agreement.largest_difference < 1e-4


def test_the_check_notices_other_weights(tiny_run: Path, config: TrainConfig) -> None:
    torch.manual_seed(1)
    stranger = Recogniser(config.model, CHARSET.classes).eval()
    with pytest.raises(ModelError, match="disagree"):
        export.check_export(tiny_run / "model", stranger, CHARSET, load_val_sets(config))


def test_the_folder_tells_everything(tiny_run: Path, config: TrainConfig) -> None:
    folder = tiny_run / "model"
    assert sorted(p.name for p in folder.iterdir()) == [
        "CARD.md", "decoder.onnx", "model.onnx", "model.yaml", "weights.safetensors"]
    spec = load_config(folder / "model.yaml", ModelSpec)
    assert spec.charset == DIGITS
    assert spec.architecture == config.model
    assert (spec.width_multiple, spec.band) == (config.width_multiple, config.band)
    assert set(spec.checksums) == {"model.onnx", "weights.safetensors", "decoder.onnx"}
    assert spec.trained["steps"] == 250
    card = (folder / "CARD.md").read_text()
    assert "| 40 |" in card  # val lines
    assert "deeptext eval" in card
    # nothing of this machine's paths in what is handed on, the data's name apart
    assert yaml.safe_load((folder / "model.yaml").read_text())["name"] == "tiny"


def test_the_weights_are_the_averaged_best(tiny_run: Path) -> None:
    from safetensors.torch import load_file
    best = load_file(tiny_run / "best.safetensors")
    exported = load_file(tiny_run / "model" / "weights.safetensors")
    assert best.keys() == exported.keys()
    assert all(torch.equal(best[k], exported[k]) for k in best)


def test_no_file_above_what_a_model_may_have(tmp_path: Path, config: TrainConfig,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_FILE", 1000)
    model = Recogniser(config.model, CHARSET.classes).eval()
    with pytest.raises(ModelError, match="MiB"):
        export.export_model(tmp_path / "m", model, config, CHARSET, {})
    assert not (tmp_path / "m" / "model.yaml").exists()  # so it is no model


def test_nothing_measured_yet(tmp_path: Path, config: TrainConfig) -> None:
    with pytest.raises(TrainingError, match="nothing measured yet"):
        export.load_weights(config, CHARSET, tmp_path / "best.safetensors")
