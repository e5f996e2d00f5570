"""The memory format that training takes."""

import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from deeptext_cli.config.model import Architecture  # noqa: E402
from deeptext_cli.engine import device  # noqa: E402
from deeptext_cli.nn.recogniser import Recogniser  # noqa: E402

CPU = torch.device("cpu")
# In a process of its own: where it goes wrong it ends in a segmentation fault
GRADIENT = """
import torch
from deeptext_cli.engine.device import best_layout
torch.set_num_threads(1)
net = torch.nn.Sequential(torch.nn.Conv2d(8, 12, 1, (2, 1), bias=False))
layout = best_layout(torch.device("cpu"), net)
net = net.to(memory_format=layout)
for width in (120, 328, 656) * 4:
    x = torch.randn(2, 8, 16, width).contiguous(memory_format=layout).requires_grad_()
    net(x).square().sum().backward()
print("done")
"""


def net(stem: int) -> Recogniser:
    return Recogniser(Architecture(height=16, stem=stem, channels=(16, 24), blocks=(1, 1),
                                   attention_heads=0, rnn=4, decoder=0), 5)


def test_narrow_nets_are_kept_from_channels_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "bf16_pays", lambda d: True)
    assert device.best_layout(CPU, net(16)) is torch.channels_last
    assert device.best_layout(CPU, net(8)) is torch.contiguous_format
    monkeypatch.setattr(device, "bf16_pays", lambda d: False)
    assert device.best_layout(CPU, net(16)) is torch.contiguous_format


def test_the_gradient_of_a_narrow_shortcut() -> None:
    done = subprocess.run([sys.executable, "-c", GRADIENT], capture_output=True, text=True,
                          check=False, timeout=120)
    assert done.stdout == "done\n", done.returncode
