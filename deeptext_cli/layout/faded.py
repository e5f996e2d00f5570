"""Pages that have faded: brought back to the contrast that a detector knows."""

from __future__ import annotations

import cv2
import numpy as np

from deeptext_cli.layout.ink import Grey

FADED, CLEAR = 90, 200  # grey levels between a page's lightest and darkest; below, and made to
MOST = 6.0              # times that contrast is raised at most: bare paper has grain
LIGHTEST, DARKEST = 99.9, 0.02  # percentiles; the ink of a lone word is little of a page


def unfaded(page: Grey) -> Grey:
    """A grey page (H, W) with its contrast raised where it has little; itself where it has not."""
    if min(page.shape) < 8:
        return page
    h, w = page.shape
    # smaller, single dark or light pixels do not count
    small = cv2.resize(page, (w // 2, h // 2), interpolation=cv2.INTER_AREA)
    darkest, lightest = np.percentile(small, (DARKEST, LIGHTEST))
    levels = float(lightest - darkest)
    if levels >= FADED:
        return page
    gain = min(MOST, CLEAR / max(1.0, levels))
    table = (np.arange(256) - (lightest + darkest) / 2) * gain + 127.5
    return np.asarray(cv2.LUT(page, np.clip(np.round(table), 0, 255).astype(np.uint8)))
