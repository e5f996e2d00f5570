"""Print, hand, and both by `--model auto`: error rates and speed on prepared val sets.

    python benchmarks/bench_auto.py data/doc-funsd data/hw-en-hooker ... [--limit 200]

Also shows for which thresholds of confidence the second model is asked, and what a choice by page
(of all its lines together) would give.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from deeptext_cli.data.dataset import LineDataset
from deeptext_cli.data.images import decode
from deeptext_cli.engine.auto_reader import is_better
from deeptext_cli.engine.line_reader import LineReader, Reading
from deeptext_cli.engine.models import find_model
from deeptext_cli.errors import ModelError
from deeptext_cli.metrics.text_metrics import measure

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)


def read(model: str, images: list[np.ndarray]) -> tuple[list[Reading], float]:
    """Readings by one model, and seconds."""
    reader = LineReader(find_model(model))
    reader.read(images[:4])
    started = time.perf_counter()
    return reader.read(images), time.perf_counter() - started


def by_page(pages: list[str], first: list[Reading], second: list[Reading]) -> list[str]:
    """The unsure pages as a whole by the model whose lines are likelier taken together."""
    gains: dict[str, float] = {}
    for page, a, b in zip(pages, first, second, strict=True):
        gains[page] = gains.get(page, 0.0) + math.log(max(b.confidence, 1e-6)) \
            - math.log(max(a.confidence, 1e-6))
    return [(b if gains[page] > 0 else a).text
            for page, a, b in zip(pages, first, second, strict=True)]


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+")
    parser.add_argument("--limit", type=int, default=200, help="lines of each set")
    parser.add_argument("--models", nargs=2, default=["print", "hand"])
    args = parser.parse_args()
    for model in args.models:
        try:
            find_model(model)
        except ModelError as e:
            sys.exit(f"nothing to compare: {e.message}")
    for name in args.data:
        data = LineDataset(name, "val")
        rows = np.linspace(0, len(data) - 1, min(args.limit, len(data))).round().astype(int)
        images, labels = zip(*((decode(data[int(i)][0]), data[int(i)][1]) for i in rows),
                             strict=True)
        pages = [data.key(int(i)).rpartition("#")[0] for i in rows]
        first, t1 = read(args.models[0], list(images))
        second, t2 = read(args.models[1], list(images))

        def line(what: str, texts: list[str], seconds: float,
                 labels: tuple[str, ...] = labels) -> None:
            c = measure(zip(labels, texts, strict=True))
            print(f"  {what:16} CER {100 * c.cer:6.2f}  WER {100 * c.wer:6.2f}  "
                  f"{len(texts) / seconds:7.0f} lines/s")

        print(f"{name}, {len(images)} lines")
        line(args.models[0], [r.text for r in first], t1)
        line(args.models[1], [r.text for r in second], t2)
        for below in THRESHOLDS:
            asked = [a.confidence < below for a in first]
            texts = [b.text if ask and is_better(b, a) else a.text
                     for a, b, ask in zip(first, second, asked, strict=True)]
            line(f"auto, {below:.2f}", texts, t1 + t2 * float(np.mean(asked)))
        line("by page", by_page(pages, first, second), t1 + t2)


if __name__ == "__main__":
    main()
