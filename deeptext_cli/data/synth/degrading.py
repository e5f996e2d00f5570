"""The last step of a recipe: its preset of degradations, for a share of the samples."""

from __future__ import annotations

import numpy as np

from deeptext_cli.data.synth.dice import Dice

Grey = np.ndarray


class Degrader:
    """Applies an augmentation preset to a share of the images; None applies nothing."""

    def __init__(self, preset: str | None, share: float) -> None:
        self._share = share
        self._augment = None
        if preset is not None:
            from deeptext_cli.data.augment import Augmenter
            self._augment = Augmenter(preset)

    def __call__(self, image: Grey, dice: Dice) -> Grey:
        if self._augment is None or not dice.chance(self._share):
            return image
        return self._augment(image, dice.rng)
