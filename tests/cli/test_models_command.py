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
    with open(copy / "weights.safetensors", "r+b") as f:
        f.seek(1000)
        f.write(b"\xff\xff")
    done = run_cli("models", "verify", "digits", cwd=tmp_path)
    assert done.returncode == 3
    assert "its checksum differs" in done.stderr


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
