"""What every training run does: one loop, exact to resume, ended by signals or by patience."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import torch
from torch import Tensor

from deeptext_cli.config.base import dump_yaml
from deeptext_cli.config.detection import DetectTrainConfig
from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.files import write_atomic
from deeptext_cli.engine import checkpoint, heap
from deeptext_cli.engine.device import best_layout, bf16_pays
from deeptext_cli.engine.run_shell import CONFIG_FILE, RunLog, stop_signals
from deeptext_cli.errors import TrainingError, UsageError
from deeptext_cli.nn.optim import MovingAverage, clip_gradients, learning_rate, make_optimiser

LOG_EVERY = 20
BEST_FILE = "best.safetensors"
MAX_BAD_STEPS = 50  # consecutive steps whose gradient is not finite
# the net, and what its input looks like: weights learnt with one of these are ruined by another
NET_KEYS = ("model", "charset", "start", "width_multiple", "band", "polarity", "widen")

Config = TypeVar("Config", TrainConfig, DetectTrainConfig)
Net = TypeVar("Net", bound=torch.nn.Module)
BatchType = TypeVar("BatchType")
Given = TypeVar("Given", covariant=True)


class BatchFeed(Protocol[Given]):
    """Batches in an order that never changes, and the seconds that were waited for them."""

    waited: float

    def __iter__(self) -> Iterator[Given]: ...


class TrainingLoop(ABC, Generic[Config, Net, BatchType]):
    """One run in `folder`; the best weights on val are kept in `best.safetensors`.

    A subclass makes the net and the batches, takes a step, measures and reports.
    """

    early: ClassVar[str]  # why a run ends that was given no more patience

    def __init__(self, config: Config, folder: Path, *, device: str, resume: bool,
                 fresh: bool) -> None:
        self.config: Config = config
        self.folder = folder
        self.device = torch.device(device)
        self.bf16 = config.bf16 and bf16_pays(self.device)
        path = folder / checkpoint.FILE
        if path.exists() and not resume and not fresh:
            raise UsageError(f"{folder} holds a run already",
                             remedy="go on with --resume, or start anew with --fresh")
        meta = checkpoint.read_meta(path) if resume and not fresh and path.exists() else None
        if meta:
            refuse_another_net(meta["config"], config, folder)
        if config.threads:
            torch.set_num_threads(config.threads)
        self._load_val()
        torch.manual_seed(config.seed)
        model, self.remarks = self._make_net(meta)
        self.layout = best_layout(self.device, model)
        self.model: Net = model.to(
            self.device, memory_format=self.layout)  # type: ignore[call-overload]
        self.state = checkpoint.State(self.model, MovingAverage(self.model, config.optimiser.ema),
                                      make_optimiser(self.model, config.optimiser))
        self.step = 0
        self.bad_evals = 0
        self.seconds = 0.0
        self._stop = False
        self._log = RunLog(folder / "metrics.jsonl")
        self._bad_steps = 0
        self._recent: list[dict[str, float | Tensor]] = []  # losses since the last report
        if meta:
            self._restore(checkpoint.load_checkpoint(path, self.state))
            self.remarks = _changes(meta["config"], config)
        elif resume:
            self.remarks += (f"no checkpoint in {folder}: the run begins anew",)
        # nothing is written before: a mistake leaves an old run as it was, and nothing of a new one
        folder.mkdir(parents=True, exist_ok=True)
        if fresh:  # else a kill before the first checkpoint would leave the old run to resume
            path.unlink(missing_ok=True)
            (folder / BEST_FILE).unlink(missing_ok=True)
        write_atomic(folder / CONFIG_FILE, dump_yaml(config).encode())
        self._log.trim(self.step)

    @property
    def log(self) -> Path:
        """`metrics.jsonl` of the run."""
        return self._log.path

    def stop(self) -> None:
        """End after the step in hand, with a checkpoint."""
        self._stop = True

    def save(self) -> None:
        """Write the checkpoint."""
        checkpoint.save_checkpoint(self.folder / checkpoint.FILE, self.state, {
            "config": self.config.model_dump(mode="json"), "step": self.step,
            "bad_evals": self.bad_evals, "seconds": self.seconds,
            "recent": [{k: float(v) for k, v in r.items()} for r in self._recent]} | self._meta())

    @abstractmethod
    def averaged_model(self) -> Net:
        """A copy of the net with the moving average of its weights, in eval mode."""

    @abstractmethod
    def _load_val(self) -> None:
        """Open what the run is measured on."""

    @abstractmethod
    def _make_net(self, meta: dict[str, Any] | None) -> tuple[Net, tuple[str, ...]]:
        """The net to train, and remarks about where it starts; `meta`: of the checkpoint."""

    @abstractmethod
    def _feed(self) -> AbstractContextManager[BatchFeed[BatchType]]:
        """Batches from where the run stands."""

    @abstractmethod
    def _train(self, batch: BatchType) -> None:
        """Take one step."""

    @abstractmethod
    def _report(self, waited: float) -> None:
        """Log the steps since the last report, and tell the listener."""

    @abstractmethod
    def _evaluate(self) -> None:
        """Measure the averaged weights on val, log it, and hand it to `_judge`."""

    @abstractmethod
    def _meta(self) -> dict[str, Any]:
        """What a checkpoint holds besides what every run has."""

    def _restore(self, meta: dict[str, Any]) -> None:
        """Put back what `save` wrote."""
        self.step, self.seconds = meta["step"], meta["seconds"]
        self.bad_evals = meta["bad_evals"]
        self._recent = meta.get("recent", [])

    def _loop(self) -> str:
        """Train to the end, to early stopping or to a signal; returns which."""
        started, already = time.monotonic(), self.seconds
        with stop_signals(self.stop):
            with self._feed() as feed:
                batches = iter(feed)
                self.model.train()
                early = self._out_of_patience()  # resumed after it had stopped early
                while self.step < self.config.steps and not self._stop and not early:
                    self._train(next(batches))
                    self.seconds = already + time.monotonic() - started
                    if self.step % LOG_EVERY == 0:
                        self._report(feed.waited)
                        heap.trim()
                    if self.step % self.config.eval_every == 0 or self.step == self.config.steps:
                        self._evaluate()
                        early = self._out_of_patience()
                    if self.step % self.config.checkpoint_every == 0:
                        self.save()
            self.save()
        if self._stop:
            return "interrupted"
        return self.early if early else "all steps done"

    def _set_rate(self) -> None:
        """The learning rate of the step to come."""
        for group in self.state.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.config.steps, self.config.optimiser)

    @property
    def _rate(self) -> float:
        """The learning rate of the last step."""
        return learning_rate(self.step - 1, self.config.steps, self.config.optimiser)

    def _descend(self, loss: Tensor) -> float:
        """One step of the optimiser and of the average; returns the gradient's norm.

        A step whose gradient is not finite is left out, and batch statistics that are not are
        put back: they would stay so for good. Raises TrainingError after too many.
        """
        self.state.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = clip_gradients(self.model.parameters(), self.config.optimiser.clip)
        self.state.average.mend(self.model)
        if math.isfinite(norm):
            self.state.optimiser.step()
            self._bad_steps = 0
        else:
            self._bad_steps += 1
            if self._bad_steps >= MAX_BAD_STEPS:
                raise TrainingError(f"the loss is not finite for {MAX_BAD_STEPS} steps on end",
                                    remedy="lower optimiser.lr, or set bf16=false")
        self.step += 1
        if not self._bad_steps:
            self.state.average.update(self.model, self.step)
        return norm

    def _note(self, parts: dict[str, Tensor | None], norm: float) -> None:
        """Keep the parts of a step's loss for the next report; a part may be left out of a step."""
        self._recent.append({k: v.detach() for k, v in parts.items() if v is not None}
                            | {"norm": norm})

    def _means(self) -> dict[str, float]:
        """Each part noted since the last report: its mean over the steps that had it."""
        values: dict[str, list[float]] = {}
        for record in self._recent:
            for name, value in record.items():
                values.setdefault(name, []).append(float(value))
        self._recent = []
        return {name: sum(v) / len(v) for name, v in values.items()}

    def _judge(self, better: bool, keep: Net | None) -> None:
        """Count a measurement for patience; `keep`: weights that are the best so far."""
        if keep is not None:
            save_weights(self.folder / BEST_FILE, keep)
        self.bad_evals = 0 if better else self.bad_evals + 1

    def _out_of_patience(self) -> bool:
        return bool(self.config.patience and self.bad_evals >= self.config.patience)


