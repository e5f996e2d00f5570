"""How legible a face is: the share of its letters that look most like what they are.

Free fonts include pictures, puzzles and decorations on the letters' places. Each alphanumeric
glyph is compared with mean letter shapes of text faces (`letter_shapes.npz`, made by
`scripts/build_letter_shapes.py`) and classified by cosine similarity. Text faces reach 0.8 and
more, scripts 0.1 to 0.8, pictures next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import cv2
import numpy as np

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SIDE = 10  # pixels of a shape
# Pairs that scale onto each other or that many good faces draw alike count as one
_ALIKE = {**{c.upper(): c for c in "cosuvwxzkp"}, "0": "o", "O": "o", "I": "l", "1": "l"}

Mask = np.ndarray


def shape_of(mask: Mask) -> np.ndarray:
    """A glyph's tight mask as a unit vector of SIDE*SIDE: centred, scaled by its longer side."""
    h, w = mask.shape
    k = 2 * SIDE / max(h, w)
    small = cv2.resize(mask, (max(1, round(w * k)), max(1, round(h * k))),
                       interpolation=cv2.INTER_AREA)
    square = np.zeros((2 * SIDE, 2 * SIDE), np.uint8)
    y, x = (2 * SIDE - small.shape[0]) // 2, (2 * SIDE - small.shape[1]) // 2
    square[y:y + small.shape[0], x:x + small.shape[1]] = small
    soft = cv2.resize(cv2.GaussianBlur(square, (0, 0), 1.2), (SIDE, SIDE),
                      interpolation=cv2.INTER_AREA)
    vector = soft.astype(np.float32).ravel()
    return vector / (float(np.linalg.norm(vector)) + 1e-6)


@lru_cache(maxsize=1)
def _shapes() -> np.ndarray:
    """(kinds, letters, SIDE*SIDE), unit vectors."""
    path = resources.files("deeptext_cli.data.synth") / "letter_shapes.npz"
    with path.open("rb") as f:
        shapes = np.load(f)["shapes"].astype(np.float32)
    return shapes / (np.linalg.norm(shapes, axis=2, keepdims=True) + 1e-6)


def legibility(masks: Mapping[str, Mask]) -> float:
    """Share of the alphanumeric glyphs in `masks` whose nearest letter is their own, 0..1."""
    present = [c for c in LETTERS if c in masks and masks[c].size]
    if not present:
        return 0.0
    found = np.array([shape_of(masks[c]) for c in present])
    nearest = np.einsum("cd,kld->ckl", found, _shapes()).max(axis=1).argmax(axis=1)
    right = sum(_ALIKE.get(LETTERS[j], LETTERS[j]) == _ALIKE.get(c, c)
                for c, j in zip(present, nearest, strict=True))
    return right / len(present)


def looks_like(mask: Mask) -> str:
    """The letter or digit whose mean shape is nearest to a glyph's tight mask."""
    return LETTERS[int((_shapes() @ shape_of(mask)).max(axis=0).argmax())]
