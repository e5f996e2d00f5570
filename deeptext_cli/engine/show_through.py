"""Ink of the other side of a sheet, told from writing by reading it in a mirror.

It is found as lines like any other, and read as nonsense with no less confidence than a hard hand.
But it is pale, and turned over it makes sense.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.engine.line_reader import ReadsLines
from deeptext_cli.engine.looks import Reading

Grey = NDArray[np.uint8]

UNSURE = 0.65     # lines read more surely are what they say
PALE = 0.55       # of the contrast of the page's darker lines
DARKER = 80       # percentile of the contrasts
LONG = 6          # characters of a line, lest chance decides
SURER = 1.3       # times as sure that a line is read in the mirror


def on_the_other_side(reader: ReadsLines, images: Sequence[Grey],
                      readings: Sequence[Reading]) -> set[int]:
    """Which lines of a page, by their pictures and how these were read, show through its paper."""
    unsure = [i for i, r in enumerate(readings) if r.sureness < UNSURE and len(r.text) >= LONG]
    if not unsure:
        return set()
    contrasts = np.array([_contrast(image) for image in images])
    pale = contrasts < PALE * np.percentile(contrasts, DARKER)
    doubtful = [i for i in unsure if pale[i]]
    mirrored = reader.read([np.ascontiguousarray(images[i][:, ::-1]) for i in doubtful],
                           thorough=False)
    return {i for i, m in zip(doubtful, mirrored, strict=True)
            if len(m.text) >= LONG and m.sureness >= SURER * readings[i].sureness}


def _contrast(image: Grey) -> float:
    """Grey levels between a line's paper and its ink."""
    paper, ink = np.percentile(image[::2, ::2] if image.size > 10000 else image, (75, 4))
    return float(paper - ink)