def rounded(record: dict[str, Any]) -> dict[str, Any]:
    """A record for the log."""
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in record.items()}


def refuse_another_net(before: dict[str, Any], config: TrainConfig | DetectTrainConfig,
                       folder: Path) -> None:
    """Raise UsageError where the net or its input are not those of the run in `folder`, whose
    settings are `before`. A key that it does not know came later, and is no change."""
    old, new = _net_settings(before), _net_settings(config.model_dump(mode="json"))
    changed = [f"{key} was {value!r}, is {new[key]!r}" for key, value in old.items()
               if key in new and value != new[key]]
    if changed:
        raise UsageError(f"{folder} was begun with another net or input: {'; '.join(changed)}",
                         remedy="leave that out to go on, or start anew with --fresh or another "
                                "--run")


def _net_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Those of NET_KEYS that are there, sizes of the net one by one."""
    known = {key: settings[key] for key in NET_KEYS if key in settings}
    return {f"model.{key}": value for key, value in known.pop("model", {}).items()} | known


def _changes(before: dict[str, Any], config: TrainConfig | DetectTrainConfig) -> tuple[str, ...]:
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


def save_weights(path: Path, model: torch.nn.Module) -> None:
    """All weights as safetensors, atomically."""
    from safetensors.torch import save
    tensors = {k: v.detach().cpu().contiguous().clone() for k, v in model.state_dict().items()}
    write_atomic(path, save(tensors))
