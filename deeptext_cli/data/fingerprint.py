"""Recognise equal and nearly equal line images among hundreds of thousands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 8, 32
HASH_BYTES = ROWS * COLUMNS // 8
NEAR = 12  # bits of 256 that may differ between near-duplicates
_STEP = 6  # grey levels between neighbours before a bit is set: paper noise gives zeros
_MAX_BUCKET = 64


def content_hash(data: bytes) -> bytes:
    """16 bytes that stand for the content."""
    return hashlib.blake2b(data, digest_size=16).digest()


def difference_hash(image: NDArray[np.uint8]) -> bytes:
    """Perceptual hash (dHash): 8 rows of 32 bits, a bit being set where it grows brighter.

    Lines are wide, so it is wider than the usual 8x8, and it ignores steps within paper noise.
    """
    small = cv2.resize(image, (COLUMNS + 1, ROWS), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.packbits(small[:, 1:] - small[:, :-1] > _STEP).tobytes()


def near_pairs(hashes: NDArray[np.uint8]) -> Iterator[tuple[int, int]]:
    """Pairs (i, j), i < j, of rows of `hashes` (N, 32) that differ in at most NEAR bits.

    Every pair that agrees in one of the eight rows is looked at, unless that row is blank in the
    image or shared by very many. Each j is given once, with the smallest such i.
    """
    n = len(hashes)
    if n < 2:
        return
    rows = np.ascontiguousarray(hashes).view(">u4").reshape(n, ROWS)
    best: dict[int, int] = {}
    for r in range(ROWS):
        band = rows[:, r]
        order = np.argsort(band, kind="stable")
        values = band[order]
        borders = np.flatnonzero(np.diff(values)) + 1
        starts = np.concatenate(([0], borders))
        ends = np.concatenate((borders, [n]))
        for a, b in zip(starts[ends - starts > 1].tolist(), ends[ends - starts > 1].tolist(),
                        strict=True):
            if int(values[a]).bit_count() < 4:
                continue
            members = order[a:b][:_MAX_BUCKET]
            distance = _POPCOUNT[hashes[members][:, None, :] ^ hashes[members][None, :, :]].sum(
                axis=2, dtype=np.int32)
            for x, y in np.argwhere(np.triu(distance <= NEAR, 1)).tolist():
                i, j = sorted((int(members[x]), int(members[y])))
                if _informative(hashes[i]) and i < best.get(j, n):
                    best[j] = i
    for j in sorted(best):
        yield best[j], j


def _informative(row: NDArray[np.uint8]) -> bool:
    """A hash of few set bits is that of a nearly blank image and says little."""
    return int(_POPCOUNT[row].sum()) >= 3 * NEAR


_POPCOUNT = np.array([int(i).bit_count() for i in range(256)], np.uint8)
