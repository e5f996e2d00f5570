"""Make `deeptext_cli/data/synth/letter_shapes.npz`: mean letter shapes of the text faces here.

Run on a machine with many fonts (docs/FONTS.md). The file decides only which faces count as
legible, so small differences in the fonts installed do not matter.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import ImageFont

from deeptext_cli.data.synth.catalogue import load_faces
from deeptext_cli.data.synth.inspect_font import render, tight
from deeptext_cli.data.synth.legibility import LETTERS, SIDE, shape_of

KINDS = ("serif", "sans", "mono", "typewriter", "condensed", "script")


def main() -> None:
    sums = np.zeros((len(KINDS), len(LETTERS), SIDE * SIDE), np.float64)
    for face in load_faces():
        if face.kind not in KINDS or face.caps_only:
            continue
        font = ImageFont.truetype(face.path, 32, index=face.index,
                                  layout_engine=ImageFont.Layout.BASIC)
        for i, c in enumerate(LETTERS):
            mask = tight(render(font, c)[0]) if c in face.coverage else np.zeros((0, 0))
            if mask.size:
                sums[KINDS.index(face.kind), i] += shape_of(mask)
    sums *= 255 / sums.max(axis=2, keepdims=True)
    path = Path(__file__).parent.parent / "deeptext_cli/data/synth/letter_shapes.npz"
    np.savez_compressed(path, shapes=sums.astype(np.uint8))
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
