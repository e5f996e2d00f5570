"""Training of detectors: the losses of a step, and what val says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from deeptext_cli.config.detection import DetectTrainConfig
from deeptext_cli.engine.detect import ProbabilityMap
from deeptext_cli.engine.detect_eval import ValPages, load_val_pages, score_detector
from deeptext_cli.engine.detect_events import (
    DetectorEvaluated,
    DetectorEvent,
    DetectorFinished,
    DetectorProgress,
    DetectorStarted,
)
from deeptext_cli.engine.detect_feed import CropBatch, CropFeed
from deeptext_cli.engine.device import best_layout
from deeptext_cli.engine.fine_tune import parent_of
from deeptext_cli.engine.models import WEIGHTS_FILE
from deeptext_cli.engine.setup import same_lines_again
from deeptext_cli.engine.training_loop import TrainingLoop, rounded
from deeptext_cli.errors import ModelError
from deeptext_cli.nn.detector import Detector, to_input
from deeptext_cli.nn.detector_losses import MapTargets, detector_loss

Listener = Callable[[DetectorEvent], None]


class DetectTrainer(TrainingLoop[DetectTrainConfig, Detector, CropBatch]):
    """A detector's run in `folder`. `run` trains to the end, to early stopping or to a signal."""

    early = "early stopping: the val H-mean no longer rises"

    def __init__(self, config: DetectTrainConfig, folder: Path, *, device: str = "cpu",
                 resume: bool = False, fresh: bool = False,
                 listener: Listener = lambda event: None) -> None:
        self.listener = listener
        self.best_h_mean = -1.0
        self._val: ValPages = []
        super().__init__(config, folder, device=device, resume=resume, fresh=fresh)

    @property
    def crops(self) -> int:
        """Crops seen so far."""
        return self.step * self.config.batch

    def run(self) -> DetectorFinished:
        """Train on; returns how it ended. The best weights lie in `best.safetensors`."""
        self.listener(DetectorStarted(self.config, self.folder, self.step,
                                      sum(p.numel() for p in self.model.parameters()),
                                      self.remarks))
        reason = self._loop()
        finished = DetectorFinished(reason, self.step, self.best_h_mean, self.seconds, self.crops,
                                    self.folder, self._stop)
        self.listener(finished)
        return finished

    def averaged_model(self) -> Detector:
        """A copy of the net with the moving average of its weights, in eval mode."""
        model = Detector(self.config.model).to(self.device)
        model.load_state_dict(self.state.average.shadow)
        return model.to(memory_format=self.layout).eval()  # type: ignore[call-overload, no-any-return]

    def _load_val(self) -> None:
        self._val = load_val_pages(self.config)

    def _make_net(self, meta: dict[str, Any] | None) -> tuple[Detector, tuple[str, ...]]:
        return initial_detector(self.config)

    def _feed(self) -> CropFeed:
        return CropFeed(self.config, self.step)

    def _train(self, batch: CropBatch) -> None:
        self._set_rate()
        images = to_input(torch.from_numpy(batch.images).to(self.device))
        images = images.contiguous(memory_format=self.layout)
        targets = _targets(batch, self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            maps = self.model(images)
        parts = detector_loss(maps, targets, self.config.loss)
        norm = self._descend(parts.total)
        self._note(parts._asdict(), norm)

    def _evaluate(self) -> None:
        config = self.config
        averaged = self.averaged_model()
        scores = score_detector(torch_map(averaged, self.bf16), self._val, config.detection,
                                config.val_limit)
        better = scores.h_mean > self.best_h_mean
        self.best_h_mean = max(self.best_h_mean, scores.h_mean)
        self._judge(better, averaged if better else None)
        self._log.write({"step": self.step, "val_h_mean": scores.h_mean,
                         "val_recall": scores.recall, "val_coverage": scores.coverage,
                         "sets": {k: {"precision": c.precision, "recall": c.recall,
                                      "h_mean": c.h_mean, "coverage": c.coverage}
                                  for k, c in scores.by_set.items()},
                         "best": better, "seconds": round(self.seconds, 1), "crops": self.crops})
        self.listener(DetectorEvaluated(self.step, scores, better))

    def _report(self, waited: float) -> None:
        means = self._means()
        event = DetectorProgress(
            step=self.step, steps=self.config.steps, loss=means["total"], focal=means["focal"],
            dice=means["dice"], binary=means["binary"], threshold=means["threshold"],
            norm=means["norm"], lr=self._rate,
            crops_per_second=self.crops / self.seconds if self.seconds else 0.0,
            seconds=self.seconds, waited=waited)
        self._log.write(rounded(event._asdict()))
        self.listener(event)

    def _meta(self) -> dict[str, Any]:
        return {"best_h_mean": self.best_h_mean}

    def _restore(self, meta: dict[str, Any]) -> None:
        super()._restore(meta)
        self.best_h_mean = meta["best_h_mean"]


def initial_detector(config: DetectTrainConfig) -> tuple[Detector, tuple[str, ...]]:
    """The net to train, and remarks about the model it starts from.

    Raises ModelError where that is no detector of the same sizes.
    """
    model = Detector(config.model)
    if not config.start:
        return model, ()
    parent = parent_of(config.start, "detector")
    try:
        model.load_state_dict(load_file(parent.folder / WEIGHTS_FILE))
    except (OSError, RuntimeError) as e:
        raise ModelError(f"{config.start}: its weights do not fit: {e}",
                         remedy="give `model:` the sizes of the model to start from") from e
    return model, (f"starts from {parent.spec.name}", *same_lines_again(config, parent))


def torch_map(model: Detector, bf16: bool = False) -> ProbabilityMap:
    """How a net in eval mode makes maps."""
    device = next(model.parameters()).device
    layout = best_layout(device, model)

    @torch.no_grad()
    def run(page: NDArray[np.uint8]) -> NDArray[np.float32]:
        image = to_input(torch.from_numpy(np.ascontiguousarray(page))[None].to(device))
        image = image.contiguous(memory_format=layout)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            out = model.probability(image)
        return np.asarray(out[0, 0].float().cpu().numpy())

    return run


def _targets(batch: CropBatch, device: torch.device) -> MapTargets:
    def tensor(values: Any, scale: float) -> torch.Tensor:
        return torch.from_numpy(values).to(device).float().mul_(scale).unsqueeze(1)
    return MapTargets(tensor(batch.shrunk, 1.0), tensor(batch.weight, 1 / 255),
                      tensor(batch.threshold, 1 / 255), tensor(batch.band, 1.0))
