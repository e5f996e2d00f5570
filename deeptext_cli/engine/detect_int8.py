"""Replace a detector's ONNX file by its int8 copy, if that finds lines as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.detection import DetectTrainConfig
from deeptext_cli.data.files import write_atomic
from deeptext_cli.engine.detect import LineDetector
from deeptext_cli.engine.detect_eval import DetectorScores, ValPages, score_detector
from deeptext_cli.engine.detect_feed import CropStream
from deeptext_cli.engine.models import ONNX_FILE, Model
from deeptext_cli.engine.quantise import DETECTOR, quantise
from deeptext_cli.engine.runtime import to_ink

CROPS = 48       # training crops that the ranges of activations are taken from
WORSE = 0.004    # an int8 copy that loses more of the H-mean or of the characters is not taken
ALL = 10 ** 6    # pages


class ShrunkDetector(NamedTuple):
    """What the model finds that is in the folder now, and whether it is the int8 copy."""

    scores: DetectorScores
    taken: bool


def shrink_detector(model: Model, config: DetectTrainConfig, val: ValPages,
                    plain: DetectorScores) -> ShrunkDetector:
    """Put the int8 copy in the ONNX file's place, unless it finds plainly less than `plain`.

    The checksums of model.yaml are the caller's to write.
    """
    before = model.onnx.read_bytes()
    copy = quantise(before, _typical(config), operators=DETECTOR, keep_ends=True)
    write_atomic(model.folder / ONNX_FILE, copy)
    scores = measure_detector(model, config, val)
    if plain.h_mean - scores.h_mean > WORSE or plain.coverage - scores.coverage > WORSE:
        write_atomic(model.folder / ONNX_FILE, before)
        return ShrunkDetector(plain, taken=False)
    return ShrunkDetector(scores, taken=True)


def measure_detector(model: Model, config: DetectTrainConfig, val: ValPages) -> DetectorScores:
    """Figures of the model in its folder, on all val pages."""
    return score_detector(LineDetector(model).probability, val, config.detection, ALL)


def _typical(config: DetectTrainConfig) -> Iterator[NDArray[np.float32]]:
    """Training crops as the net gets them, (1, 1, size, size)."""
    stream = CropStream(config)
    for i in range(CROPS):
        yield to_ink(stream(i).image)[None, None]
