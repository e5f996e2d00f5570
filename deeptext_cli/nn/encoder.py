"""The convolutional encoder: a line image to a sequence of feature columns."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut (He et al. 2016, basic block)."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if inputs != outputs or stride != (1, 1):
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                                          nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return torch.relu(y + self.shortcut(x))


class LineEncoder(nn.Module):
    """(B, 1, H, W) -> (B, T, C) with T = W / 4.

    Plain 3x3 convolutions: on CPUs they train faster than depthwise ones. The height that is left
    is reduced by a maximum over each column, so that a model is indifferent to where in the band
    a stroke lies.
    """

    def __init__(self, stem: int, channels: tuple[int, ...], blocks: tuple[int, ...]) -> None:
        super().__init__()
        if len(channels) != len(blocks):
            raise ValueError("channels and blocks differ in length")
        self.stem = nn.Sequential(nn.Conv2d(1, stem, 3, 2, 1, bias=False), nn.BatchNorm2d(stem),
                                  nn.ReLU())
        stages: list[nn.Module] = []
        inputs = stem
        for i, (width, depth) in enumerate(zip(channels, blocks, strict=True)):
            stride = (2, 2) if i == 0 else (2, 1)
            for j in range(depth):
                stages.append(ResidualBlock(inputs, width, stride if j == 0 else (1, 1)))
                inputs = width
        self.stages = nn.Sequential(*stages)
        self.outputs = inputs

    def forward(self, x: Tensor) -> Tensor:
        x = self.stages(self.stem(x))        # (B, C, H/16, W/4)
        return x.amax(dim=2).transpose(1, 2)  # (B, T, C)
