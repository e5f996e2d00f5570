"""The ink of pages with lines of a known height."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deeptext_cli.layout.ink import ink_of
from deeptext_cli.layout.quads import quads_of_rects

LINES = quads_of_rects([(118, 100 + 40 * k, 360, 130 + 40 * k) for k in range(14)])


def picture(paper: int, ink: int, around: int) -> NDArray[np.uint8]:
    """A small page of text on a large ground."""
    image = np.full((900, 1400), around, np.uint8)
    image[80:680, 90:390] = paper
    for k in range(14):
        cv2.putText(image, "Weavers wages", (120, 124 + 40 * k), cv2.FONT_HERSHEY_SIMPLEX, 0.9,
                    ink, 2, cv2.LINE_AA)
    return image


@pytest.mark.parametrize(("paper", "ink", "around"), [
    (230, 30, 230), (230, 30, 5),  # what a page lies on does not turn its ink
    (90, 10, 20),                  # in a shadow
    (25, 220, 25), (25, 220, 250), (120, 250, 120)])
def test_ink_is_what_lines_have_less_of(paper: int, ink: int, around: int) -> None:
    image = picture(paper, ink, around)
    mask, scale, size = ink_of(image, LINES, 20.0)
    assert scale == pytest.approx(2 / 3)
    assert size == 20.0
    text = cv2.resize((abs(image.astype(int) - ink) < 12).astype(np.uint8), mask.shape[::-1],
                      interpolation=cv2.INTER_AREA)[70:440, 75:245] > 0
    found = mask[70:440, 75:245] > 0
    assert found[text].mean() > 0.9
    assert found.mean() < 2.5 * text.mean()
