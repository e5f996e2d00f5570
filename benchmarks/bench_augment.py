"""How fast lines are augmented and handwriting is drawn, on one core; medians of several runs.

    python benchmarks/bench_augment.py [--strokes FILE.npz]
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from deeptext_cli.config.augment_presets import PRESETS
from deeptext_cli.data.augment import OPERATIONS, Augmenter, apply
from deeptext_cli.data.strokes import StrokeSet

RUNS = 5
LINES = 300


def text_line(width: int = 500, height: int = 40) -> np.ndarray:
    gray = np.full((height, width), 235, np.uint8)
    cv2.putText(gray, "The quick brown fox jumps over the lazy dog", (8, 28),
                cv2.FONT_HERSHEY_COMPLEX_SMALL, 0.9, 30, 1, cv2.LINE_AA)
    return gray


def seconds_each(call: Callable[[int], object], count: int) -> float:
    """Median CPU time of one call."""
    call(0)
    times = []
    for run in range(RUNS):
        started = time.process_time()
        for i in range(count):
            call(run * count + i)
        times.append((time.process_time() - started) / count)
    return statistics.median(times)


def machine() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "")
    return f"{model or platform.processor()}, Python {platform.python_version()}, " \
           f"OpenCV {cv2.__version__}, numpy {np.__version__}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=Path, help="also draw lines of this stroke file")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    line = text_line()
    print(f"{machine()}\none core, medians of {RUNS} runs of {LINES} lines of "
          f"{line.shape[1]}x{line.shape[0]} px\n")
    for name in PRESETS:
        augment = Augmenter(name)
        each = seconds_each(lambda i, a=augment: a(line, np.random.default_rng(i)), LINES)
        print(f"{name:14} {1 / each:8.0f} lines/s")
    print()
    config = PRESETS["document"]
    base = seconds_each(lambda i: apply(line, config, {}, np.random.default_rng(i)), LINES)
    print(f"{'measuring ink':14} {1e6 * base:8.0f} us")
    for name in OPERATIONS:
        each = seconds_each(lambda i, n=name: apply(line, config, {n: 0.5},
                                                    np.random.default_rng(i)), LINES)
        print(f"{name:14} {1e6 * (each - base):8.0f} us more")
    if args.strokes:
        strokes = StrokeSet(args.strokes)
        each = seconds_each(lambda i: strokes.render(37 * i % len(strokes),
                                                     np.random.default_rng(i), 48), 100)
        print(f"\n{'pen strokes':14} {1 / each:8.0f} lines/s, 48 px high")


if __name__ == "__main__":
    main()
