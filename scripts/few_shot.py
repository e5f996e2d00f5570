"""How well a scheme never seen is learnt from few labelled images, by the commands a user has.

    python scripts/few_shot.py data/captcha_numbers_kr --from captcha

For each count that many images are drawn from the set's train split (those of a smaller count are
among those of a larger one), labelled in a folder, and given to `prepare` (a tenth of them is held
back for early stopping) and `train --from`. The set's own val split measures, and is seen by
neither. Prints a Markdown table; what is done is kept, so the command goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from deeptext_cli.data.dataset import LineDataset


def deeptext(*words: object, ok: tuple[int, ...] = (0,)) -> str:
    """Run a command; its stdout."""
    done = subprocess.run([sys.executable, "-m", "deeptext_cli", *map(str, words)],
                          stdout=subprocess.PIPE, text=True, check=False, env=os.environ)
    if done.returncode not in ok:
        raise SystemExit(f"few_shot: deeptext {' '.join(map(str, words))} ended with "
                         f"{done.returncode}")
    return done.stdout


def write_images(data: LineDataset, count: int, folder: Path, seed: int) -> None:
    """`count` labelled images of the train split, as a user would have them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = []
    for i in np.random.default_rng(seed).permutation(len(data))[:count].tolist():
        image, label = data[i]
        (folder / f"{i}.png").write_bytes(image)  # the decoder goes by content, not by suffix
        rows.append(f"{i}.png\t{label}\n")
    (folder / "labels.tsv").write_text("".join(rows), encoding="utf-8")


def exact(model: str, data: str) -> tuple[float, float]:
    """(exact match, CER) on the val split, in per cent."""
    rates = json.loads(deeptext("eval", "--model", model, "--data", data, "--json", "-q"))["rates"]
    return 100 * rates["exact"]["value"], 100 * rates["cer"]["value"]


def main() -> None:
    """Train one model for each count, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="prepared set")
    parser.add_argument("--from", dest="start", default="captcha")
    parser.add_argument("--counts", type=int, nargs="+", default=[10, 25, 50, 100])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/few-shot"))
    parser.add_argument("--set", action="append", default=[], help="passed on to train")
    args = parser.parse_args()
    data = LineDataset(args.data, "train")
    more = [x for s in args.set for x in ("--set", s)]
    print("| images | exact % | CER % | training |\n| --- | --- | --- | --- |")
    print("| 0 | {:.1f} | {:.1f} | |".format(*exact(args.start, args.data)), flush=True)
    for count in args.counts:
        place = args.output / str(count)
        if not (place / "run" / "exported.txt").exists():
            write_images(data, count, place / "images", args.seed)
            deeptext("prepare", place / "images", "-o", place / "data", "-q", ok=(0, 1))
            began = time.monotonic()
            deeptext("train", "--from", args.start, "--data", place / "data", "--run",
                     place / "run", "--name", f"few-{count}", "--seed", args.seed, "--fresh", *more)
            (place / "seconds").write_text(f"{time.monotonic() - began:.0f}")
        figures = exact(str(place / "run" / "model"), args.data)
        print("| {} | {:.1f} | {:.1f} | {} s |".format(
            count, *figures, (place / "seconds").read_text()), flush=True)


if __name__ == "__main__":
    main()
