"""Speed and memory of `deeptext prepare` on many small images.

    python benchmarks/bench_prepare.py [--count 100000] [--jobs 2] [--runs 3]

Makes `count` line images in a temporary folder, prepares them in fresh processes, and prints the
median rate, the processor time of an image, and the largest resident memory of the main process and
of its workers. A quarter of the images is measured first: flat memory shows in the comparison.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_CHILD = """
import json, resource, sys, time
from pathlib import Path
from deeptext_cli.config.dataset import PrepareOptions
from deeptext_cli.engine import preparer
if __name__ == "__main__":
    options = PrepareOptions()
    started = time.perf_counter()
    sources = preparer.find_sources([sys.argv[1]], options)
    done = preparer.prepare(sources, Path(sys.argv[2]), options, jobs=int(sys.argv[3]))
    seconds = time.perf_counter() - started
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"seconds": seconds, "lines": done.doctor.items,
                      "rss": [u.ru_maxrss / 1024 for u in used],
                      "cpu": sum(u.ru_utime + u.ru_stime for u in used)}))
"""


def make_images(folder: Path, count: int) -> None:
    """Grey PNGs of 32 x 90 to 32 x 200 with a word and noise, 1,000 a folder, and labels.tsv."""
    rng = np.random.default_rng(0)
    font = ImageFont.load_default(20)
    with open(folder / "labels.tsv", "w", encoding="utf-8") as labels:
        for i in range(count):
            if i % 1000 == 0:
                (folder / f"{i // 1000:04d}").mkdir()
            text = f"{int(rng.integers(10 ** 9)):x}"
            image = Image.new("L", (int(rng.integers(90, 200)), 32), 230)
            ImageDraw.Draw(image).text((4, 2), text, fill=30, font=font)
            noisy = np.asarray(image) - rng.integers(0, 24, (32, image.width), dtype=np.uint8)
            name = f"{i // 1000:04d}/{i:06d}.png"
            Image.fromarray(noisy).save(folder / name, compress_level=1)
            labels.write(f"{name}\t{text}\n")


def run_once(source: Path, jobs: int, script: Path) -> dict[str, object]:
    """One preparation in a fresh process."""
    with tempfile.TemporaryDirectory() as out:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        done = subprocess.run([sys.executable, str(script), str(source), f"{out}/x", str(jobs)],
                              capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(done.stderr)
    return dict(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        script = Path(work) / "child.py"
        script.write_text(_CHILD)
        for count in (options.count // 4, options.count):
            source = Path(work) / f"images-{count}"
            source.mkdir()
            started = time.perf_counter()
            make_images(source, count)
            print(f"made {count} images in {time.perf_counter() - started:.0f} s", file=sys.stderr)
            runs = [run_once(source, options.jobs, script) for _ in range(options.runs)]
            rates = [float(str(r["lines"])) / float(str(r["seconds"])) for r in runs]
            cpu = [1000 * float(str(r["cpu"])) / float(str(r["lines"])) for r in runs]
            main_mb, worker_mb = (max(r["rss"][i] for r in runs) for i in (0, 1))  # type: ignore
            print(f"{count} images, {options.jobs} jobs: {statistics.median(rates):.0f} images/s "
                  f"(median of {len(runs)}, {min(rates):.0f} to {max(rates):.0f}); "
                  f"{statistics.median(cpu):.2f} ms of processor time an image; memory: main "
                  f"{main_mb:.0f} MB, largest worker {worker_mb:.0f} MB")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
          f"Python {platform.python_version()}, own peak "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
