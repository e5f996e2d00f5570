"""What the recogniser is shown of a page: the pixels of a box, level, with a margin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.layout.quads import Floats
from deeptext_cli.layout.rectify import crop_quad

Grey = NDArray[np.uint8]

PAD_ALONG, PAD_ACROSS = 0.15, 0.12  # margins of a crop, in text heights


def crop(page: Grey, quad: Floats) -> Grey:
    """A box's pixels as the recogniser gets them, level."""
    return crop_quad(page, quad, pad_along=PAD_ALONG, pad_across=PAD_ACROSS, turn_tall=False)
