"""What many tests share: drawn lines, tiny data sets and settings, the command in a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
DIGITS = "01234567"


def draw_line(text: str, rng: np.random.Generator | None = None, *, height: int = 32,
              ) -> np.ndarray:
    """Dark text on light paper, uint8 (height, w); with `rng` at a random place and tone."""
    scale = height / 40
    (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)
    dx, dy = (int(rng.integers(2, 8)), int(rng.integers(-2, 3))) if rng is not None else (4, 0)
    paper, ink = (int(rng.integers(200, 256)), int(rng.integers(0, 60))) if rng is not None \
        else (255, 0)
    image = np.full((height, w + 12), paper, np.uint8)
    cv2.putText(image, text, (dx, (height + h) // 2 + dy), cv2.FONT_HERSHEY_SIMPLEX, scale, ink, 2,
                cv2.LINE_AA)
    return image


def random_digits(rng: np.random.Generator, least: int = 2, most: int = 4) -> str:
    return "".join(rng.choice(list(DIGITS), int(rng.integers(least, most + 1))))


def write_folder(folder: Path, count: int, seed: int = 0) -> dict[str, str]:
    """`count` line images and labels.tsv; returns name -> label."""
    from deeptext_cli.data.images import encode_png
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    labels = {}
    for i in range(count):
        text = random_digits(rng)
        name = f"{i:04}.png"
        (folder / name).write_bytes(encode_png(draw_line(text, rng)))
        labels[name] = text
    (folder / "labels.tsv").write_text("".join(f"{k}\t{v}\n" for k, v in labels.items()))
    return labels


def write_set(root: Path, train: int, val: int, seed: int = 0) -> Path:
    """A prepared data set of drawn digits."""
    from deeptext_cli.data.dataset import LineDatasetWriter
    from deeptext_cli.data.images import encode_png
    rng = np.random.default_rng(seed)
    with LineDatasetWriter(root, name=root.name) as out:
        for split, count in (("train", train), ("val", val)):
            for i in range(count):
                text = random_digits(rng)
                out.add(split, encode_png(draw_line(text, rng)), text, key=f"{split}/{i}.png")
    return root


TINY_MODEL = {"height": 16, "stem": 8, "channels": [12, 16, 24], "blocks": [1, 1, 1],
              "attention_heads": 2, "rnn": 24, "decoder": 16, "decoder_heads": 2, "max_length": 8,
              "dropout": 0.1}


def tiny_settings(data: Path | str, /, **changes: object) -> dict[str, object]:
    """Settings of a training run that takes seconds."""
    return {"name": "tiny", "data": [{"path": str(data)}], "model": dict(TINY_MODEL),
            "width_multiple": 16, "batch": 12, "steps": 250, "eval_every": 125,
            "checkpoint_every": 50, "jobs": 0, "threads": 1, "bf16": False,
            "optimiser": {"lr": 8e-3, "warmup": 20, "ema": 0.9}, **changes}


def run_cli(*args: object, cwd: Path | None = None, stdin: bytes | None = None,
            timeout: float = 120, env: dict[str, str] | None = None,
            ) -> subprocess.CompletedProcess[str]:
    """The `deeptext` command in a process of its own; output as text."""
    done = subprocess.run(
        [sys.executable, "-m", "deeptext_cli", *map(str, args)], cwd=cwd, input=stdin,
        capture_output=True, timeout=timeout, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **(env or {})})
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(),
                                       done.stderr.decode())


def running(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be collected. Needs /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
