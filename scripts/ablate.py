"""What each part of the engine is worth: train it without, one part at a time, and compare.

    python scripts/ablate.py -o runs/ablation

Every run has the same data, steps and seed, and differs by the overrides below alone. Runs that are
finished are kept: the command goes on where it stopped. The table has Markdown's form; the interval
is of the paired difference to the full engine, over the same val lines. One seed: differences whose
interval holds 0 are no finding.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from deeptext_cli.config.base import load_config
from deeptext_cli.config.training import TrainConfig
from deeptext_cli.engine.evaluator import EvalOptions, EvalResult, evaluate
from deeptext_cli.engine.models import EXPORTED_FILE
from deeptext_cli.metrics.intervals import Difference

NO_AUGMENTATION = "no augmentation"
TRAINING: dict[str, tuple[str, ...]] = {
    "full": (),
    NO_AUGMENTATION: (),  # the data entries without theirs
    "no recurrent layer": ("model.rnn=0",),
    "no self-attention": ("model.attention_heads=0",),
    "no attention decoder (no cross-entropy)": ("model.decoder=0", "loss.decoder=0"),
    "no shortcut head": ("model.shortcut=false", "loss.shortcut=0"),
    "CTC alone": ("model.decoder=0", "loss.decoder=0", "model.shortcut=false", "loss.shortcut=0"),
    "40 pixels high, not 32": ("model.height=40",),
    "48 pixels high": ("model.height=48",),
    "no dropout": ("model.dropout=0",),
    "no L2": ("optimiser.weight_decay=0",),
    "L1 instead of L2": ("optimiser.weight_decay=0", "loss.l1=1e-6"),
    "Adam": ("optimiser.name=adam", "optimiser.weight_decay=1e-4"),
    "RMSprop": ("optimiser.name=rmsprop", "optimiser.weight_decay=1e-4", "optimiser.lr=5e-4"),
    "no average of weights": ("optimiser.ema=0",),
    "cosine instead of a held rate": ("optimiser.schedule=cosine",),
    "from nothing": ("start=null",),
}
READING: dict[str, dict[str, object]] = {
    "beam search, all lines": {"decoder": "beam", "unsure_below": 1.0},
    "beam search and lm-en": {"decoder": "beam", "unsure_below": 1.0, "lm": "lm-en"},
    "exact search, capitals and digits": {"chars": "0-9A-Z"},
}


def slug(name: str) -> str:
    """A name for a folder."""
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")


def trained(name: str, overrides: Sequence[str], config: Path, out: Path) -> Path:
    """The model of a variant; trained, or trained on, if it is not finished."""
    folder = out / slug(name)
    if not (folder / EXPORTED_FILE).exists():
        from deeptext_cli.engine.training import train
        settings = load_config(config, TrainConfig, [*overrides, f"name={slug(name)}"])
        if name == NO_AUGMENTATION:
            settings = settings.model_copy(update={"data": tuple(
                entry.model_copy(update={"augment": None}) for entry in settings.data)})
        result = train(settings.resolved_against(config.parent), folder=folder,
                       resume=(folder / "checkpoint.safetensors").exists())
        if result.finished.interrupted:
            raise SystemExit(130)
        print(f"# {name}: trained, {result.finished.seconds / 60:.1f} minutes", flush=True)
    return folder / "model"


def paired(rate: Difference, digits: int) -> str:
    """A paired difference in per cent with its interval, if there are enough groups for one."""
    if math.isnan(rate.low):
        return f"{100 * rate.difference:+.{digits}f}"
    return (f"{100 * rate.difference:+.{digits}f} ({100 * rate.low:+.{digits}f} to "
            f"{100 * rate.high:+.{digits}f})")


def row(name: str, result: EvalResult, parameters: str) -> str:
    """One line of the table."""
    rates, c = result.summary.counts, result.summary.comparison
    against = "" if c is None else paired(c.rates["cer"], 2)
    return (f"| {name} | {parameters} | {100 * rates.cer:.2f} | {100 * rates.exact:.1f} | "
            f"{against} |")


def main() -> None:
    """Train every variant, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=Path("configs/ablation.yaml"))
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--only", nargs="*", help="these variants alone")
    parser.add_argument("--set", action="append", default=[], help="override for all of them")
    args = parser.parse_args()
    data = [e.path for e in load_config(args.config, TrainConfig).data if e.path]
    chosen = {k: v for k, v in TRAINING.items()
              if not args.only or k == "full" or k in args.only}
    models = {name: trained(name, (*args.set, *changes), args.config, args.output)
              for name, changes in chosen.items()}
    print("| | parameters | CER % | exact % | CER, difference to full (95 %) |")
    print("| --- | --- | --- | --- | --- |")
    full = str(models["full"])
    for name, model in models.items():
        result = evaluate(EvalOptions(model=str(model), data=data, jobs=1,
                                      against=None if name == "full" else full))
        print(row(name, result, parameters(model)), flush=True)
    for name, changes in READING.items():
        print(row(f"full, {name}", evaluate(EvalOptions(model=full, data=data, jobs=1,
                                                        decoding=changes)), ""), flush=True)


def parameters(model: Path) -> str:
    """How many weights a model has, in millions."""
    from safetensors import safe_open
    with safe_open(model / "weights.safetensors", "np") as f:
        count = sum(f.get_tensor(k).size for k in f.keys())  # noqa: SIM118 (no mapping)
    return f"{count / 1e6:.3f}M"


if __name__ == "__main__":
    main()
