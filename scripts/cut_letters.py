"""Cut single letters and figures out of recorded handwriting, for recipes to compose words of.

    python scripts/cut_letters.py strokes.npz -o data/letters.npz

A model of handwriting says where along each line its characters stand (the best path of the line's
text under CTC); strokes that lie within a character's stretch, and share it with no other, are that
character. So joined-up letters stay out and what is mostly written apart, capitals and figures,
comes in. The result is a stroke file whose lines are single characters.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from placed import placed

from deeptext_cli.data.files import write_atomic
from deeptext_cli.data.strokes import StrokeSet
from deeptext_cli.engine.models import find_model
from deeptext_cli.engine.runtime import RecogniserSession

# capitals and figures; what is written alike stands for the rare ones
WANTED = {c: c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"} | {"x": "X", "z": "Z"}
SURE = 0.1      # least probability of the character where it stands
INSIDE = 0.9    # least share of a stroke's points within the character's stretch
FOREIGN = 0.1   # most ink of other strokes in it
DOT = 0.12      # of the height: a stroke so small is of a neighbour
SQUARE = (0.08, 2.0)  # width over height of a character: a 1 to a W


def drawn(strokes: list[np.ndarray], height: int) -> tuple[np.ndarray, float, float]:
    """A line on white paper, as plain as can be; pixels a unit, and x of the units' 0."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = 0.8 * height / max(1.0, float(high[1] - low[1]))
    left = 0.3 * height
    image = np.full((height, int(scale * (high[0] - low[0]) + 2 * left)), 255, np.uint8)
    for stroke in strokes:
        at = (stroke - low) * scale + np.array([left, 0.1 * height])
        cv2.polylines(image, [np.round(at * 16).astype(np.int32)], False, 0, 2, cv2.LINE_AA, 4)
    return image, scale, left - float(low[0]) * scale


def letters_of(strokes: list[np.ndarray], cells: list[tuple[str, float, float, float]],
               ) -> list[tuple[str, list[np.ndarray]]]:
    """Characters that stand by themselves. cells: character, probability, from, to (in units)."""
    found = []
    for char, probability, start, end in cells:
        if char not in WANTED or probability < SURE:
            continue
        own, others = [], 0
        for stroke in strokes:
            inside = (stroke[:, 0] >= start) & (stroke[:, 0] <= end)
            if inside.mean() >= INSIDE:
                own.append(stroke)
            else:
                others += int(inside.sum())
        points = sum(map(len, own))
        if not points or others > FOREIGN * points:
            continue
        width, height = np.ptp(np.concatenate(own), axis=0)
        dots = any(np.ptp(stroke, axis=0).max() < DOT * height for stroke in own)
        if SQUARE[0] * height <= width + 1e-3 <= SQUARE[1] * height and height > 0 and not dots:
            found.append((WANTED[char], own))
    return found


def main() -> None:
    """Cut a stroke file, and say how many of each character it gave."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--model", default="hand")
    parser.add_argument("--limit", type=int, default=0, help="lines")
    parser.add_argument("-o", "--out", type=Path, required=True)
    args = parser.parse_args()
    lines, model = StrokeSet(args.strokes), find_model(args.model)
    session = RecogniserSession(model.onnx, 1)
    height = model.spec.architecture.height
    cut: list[tuple[str, str, list[np.ndarray]]] = []
    for i in range(min(len(lines), args.limit or len(lines))):
        text = lines.text(i)
        if not WANTED.keys() & set(text):
            continue
        strokes = lines.strokes(i)
        image, scale, shift = drawn(strokes, height)
        places = placed(image, text, model, session)
        if places is None:
            continue
        edges = [0.0, *((a.middle + b.middle) / 2 for a, b in pairwise(places)),
                 float(image.shape[1])]
        cells = [(p.char, p.probability, (edges[k] - shift) / scale, (edges[k + 1] - shift) / scale)
                 for k, p in enumerate(places)]
        cut += [(char, lines.id(i), own) for char, own in letters_of(strokes, cells)]
        if i % 500 == 0:
            print(f"{i} of {len(lines)} lines, {len(cut)} characters", file=sys.stderr)
    write(args.out, cut)
    print(sorted(Counter(char for char, _, _ in cut).items()), file=sys.stderr)


def write(path: Path, cut: list[tuple[str, str, list[np.ndarray]]]) -> None:
    """A stroke file (see deeptext_cli.data.strokes) of the characters."""
    delta, up, offset = [], [], [0]
    for _, _, strokes in cut:
        points = np.round(np.concatenate(strokes)).astype(np.int64)
        points -= points.min(axis=0)
        delta.append(np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int64)).astype(np.int16))
        ends = np.zeros(len(points), np.uint8)
        ends[np.cumsum([len(s) for s in strokes]) - 1] = 1
        up.append(ends)
        offset.append(offset[-1] + len(points))
    arrays = {"delta": np.concatenate(delta), "pen_up": np.packbits(np.concatenate(up)),
              "offset": np.array(offset, np.int64), "id": np.array([i for _, i, _ in cut]),
              "text": np.array([c for c, _, _ in cut])}
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    write_atomic(path, packed.getvalue())


if __name__ == "__main__":
    main()
