"""Training of recognisers: one loop, exact to resume, that reports and does not render."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from deeptext_cli.config.base import dump_yaml
from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.files import write_atomic
from deeptext_cli.engine import checkpoint
from deeptext_cli.engine.device import best_layout, bf16_pays
from deeptext_cli.engine.feed import Batch, Feed
from deeptext_cli.engine.run_shell import RunLog, stop_signals
from deeptext_cli.engine.setup import initial_model, training_charset
from deeptext_cli.engine.train_events import Evaluated, Finished, Progress, Started, TrainEvent
from deeptext_cli.engine.validation import ValSet, load_val_sets, score
from deeptext_cli.errors import TrainingError, UsageError
from deeptext_cli.nn.losses import LossParts, combined_loss, l1_penalty, make_targets
from deeptext_cli.nn.optim import MovingAverage, clip_gradients, learning_rate, make_optimiser
from deeptext_cli.nn.recogniser import Recogniser, to_input
from deeptext_cli.text import Charset

Listener = Callable[[TrainEvent], None]
LOG_EVERY = 20
BEST_FILE = "best.safetensors"
EARLY = "early stopping: val CER no longer falls"
MAX_BAD_STEPS = 50  # consecutive steps whose gradient is not finite


class Trainer:
    """One run in `folder`. `run` trains to the end, to early stopping or to a signal."""

    def __init__(self, config: TrainConfig, folder: Path, *, device: str = "cpu",
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
        if fresh:  # else a kill before the first checkpoint would leave the old run to resume
            path.unlink(missing_ok=True)
            (folder / BEST_FILE).unlink(missing_ok=True)
        torch.manual_seed(config.seed)
        meta = checkpoint.read_meta(path) if resume and path.exists() else None
        self.charset = Charset(meta["charset"]) if meta else training_charset(config)
        model, self.remarks = initial_model(config, self.charset)
        self.layout = best_layout(self.device, model)
        model = model.to(self.device, memory_format=self.layout)  # type: ignore[call-overload]
        self.state = checkpoint.State(model, MovingAverage(model, config.optimiser.ema),
                                      make_optimiser(model, config.optimiser))
        self.model: Recogniser = model
        self.step = 0
        self.position = (0, 0)
        self.best_cer = math.inf
        self.bad_evals = 0
        self.seconds = 0.0
        self.lines = 0
        self._stop = False
        self._log = RunLog(folder / "metrics.jsonl")
        self._bad_steps = 0
        if meta:
            self._restore(checkpoint.load_checkpoint(path, self.state))
            self.remarks = _changes(meta["config"], config)
        elif resume:
            self.remarks += (f"no checkpoint in {folder}: the run begins anew",)
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

    def run(self) -> Finished:
        """Train on; returns how it ended. The best weights lie in `best.safetensors`."""
        val_sets = load_val_sets(self.config)
        self.listener(Started(self.config, self.folder, self.step, len(self.charset),
                              sum(p.numel() for p in self.model.parameters()), self.remarks))
        started, already = time.monotonic(), self.seconds
        reason = "all steps done"
        with stop_signals(self.stop):
            with Feed(self.config, self.charset, self.position) as feed:
                batches = iter(feed)
                self.model.train()
                if self._out_of_patience():  # resumed after it had stopped early
                    reason = EARLY
                while self.step < self.config.steps and not self._stop and reason != EARLY:
                    parts, norm = self._train(next(batches))
                    self.seconds = already + time.monotonic() - started
                    if self.step % LOG_EVERY == 0:
                        self._report(parts, norm, feed.stats.waited)
                    due = self.step % self.config.eval_every == 0
                    if (due or self.step == self.config.steps) and self._evaluate(val_sets):
                        reason = EARLY
                        break
                    if self.step % self.config.checkpoint_every == 0:
                        self.save()
                if self._stop:
                    reason = "interrupted"
            self.save()
        finished = Finished(reason, self.step, self.best_cer, self.seconds, self.lines,
                            self.folder, self._stop)
        self.listener(finished)
        return finished

    def save(self) -> None:
        """Write the checkpoint."""
        checkpoint.save_checkpoint(self.folder / checkpoint.FILE, self.state, {
            "config": self.config.model_dump(mode="json"), "charset": str(self.charset),
            "step": self.step, "position": list(self.position),
            "best_cer": self.best_cer if math.isfinite(self.best_cer) else None,
            "bad_evals": self.bad_evals, "seconds": self.seconds, "lines": self.lines})

    def _train(self, batch: Batch) -> tuple[LossParts, float]:
        config, loss = self.config, self.config.loss
        rate = learning_rate(self.step, config.steps, config.optimiser)
        for group in self.state.optimiser.param_groups:
            group["lr"] = rate
        images = to_input(torch.from_numpy(batch.images).to(self.device))
        images = images.contiguous(memory_format=self.layout)
        targets = make_targets(batch.labels)
        targets = type(targets)(*(t.to(self.device) for t in targets))
        fits = int(targets.lengths.max()) <= config.model.max_length
        weight = decoder_weight(self.step, config) if fits else 0.0
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            outputs = self.model(images, targets.previous if weight else None)
        parts = combined_loss(outputs, targets, ctc=loss.ctc, shortcut=loss.shortcut,
                              decoder=weight, smoothing=loss.smoothing)
        total = parts.total
        if loss.l1:
            total = total + loss.l1 * l1_penalty([p for p in self.model.parameters() if p.ndim > 1])
        self.state.optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
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
        self.position = batch.position
        self.lines += len(batch.labels)
        self.state.average.update(self.model, self.step)
        return parts, norm

    def _evaluate(self, val_sets: list[ValSet]) -> bool:
        """Measure the averaged weights, keep the best; True when patience is at its end."""
        averaged = self.averaged_model()
        scores = score(averaged, val_sets, self.charset, self.bf16)
        better = scores.cer < self.best_cer
        if scores.cer <= self.best_cer:  # of equals the later: few val lines often tie
            self.best_cer = scores.cer
            save_weights(self.folder / BEST_FILE, averaged)
        self.bad_evals = 0 if better else self.bad_evals + 1
        self._log.write({"step": self.step, "val_cer": scores.cer, "val_exact": scores.exact,
                         "sets": {k: {"cer": c.cer, "exact": c.exact, "lines": c.lines}
                                  for k, c in scores.by_set.items()},
                         "best": better, "seconds": round(self.seconds, 1), "lines": self.lines})
        self.listener(Evaluated(self.step, scores, better))
        return self._out_of_patience()

    def _out_of_patience(self) -> bool:
        return bool(self.config.patience and self.bad_evals >= self.config.patience)

    def averaged_model(self) -> Recogniser:
        """A copy of the net with the moving average of its weights, in eval mode."""
        model = Recogniser(self.config.model, self.charset.classes).to(self.device)
        model.load_state_dict(self.state.average.shadow)
        return model.eval()

    def _report(self, parts: LossParts, norm: float, waited: float) -> None:
        rate = self.lines / self.seconds if self.seconds else 0.0
        event = Progress(
            step=self.step, steps=self.config.steps, loss=parts.total.item(),
            ctc=parts.ctc.item(),
            shortcut=None if parts.shortcut is None else parts.shortcut.item(),
            decoder=None if parts.decoder is None else parts.decoder.item(),
            lr=learning_rate(self.step - 1, self.config.steps, self.config.optimiser),
            norm=norm, lines_per_second=rate, seconds=self.seconds, waited=waited)
        self._log.write({k: round(v, 6) if isinstance(v, float) else v
                         for k, v in event._asdict().items()} | {"lines": self.lines})
        self.listener(event)

    def _restore(self, meta: dict[str, Any]) -> None:
        self.step, self.position = meta["step"], tuple(meta["position"])
        self.best_cer = math.inf if meta["best_cer"] is None else meta["best_cer"]
        self.bad_evals, self.seconds = meta["bad_evals"], meta["seconds"]
        self.lines = meta["lines"]


def _changes(before: dict[str, Any], config: TrainConfig) -> tuple[str, ...]:
    """Remarks about settings that differ from those the checkpoint was made with."""
    old, new = _leaves(before), _leaves(config.model_dump(mode="json"))
    return tuple(f"changed since the checkpoint: {key} was {old.get(key)!r}, is {new.get(key)!r}"
                 for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key))


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Settings by their dotted keys, as `--set` takes them."""
    if isinstance(value, (dict, list)) and value:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {k: v for name, x in items
                for k, v in _leaves(x, f"{path}.{name}" if path else str(name)).items()}
    return {path: value}


def decoder_weight(step: int, config: TrainConfig) -> float:
    """The decoder's loss weight: constant, then down to `decoder_final` over the last fifth."""
    loss = config.loss
    late = (step / config.steps - 0.8) / 0.2
    if late <= 0 or loss.decoder <= loss.decoder_final:
        return loss.decoder
    return loss.decoder + (loss.decoder_final - loss.decoder) * min(1.0, late)


def save_weights(path: Path, model: torch.nn.Module) -> None:
    """All weights as safetensors, atomically."""
    from safetensors.torch import save
    tensors = {k: v.detach().cpu().contiguous().clone() for k, v in model.state_dict().items()}
    write_atomic(path, save(tensors))
