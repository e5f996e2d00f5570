"""What decoding adds to the models: greedy, beam, language model, rescoring, pattern.

    python benchmarks/bench_decoding.py [--limit 300] [--table | --pattern]

Error rates on val lines and lines a second of decoding and net together, in one process. Models,
data sets and language models that are not here are passed over with a reason.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from deeptext_cli.data.dataset import LineDataset
from deeptext_cli.data.images import decode
from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import find_model
from deeptext_cli.errors import DeepTextError
from deeptext_cli.metrics.text_metrics import TextCounts, measure

SETS = (("print", "doc-ehri-typed"), ("print", "doc-funsd"), ("print", "doc-en-print20"),
        ("hand", "hw-en-hooker"), ("hand", "hw-fr-copiste"), ("hand", "strokes-val"),
        ("captcha", "captcha_v2"), ("plates", "plates_es_uc3m"))
LM = "lm-en+lm-latin"
EVERY = {"decoder": "beam", "unsure_below": 1.0}   # search all lines, so that the gain is the most
SETTINGS: tuple[tuple[str, dict[str, object]], ...] = (
    ("greedy", {"decoder": "greedy"}),
    ("beam 10", EVERY | {"lm": "none", "rescore": 0.0}),
    ("+ lm-en 0.25", EVERY | {"lm": "lm-en", "lm_weight": 0.25, "rescore": 0.0}),
    ("+ lm-latin 0.25", EVERY | {"lm": "lm-latin", "lm_weight": 0.25, "rescore": 0.0}),
    ("+ both 0.25", EVERY | {"lm": LM, "lm_weight": 0.25, "rescore": 0.0}),
    ("+ both 0.4", EVERY | {"lm": LM, "lm_weight": 0.4, "rescore": 0.0}),
    ("+ both, rescored", EVERY | {"lm": LM, "lm_weight": 0.25, "rescore": 0.5}),
    ("the model's own", {}),
)
# the forms of the train split's labels: two characters of each plate are masked there
PLATE = r"\d{3}[A-Z]{2}|[A-Z]{1,2}\d{3,4}[A-Z]{0,2}"
PATTERNS = (("plates", "plates_es_uc3m", PLATE), ("print", "plates_es_uc3m", PLATE),
            ("captcha", "captcha_v2", r"\w{5}"))


class Lines(NamedTuple):
    """Val lines of a set."""

    images: list[np.ndarray]
    labels: list[str]


def load(data: Path, limit: int) -> Lines:
    """Lines spread evenly over the val split."""
    found = LineDataset(data, "val")
    rows = np.linspace(0, len(found) - 1, min(limit, len(found))).round().astype(int).tolist()
    return Lines([decode(found[i][0]) for i in rows], [found.label(i) for i in rows])


def run(model: str, lines: Lines, changes: dict[str, object]) -> tuple[TextCounts, float]:
    """Figures, and lines a second, of a model with these changes of its decoding defaults."""
    found = find_model(model)
    reader = LineReader(found, decoder=make_decoder(found, changes))
    reader.read(lines.images[:4])
    started = time.perf_counter()
    texts = [r.text for r in reader.read(lines.images)]
    speed = len(texts) / (time.perf_counter() - started)
    return measure(zip(lines.labels, texts, strict=True)), speed


def show(model: str, folder: Path, limit: int,
         settings: tuple[tuple[str, dict[str, object]], ...]) -> None:
    """Rows of a table, or the reason why there are none."""
    try:
        find_model(model)
        lines = load(folder, limit)
    except DeepTextError as e:
        print(f"{folder.name}, {model}: passed over: {e.message}")
        return
    print(f"{folder.name}, {model}, {len(lines.labels)} lines")
    for name, changes in settings:
        try:
            c, speed = run(model, lines, changes)
        except DeepTextError as e:
            print(f"  {name:20} passed over: {e.message}")
            continue
        print(f"  {name:20} CER {100 * c.cer:6.2f}  WER {100 * c.wer:6.2f}  "
              f"exact {100 * c.exact:5.1f} %  {speed:6.0f} lines/s", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of prepared sets")
    parser.add_argument("--limit", type=int, default=300, help="lines of each set")
    parser.add_argument("--only", nargs="*", help="sets")
    parser.add_argument("--table", action="store_true", help="the settings alone")
    parser.add_argument("--pattern", action="store_true", help="the patterns alone")
    args = parser.parse_args()
    if not args.pattern:
        for model, name in SETS:
            if not args.only or name in args.only:
                show(model, args.data / name, args.limit, SETTINGS)
    if not args.table:
        for model, name, pattern in PATTERNS:
            if not args.only or name in args.only:
                show(model, args.data / name, args.limit,
                     (("no pattern", {}), (pattern, {"pattern": pattern})))


if __name__ == "__main__":
    main()
