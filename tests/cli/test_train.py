"""From a folder of images to text, by the commands alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from support import run_cli, tiny_settings, write_folder

pytest.importorskip("torch", reason="training needs torch")


def test_prepare_augment_train_eval_read(tmp_path: Path, tiny_model: Path) -> None:
    """The whole way in one folder; the model gets better and the figures agree."""
    labels = write_folder(tmp_path / "in", 160)
    done = run_cli("prepare", "in", "-o", "data/d", "--val-share", "0.15", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = run_cli("augment", "data/d", "-o", "data/d2", "--copies", "1", "--preset", "mild",
                   "--jobs", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    settings = tiny_settings("data/d2", batch=6, steps=120, eval_every=40)
    settings["optimiser"] = {"lr": 3e-3, "warmup": 10, "ema": 0.9}
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(settings))
    # from a model that reads but every second digit: what it learnt on dark lines is far off
    done = run_cli("train", "-c", "tiny.yaml", "--set", "name=mine", "--device", "cpu",
                   "--set", "eval_every=60", cwd=tmp_path, timeout=240)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "runs/mine/model\n"
    assert "step 100/120 loss" in done.stderr  # plain lines where there is no terminal
    assert "step 120 val CER" in done.stderr
    assert "ONNX and torch agree on" in done.stderr

    # the newest run's model and data, and it says so
    done = run_cli("eval", "--split", "val", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "runs/mine/model, data data/d2" in done.stderr
    figures = json.loads(done.stdout)
    spec = yaml.safe_load((tmp_path / "runs" / "mine" / "model" / "model.yaml").read_text())
    assert figures["rates"]["cer"]["value"] == pytest.approx(spec["trained"]["val_cer"], abs=0.02)

    # fine-tuning with the same data from a good model: before and after are shown
    done = run_cli("train", "--data", "data/d2", "--from", tiny_model, "--name", "007", "--set",
                   "steps=20", "--set", "threads=1", "--seed", "3", "--jobs", "0", "--batch-size",
                   "4", "--device", "cpu", cwd=tmp_path, timeout=240)
    assert done.returncode == 0, done.stderr
    assert "CER % before" in done.stderr
    config = yaml.safe_load((tmp_path / "runs" / "007" / "config.yaml").read_text())
    assert (config["name"], config["batch"], config["jobs"], config["seed"]) == ("007", 4, 0, 3)

    before = json.loads(run_cli("eval", "--model", "runs/mine/model", "--data", "data/d2",
                                "--json", cwd=tmp_path).stdout)["rates"]["cer"]["value"]
    done = run_cli("eval", "--json", cwd=tmp_path)
    assert "runs/007/model" in done.stderr  # now the newest
    after = json.loads(done.stdout)["rates"]["cer"]["value"]
    assert after < 0.2
    assert after < before

    done = run_cli("read", "in", "--model", "runs/007/model", "--format", "jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) == len(labels)
    right = sum(r["text"] == labels[Path(r["path"]).name] for r in records)
    assert right > 0.7 * len(labels)

    done = run_cli("models", "list", "--json", cwd=tmp_path,
                   env={"DEEPTEXT_MODELS": str(tmp_path / "runs" / "007")})
    assert "model" in [m["name"] for m in json.loads(done.stdout)]


def test_an_interrupted_run_says_how_to_go_on_and_export_only_trains_nothing(
        tmp_path: Path, tiny_run: Path, tiny_set: Path) -> None:
    run = Path(shutil.copytree(tiny_run, tmp_path / "runs" / "tiny"))
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(tiny_settings(tiny_set)))
    before = (run / "metrics.jsonl").read_bytes()
    done = run_cli("train", "-c", "tiny.yaml", "--export-only", "-o", "out/m", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (run / "metrics.jsonl").read_bytes() == before
    assert (tmp_path / "out/m/model.onnx").read_bytes() == \
        (tiny_run / "model" / "model.onnx").read_bytes()


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "cpu:x"])
def test_devices_that_are_not_there(tmp_path: Path, tiny_set: Path, device: str) -> None:
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(tiny_settings(tiny_set)))
    done = run_cli("train", "-c", "tiny.yaml", "--device", device, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "--device" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_torch_it_says_what_to_install(tmp_path: Path, tiny_set: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(tiny_settings(tiny_set)))
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", "
                                       "name='torch')\n")
    from support import ROOT
    done = run_cli("train", "-c", "tiny.yaml", cwd=tmp_path,
                   env={"PYTHONPATH": f"{tmp_path}:{ROOT}"})
    assert done.returncode == 2
    assert done.stderr == ("deeptext: `deeptext train` needs packages that are not installed "
                           "-- pip install \"deeptext[train]\"\n")


def test_quiet_says_nothing_but_the_model(tmp_path: Path, tiny_set: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(tiny_settings(tiny_set, steps=2)))
    done = run_cli("train", "-c", "tiny.yaml", "-q", "-o", "m", "--device", "cpu", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "m\n", "")


