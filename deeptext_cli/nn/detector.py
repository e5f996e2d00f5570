"""The text detector: a page to a map of where its lines are.

Liao et al., "Real-Time Scene Text Detection with Differentiable Binarization" (AAAI 2020), small:
a residual encoder, a feature pyramid, and heads for the map of shrunk lines and for the threshold
map, at half the page's resolution, since a line of 8 pixels shrinks to 4.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from deeptext_cli.config.detector_model import DetectorArchitecture
from deeptext_cli.nn.encoder import ResidualBlock


class Maps(NamedTuple):
    """Logits (B, 1, H / 2, W / 2)."""

    shrunk: Tensor
    threshold: Tensor


class Detector(nn.Module):
    """(B, 1, H, W) of ink (0 paper, 1 black), H and W multiples of 32 -> maps at stride 2."""

    def __init__(self, architecture: DetectorArchitecture) -> None:
        super().__init__()
        a = self.architecture = architecture
        self.stem = _conv(1, a.stem, 3, 2)
        stages: list[nn.Module] = []
        inputs = a.stem
        for width, depth in zip(a.channels, a.blocks, strict=True):
            stages.append(nn.Sequential(*(
                ResidualBlock(inputs if j == 0 else width, width, (2, 2) if j == 0 else (1, 1))
                for j in range(depth))))
            inputs = width
        self.stages = nn.ModuleList(stages)
        self.lateral = nn.ModuleList(
            nn.Conv2d(width, a.pyramid, 1, bias=False) for width in a.channels)
        self.smooth = nn.ModuleList(_conv(a.pyramid, a.pyramid // 4, 3) for _ in a.channels)
        self.mix = _conv(a.pyramid, a.head, 3)
        self.shrunk = _Head(a.head)
        self.threshold = _Head(a.head)

    def features(self, image: Tensor) -> Tensor:
        """What the heads see, (B, head, H / 4, W / 4)."""
        x = self.stem(image)
        levels = []
        for stage, lateral in zip(self.stages, self.lateral, strict=True):
            x = stage(x)
            levels.append(lateral(x))
        for fine in range(len(levels) - 2, -1, -1):
            levels[fine] = levels[fine] + _enlarged(levels[fine + 1], 2)
        parts = [_enlarged(smooth(level), 2 ** k)
                 for k, (smooth, level) in enumerate(zip(self.smooth, levels, strict=True))]
        return self.mix(torch.cat(parts, dim=1))

    def forward(self, image: Tensor) -> Maps:
        x = self.features(image)
        return Maps(self.shrunk(x), self.threshold(x))

    def probability(self, image: Tensor) -> Tensor:
        """The map of shrunk lines alone, 0..1, (B, 1, H / 2, W / 2): what is exported."""
        return torch.sigmoid(self.shrunk(self.features(image)))


class _Head(nn.Module):
    """Features at stride 4 to logits at stride 2 (sub-pixel convolution, Shi et al. 2016).

    Normalisation and activation at stride 2 would cost a quarter of a training step.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, 4, 3, padding=1)
        assert self.conv.bias is not None
        nn.init.constant_(self.conv.bias, -2.0)  # most of a page is no text

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.conv(x), 2)


def to_input(pages: Tensor) -> Tensor:
    """uint8 (B, H, W), paper near 255 -> float32 (B, 1, H, W), ink near 1."""
    return (255.0 - pages.float()).mul_(1 / 255).unsqueeze(1)


def _conv(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
                         nn.BatchNorm2d(outputs), nn.ReLU())


def _enlarged(x: Tensor, factor: int) -> Tensor:
    return x if factor == 1 else F.interpolate(x, scale_factor=float(factor), mode="nearest")
