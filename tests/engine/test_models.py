"""Model folders: found by name or path; what is missing, damaged, foreign or newer says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.listing import listed
from deeptext_cli.engine.models import find_model, list_models, verify
from deeptext_cli.errors import ModelError


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy that may be spoilt."""
    return Path(shutil.copytree(tiny_model, tmp_path / "models" / "tiny"))


def change(model: Path, **values: object) -> None:
    spec = yaml.safe_load((model / "model.yaml").read_text())
    (model / "model.yaml").write_text(yaml.safe_dump({**spec, **values}))


def test_found_by_path_and_by_name(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_model(model).folder == model
    monkeypatch.chdir(model.parent.parent)
    assert find_model("tiny").folder == Path("models/tiny")  # ./models
    monkeypatch.chdir("/")
    monkeypatch.setenv("DEEPTEXT_MODELS", f"/nowhere:{model.parent}")
    assert find_model("tiny").folder == model
    assert "tiny" in list_models()
    verify(find_model("tiny"), ("model.onnx", "weights.safetensors"))


def test_unknown_names_say_what_there_is(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPTEXT_MODELS", str(model.parent))
    with pytest.raises(ModelError, match="no model 'tinny'") as caught:
        find_model("tinny")
    assert "tiny" in str(caught.value.remedy)
    assert f"searched: {model.parent}, models, " in str(caught.value.remedy)
    assert ", runs; $DEEPTEXT_MODELS" in str(caught.value.remedy)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("name", ["model.onnx", "weights.safetensors"])
def test_one_changed_byte_is_damage(model: Path, name: str) -> None:
    content = bytearray((model / name).read_bytes())
    content[len(content) // 2] ^= 1
    (model / name).write_bytes(content)
    with pytest.raises(ModelError, match="its checksum differs"):
        verify(find_model(model), (name,))
    if name == "model.onnx":
        with pytest.raises(ModelError, match="its checksum differs"):
            LineReader(find_model(model))


def test_a_file_that_is_no_net_is_damage_even_without_checksum(model: Path) -> None:
    (model / "model.onnx").write_bytes(b"no net")
    change(model, checksums={})
    with pytest.raises(ModelError, match="ONNX Runtime cannot load it"):
        LineReader(find_model(model))


def test_missing_files(model: Path) -> None:
    (model / "weights.safetensors").unlink()
    with pytest.raises(ModelError, match="No such file"):
        verify(find_model(model), ("weights.safetensors",))
    (model / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"model\.onnx is missing"):
        find_model(model)


@pytest.mark.parametrize("text", ["", "hello", "- 1", "name: [", "kind: recogniser\n",
                                  "name: x\ncharset: aa\n", "name: x\nsize: 3\n"])
def test_foreign_folders(model: Path, text: str) -> None:
    (model / "model.yaml").write_text(text)
    with pytest.raises(ModelError, match="damaged model"):
        find_model(model)


@pytest.mark.parametrize("more", [{}, {"warp_drive": True}])
def test_newer_formats_ask_for_an_upgrade(model: Path, more: dict[str, object]) -> None:
    """Also where the newer form has keys that this version does not know."""
    change(model, format=99, **more)
    with pytest.raises(ModelError, match="newer DeepText") as caught:
        find_model(model)
    assert caught.value.remedy == "upgrade DeepText"


def test_a_detector_reads_no_lines(model: Path) -> None:
    change(model, kind="detector")
    with pytest.raises(ModelError, match="detector"):
        LineReader(find_model(model))


def test_a_charset_that_is_not_the_net_s(model: Path) -> None:
    change(model, charset="0123")
    with pytest.raises(ModelError, match="classes"):
        LineReader(find_model(model))


def test_damaged_models_do_not_hide_the_others(model: Path, monkeypatch: pytest.MonkeyPatch,
                                               ) -> None:
    monkeypatch.setenv("DEEPTEXT_MODELS", str(model.parent))
    broken = model.parent / "a-broken"
    broken.mkdir()
    (broken / "model.yaml").write_text("x")
    assert "tiny" in list_models()
    assert "a-broken" not in list_models()
    [broken_one] = [m for m in listed() if m.name == "a-broken"]
    assert broken_one.kind == "damaged"
    assert "damaged model" in broken_one.purpose


def test_a_run_s_model_is_found_by_the_run_s_name(tmp_path: Path, tiny_model: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs/mine").mkdir(parents=True)
    (tmp_path / "runs/mine/model").symlink_to(tiny_model)
    monkeypatch.chdir(tmp_path)
    assert find_model("mine").folder == Path("runs/mine/model")
    assert list_models()["mine"].folder == Path("runs/mine/model")
    with pytest.raises(ModelError) as caught:
        find_model("nobody")
    assert "mine" in str(caught.value.remedy).replace(";", ",").split(", ")
    (tmp_path / "models").mkdir()
    (tmp_path / "models/mine").symlink_to(tiny_model)
    assert find_model("mine").folder == Path("models/mine")  # a model's own name comes first
