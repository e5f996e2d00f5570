"""What a detector is: sizes of the net, and how it searches pages. Part of `model.yaml`."""

from __future__ import annotations

from pydantic import Field

from deeptext_cli.config.base import Strict

MAP_STRIDE = 2  # page pixels a pixel of the probability map


class DetectorArchitecture(Strict):
    """Sizes of the detector: residual encoder at strides 4 to 32, feature pyramid, two heads."""

    stem: int = Field(24, ge=4, description="Channels of the first convolution (stride 2).")
    channels: tuple[int, int, int, int] = Field(
        (24, 48, 96, 160), description="Channels of the residual stages at strides 4 to 32.")
    blocks: tuple[int, int, int, int] = Field(
        (1, 2, 2, 2), description="Residual blocks in each stage.")
    pyramid: int = Field(64, ge=8, multiple_of=4, description="Common width of the pyramid.")
    head: int = Field(32, ge=4, description="Channels that the heads share.")


class DetectionDefaults(Strict):
    """How pages are searched with a model unless told otherwise."""

    longest: int = Field(
        960, ge=320, multiple_of=32, description="Pages are scaled down to this longer side.")
    fine_below: float = Field(
        10.0, ge=0, description="Search large pages again in tiles, at a finer scale, where the "
                                "typical line is lower than so many pixels of the scaled page.")
    threshold: float = Field(0.4, gt=0, lt=1, description="Map values that belong to a line.")
    box_threshold: float = Field(0.55, gt=0, lt=1, description="Least mean value inside a line.")
    weak_threshold: float = Field(
        0.2, ge=0, lt=1, description="Map values that may be a lone character, beside surer lines; "
                                     "kept where it is read surely. 0: none.")
    shrink_ratio: float = Field(0.6, gt=0, lt=1, description="How far the marked lines are shrunk "
                                                            "(DB's r).")
    min_size: float = Field(1.0, gt=0, description="Least height of a marked line, map pixels.")
