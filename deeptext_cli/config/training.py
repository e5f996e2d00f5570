"""Configuration of `deeptext train` for recognisers. Every default is a documented choice."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from deeptext_cli.config.base import Strict
from deeptext_cli.config.decode import DecodeOptions
from deeptext_cli.config.model import Architecture


class DataEntry(Strict):
    """One source of training lines: a prepared data set, or a synthesis recipe on the fly."""

    path: str | None = Field(None, description="Folder made by `deeptext prepare`.")
    synth: str | None = Field(None, description="Recipe file; lines are made while training.")
    fonts: tuple[str, ...] = Field((), description="Font folders instead of the recipe's.")
    text: tuple[str, ...] = Field((), description="Text files or globs instead of the recipe's.")
    split: str = Field("train", description="Split of the data set to train on.")
    weight: float | None = Field(
        None, gt=0, description="Share of the lines; a data set's default is its size.")
    augment: str | None = Field(
        None, description="Augmentation preset for this entry (recipes bring their own).")

    @model_validator(mode="after")
    def _one_source(self) -> DataEntry:
        if (self.path is None) == (self.synth is None):
            raise ValueError("a data entry has either `path` or `synth`")
        if self.synth is not None and self.weight is None:
            raise ValueError("a `synth` entry needs a `weight`")
        return self


class ValEntry(Strict):
    """One labelled set that progress is measured on."""

    path: str = Field(description="Folder made by `deeptext prepare`.")
    split: str = Field("val", description="Split to measure on.")
    limit: int = Field(2000, ge=1, description="Lines used, spread evenly over the split.")
    ignore_case: bool = Field(False, description="Score without case.")
    watch_only: bool = Field(False, description="Shown, but without a say in what is best.")


class Loss(Strict):
    """Weights of the loss parts."""

    ctc: float = Field(1.0, ge=0, description="CTC of the main head.")
    shortcut: float = Field(0.2, ge=0, description="CTC of the head on the CNN features.")
    decoder: float = Field(0.5, ge=0, description="Cross-entropy of the attention decoder.")
    decoder_final: float = Field(
        0.1, ge=0, description="The decoder's weight at the end of the last fifth of training.")
    smoothing: float = Field(0.1, ge=0, lt=1, description="Label smoothing of the decoder.")
    l1: float = Field(0.0, ge=0, description="L1 penalty on the weights.")


class Optimiser(Strict):
    """How weights move."""

    name: Literal["adamw", "adam", "rmsprop"] = Field("adamw", description="Algorithm.")
    lr: float = Field(2e-3, gt=0, description="Highest learning rate.")
    weight_decay: float = Field(0.02, ge=0, description="L2 penalty (decoupled for adamw).")
    clip: float = Field(5.0, gt=0, description="Largest norm of the gradient.")
    warmup: int = Field(300, ge=0, description="Steps of linear warm-up.")
    schedule: Literal["cosine", "hold"] = Field(
        "cosine", description="cosine: down from the warm-up on; hold: constant, then `cooldown`.")
    cooldown: float = Field(
        0.2, ge=0, le=1, description="Share of the steps over which `hold` falls to zero.")
    ema: float = Field(0.999, ge=0, lt=1, description="Decay of the weights' moving average.")


class TrainConfig(Strict):
    """A training run. A shipped YAML states only its differences from these defaults."""

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$", description="Name of run and model.")
    data: tuple[DataEntry, ...] = Field(min_length=1, description="Sources of training lines.")
    val: tuple[ValEntry, ...] = Field(
        (), description="Sets to measure on; empty: the val split of every data set in `data`.")
    model: Architecture = Field(default_factory=Architecture, description="Sizes of the net.")
    charset: str = Field(
        "data", description="`data`: characters of the training labels; `latin`: the 300 or so of "
        "the shipped models; `model`: those of `start`; `model+data`: both; anything else: the "
        "characters themselves.")
    start: str | None = Field(
        None, description="Name or folder of a model to start from (`--from`).")
    band: bool = Field(True, description="Cut lines to the rows of their main text line.")
    polarity: Literal["auto", "dark"] = Field(
        "auto", description="auto: found for each line by the share of ink; dark: text is darker "
        "than its paper, as in captchas and on plates.")
    widen: float = Field(
        0.0, ge=0, le=20, description="Lines of fewer heights than this are widened, by the "
        "square root of what they lack; 0: none.")
    look_again: float = Field(
        0.0, ge=0, le=1, description="`read`: lines less sure than this, by the geometric mean of "
        "their characters, are also looked at whole, without `band` (band: false: closer, without "
        "their edges above and below), and (polarity: auto) the other way round, light on dark; "
        "0: none.")
    written: bool = Field(
        False, description="Lines are handwriting: those to look again at are seen leant, wider "
        "and whole.")
    width_multiple: int = Field(64, ge=4, description="Widths are padded to a multiple of this.")
    max_width: int = Field(1600, ge=64, description="Wider lines are squeezed, in model pixels.")
    batch: int = Field(64, ge=1, description="Lines of 320 pixels in a batch (wider ones: fewer).")
    steps: int = Field(20_000, ge=1, description="Optimiser steps of the whole run.")
    eval_every: int = Field(500, ge=1, description="Steps between measurements on val.")
    checkpoint_every: int = Field(250, ge=1, description="Steps between checkpoints.")
    patience: int = Field(
        0, ge=0, description="Stop after so many measurements without a better val CER; 0: never.")
    loss: Loss = Field(default_factory=Loss, description="Weights of the loss parts.")
    optimiser: Optimiser = Field(default_factory=Optimiser, description="How weights move.")
    bf16: bool = Field(
        True, description="bfloat16 autocast, on processors that have it.")
    seed: int = Field(0, ge=0, description="Makes the run repeatable. A further stage on the same "
                      "recipes needs another: the same seed makes the same lines.")
    jobs: int = Field(1, ge=0, description="Processes that make batches; 0: in the trainer itself.")
    threads: int = Field(0, ge=0, description="Threads of the trainer; 0: as torch likes.")
    int8: bool = Field(
        False, description="Ship the model in 8-bit integers: faster on CPUs; checked on val.")
    decoding: DecodeOptions = Field(
        default_factory=DecodeOptions, description="Defaults written into the model.")

    def resolved_against(self, folder: Path) -> TrainConfig:
        """The same config; recipe paths that exist beside the config file made absolute."""
        def fix(entry: DataEntry) -> DataEntry:
            if entry.synth and not Path(entry.synth).exists() and (folder / entry.synth).exists():
                return entry.model_copy(update={"synth": str(folder / entry.synth)})
            return entry
        return self.model_copy(update={"data": tuple(fix(e) for e in self.data)})
