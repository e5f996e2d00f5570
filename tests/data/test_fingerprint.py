"""Near-duplicates: found after JPEG and scaling, and not among different lines."""

from __future__ import annotations

import io
from itertools import combinations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from deeptext_cli.data.fingerprint import NEAR, difference_hash, near_pairs


def line(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    image = np.full((48, 400), 235, np.uint8)
    for x in range(8, 380, 14):
        h = int(rng.integers(8, 34))
        image[40 - h:40, x:x + int(rng.integers(3, 11))] = int(rng.integers(0, 80))
    return image


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(io.BytesIO(out.getvalue())))


def test_reencoded_and_scaled_lines_are_found() -> None:
    hashes = []
    for i in range(40):
        image = line(i)
        hashes.append(difference_hash(image))
        hashes.append(difference_hash(jpeg(image, 60)))
        hashes.append(difference_hash(cv2.resize(image, (300, 36), interpolation=cv2.INTER_AREA)))
    rows = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32)
    pairs = set(near_pairs(rows))
    assert all(i // 3 == j // 3 for i, j in pairs)
    assert len(pairs) >= 0.9 * 80


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10 ** 6), st.lists(st.integers(0, 24), min_size=1, max_size=12))
def test_against_all_pairs(seed: int, flips: list[int]) -> None:
    """What is given is within the distance; what agrees in a busy row and is near is given."""
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 256, 32, dtype=np.uint8)
    rows = [base]
    for n in flips:
        bits = np.unpackbits(base)
        bits[rng.choice(256, n, replace=False)] ^= 1
        rows.append(np.packbits(bits))
    hashes = np.array(rows)
    distance = {(i, j): int(np.unpackbits(hashes[i] ^ hashes[j]).sum())
                for i, j in combinations(range(len(rows)), 2)}
    got = set(near_pairs(hashes))
    assert all(distance[p] <= NEAR for p in got)
    found = {j for _, j in got}
    for (i, j), d in distance.items():
        if d <= 7:  # fewer flips than rows: one row at least agrees
            assert j in found, (i, j, d)


def test_blank_images_are_not_duplicates() -> None:
    assert not list(near_pairs(np.zeros((50, 32), np.uint8)))
    assert not list(near_pairs(np.zeros((0, 32), np.uint8)))
