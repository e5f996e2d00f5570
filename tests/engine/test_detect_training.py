"""A detector's run on a few drawn pages: repeatable, exact to resume, ends with a usable model."""

import json

import cv2
import numpy as np
import pytest
import yaml
from safetensors.torch import load_file

from deeptext_cli.config.base import load_config
from deeptext_cli.config.detection import DetectTrainConfig
from deeptext_cli.data.images import encode_png
from deeptext_cli.engine.detect import LineDetector
from deeptext_cli.engine.detect_eval import DetectorScores
from deeptext_cli.engine.detect_events import DetectorEvaluated, DetectorFinished, DetectorStarted
from deeptext_cli.engine.detect_feed import CropFeed, CropStream
from deeptext_cli.engine.detect_int8 import ShrunkDetector, shrink_detector
from deeptext_cli.engine.detect_trainer import DetectTrainer
from deeptext_cli.engine.detect_training import export_detector_run, finish_detector, train_detector
from deeptext_cli.engine.models import load_model, verify
from deeptext_cli.engine.training_loop import BEST_FILE
from deeptext_cli.errors import DataError, TrainingError, UsageError
from deeptext_cli.metrics.detection import DetectionCounts

TINY = {"stem": 8, "channels": [8, 8, 16, 16], "blocks": [1, 1, 1, 1], "pyramid": 16, "head": 8}


