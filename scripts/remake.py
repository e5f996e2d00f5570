"""A new data set out of pieces of another's training lines: what the recombining scripts share."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.data.dataset import LineDataset, LineDatasetWriter
from deeptext_cli.data.images import decode, encode_png
from deeptext_cli.engine.models import Model, find_model
from deeptext_cli.engine.runtime import RecogniserSession
from deeptext_cli.errors import ImageError

Grey = NDArray[np.uint8]
Cut = TypeVar("Cut")
Maker = Callable[[random.Random], tuple[Grey, str]]


def remake(doc: str | None, model: str,
           cut: Callable[[Grey, str, Model, RecogniserSession], Cut | None],
           prepare: Callable[[list[tuple[str, Cut]]], tuple[str, Maker]]) -> None:
    """The command line of such a script.

    cut: a line, grey (H, W), and its text in pieces, or None. prepare: from the keys of lines and
    their pieces, what to say of them, and what makes a new line, (H, W) and its text.
    """
    parser = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("-o", "--out", required=True)
    parser.add_argument("--model", default=model)
    parser.add_argument("--count", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    source, reader = LineDataset(args.data, "train"), find_model(args.model)
    session = RecogniserSession(reader.onnx, 1)
    pieces: list[tuple[str, Cut]] = []
    for i in range(len(source)):
        try:
            found = cut(decode(source[i][0]), source.label(i), reader, session)
        except ImageError:
            continue
        if found is not None:
            pieces.append((source.key(i), found))
    said, made = prepare(pieces)
    print(f"{len(pieces)} of {len(source)} {said}", file=sys.stderr)
    dice = random.Random(args.seed)
    with LineDatasetWriter(args.out, source=source.info.source, seed=args.seed) as out:
        for k in range(args.count):
            image, text = made(dice)
            out.add("train", encode_png(image), text, key=f"mixed/{k}")
