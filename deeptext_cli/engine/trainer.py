"""Training of recognisers: the losses of a step, and what val says."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from deeptext_cli.config.training import TrainConfig
from deeptext_cli.engine.feed import Batch, Feed
from deeptext_cli.engine.run_data import (
    LeftOut,
    changed_remarks,
    checksums,
    left_out_remark,
    measured_lines,
)
from deeptext_cli.engine.setup import initial_model, training_charset
from deeptext_cli.engine.train_events import Evaluated, Finished, Progress, Started, TrainEvent
from deeptext_cli.engine.training_loop import TrainingLoop, rounded
from deeptext_cli.engine.validation import ValSet, load_val_sets, score, val_entries
from deeptext_cli.nn.losses import combined_loss, l1_penalty, make_targets
from deeptext_cli.nn.recogniser import Recogniser, to_input
from deeptext_cli.text import Charset

Listener = Callable[[TrainEvent], None]


class Trainer(TrainingLoop[TrainConfig, Recogniser, Batch]):
    """A recogniser's run in `folder`. `run` trains to the end, to early stopping or to a signal."""

    early = "early stopping: val CER no longer falls"

    def __init__(self, config: TrainConfig, folder: Path, *, device: str = "cpu",
                 resume: bool = False, fresh: bool = False,
                 listener: Listener = lambda event: None) -> None:
        self.listener = listener
        self.charset = Charset("")
        self.position = (0, 0)
        self.best_cer = math.inf
        self.lines = 0
        self._val: list[ValSet] = []
        self._left_out: LeftOut = ()
        self._checksums: dict[str, dict[str, str]] = {}  # of the prepared sets
        self._changed: tuple[str, ...] = ()
        super().__init__(config, folder, device=device, resume=resume, fresh=fresh)
        self.remarks += self._changed + left_out_remark(config, self._left_out)

    def run(self) -> Finished:
        """Train on; returns how it ended. The best weights lie in `best.safetensors`."""
        self.listener(Started(self.config, self.folder, self.step, len(self.charset),
                              sum(p.numel() for p in self.model.parameters()), self.remarks))
        reason = self._loop()
        finished = Finished(reason, self.step, self.best_cer, self.seconds, self.lines,
                            self.folder, self._stop)
        self.listener(finished)
        return finished

    def averaged_model(self) -> Recogniser:
        """A copy of the net with the moving average of its weights, in eval mode."""
        model = Recogniser(self.config.model, self.charset.classes).to(self.device)
        model.load_state_dict(self.state.average.shadow)
        return model.eval()

    def _load_val(self) -> None:
        self._val = load_val_sets(self.config)
        self._left_out = measured_lines(self.config, val_entries(self.config))
        self._checksums = checksums(self.config, val_entries(self.config))

    def _make_net(self, meta: dict[str, Any] | None) -> tuple[Recogniser, tuple[str, ...]]:
        self.charset = Charset(meta["charset"]) if meta else training_charset(self.config)
        return initial_model(self.config, self.charset)

    def _feed(self) -> Feed:
        return Feed(self.config, self.charset, self.position, self._left_out)

    def _train(self, batch: Batch) -> None:
        config, loss = self.config, self.config.loss
        self._set_rate()
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
        norm = self._descend(total)
        self.position = batch.position
        self.lines += len(batch.labels)
        self._note(parts._asdict(), norm)

    def _evaluate(self) -> None:
        averaged = self.averaged_model()
        scores = score(averaged, self._val, self.charset, self.bf16)
        better = scores.cer < self.best_cer
        keep = scores.cer <= self.best_cer  # of equals the later: few val lines often tie
        self.best_cer = min(self.best_cer, scores.cer)
        # none can be better than one without errors: that it is as good is no reason to stop
        self._judge(better or scores.cer == 0, averaged if keep else None)
        self._log.write({"step": self.step, "val_cer": scores.cer, "val_exact": scores.exact,
                         "sets": {k: {"cer": c.cer, "exact": c.exact, "lines": c.lines}
                                  for k, c in scores.by_set.items()},
                         "best": better, "seconds": round(self.seconds, 1), "lines": self.lines})
        self.listener(Evaluated(self.step, scores, better))

    def _report(self, waited: float) -> None:
        means = self._means()
        event = Progress(
            step=self.step, steps=self.config.steps, loss=means["total"], ctc=means["ctc"],
            shortcut=means.get("shortcut"), decoder=means.get("decoder"), lr=self._rate,
            norm=means["norm"],
            lines_per_second=self.lines / self.seconds if self.seconds else 0.0,
            seconds=self.seconds, waited=waited)
        self._log.write(rounded(event._asdict()) | {"lines": self.lines})
        self.listener(event)

    def _meta(self) -> dict[str, Any]:
        return {"charset": str(self.charset), "position": list(self.position),
                "best_cer": self.best_cer if math.isfinite(self.best_cer) else None,
                "lines": self.lines, "checksums": self._checksums}

    def _restore(self, meta: dict[str, Any]) -> None:
        super()._restore(meta)
        self.position = tuple(meta["position"])
        self.best_cer = math.inf if meta["best_cer"] is None else meta["best_cer"]
        self.lines = meta["lines"]
        self._changed = changed_remarks(meta.get("checksums", {}), self._checksums)


def decoder_weight(step: int, config: TrainConfig) -> float:
    """The decoder's loss weight: constant, then down to `decoder_final` over the last fifth."""
    loss = config.loss
    late = (step / config.steps - 0.8) / 0.2
    if late <= 0 or loss.decoder <= loss.decoder_final:
        return loss.decoder
    return loss.decoder + (loss.decoder_final - loss.decoder) * min(1.0, late)
