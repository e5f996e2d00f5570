"""Killed by `kill -9` between two checkpoints and resumed, a run ends with the same bytes."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import ROOT, run_cli, tiny_settings

pytest.importorskip("torch", reason="training needs torch")

# bf16, dropout, augmentation and a worker process: all that may depend on a hidden state
SETTINGS: dict[str, Any] = {
    "steps": 70, "eval_every": 20, "checkpoint_every": 15, "batch": 4, "bf16": True, "jobs": 1}


@pytest.fixture
def start(tmp_path: Path, tiny_set: Path) -> Any:
    """Starts `deeptext train` in a process; `start(folder, *options)`."""
    config = tmp_path / "tiny.yaml"
    settings = tiny_settings(tiny_set, **SETTINGS)
    settings["data"] = [{"path": str(tiny_set), "augment": "mild"}]
    config.write_text(yaml.safe_dump(settings))

    def run(folder: Path, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "deeptext_cli", "train", "-c", str(config), "--run",
             str(folder), "--device", "cpu", *options],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return run


def rows(folder: Path) -> list[dict[str, Any]]:
    log = folder / "metrics.jsonl"
    lines = log.read_text().splitlines() if log.exists() else []
    return [json.loads(line) for line in lines]


def wait_for(process: subprocess.Popen[str], condition: Any, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "the run does not get on"
        time.sleep(0.01)


def last_step(folder: Path) -> int:
    try:
        return max((r["step"] for r in rows(folder)), default=0)
    except ValueError:  # the row is being written
        return 0


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def weights(folder: Path) -> dict[str, bytes]:
    import torch
    from safetensors import safe_open
    out = {"best": (folder / "best.safetensors").read_bytes(),
           "exported": (folder / "model" / "weights.safetensors").read_bytes()}
    with safe_open(folder / "checkpoint.safetensors", "pt") as f:
        for key in f.keys():  # noqa: SIM118
            out[key] = f.get_tensor(key).contiguous().view(torch.uint8).numpy().tobytes() \
                if f.get_tensor(key).ndim else str(f.get_tensor(key)).encode()
    return out


def figures(folder: Path) -> list[dict[str, Any]]:
    """The log without what a clock says."""
    clock = ("seconds", "lines_per_second", "waited")
    return [{k: v for k, v in row.items() if k not in clock} for row in rows(folder)]


def test_killed_and_resumed_ends_with_the_same_weights(tmp_path: Path, start: Any) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    uninterrupted = start(whole)

    process = start(broken)
    wait_for(process, lambda: last_step(broken) >= 40)  # past the checkpoint of step 30
    process.kill()
    process.wait()
    from deeptext_cli.engine.checkpoint import FILE, read_meta
    meta = read_meta(broken / FILE)
    assert 0 < meta["step"] < 70
    assert meta["step"] % 15 == 0

    code, _, err = ended(start(broken, "--resume"))
    assert code == 0, err
    assert f"going on from step {meta['step']}" in err
    code, _, err = ended(uninterrupted)
    assert code == 0, err

    a, b = weights(whole), weights(broken)
    assert a.keys() == b.keys()
    assert [k for k in a if a[k] != b[k]] == []
    assert figures(whole) == figures(broken)
    assert [r["step"] for r in rows(whole) if "loss" in r] == [20, 40, 60]


def test_sigterm_writes_a_checkpoint_and_exits_130(tmp_path: Path, start: Any) -> None:
    folder = tmp_path / "run"
    process = start(folder, "--set", "steps=100000", "--set", "checkpoint_every=100000")
    wait_for(process, lambda: last_step(folder) >= 20)
    assert not (folder / "checkpoint.safetensors").exists()
    process.send_signal(signal.SIGTERM)
    code, out, err = ended(process)
    assert code == 130
    assert "interrupted at step" in err
    assert "Traceback" not in err
    assert out == ""
    from deeptext_cli.engine.checkpoint import FILE, read_meta
    step = read_meta(folder / FILE)["step"]
    assert step >= 20
    # what it says goes on with it, with the settings that it was begun with
    hint = shlex.split(err.splitlines()[-1].partition("go on with: deeptext ")[2])
    done = run_cli(*hint, "--set", f"steps={step}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"going on from step {step}" in done.stderr
    assert "changed since the checkpoint: steps was 100000" in done.stderr
    assert done.stderr.count("changed since") == 1

    # a run that is there is neither overwritten nor gone on with unasked
    code, _, err = ended(start(folder))
    assert code == 2
    assert "--resume" in err
    assert "--fresh" in err
