"""Augmentation of line images: `Augmenter("document")(gray, rng)`.

Used on the fly in training and by `deeptext augment`. Every draw comes from the given generator,
so the result is a pure function of settings, image and generator state. Labels stay true: no
ink is cut off, and strengths follow the text's size and contrast so that it stays readable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeptext_cli.config.augment import AugmentConfig, Operation
from deeptext_cli.config.augment_presets import preset
from deeptext_cli.data.augmentation import geometry, optics, paper
from deeptext_cli.data.augmentation import print as printing
from deeptext_cli.data.augmentation.ink import Ink, measure

_PRINT: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("neighbours", printing.neighbours), ("rules", printing.rules), ("strike", printing.strike),
    ("clutter", printing.clutter), ("shadow", printing.shadow),
    ("morphology", printing.morphology), ("fade", printing.fade))
_PAPER: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("show_through", paper.show_through), ("texture", paper.texture),
    ("scenery", paper.scenery), ("shading", paper.shading))
_OPTICS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("invert", optics.invert), ("contrast", optics.contrast), ("blur", optics.blur),
    ("resample", optics.resample))
_FILE: tuple[tuple[str, Callable[..., Any]], ...] = (("fax", optics.fax), ("jpeg", optics.jpeg))

OPERATIONS: tuple[str, ...] = tuple(
    name for name, field in AugmentConfig.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Operation))

# these make reading harder; together they stay within the budget
_HARMFUL = frozenset(("strike", "clutter", "morphology", "fade", "perspective", "curve", "elastic",
                      "show_through", "texture", "scenery", "shading", "contrast", "blur",
                      "resample", "noise", "fax", "jpeg"))
_SMALLEST = 6  # px; below it there is no text to speak of


class Augmenter:
    """Applies an `AugmentConfig`, or the preset of that name, to one line image at a time."""

    def __init__(self, config: AugmentConfig | str) -> None:
        """Raises UsageError for an unknown preset."""
        self.config = preset(config) if isinstance(config, str) else config
        self._p = np.array([getattr(self.config, name).p for name in OPERATIONS])
        self._harmful = np.array([name in _HARMFUL for name in OPERATIONS])

    def __call__(self, gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A changed copy of uint8 (H, W); the size may change. The input is left alone."""
        strengths = self.plan(rng)
        h, w = gray.shape
        if not strengths or h < _SMALLEST or w < 2:
            return gray.copy()
        return apply(np.ascontiguousarray(gray), self.config, strengths, rng)

    def plan(self, rng: np.random.Generator) -> dict[str, float]:
        """Which operations the next image gets, each with a strength in 0..1."""
        draw = rng.random((2, len(OPERATIONS)))
        if rng.random() < self.config.clean:
            return {}
        chosen = draw[0] < self._p
        harm = float(draw[1] @ (chosen & self._harmful))
        ease = min(1.0, self.config.budget / harm) if harm else 1.0
        strength = np.where(self._harmful, draw[1] * ease, draw[1])
        return {OPERATIONS[i]: float(strength[i]) for i in np.flatnonzero(chosen)}


def apply(gray: np.ndarray, config: AugmentConfig, strengths: dict[str, float],
          rng: np.random.Generator) -> np.ndarray:
    """Apply the operations named in `strengths` (0..1 each), in the order of `config`.

    gray: uint8 (H, W) -> uint8 (H', W').
    """
    ink = measure(gray)
    if ink.blank:  # nothing to read, so nothing to scale strengths by
        strengths = {k: v for k, v in strengths.items() if k in ("blur", "jpeg", "invert", "crop")}
    image, ink = _run(_PRINT, gray, ink, config, strengths, rng)
    image, ink = geometry.warp(image, ink, config, strengths, rng)
    image, ink = _run_float(_PAPER, image, ink, config, strengths, rng)
    image, ink = _run(_OPTICS, image, ink, config, strengths, rng)
    image, ink = _run_float((("noise", paper.noise),), image, ink, config, strengths, rng)
    image, _ = _run(_FILE, image, ink, config, strengths, rng)
    return image if image is not gray else gray.copy()


def _run(steps: tuple[tuple[str, Callable[..., Any]], ...], image: np.ndarray, ink: Ink,
         config: AugmentConfig, strengths: dict[str, float], rng: np.random.Generator,
         ) -> tuple[np.ndarray, Ink]:
    for name, step in steps:
        if name in strengths:
            image, ink = step(image, ink, getattr(config, name), strengths[name], rng)
    return image, ink


def _run_float(steps: tuple[tuple[str, Callable[..., Any]], ...], image: np.ndarray, ink: Ink,
               config: AugmentConfig, strengths: dict[str, float], rng: np.random.Generator,
               ) -> tuple[np.ndarray, Ink]:
    if not any(name in strengths for name, _ in steps):
        return image, ink
    out, ink = _run(steps, image.astype(np.float32), ink, config, strengths, rng)
    return np.clip(np.round(out), 0, 255).astype(np.uint8), ink
