"""Pages out of focus are sharpened for the detector; all others stay as they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support import draw_line

from deeptext_cli.data.focus import edge_width
from deeptext_cli.engine.refocus import refocused
from deeptext_cli.layout.quads import quads_of_rects

Grey = NDArray[np.uint8]


def page_of(count: int) -> tuple[Grey, NDArray[np.float64]]:
    """Lines below each other, and their boxes."""
    line = draw_line("3827544190")
    h, w = line.shape
    page = np.full((count * (h + 12) + 20, w + 40), 255, np.uint8)
    tops = [20 + i * (h + 12) for i in range(count)]
    for y in tops:
        page[y:y + h, 20:20 + w] = line
    return page, quads_of_rects(np.array([[20, y, 20 + w, y + h] for y in tops], float))


def test_what_is_out_of_focus_is_sharpened() -> None:
    page, quads = page_of(14)
    soft = cv2.GaussianBlur(page, (0, 0), 2.4)
    sharp = refocused(soft, quads)
    assert sharp is not None
    assert sharp.shape == page.shape
    assert edge_width(sharp[20:52]) < 0.8 * edge_width(soft[20:52])


@pytest.mark.parametrize(("sigma", "count"), [(0.0, 14), (0.8, 14), (2.4, 11), (2.4, 0)])
def test_others_stay_as_they_are(sigma: float, count: int) -> None:
    page, quads = page_of(14)
    soft = cv2.GaussianBlur(page, (0, 0), sigma) if sigma else page
    assert refocused(soft, quads[:count]) is None


def test_upright_boxes_tell_nothing() -> None:
    page, _ = page_of(14)
    upright = quads_of_rects(np.array([[20 + 9 * i, 20, 27 + 9 * i, 52] for i in range(14)], float))
    assert refocused(cv2.GaussianBlur(page, (0, 0), 2.4), upright) is None
