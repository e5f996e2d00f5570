"""Which processor trains, and what suits it."""

from __future__ import annotations

import torch

from deeptext_cli.errors import UsageError

SAFE_INPUTS = 16


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


def bf16_pays(device: torch.device) -> bool:
    """Whether the processor multiplies bfloat16 itself: emulated, it is many times slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # torch 2.6 and later
    return bool(native() if native else torch.ops.mkldnn._is_mkldnn_bf16_supported())


def best_layout(device: torch.device, model: torch.nn.Module) -> torch.memory_format:
    """Memory format in which the model's convolutions train fastest, and safely.

    Without AVX-512, weight gradients take twice as long on channels-last images (docs/LOG.md).
    With it, oneDNN (torch 2.13) writes past its buffers in the channels-last gradient of 1 x 1
    convolutions that skip pixels and have fewer than SAFE_INPUTS input channels.
    """
    narrow = any(isinstance(m, torch.nn.Conv2d) and m.kernel_size == (1, 1)
                 and max(m.stride) > 1 and m.in_channels < SAFE_INPUTS for m in model.modules())
    return torch.channels_last if bf16_pays(device) and not narrow else torch.contiguous_format
