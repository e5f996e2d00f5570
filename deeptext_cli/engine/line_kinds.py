"""What kind of line a model sees, and so which other model to ask about it.

A linear probe of the sequence features that a recogniser makes of a line anyway: their means and
standard deviations over the line's frames tell handwriting from print nearly always (Alain and
Bengio, "Understanding intermediate layers using linear classifier probes", 2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from deeptext_cli.data.files import write_atomic
from deeptext_cli.errors import ModelError

Floats = NDArray[np.float32]
Odds = Mapping[str, float]  # by the name of the kind's model: log-odds that a line is of it

KINDS_FILE = "kinds.safetensors"


@dataclass(frozen=True)
class LineKinds:
    """Kinds of lines by the names of the models that read them, and how to tell them."""

    names: tuple[str, ...]
    weight: Floats  # (K, 2 S)
    bias: Floats    # (K,)

    def log_odds(self, memory: Floats) -> dict[str, float]:
        """memory: (T, S), what a net makes of the T frames of a line -> log-odds of each kind."""
        return dict(zip(self.names, (self.weight @ pooled(memory) + self.bias).tolist(),
                        strict=True))


def pooled(memory: Floats) -> Floats:
    """(T, S) -> (2 S,): means and standard deviations over the frames."""
    means = memory.mean(axis=0)
    away = memory - means  # np.std would take the mean once more
    away *= away
    return np.concatenate((means, np.sqrt(away.mean(axis=0))))


def own_frames(memory: Floats, width: int, padded: int) -> Floats:
    """The frames (T', S) of (T, S) that a line `width` of `padded` pixels wide takes: what fills
    its batch up says nothing of it."""
    return memory[:max(1, round(len(memory) * width / padded))]


def load_kinds(folder: Path) -> LineKinds | None:
    """The kinds that a model tells, or None where nobody fitted them. Raises ModelError."""
    path = folder / KINDS_FILE
    if not path.is_file():
        return None
    try:
        tensors = load_file(path)
        names = tuple(sorted(k.removesuffix(".weight") for k in tensors if k.endswith(".weight")))
        return LineKinds(names, np.stack([tensors[f"{n}.weight"] for n in names]),
                         np.stack([tensors[f"{n}.bias"] for n in names]).reshape(-1))
    except (SafetensorError, KeyError, ValueError) as e:
        raise ModelError(f"{path}: damaged: {e}",
                         remedy="restore the file, or fit it again: scripts/fit_kinds.py") from e


def save_kinds(kinds: LineKinds, folder: Path) -> None:
    """Write them beside the model whose features they are of, atomically."""
    tensors = {f"{name}.weight": w for name, w in zip(kinds.names, kinds.weight, strict=True)}
    tensors |= {f"{name}.bias": b.reshape(1)
                for name, b in zip(kinds.names, kinds.bias, strict=True)}
    write_atomic(folder / KINDS_FILE, save({k: np.ascontiguousarray(v, np.float32)
                                            for k, v in tensors.items()}))


def fit_kind(features: Floats, of_kind: NDArray[np.bool_], *, penalty: float = 0.01,
             rounds: int = 30) -> tuple[Floats, float]:
    """Weights (F,) and bias that tell lines of a kind from others by logistic regression, both
    counting for half. features: (N, F). penalty: L2, of weights of standardised features."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    x = np.column_stack(((features - mean) / spread, np.ones(len(features)))).astype(np.float64)
    share = of_kind.mean()
    weight = np.where(of_kind, 0.5 / share, 0.5 / (1 - share)) / len(x)
    ridge = np.full(x.shape[1], penalty)
    ridge[-1] = 1e-9
    b = np.zeros(x.shape[1])
    for _ in range(rounds):  # Newton's method
        p = 1 / (1 + np.exp(-x @ b))
        gradient = x.T @ (weight * (p - of_kind)) + ridge * b
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        b -= step
        if np.abs(step).max() < 1e-6:
            break
    w = b[:-1] / spread
    return w.astype(np.float32), float(b[-1] - w @ mean)
