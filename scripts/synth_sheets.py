"""Contact sheets of the synthetic recipes, to look at: docs/img/synth-NAME.png.

    python scripts/synth_sheets.py [--count 48] [--seed 11] [-o docs/img] [NAME ...]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from deeptext_cli.data.contact_sheet import Item, contact_sheet
from deeptext_cli.data.synth.engine import LineSynthesiser, load_recipe

ROOT = Path(__file__).parent.parent
WIDE = {"prose": 3, "numbers": 4, "handwriting": 3, "filled": 4, "print": 4,
        "screens": 4}  # columns; else 6


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    recipes = sorted(p.stem for p in (ROOT / "configs/synth").glob("*.yaml")
                     if "look: page" not in p.read_text(encoding="utf-8"))
    parser.add_argument("names", nargs="*", default=recipes)
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "docs/img")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.names:
        synth = LineSynthesiser(load_recipe(ROOT / f"configs/synth/{name}.yaml"), seed=args.seed)
        columns = WIDE.get(name, 6)
        sheet = contact_sheet([Item(*synth.sample(i)) for i in range(args.count)],
                              columns=columns, cell_width=1080 // columns, max_image_height=90)
        path = args.out / f"synth-{name}.png"
        Image.fromarray(sheet).convert("L").quantize(16).save(path, optimize=True)
        print(path, path.stat().st_size // 1024, "KiB")


if __name__ == "__main__":
    main()
