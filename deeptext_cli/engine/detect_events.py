"""What a detector's training tells whoever watches it. The command line renders these."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from deeptext_cli.config.detection import DetectTrainConfig
    from deeptext_cli.engine.detect_eval import DetectorScores


class DetectorStarted(NamedTuple):
    """Everything is loaded; `step` is above 0 when a run goes on."""

    config: DetectTrainConfig
    folder: Path
    step: int
    parameters: int
    remarks: tuple[str, ...]


class DetectorProgress(NamedTuple):
    """Some steps further; losses are means since the last report."""

    step: int
    steps: int
    loss: float
    focal: float
    dice: float
    binary: float
    threshold: float
    lr: float
    norm: float
    crops_per_second: float
    seconds: float            # trained so far, interruptions left out
    waited: float             # of which since the start of this process: for data


class DetectorEvaluated(NamedTuple):
    """Val was measured."""

    step: int
    scores: DetectorScores
    best: bool


class DetectorFinished(NamedTuple):
    """The run ended."""

    reason: str
    step: int
    best_h_mean: float
    seconds: float
    crops: int
    folder: Path
    interrupted: bool


DetectorEvent = DetectorStarted | DetectorProgress | DetectorEvaluated | DetectorFinished
