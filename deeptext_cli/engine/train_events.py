"""What a training run tells whoever watches it. No torch: the command line renders these."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from deeptext_cli.config.training import TrainConfig
    from deeptext_cli.engine.validation import Scores


class Started(NamedTuple):
    """Everything is loaded; `step` is above 0 when a run goes on."""

    config: TrainConfig
    folder: Path
    step: int
    characters: int
    parameters: int
    remarks: tuple[str, ...]


class Progress(NamedTuple):
    """Some steps further."""

    step: int
    steps: int
    loss: float
    ctc: float
    shortcut: float | None
    decoder: float | None
    lr: float
    norm: float
    lines_per_second: float
    seconds: float            # trained so far, interruptions left out
    waited: float             # of which since the start of this process: for data


class Evaluated(NamedTuple):
    """Val was measured."""

    step: int
    scores: Scores
    best: bool


class Finished(NamedTuple):
    """The run ended."""

    reason: str
    step: int
    best_cer: float
    seconds: float
    lines: int
    folder: Path
    interrupted: bool


TrainEvent = Started | Progress | Evaluated | Finished
