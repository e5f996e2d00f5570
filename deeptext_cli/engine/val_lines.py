"""The labelled lines of a val set that measuring, tuning and calibrating look at."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.training import ValEntry
from deeptext_cli.data.dataset import LineDataset
from deeptext_cli.data.images import decode
from deeptext_cli.errors import ImageError


def spread(count: int, limit: int | None = None) -> list[int]:
    """Up to `limit` of the numbers 0..count - 1, spread evenly; all of them without a limit."""
    if limit is None or limit >= count:
        return list(range(count))
    return [int(i) for i in np.linspace(0, count - 1, limit).round()]


def val_lines(entry: ValEntry, limit: int | None = None) -> Iterator[tuple[NDArray[np.uint8], str]]:
    """Grey images (H, W) and labels of up to `limit` lines, and no more than the entry's own
    limit; images that cannot be decoded are passed over."""
    data = LineDataset(entry.path, entry.split)
    for i in spread(len(data), entry.limit if limit is None else min(limit, entry.limit)):
        image, label = data[i]
        try:
            grey = decode(image)
        except ImageError:
            continue  # `prepare` keeps such images out; one that broke since is no reason to stop
        yield grey, label
