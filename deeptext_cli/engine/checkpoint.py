"""Checkpoints: everything a run needs to go on as if nothing had happened. Never pickle.

One safetensors file holds weights, moving average, optimiser state and the random generator; its
header holds configuration, charset, step and data position as JSON. It is replaced atomically.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from deeptext_cli.data.files import write_atomic
from deeptext_cli.errors import TrainingError
from deeptext_cli.nn.optim import MovingAverage

FILE = "checkpoint.safetensors"


class State(NamedTuple):
    """The moving parts of a run."""

    model: nn.Module
    average: MovingAverage
    optimiser: torch.optim.Optimizer


def save_checkpoint(path: Path, state: State, meta: dict[str, Any]) -> None:
    """Write all of `state` and the JSON-able `meta`."""
    tensors: dict[str, Tensor] = {"rng.cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["rng.cuda"] = torch.cuda.get_rng_state()
    tensors.update({f"model.{k}": v for k, v in state.model.state_dict().items()})
    tensors.update({f"average.{k}": v for k, v in state.average.shadow.items()})
    for index, slots in state.optimiser.state_dict()["state"].items():
        tensors.update({f"optimiser.{index}.{slot}": torch.as_tensor(value)
                        for slot, value in slots.items()})
    tensors = {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}
    write_atomic(path, save(tensors, metadata={"deeptext": json.dumps(meta)}))


def read_meta(path: Path) -> dict[str, Any]:
    """The JSON part alone. Raises TrainingError where there is no checkpoint of ours."""
    if not path.exists():
        raise TrainingError(f"{path.parent}: no run here (it has no checkpoint)",
                            remedy="train it first, or name another with --name or --run")
    try:
        with safe_open(path, "pt") as f:
            return json.loads((f.metadata() or {})["deeptext"])
    except (OSError, SafetensorError, KeyError, ValueError) as e:
        raise TrainingError(f"{path}: not a usable checkpoint: {e}",
                            remedy="start anew with --fresh") from e


def load_checkpoint(path: Path, state: State) -> dict[str, Any]:
    """Restore `state` in place; returns the JSON part.

    Raises TrainingError where the checkpoint belongs to another architecture.
    """
    meta = read_meta(path)
    with safe_open(path, "pt") as f:
        tensors = {k: f.get_tensor(k) for k in f.keys()}  # noqa: SIM118 (not a mapping)
    try:
        state.model.load_state_dict(_part(tensors, "model."))
        average = _part(tensors, "average.")
        for name, value in state.average.shadow.items():
            value.copy_(average[name])
        saved = state.optimiser.state_dict()
        slots: dict[int, dict[str, Tensor]] = {}
        parameters = [p for g in state.optimiser.param_groups for p in g["params"]]
        for name, value in _part(tensors, "optimiser.").items():
            index, _, slot = name.partition(".")
            like = parameters[int(index)]
            if value.shape == like.shape:  # in the parameter's memory layout, as it was: another
                value = torch.empty_like(like).copy_(value)  # one is slower and rounds elsewhere
            slots.setdefault(int(index), {})[slot] = value
        state.optimiser.load_state_dict({**saved, "state": slots})
    except (KeyError, IndexError, RuntimeError, ValueError) as e:
        raise TrainingError(f"{path}: the checkpoint belongs to another model: {e}",
                            remedy="start anew with --fresh, or give the run another name") from e
    torch.set_rng_state(tensors["rng.cpu"])
    if "rng.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["rng.cuda"])
    return meta


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k[len(prefix):]: v for k, v in tensors.items() if k.startswith(prefix)}
