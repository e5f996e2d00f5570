"""From a folder of images to text, by the commands alone."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
import yaml
from support import ROOT, run_cli, tiny_settings, write_folder, write_set

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
    assert f"from other folders: --model {tmp_path}/runs/mine/model, or by name" in done.stderr

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
    done = run_cli("train", "-c", "tiny.yaml", cwd=tmp_path,
                   env={"PYTHONPATH": f"{tmp_path}:{ROOT}"})
    assert done.returncode == 2
    assert done.stderr == ("deeptext: `deeptext train` needs packages that are not installed "
                           "-- pip install \"deeptext[train]\"\n")


def test_quiet_says_nothing_but_the_model(tmp_path: Path, tiny_set: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(tiny_settings(tiny_set, steps=2)))
    done = run_cli("train", "-c", "tiny.yaml", "-q", "-o", "m", "--device", "cpu", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "m\n", "")


def test_resume_takes_the_settings_that_the_run_was_begun_with(tmp_path: Path, tiny_model: Path,
                                                               ) -> None:
    write_set(tmp_path / "data/d", 20, 4)
    write_set(tmp_path / "data/other", 20, 4)
    begin = ("train", "--data", "data/d", "--from", tiny_model, "--set", "steps=2",
             "--set", "eval_every=2", "--batch-size", "4", "--jobs", "0", "--device", "cpu")
    done = run_cli(*begin, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "runs/d/config.yaml"
    before = yaml.safe_load(file.read_text())
    for which in (("--name", "d"), ("--run", "runs/d"), ("--data", "data/d"), begin[1:]):
        done = run_cli("train", "--resume", *which, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "going on from step 2" in done.stderr
        assert "changed since" not in done.stderr
        assert yaml.safe_load(file.read_text()) == before
    done = run_cli("train", "--resume", "--name", "d", "--set", "steps=3", cwd=tmp_path)
    assert "changed since the checkpoint: steps was 2, is 3" in done.stderr
    before = {p: p.read_bytes() for p in (tmp_path / "runs").rglob("*") if p.is_file()}
    for refused, said in (
            (("--resume", "--data", "data/d", "--from", "print"), "start was"),
            (("--resume", "--name", "d", "--data", "data/other"), "runs/d learns from data/d, not"),
            (("--resume", "--name", "nobody"), "runs/nobody: no run to go on with"),
            (("--export-only", "--name", "nobody"), "runs/nobody: no run to go on with"),
            (("--resume",), "nothing to train on")):
        done = run_cli("train", *refused, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert {p: p.read_bytes() for p in (tmp_path / "runs").rglob("*") if p.is_file()} == before
    done = run_cli("train", "--export-only", "--name", "d", "-o", "m", "--device", "cpu",
                   cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "m\n"), done.stderr


def test_what_cannot_be_trained_leaves_no_run_behind(tmp_path: Path) -> None:
    write_set(tmp_path / "data/lone", 4, 0)
    done = run_cli("train", "--data", "data/lone", "--from", "detect", cwd=tmp_path,
                   env={"DEEPTEXT_MODELS": str(ROOT / "models")})
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "deeptext: detect: a detector, not a recogniser -- start from a " \
                          "recogniser\n"
    done = run_cli("train", "--data", "data/lone", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no split 'val'" in done.stderr
    assert "--val-share" in done.stderr
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())


def test_a_set_named_as_a_model_would_give_one_that_no_name_finds(tmp_path: Path,
                                                                  tiny_model: Path) -> None:
    write_set(tmp_path / "data/plates", 4, 2)
    shutil.copytree(tiny_model, tmp_path / "models/plates")
    begin = ("train", "--data", "data/plates", "--from", "plates", "--set", "steps=1", "--set",
             "eval_every=1", "--jobs", "0", "--device", "cpu")
    done = run_cli(*begin, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("deeptext: there is a model plates in models/plates: `--model plates` "
                           "would be that one -- give this one another name: --name my-plates\n")
    assert not (tmp_path / "runs").exists()
    done = run_cli(*begin, "--name", "my-plates", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "runs/my-plates/model\n"), done.stderr
    assert "no better than plates on these lines" in done.stderr
    assert "deeptext models tune runs/my-plates/model --data data/plates" in done.stderr
    settings = tiny_settings("data/plates", name="plates", steps=1, eval_every=1)
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(settings))  # a recipe knows what it makes
    done = run_cli("train", "-c", "c.yaml", "--device", "cpu", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "runs/plates/model\n"), done.stderr


def test_what_was_never_measured_has_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    from deeptext_cli.cli.train_detector import _shown
    from deeptext_cli.cli.train_view import TrainView
    from deeptext_cli.config.detection import DetectTrainConfig
    from deeptext_cli.config.training import TrainConfig
    from deeptext_cli.engine.detect_events import DetectorFinished
    from deeptext_cli.engine.train_events import Finished
    said: list[str] = []
    view = TrainView(TrainConfig.model_validate(tiny_settings("d")))
    view._say = said.append  # type: ignore[method-assign]
    view.on_event(Finished("interrupted", 27, math.inf, 1.0, 9, Path("r"), True))
    view.on_event(Finished("interrupted", 27, 0.05, 1.0, 9, Path("r"), True))
    assert said == ["interrupted at step 27, 0:00:01, 9 lines, not measured yet",
                    "interrupted at step 27, 0:00:01, 9 lines, best val CER 5.00 %"]
    monkeypatch.setattr("deeptext_cli.cli.render.say", said.append)
    page = {"path": "p"}
    shown = _shown(DetectTrainConfig.model_validate(
        {"kind": "detector", "name": "x", "data": [page], "val": [page]}))
    shown(DetectorFinished("interrupted", 27, -1.0, 1.0, 9, Path("r"), True))
    assert said[-1] == "interrupted at step 27, 0:00:01, 9 crops, not measured yet"
