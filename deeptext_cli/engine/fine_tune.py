"""What a run starts from, and the defaults of one that has no configuration file: `train --data D
[--from MODEL]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml

from deeptext_cli.config.decode import DecodeOptions
from deeptext_cli.config.model import Architecture
from deeptext_cli.data.dataset import LineDataset
from deeptext_cli.data.images import size
from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.feed import REFERENCE_WIDTH
from deeptext_cli.engine.models import Model, find_model
from deeptext_cli.engine.val_lines import spread
from deeptext_cli.errors import ImageError, ModelError

# What a run may see, in lines of 320 pixels: that bounds its time. On two cores without AVX-512 the
# first is nine minutes for a net as large as print, and two for one as small as captcha.
FINE_TUNE_LINES = 15_000
SCRATCH_LINES = 200_000
PASSES = 60          # over the training lines: with few of them, more only learns them by heart
FEWEST_STEPS = 600   # a new scheme or hand is not learnt in less, however few its lines are
MEASUREMENTS = 12
VAL_LINES = 400      # measured each time: more would cost more time than they teach
PARENTS_CHARSETS = ("model", "model+data", "latin")  # those in which texts are of its languages
CONSTRAINTS = ("chars", "exclude_chars", "length", "pattern", "lexicon", "lexicon_bias")


def parent_of(start: str, kind: Literal["recogniser", "detector"]) -> Model:
    """The model that a run starts from. Raises ModelError where it is of another kind."""
    parent = find_model(start)
    if parent.spec.kind != kind:
        raise ModelError(f"{start}: a {parent.spec.kind}, not a {kind}",
                         remedy=f"start from a {kind}")
    return parent


def run_name(data: list[Path]) -> str:
    """The name of a run on data sets that was given none: the first one's, as names may be."""
    return re.sub(r"[^\w.-]+", "-", data[0].name or data[0].resolve().name)


def fine_tune_defaults(data: list[Path], start: str | None,
                       asked: Mapping[str, Any] | None = None) -> str:
    """YAML of a sensible run on the data sets, from a model or from nothing.

    Steps and measurements follow from the amount of data, so that a run from a model ends within
    minutes. asked: settings that are to override these.
    """
    parent = parent_of(start, "recogniser") if start else None
    spec = parent.spec if parent else None
    architecture = spec.architecture if spec else Architecture()
    sets = [LineDataset(d, "train") for d in data]
    count = sum(len(s) for s in sets)
    lines = sum(len(s) * line_area(s, architecture.height) for s in sets)
    batch = 32 if count >= 64 else 16
    steps = SCRATCH_LINES // batch
    if start:
        steps = min(FINE_TUNE_LINES // batch, max(FEWEST_STEPS, round(PASSES * lines / batch)))
    settings: dict[str, object] = {
        "name": run_name(data),
        "data": [{"path": str(d), "augment": "mild"} for d in data],
        "val": [{"path": str(d), "limit": VAL_LINES} for d in dict.fromkeys(data)],
        "batch": batch, "steps": steps, "eval_every": max(1, steps // MEASUREMENTS),
        "checkpoint_every": 100, "patience": MEASUREMENTS // 2,
        "optimiser": {"lr": 6e-4 if start else 2e-3, "warmup": 50 if start else 300,
                      "ema": 0.98 if start else 0.999}}
    if parent and spec:
        settings["model"] = architecture.model_dump(mode="json")
        settings["charset"] = "model+data"
        settings["band"] = spec.band
        settings["polarity"] = spec.polarity
        settings["widen"] = spec.widen
        settings["look_again"] = spec.look_again
        settings["written"] = spec.written
        settings["width_multiple"] = spec.width_multiple
        decoding = inherited_decoding(parent, sets, settings | dict(asked or {}))
        settings["decoding"] = decoding.model_dump(mode="json")
    return yaml.safe_dump(settings, sort_keys=False)


def inherited_decoding(parent: Model, sets: list[LineDataset],
                       settings: Mapping[str, Any]) -> DecodeOptions:
    """How the parent decodes, as far as it suits a model with `settings` that learns from `sets`.

    With characters of its own it reads codes, of which a language model knows nothing; constraints
    stay where the labels keep to them. Confidences start from the parent's calibration, which
    `unsure_below` goes with, and are fitted further.
    """
    old, changes = parent.spec.decoding, dict[str, object]()
    own = settings["charset"] not in PARENTS_CHARSETS
    if own:
        changes |= {"lm": None, "length_bonus": None}
    net = settings["model"]
    if isinstance(net, dict) and net.get("decoder", parent.spec.architecture.decoder) == 0:
        changes["rescore"] = 0.0
    if own or (old.constrained and not _kept_to(parent, sets)):
        changes |= dict.fromkeys(CONSTRAINTS)
    new = old.model_copy(update=changes)
    if (old.lm or old.rescore) and not (new.lm or new.rescore):
        return new.model_copy(update={"decoder": "greedy"})  # nothing is left to search with
    return new


def _kept_to(parent: Model, sets: list[LineDataset]) -> bool:
    """Whether all labels are such as the parent's constraints allow."""
    decoder = make_decoder(parent)
    return all(decoder.allows(s.label(i)) for s in sets for i in range(len(s)))


def line_area(lines: LineDataset, height: int, sample: int = 64) -> float:
    """Mean width of lines at the model's height, in units of the reference width; from headers."""
    widths = []
    for i in spread(len(lines), sample):
        try:
            w, h = size(lines[i][0])
        except ImageError:
            continue  # `prepare` keeps such images out
        widths.append(w / h * height)
    return float(np.mean(widths)) / REFERENCE_WIDTH if widths else 1.0
