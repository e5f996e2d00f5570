"""Which processor trains."""

from __future__ import annotations

import torch

from deeptext_cli.errors import UsageError


def training_device(name: str) -> str:
    """`auto` is the first GPU, else the CPU. Raises UsageError for what is not to be had."""
    if name == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        return name
    try:
        kind = torch.device(name).type
    except RuntimeError:
        kind = ""
    if kind != "cuda":
        raise UsageError(f"--device {name}: unknown device", remedy="auto, cpu, or cuda:0")
    if not torch.cuda.is_available():
        raise UsageError(f"--device {name}: no GPU here", remedy="use --device cpu")
    return name
