"""ONNX Runtime sessions: what runs a model when nobody trains."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from deeptext_cli.errors import ModelError, UsageError

Floats = NDArray[np.float32]


def default_threads() -> int:
    """The processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


def open_session(path: Path, threads: int = 0, device: str = "auto", *,
                 blocked: bool = True) -> onnxruntime.InferenceSession:
    """A session on `device` (auto, cpu, cuda:N) with `threads` (0: all processors). `blocked`: what
    is convolved in float may be laid out in blocks of channels.

    Raises ModelError where the file is damaged, UsageError where the device is not to be had.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or default_threads()
    options.inter_op_num_threads = 1
    # the arena keeps a block for every width of line it ever met: 100 MB over 10,000 inputs
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    if not blocked:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    # idle worker threads must sleep: decoding and detection want the processors in between
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=_providers(device))
    except UsageError:
        raise
    except Exception as e:
        raise ModelError(f"{path}: ONNX Runtime cannot load it: {' '.join(str(e).split())[:200]}",
                         remedy="restore the model folder") from e


def _providers(device: str) -> list[str | tuple[str, dict[str, str]]]:
    have = onnxruntime.get_available_providers()
    cuda = "CUDAExecutionProvider" in have
    if device == "cpu" or (device == "auto" and not cuda):
        return ["CPUExecutionProvider"]
    if device == "auto" or device.startswith("cuda"):
        if not cuda:
            raise UsageError(f"--device {device}: this ONNX Runtime has no CUDA",
                             remedy="use --device cpu, or install onnxruntime-gpu")
        number = device.partition(":")[2] or "0"
        return [("CUDAExecutionProvider", {"device_id": number}), "CPUExecutionProvider"]
    raise UsageError(f"--device {device}: unknown device", remedy="auto, cpu, or cuda:0")


def is_int8(path: Path) -> bool:
    """Whether a net computes in 8 bits, but for its ends."""
    return path.is_file() and b"QuantizeLinear" in path.read_bytes()


def to_ink(pixels: NDArray[np.uint8]) -> Floats:
    """What nets are shown of grey pixels, paper near 255: ink, 0..1."""
    ink = np.subtract(255.0, pixels, dtype=np.float32)
    ink *= np.float32(1 / 255)
    return ink


class RecogniserSession:
    """A recogniser in ONNX Runtime."""

    def __init__(self, path: Path, threads: int = 0, device: str = "auto") -> None:
        self._session = open_session(path, threads, device)
        self._outputs = {o.name: o.shape for o in self._session.get_outputs()}

    @property
    def classes(self) -> int | None:
        """Number of classes, where the file tells."""
        last = self._outputs["log_probs"][-1]
        return last if isinstance(last, int) else None

    @property
    def has_memory(self) -> bool:
        """Whether it gives what an attention decoder looks at."""
        return "memory" in self._outputs

    def log_probs(self, images: NDArray[np.uint8]) -> Floats:
        """uint8 (B, height, W), paper near 255 -> CTC log-probabilities (B, T, classes)."""
        return self._run(["log_probs"], images)[0]

    def log_probs_and_memory(self, images: NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """The same, and the sequence features (B, T, S) that an attention decoder looks at."""
        log_probs, memory = self._run(["log_probs", "memory"], images)
        return log_probs, memory

    def _run(self, names: list[str], images: NDArray[np.uint8]) -> list[Floats]:
        return list(self._session.run(names, {"image": to_ink(images)[:, None]}))
