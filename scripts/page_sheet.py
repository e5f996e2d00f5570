"""Draw a contact sheet of synthetic pages with their boxes: docs/img/synth-pages.png.

    python scripts/page_sheet.py configs/synth/pages.yaml docs/img/synth-pages.png --first 400
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np
from PIL import Image

from deeptext_cli.data.synth.pages.engine import PageSynthesiser, load_page_recipe

CELL, ACROSS, DOWN = (252, 312), 6, 4  # width and height of a cell; cells


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe")
    parser.add_argument("output")
    parser.add_argument("--first", type=int, default=0, help="number of the first page")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    pages = PageSynthesiser(load_page_recipe(args.recipe), seed=args.seed)
    sheet = np.full((DOWN * CELL[1], ACROSS * CELL[0], 3), 128, np.uint8)
    for k in range(ACROSS * DOWN):
        image, quads, _ = pages.sample(args.first + k)
        shown = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
        scale = min(CELL[0] / image.shape[1], CELL[1] / image.shape[0])
        for quad in quads:
            cv2.polylines(shown, [quad.astype(np.int32)], True, (255, 0, 0),
                          max(1, round(1 / scale)))
        shown = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        y, x = k // ACROSS * CELL[1], k % ACROSS * CELL[0]
        sheet[y:y + shown.shape[0], x:x + shown.shape[1]] = shown[:CELL[1], :CELL[0]]
    picture = Image.fromarray(sheet).quantize(48, dither=Image.Dither.NONE)
    picture.save(args.output, optimize=True)


if __name__ == "__main__":
    main()
