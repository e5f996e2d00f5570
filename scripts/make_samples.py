"""Draw the images of samples/: lines and pages of the project's own making.

    python scripts/make_samples.py          (needs fonts: docs/FONTS.md)

Sample i of a recipe and a seed is always the same image, so this gives the same files again where
the same fonts are installed.
"""

from __future__ import annotations

from pathlib import Path

from deeptext_cli.data.files import write_atomic
from deeptext_cli.data.images import encode_png
from deeptext_cli.data.synth.engine import LineSynthesiser, load_recipe
from deeptext_cli.data.synth.pages.engine import PageSynthesiser, load_page_recipe
from deeptext_cli.text import latin_charset

ROOT = Path(__file__).resolve().parent.parent
LINES = (("prose", 6), ("numbers", 6))
PAGES = (("receipt", 5), ("columns", 2), ("scene", 2))  # kind, number of the sample
SEED = 2026


def main() -> None:
    """Write samples/lines with their labels, and samples/pages."""
    lines()
    for kind, number in PAGES:
        recipe = load_page_recipe(ROOT / "configs/synth/pages.yaml", [f"kinds={{{kind}: 1}}",
                                                                       "skew=3"])
        image, _, _ = PageSynthesiser(recipe, seed=SEED).sample(number)
        write_atomic(ROOT / "samples" / "pages" / f"{kind}.png", encode_png(image))


def lines() -> None:
    """Some of each recipe, of a length that a terminal shows at a glance."""
    folder = ROOT / "samples" / "lines"
    labels = []
    for recipe, count in LINES:
        settings = load_recipe(ROOT / f"configs/synth/{recipe}.yaml", ["text.random=0"])
        synth = LineSynthesiser(settings,
                                charset=latin_charset(), seed=SEED)
        done = number = 0
        while done < count:
            image, text = synth.sample(number)
            number += 1
            if not 12 <= len(text) <= 44:
                continue
            done += 1
            name = f"{recipe}-{done}.png"
            write_atomic(folder / name, encode_png(image))
            labels.append(f"{name}\t{text}\n")
    write_atomic(folder / "labels.tsv", "".join(labels).encode())


if __name__ == "__main__":
    main()
