"""Give a set whose labels are all upper-case (SROIE) the case that a model sees in the pictures.

    python scripts/recase.py data/doc-sroie -o data/doc-sroie-cased --model print

The characters stay the label's; their case is that of the reading, character by character where the
two agree, and by the rest of the word where they do not. A line that the model reads too badly to
tell is left out. Only training lines are changed; val stays as it is and is scored without case.
"""

from __future__ import annotations

import argparse

from deeptext_cli.data.dataset import LineDataset, LineDatasetWriter
from deeptext_cli.data.images import decode
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import find_model
from deeptext_cli.errors import ImageError
from deeptext_cli.metrics.alignment import Step, align

CHUNK = 64
MOST_WRONG = 0.4  # share of a label's characters that the model may read as others


def recased(label: str, seen: str) -> str | None:
    """The label in its true case, as far as the model can tell; None where it cannot."""
    steps = align(_small(label), _small(seen))
    if sum(not s.equal for s in steps) > MOST_WRONG * len(label):
        return None
    upper = _upper_where_seen(steps, seen)
    letters = [u for u in upper if u is not None]
    if not letters:
        return label
    words = _words(label)
    titles = [upper[start] for start, end in words if end > start and upper[start] is not None]
    out = []
    for start, end in words:
        known = [u for u in upper[start + 1:end] if u is not None] or letters
        capitals = 2 * sum(known) > len(known)
        for i in range(start, end):
            seen_upper = upper[i]
            if seen_upper is None:
                first = i == start and 2 * sum(map(bool, titles)) > len(titles)
                seen_upper = capitals or first
            out.append(label[i].upper() if seen_upper else label[i].lower())
        out.append(label[end:end + 1])
    return "".join(out)


def _upper_where_seen(steps: list[Step], seen: str) -> list[bool | None]:
    """For each character of the label whether the model saw a capital; None for what is no letter
    and what it read as something else."""
    out: list[bool | None] = []
    j = 0
    for step in steps:
        if step.reference:
            known = step.equal and seen[j].isalpha()
            out.append(seen[j].isupper() if known else None)
        j += len(step.hypothesis)
    return out


def _small(text: str) -> str:
    """Lower case, character by character: that of `İ` would be two."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _words(text: str) -> list[tuple[int, int]]:
    """Start and end of each run between single spaces, empty ones too."""
    out, start = [], 0
    for word in text.split(" "):
        out.append((start, start + len(word)))
        start += len(word) + 1
    return out


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
