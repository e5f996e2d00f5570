"""Posteriors as a trained recogniser gives them: peaked, with a few unsure characters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.text import Charset

# pairs that print and handwriting confuse; a rival gets part of the probability
CONFUSIONS = ("oO0Q", "lI1|i", "ec", "nu", "rn", "B8", "S5s", "Z2z", "ad", "hb", "tf", "vy", "uv",
              ",.", "-–", "'’", "gq9", "mn", "T7", "G6", " .", "aä", "eé")


def simulate(text: str, charset: Charset, rng: np.random.Generator, *, frames_each: float = 2.8,
             unsure: float = 0.06, error: float = 0.4) -> NDArray[np.float32]:
    """(T, C) log-probabilities that show `text`.

    unsure: share of characters that have a rival; error: how often the rival is the likelier one.
    """
    rivals = {a: [b for b in group if b != a and b in charset]
              for group in CONFUSIONS for a in group}
    rows: list[dict[int, float]] = []
    blank = 0

    def frame(mass: dict[int, float]) -> None:
        rows.append(mass)

    for i, c in enumerate(text):
        k = charset.encode(c)[0]
        mass = {k: 0.999}
        if rng.random() < unsure:
            options = [x for x in rivals.get(c, []) if x != c] or [
                charset.chars[rng.integers(len(charset))]]
            other = charset.encode(options[rng.integers(len(options))])[0]
            share = rng.uniform(0.5, 0.95) if rng.random() < error else rng.uniform(0.02, 0.5)
            mass = {k: 1 - share, other: share} if other != k else mass
        wide = rng.random() < 0.5
        frame(mass)
        if wide:
            frame(mass)
        gap = max(0, int(rng.normal(frames_each - 1.5, 0.7)))
        if not gap and i + 1 < len(text) and text[i + 1] == c:
            gap = 1
        if gap and rng.random() < 0.3:  # a frame between a character and the blank after it
            at = rng.uniform(0.1, 0.9)
            frame({**{c2: p * at for c2, p in mass.items()}, blank: 1 - at})
        for _ in range(gap):
            frame({blank: 0.9995})
    noise = rng.random((len(rows), charset.classes)) ** 8
    noise *= 0.0008 / noise.sum(axis=1, keepdims=True)
    for t, mass in enumerate(rows):
        for k, p in mass.items():
            noise[t, k] += p
    noise /= noise.sum(axis=1, keepdims=True)
    return np.log(noise).astype(np.float32)
