"""Where a model says that each character of a text stands; for the scripts that cut lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.line import pad_width
from deeptext_cli.decode.alignment import align
from deeptext_cli.engine.models import Model
from deeptext_cli.engine.runtime import RecogniserSession


class Placed(NamedTuple):
    """A character, how probable it is where it stands, and the middle of it in pixels."""

    char: str
    probability: float
    middle: float


def placed(line: NDArray[np.uint8], text: str, model: Model,
           session: RecogniserSession) -> list[Placed] | None:
    """The characters of `text` along a line of the model's height, dark on light.

    None where the model does not know one of them or the line has no room for them.
    """
    if model.charset.unknown(text):
        return None
    padded = pad_width(line, model.spec.width_multiple)
    log_probs = session.log_probs(padded[None])[0]
    try:
        places = align(log_probs, model.charset.encode(text), model.charset.lookup)
    except ValueError:
        return None
    frame = padded.shape[1] / len(log_probs)
    return [Placed(p.char, p.probability, (p.start_frame + p.end_frame) / 2 * frame)
            for p in places]