@pytest.fixture
def config(tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    rows = []
    for i in range(4):
        image = np.full((220, 300), 235, np.uint8)
        lines = []
        for k in range(5):
            text = f"line {k} of {i}"
            y = 30 + 40 * k
            cv2.putText(image, text, (20, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 20, 2)
            (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 2)
            lines.append({"box": [[20, y - h], [20 + w, y - h], [20 + w, y], [20, y]],
                          "text": text})
        (pages / f"{i}.png").write_bytes(encode_png(image))
        rows.append(json.dumps({"image": f"{i}.png", "lines": lines,
                                "split": "val" if i == 3 else "train"}))
    (pages / "pages.jsonl").write_text("\n".join(rows))
    file = tmp_path / "detect.yaml"
    file.write_text(yaml.safe_dump({
        "kind": "detector", "name": "tiny", "data": [{"path": "pages", "split": "train"}],
        "val": [{"path": "pages", "split": "val"}], "model": TINY, "batch": 2, "steps": 4,
        "eval_every": 4, "checkpoint_every": 2, "jobs": 0, "crop": {"size": 64},
        "optimiser": {"warmup": 1, "ema": 0.9}, "bf16": False}))
    return load_config(file, DetectTrainConfig).resolved_against(tmp_path)


def same(a, b):
    one, two = load_file(a), load_file(b)
    return one.keys() == two.keys() and all((one[k] == two[k]).all() for k in one)


def test_a_resumed_run_ends_with_the_same_weights(config, tmp_path):
    events = []
    DetectTrainer(config, tmp_path / "whole", listener=events.append).run()
    assert isinstance(events[0], DetectorStarted)
    assert isinstance(events[-1], DetectorFinished)
    assert sum(isinstance(e, DetectorEvaluated) for e in events) == 1
    stopped = _run_until(DetectTrainer(config, tmp_path / "parts"), 2)
    assert stopped.interrupted
    assert stopped.step == 2
    with pytest.raises(UsageError, match="holds a run already"):
        DetectTrainer(config, tmp_path / "parts")
    done = DetectTrainer(config, tmp_path / "parts", resume=True).run()
    assert done.step == 4
    assert not done.interrupted
    assert same(tmp_path / "whole" / BEST_FILE, tmp_path / "parts" / BEST_FILE)
    logs = [[json.loads(r) for r in (tmp_path / d / "metrics.jsonl").read_text().splitlines()]
            for d in ("whole", "parts")]
    assert [r["step"] for r in logs[0]] == [r["step"] for r in logs[1]]


def test_resuming_and_beginning_anew_are_as_with_recognisers(config, tmp_path):
    patient = config.model_copy(update={
        "steps": 40, "eval_every": 1, "patience": 2,
        "optimiser": config.optimiser.model_copy(update={"lr": 1e-9})})
    done = DetectTrainer(patient, tmp_path / "run").run()
    assert done.reason.startswith("early stopping")
    assert done.step == 3
    again = DetectTrainer(patient, tmp_path / "run", resume=True).run()
    assert (again.reason, again.step) == (done.reason, 3)
    longer = DetectTrainer(patient.model_copy(update={"steps": 50}), tmp_path / "run", resume=True)
    assert longer.remarks == ("changed since the checkpoint: steps was 40, is 50",)
    for other in ({"model": config.model.model_copy(update={"head": 16})}, {"start": "detect"}):
        with pytest.raises(UsageError, match=r"model\.head was 8, is 16|start was None"):
            DetectTrainer(patient.model_copy(update=other), tmp_path / "run", resume=True)
    DetectTrainer(patient, tmp_path / "run", fresh=True)
    assert not (tmp_path / "run" / BEST_FILE).exists()
    assert not (tmp_path / "run" / "checkpoint.safetensors").exists()


def _run_until(trainer, step):
    train = trainer._train

    def stepping(batch):
        result = train(batch)
        trainer._stop = trainer.step >= step
        return result
    trainer._train = stepping
    return trainer.run()


def test_workers_give_the_batches_of_one_process(config):
    stream = CropStream(config)
    with CropFeed(config.model_copy(update={"jobs": 2}), 3) as feed:
        for number, batch in zip(range(3, 6), feed, strict=False):
            alone = stream.batch(number)
            assert batch.number == number
            assert np.array_equal(batch.images, alone.images)
            assert np.array_equal(batch.shrunk, alone.shrunk)


def test_the_model_folder_is_whole_and_finds_lines_by_either_runtime(config, tmp_path):
    result = train_detector(config, folder=tmp_path / "run", output=tmp_path / "model")
    assert result.model == tmp_path / "model"
    assert result.scores is not None
    assert result.largest_difference < 1e-3
    model = load_model(tmp_path / "model")
    verify(model, tuple(model.spec.checksums))
    assert model.spec.kind == "detector"
    assert model.spec.detector == config.model
    assert "H-mean" in (tmp_path / "model" / "CARD.md").read_text()
    detector = LineDetector(model)
    assert detector.detect(np.full((50, 70), 255, np.uint8)).quads.shape[1:] == (4, 2)
    again = export_detector_run(tmp_path / "run", tmp_path / "again")
    assert same(tmp_path / "model" / "weights.safetensors", again.model / "weights.safetensors")
    # another run may start from it
    follow = config.model_copy(update={"start": str(tmp_path / "model"), "steps": 1})
    trainer = DetectTrainer(follow, tmp_path / "follow")
    assert "starts from tiny" in trainer.remarks


def test_the_8_bit_copy_finds_the_same_and_is_left_out_where_it_finds_less(
        config, tmp_path, monkeypatch):
    plain = train_detector(config.model_copy(update={"int8": False}), folder=tmp_path / "run",
                           output=tmp_path / "model")
    assert plain.int8 is None
    before = (tmp_path / "model" / "model.onnx").read_bytes()
    page = np.full((64, 96), 255, np.uint8)
    page[20:40, 10:80:6] = 0
    whole = LineDetector(load_model(tmp_path / "model")).probability(page)
    small = export_detector_run(tmp_path / "run", tmp_path / "model")  # in 32 bits, as it was
    assert small.int8 is None
    eight = finish_detector(config, tmp_path / "run", tmp_path / "eight", plain.finished)
    assert eight.int8
    verify(load_model(tmp_path / "eight"), ("model.onnx", "weights.safetensors"))
    assert b"QuantizeLinear" in (tmp_path / "eight" / "model.onnx").read_bytes()
    assert b"QuantizeLinear" not in before
    again = LineDetector(load_model(tmp_path / "eight")).probability(page)
    assert 0 < np.abs(again - whole).max() < 0.05
    nothing = DetectorScores({"x": DetectionCounts(truths=9)})
    monkeypatch.setattr("deeptext_cli.engine.detect_int8.measure_detector", lambda *a: nothing)
    found = DetectorScores({"x": DetectionCounts(truths=9, predictions=9, matched=9)})
    model = load_model(tmp_path / "model")
    assert shrink_detector(model, config, [], found) == ShrunkDetector(found, taken=False)
    assert model.onnx.read_bytes() == before
    verify(model)


def test_the_command_trains_detectors(config, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from deeptext_cli.cli.app import app
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["train", "-c", "detect.yaml", "-o", "out", "--set", "steps=2",
                                    "--seed", "4", "--batch-size", "3", "--jobs", "0"])
    assert done.exit_code == 0, done.output
    assert done.stdout.strip().splitlines()[-1] == "out"
    assert load_model(tmp_path / "out").spec.trained["seed"] == 4
    settings = yaml.safe_load((tmp_path / "runs/tiny/config.yaml").read_text())
    assert (settings["batch"], settings["jobs"]) == (3, 0)
    refused = CliRunner().invoke(app, ["train", "-c", "detect.yaml", "--data", "lines"])
    assert refused.exit_code != 0


def test_faults_are_said(config, tmp_path):
    absent = config.model_copy(update={"data": (config.data[0].model_copy(
        update={"path": str(tmp_path / "nowhere")}),)})
    with pytest.raises(DataError, match="no such folder"):
        DetectTrainer(absent, tmp_path / "a").run()
    for image in (tmp_path / "pages").glob("*.png"):
        image.write_bytes(b"broken")
    with pytest.raises(TrainingError, match="no page of the training data can be read"):
        CropStream(config)(0)
    finished = DetectorFinished("exported", 0, 0.0, 0.0, 0, tmp_path, False)
    with pytest.raises(TrainingError, match="nothing was measured"):
        finish_detector(config, tmp_path / "b", tmp_path / "c", finished)
