"""Configuration of `deeptext train` for text detectors."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from deeptext_cli.config.base import Strict
from deeptext_cli.config.detector_model import DetectionDefaults, DetectorArchitecture
from deeptext_cli.config.training import Optimiser


class PageEntry(Strict):
    """One source of pages: a page set, or a recipe of synthetic pages."""

    path: str | None = Field(None, description="Folder with pages.jsonl.")
    synth: str | None = Field(None, description="Recipe file; pages are made while training.")
    split: Literal["train", "val"] = Field("train", description="Split to use.")
    val_share: float = Field(0.2, ge=0, le=1, description="Share of the lines that goes to val, "
                                                         "where the set has no split of its own.")
    split_seed: int = Field(0, description="Seed of that split.")
    weight: float = Field(1.0, gt=0, description="Share of the crops.")
    unlabelled: float = Field(
        1.0, ge=0, le=1, description="Weight of what is not labelled as text; below 1 for sets "
                                     "whose annotators passed text over.")
    watch_only: bool = Field(False, description="val: shown, but without a say in what is best.")

    @model_validator(mode="after")
    def _one_source(self) -> PageEntry:
        if (self.path is None) == (self.synth is None):
            raise ValueError("a data entry has either `path` or `synth`")
        return self


class CropSettings(Strict):
    """How training crops are taken from pages."""

    size: int = Field(640, ge=64, multiple_of=32, description="Side in pixels.")
    text_height: tuple[float, float] = Field(
        (8.0, 72.0), description="Height of the typical line after scaling, log-uniform.")
    smallest: float = Field(5.5, gt=0, description="Lower lines are left out of the loss.")
    scale: tuple[float, float] = Field((0.2, 2.0), description="Bounds of the scale.")
    fill: float = Field(0.9, ge=0, description="Mostly the page's longer side takes at least this "
                                              "share of the crop's.")
    rotation: float = Field(3.0, ge=0, description="Standard deviation of the rotation, degrees.")
    turned: float = Field(0.12, ge=0, le=1, description="Share turned by 90, 180 or 270 degrees.")
    degrade: float = Field(0.6, ge=0, le=1, description="Share of real crops that is degraded.")
    inverted: float = Field(0.08, ge=0, le=1, description="Share with light and dark swapped.")


class DetectorLoss(Strict):
    """Weights of the loss parts."""

    focal: float = Field(1.0, ge=0, description="Focal loss on the map of shrunk lines.")
    dice: float = Field(1.0, ge=0, description="Dice loss on that map.")
    binary: float = Field(1.0, ge=0, description="Dice loss after differentiable binarisation.")
    threshold: float = Field(5.0, ge=0, description="L1 on the threshold map around the borders.")
    border: float = Field(2.0, ge=0, description="Additional weight of the pixels around borders "
                                                 "in the focal loss: lines must not touch.")
    gamma: float = Field(1.5, ge=0, description="Focus of the focal loss on hard pixels.")


class DetectTrainConfig(Strict):
    """A detector's training run. A YAML states only its differences from these defaults."""

    kind: Literal["detector"] = Field(description="Tells this from a recogniser's file.")
    name: str = Field(min_length=1, pattern=r"^[\w.-]+$", description="Name of run and model.")
    data: tuple[PageEntry, ...] = Field(min_length=1, description="Sources of training pages.")
    val: tuple[PageEntry, ...] = Field(min_length=1, description="Page sets to measure on.")
    val_limit: int = Field(40, ge=1, description="Pages of each val set.")
    model: DetectorArchitecture = Field(
        default_factory=DetectorArchitecture, description="Sizes of the net.")
    start: str | None = Field(None, description="Name or folder of a model to start from.")
    crop: CropSettings = Field(default_factory=CropSettings, description="Training crops.")
    batch: int = Field(8, ge=1, description="Crops in a batch.")
    steps: int = Field(20_000, ge=1, description="Optimiser steps of the whole run.")
    eval_every: int = Field(500, ge=1, description="Steps between measurements on val.")
    checkpoint_every: int = Field(100, ge=1, description="Steps between checkpoints.")
    patience: int = Field(
        0, ge=0, description="Stop after so many measurements without a better H-mean; 0: never.")
    loss: DetectorLoss = Field(default_factory=DetectorLoss, description="Weights of the parts.")
    optimiser: Optimiser = Field(
        default_factory=lambda: Optimiser(lr=2e-3, schedule="hold", warmup=100, weight_decay=0.01,
                                          ema=0.995), description="How weights move.")
    bf16: bool = Field(
        True, description="bfloat16 autocast, on processors that have it.")
    seed: int = Field(0, ge=0, description="Makes the run repeatable. A further stage on the same "
                      "recipes needs another: the same seed makes the same pages.")
    jobs: int = Field(1, ge=0, description="Processes that make batches; 0: in the trainer itself.")
    threads: int = Field(0, ge=0, description="Threads of the trainer; 0: as torch likes.")
    int8: bool = Field(
        True, description="Ship the model in 8-bit integers: faster on CPUs; checked on val.")
    detection: DetectionDefaults = Field(
        default_factory=DetectionDefaults, description="Defaults written into the model.")

    def resolved_against(self, folder: Path) -> DetectTrainConfig:
        """The same config; recipes and page sets that lie beside the file made absolute."""
        def fix(value: str | None) -> str | None:
            if value and not Path(value).exists() and (folder / value).exists():
                return str(folder / value)
            return value

        def entries(group: tuple[PageEntry, ...]) -> tuple[PageEntry, ...]:
            return tuple(e.model_copy(update={"path": fix(e.path), "synth": fix(e.synth)})
                         for e in group)
        return self.model_copy(update={"data": entries(self.data), "val": entries(self.val)})
