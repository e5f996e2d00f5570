"""Training of detectors: one loop, exact to resume, that reports and does not render."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from deeptext_cli.config.base import dump_yaml
from deeptext_cli.config.detection import DetectTrainConfig
from deeptext_cli.data.files import write_atomic
from deeptext_cli.engine import checkpoint
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
from deeptext_cli.engine.device import best_layout, bf16_pays
from deeptext_cli.engine.models import WEIGHTS_FILE, find_model
from deeptext_cli.engine.run_shell import RunLog, stop_signals
from deeptext_cli.engine.trainer import MAX_BAD_STEPS, save_weights
from deeptext_cli.errors import ModelError, TrainingError, UsageError
from deeptext_cli.nn.detector import Detector, to_input
from deeptext_cli.nn.detector_losses import DetectorLossParts, MapTargets, detector_loss
from deeptext_cli.nn.optim import MovingAverage, clip_gradients, learning_rate, make_optimiser

Listener = Callable[[DetectorEvent], None]
LOG_EVERY = 20
BEST = "best.safetensors"


class DetectTrainer:
    """One run in `folder`. `run` trains to the end, to early stopping or to a signal."""

    def __init__(self, config: DetectTrainConfig, folder: Path, *, device: str = "cpu",
                 resume: bool = False, fresh: bool = False,
                 listener: Listener = lambda event: None) -> None:
        self.config, self.folder, self.listener = config, folder, listener
        self.device = torch.device(device)
        self.bf16 = config.bf16 and bf16_pays(self.device)
        path = folder / checkpoint.FILE
        if path.exists() and not resume and not fresh:
            raise UsageError(f"{folder} holds a run already",
                             remedy="go on with --resume, or start anew with --fresh")
        if config.threads:
            torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        self.model, self.remarks = initial_detector(config)
        self.layout = best_layout(self.device, self.model)
        self.model = self.model.to(
            self.device, memory_format=self.layout)  # type: ignore[call-overload]
        self.state = checkpoint.State(self.model, MovingAverage(self.model, config.optimiser.ema),
                                      make_optimiser(self.model, config.optimiser))
        self.step = 0
        self.best_h_mean = -1.0
        self.bad_evals = 0
        self.seconds = 0.0
        self._stop = False
        self._log = RunLog(folder / "metrics.jsonl")
        self._bad_steps = 0
        if resume and path.exists():
            meta = checkpoint.load_checkpoint(path, self.state)
            self.step, self.seconds = meta["step"], meta["seconds"]
            self.best_h_mean, self.bad_evals = meta["best_h_mean"], meta["bad_evals"]
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / "config.yaml", dump_yaml(config).encode())
        self._log.trim(self.step)

    @property
    def log(self) -> Path:
        """`metrics.jsonl` of the run."""
        return self._log.path

    def stop(self) -> None:
        """End after the step in hand, with a checkpoint."""
        self._stop = True

    @property
    def crops(self) -> int:
        """Crops seen so far."""
        return self.step * self.config.batch

    def run(self) -> DetectorFinished:
        """Train on; returns how it ended. The best weights lie in `best.safetensors`."""
        config = self.config
        val = load_val_pages(config)
        self.listener(DetectorStarted(config, self.folder, self.step,
                                      sum(p.numel() for p in self.model.parameters()),
                                      self.remarks))
        started, already = time.monotonic(), self.seconds
        reason = "all steps done"
        recent: list[tuple[DetectorLossParts, float]] = []
        with stop_signals(self.stop):
            with CropFeed(config, self.step) as feed:
                batches = iter(feed)
                self.model.train()
                while self.step < config.steps and not self._stop:
                    recent.append(self._train(next(batches)))
                    self.seconds = already + time.monotonic() - started
                    if self.step % LOG_EVERY == 0:
                        self._report(recent, feed.waited)
                        recent.clear()
                    due = self.step % config.eval_every == 0
                    if (due or self.step == config.steps) and self._evaluate(val):
                        reason = "early stopping: the val H-mean no longer rises"
                        break
                    if self.step % config.checkpoint_every == 0:
                        self.save()
                if self._stop:
                    reason = "interrupted"
            self.save()
        finished = DetectorFinished(reason, self.step, self.best_h_mean, self.seconds, self.crops,
                                    self.folder, self._stop)
        self.listener(finished)
        return finished

    def save(self) -> None:
        """Write the checkpoint."""
        checkpoint.save_checkpoint(self.folder / checkpoint.FILE, self.state, {
            "config": self.config.model_dump(mode="json"), "step": self.step,
            "best_h_mean": self.best_h_mean, "bad_evals": self.bad_evals,
            "seconds": self.seconds})

    def averaged_model(self) -> Detector:
        """A copy of the net with the moving average of its weights, in eval mode."""
        model = Detector(self.config.model).to(self.device)
        model.load_state_dict(self.state.average.shadow)
        return model.to(memory_format=self.layout).eval()  # type: ignore[call-overload, no-any-return]

    def _train(self, batch: CropBatch) -> tuple[DetectorLossParts, float]:
        config = self.config
        rate = learning_rate(self.step, config.steps, config.optimiser)
        for group in self.state.optimiser.param_groups:
            group["lr"] = rate
        images = to_input(torch.from_numpy(batch.images).to(self.device))
        images = images.contiguous(memory_format=self.layout)
        targets = _targets(batch, self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            maps = self.model(images)
        parts = detector_loss(maps, targets, config.loss)
        self.state.optimiser.zero_grad(set_to_none=True)
        parts.total.backward()  # type: ignore[no-untyped-call]
        norm = clip_gradients(self.model.parameters(), config.optimiser.clip)
        if math.isfinite(norm):
            self.state.optimiser.step()
            self._bad_steps = 0
        else:
            self._bad_steps += 1
            if self._bad_steps >= MAX_BAD_STEPS:
                raise TrainingError(f"the loss is not finite for {MAX_BAD_STEPS} steps on end",
                                    remedy="lower optimiser.lr, or set bf16=false")
        self.step += 1
        self.state.average.update(self.model, self.step)
        return DetectorLossParts(*(p.detach() for p in parts)), norm

    def _evaluate(self, val: ValPages) -> bool:
        """Measure the averaged weights, keep the best; True when patience is at its end."""
        config = self.config
        averaged = self.averaged_model()
        scores = score_detector(torch_map(averaged, self.bf16), val, config.detection,
                                config.val_limit)
        better = scores.h_mean > self.best_h_mean
        if better:
            self.best_h_mean, self.bad_evals = scores.h_mean, 0
            save_weights(self.folder / BEST, averaged)
        else:
            self.bad_evals += 1
        self._log.write({"step": self.step, "val_h_mean": scores.h_mean,
                         "val_recall": scores.recall, "val_coverage": scores.coverage,
                         "sets": {k: {"precision": c.precision, "recall": c.recall,
                                      "h_mean": c.h_mean, "coverage": c.coverage}
                                  for k, c in scores.by_set.items()},
                         "best": better, "seconds": round(self.seconds, 1), "crops": self.crops})
        self.listener(DetectorEvaluated(self.step, scores, better))
        return bool(config.patience and self.bad_evals >= config.patience)

    def _report(self, recent: list[tuple[DetectorLossParts, float]], waited: float) -> None:
        def mean(values: Iterable[float | torch.Tensor]) -> float:
            return sum(float(v) for v in values) / len(recent)
        event = DetectorProgress(
            step=self.step, steps=self.config.steps, loss=mean(p.total for p, _ in recent),
            focal=mean(p.focal for p, _ in recent), dice=mean(p.dice for p, _ in recent),
            binary=mean(p.binary for p, _ in recent),
            threshold=mean(p.threshold for p, _ in recent), norm=mean(n for _, n in recent),
            lr=learning_rate(self.step - 1, self.config.steps, self.config.optimiser),
            crops_per_second=self.crops / self.seconds if self.seconds else 0.0,
            seconds=self.seconds, waited=waited)
        self._log.write({k: round(v, 6) if isinstance(v, float) else v
                         for k, v in event._asdict().items()})
        self.listener(event)


def initial_detector(config: DetectTrainConfig) -> tuple[Detector, tuple[str, ...]]:
    """The net to train, and remarks about the model it starts from.

    Raises ModelError where that is no detector of the same sizes.
    """
    model = Detector(config.model)
    if not config.start:
        return model, ()
    parent = find_model(config.start)
    if parent.spec.kind != "detector":
        raise ModelError(f"{config.start}: a {parent.spec.kind}, not a detector",
                         remedy="start from a detector")
    try:
        model.load_state_dict(load_file(parent.folder / WEIGHTS_FILE))
    except (OSError, RuntimeError) as e:
        raise ModelError(f"{config.start}: its weights do not fit: {e}",
                         remedy="give `model:` the sizes of the model to start from") from e
    return model, (f"starts from {parent.spec.name}",)


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
