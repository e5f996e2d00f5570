"""Speed of the line synthesiser on one core: median lines per second over blocks.

    python benchmarks/bench_synth.py [--warm 40000] [--block 2000] [--blocks 7] [RECIPE ...]

`plain` is prose without shaping, degradations or page context: what the glyph cache alone gives.
The others are the shipped recipes as they are. CPU time counts, so that other work on the machine
disturbs little; the first lines, which fill the glyph cache, are reported on their own.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from pathlib import Path

import cv2

from deeptext_cli.data.synth.engine import LineSynthesiser, load_recipe

RECIPES = Path(__file__).parent.parent / "configs" / "synth"
PLAIN = (
    "augment=null", "layout.shaped=0", "layout.screen=0", "layout.skew=0", "layout.bold=0",
    "layout.thin=0", "layout.underline=0", "layout.fixed_pitch=0", "layout.stretch=0",
    "crop.neighbours=0", "crop.rules=0", "ink.texture=0", "wear.typewriter=0",
    "wear.dotmatrix=0", "wear.thermal=0", "wear.fax=0", "text.random=0.02", "text.max_length=45")


def processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def rates(name: str, warm: int, block: int, blocks: int) -> tuple[float, list[float], float]:
    """Lines/s while the cache fills, lines/s of each block after, mean pixels of a line."""
    overrides = PLAIN if name == "plain" else ()
    recipe = load_recipe(RECIPES / f"{'prose' if name == 'plain' else name}.yaml", overrides)
    synth = LineSynthesiser(recipe, seed=1)
    synth.sample(0)
    start = time.process_time()
    for i in range(warm):
        synth.sample(i)
    cold = warm / (time.process_time() - start)
    found, pixels = [], 0
    for b in range(blocks):
        start = time.process_time()
        for i in range(warm + b * block, warm + (b + 1) * block):
            pixels += synth.sample(i)[0].size
        found.append(block / (time.process_time() - start))
    return cold, found, pixels / (blocks * block)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipes", nargs="*", default=["plain", "prose", "numbers", "print"])
    parser.add_argument("--warm", type=int, default=40000)
    parser.add_argument("--block", type=int, default=2000)
    parser.add_argument("--blocks", type=int, default=7)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    print(f"{processor()}, one core; {args.blocks} blocks of {args.block} lines")
    for name in args.recipes:
        cold, found, pixels = rates(name, args.warm, args.block, args.blocks)
        print(f"{name:12} median {statistics.median(found):7.0f} lines/s "
              f"({min(found):.0f}..{max(found):.0f}), first {args.warm}: {cold:.0f}, "
              f"{pixels:.0f} px a line")


if __name__ == "__main__":
    main()
