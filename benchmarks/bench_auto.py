"""Print, hand, and both by `--model auto`: error rates and speed on prepared val sets.

    python benchmarks/bench_auto.py data/doc-funsd data/hw-en-hooker ... [--limit 200]

Also shows how many lines were read by which model.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from deeptext_cli.config.training import ValEntry
from deeptext_cli.engine.auto_reader import open_lines
from deeptext_cli.engine.val_lines import val_lines
from deeptext_cli.metrics.text_metrics import measure


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+")
    parser.add_argument("--limit", type=int, default=200, help="lines of each set")
    parser.add_argument("--models", nargs="+", default=["print", "hand", "auto"])
    args = parser.parse_args()
    for name in args.data:
        images, labels = zip(*val_lines(ValEntry(path=name), args.limit), strict=True)
        print(f"{name}, {len(images)} lines")
        for model in args.models:
            _, reader = open_lines(model)
            reader.read(images[:4])
            started = time.perf_counter()
            readings = reader.read(images)
            seconds = time.perf_counter() - started
            c = measure(zip(labels, (r.text for r in readings), strict=True), fold=True)
            by = ", ".join(f"{n} by {m}" for m, n in Counter(r.model for r in readings).items())
            print(f"  {model:8} CER {100 * c.cer:6.2f}  WER {100 * c.wer:6.2f}  "
                  f"{len(images) / seconds:7.0f} lines/s  ({by})")


if __name__ == "__main__":
    main()
