"""`deeptext models`: what there is, and whether it is whole. Shipped models are held to it too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support import ROOT, run_cli

SHIPPED = sorted(p.parent.name for p in (ROOT / "models").glob("*/model.yaml"))


def test_list_and_verify(tiny_model: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny_model, tmp_path / "models" / "digits"))
    [found] = [m for m in json.loads(run_cli("models", "list", "--json", cwd=tmp_path).stdout)
               if m["name"] == "digits"]
    assert found["kind"] == "recogniser"
    assert found["characters"] == 8
    assert len(found["checksum"]) == 16
    assert "digits" in run_cli("models", "list", cwd=tmp_path).stdout
    done = run_cli("models", "verify", "digits", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "digits: whole\n")
    everything = run_cli("models", "verify", cwd=tmp_path)
    assert everything.returncode == 0
    assert {"digits: whole", "print: whole", "lm-en: whole"} <= set(everything.stdout.splitlines())
    with open(copy / "weights.safetensors", "r+b") as f:
        f.seek(1000)
        f.write(b"\xff\xff")
    done = run_cli("models", "verify", "digits", "captcha", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "captcha: whole\n")  # the others are looked at
    assert "its checksum differs" in done.stderr
    assert done.stderr.startswith("deeptext: ")
    # as all errors are told
    assert done.stderr.endswith(" -- restore the file, or train the model again\n")
    assert done.stderr.count("\n") == 1


def test_the_list_has_runs_and_language_models_and_says_what_they_are_for(
        tiny_model: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_model, tmp_path / "runs" / "mine" / "model")
    found = {m["name"]: m for m in json.loads(
        run_cli("models", "list", "--json", cwd=tmp_path).stdout)}
    assert (found["mine"]["kind"], found["mine"]["for"]) == ("recogniser", "lines as in digits")
    assert (found["lm-fr"]["kind"], found["lm-fr"]["for"]) == ("lm", "French")
    assert all(m["for"] for m in found.values())
    for columns in ("40", "80"):
        done = run_cli("models", "list", cwd=tmp_path, env={"COLUMNS": columns})
        shown = done.stdout.splitlines()
        assert max(map(len, shown)) <= int(columns)
        assert any(line.split()[:2] == ["mine", "recogniser"] for line in shown)
    assert "runs/mine/model" in run_cli("models", "list", "-v", cwd=tmp_path).stdout


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_models_are_whole_documented_and_small(name: str) -> None:
    from deeptext_cli.engine.models import find_model, verify
    folder = ROOT / "models" / name
    model = find_model(folder)
    assert set(model.spec.checksums) >= {"model.onnx", "weights.safetensors"}
    verify(model, tuple(model.spec.checksums))
    assert model.spec.name == name
    assert all(p.stat().st_size <= 16 * 2**20 for p in folder.iterdir())
    card = (folder / "CARD.md").read_text("utf-8")
    for heading in ("## Data", "## Figures", "## Limits"):
        assert heading in card
    assert "Not yet written" not in card
