"""Give a set whose labels are all upper-case (SROIE) the case that a model sees in the pictures.

    python scripts/recase.py data/doc-sroie -o data/doc-sroie-cased --model print

A line keeps its label in the model's case where the two agree without case; where they do not, the
label is kept if the model sees hardly any lower case, and the line is left out else. Only training
lines are changed; val stays as it is and is scored without case.
"""

from __future__ import annotations

import argparse

from deeptext_cli.data.dataset import LineDataset, LineDatasetWriter
from deeptext_cli.data.images import decode
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import find_model
from deeptext_cli.errors import ImageError

CHUNK = 64


def recased(label: str, seen: str) -> str | None:
    """The label in its true case, as far as the model can tell; None where it cannot."""
    if seen.lower() == label.lower():
        return seen
    letters = [c for c in seen if c.isalpha()]
    lower = sum(c.islower() for c in letters)
    return label if letters and lower <= 0.1 * len(letters) else None


def main() -> None:
    """Write the recased data set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--model", default="print")
    args = parser.parse_args()
    reader = LineReader(find_model(args.model))
    kept = left = 0
    with LineDatasetWriter(args.output) as out:
        train = LineDataset(args.data, "train")
        for start in range(0, len(train), CHUNK):
            rows = [(i, *train[i]) for i in range(start, min(start + CHUNK, len(train)))]
            readable = []
            for row in rows:
                try:
                    readable.append((row, decode(row[1])))
                except ImageError:
                    left += 1
            readings = reader.read([image for _, image in readable])
            for ((i, data, label), _), reading in zip(readable, readings, strict=True):
                text = recased(label, reading.text)
                if text is None:
                    left += 1
                else:
                    kept += 1
                    out.add("train", data, text, key=train.key(i))
        val = LineDataset(args.data, "val")
        for i in range(len(val)):
            data, label = val[i]
            out.add("val", data, label, key=val.key(i))
    print(f"{kept} lines kept, {left} left out")


if __name__ == "__main__":
    main()
