#!/usr/bin/env python3
"""Gather icons from Debian's icon themes and icon fonts, which stand beside the text of screens and
are none of it: INTO, arrays `tone` and `cover` of (N, SIZE, SIZE) uint8.

    python scripts/gather_icons.py [--into data/icons.npz] [--sheet icons.png]

Needs apt-get (`apt-get update` first) and dpkg-deb; some 70 MB are fetched, nothing is installed.
Icons that show letters, figures or signs are left out, by their names and where the model `print`
reads them surely: what is a letter by itself cannot be told from one beside others.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from deeptext_cli.data.files import write_atomic
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import find_model

THEMES = ("adwaita-icon-theme", "elementary-xfce-icon-theme", "gnome-icon-theme", "lxde-icon-theme",
          "mate-icon-theme", "oxygen-icon-theme", "tango-icon-theme")
FONTS = ("fonts-font-awesome", "fonts-fork-awesome", "fonts-materialdesignicons-webfont",
         "fonts-material-design-icons-iconfont")
SIZE = 48
EACH = 450     # icons of a theme or font
SURELY = 0.75  # how surely one that is left out is read
# in words of a name: what shows letters, figures or signs, or is hardly told from one
READ = re.compile(
    r"text|font|format|char|spell|letter|number|numeric|alpha|bold|ital|underline|strike|script|"
    r"translat|keyboard|sort|lang|locale|insert|word|pdf|office|abc|code|math|dictionar|percent|"
    r"title|header|quot|comment-quest|question|help|info|exclam|alert|warning|hash|pound|asterisk|"
    r"plus|minus|add|remove|close|equal|multipl|divi|slash|dollar|euro|gbp|jpy|inr|krw|rub|btc|"
    r"currency|money|cny|ils|viacoin|won|yen|rupee|lira|ruble|shekel|chevron|angle|caret|less|"
    r"greater|expand_|unfold|more|ellipsis|dots|bar$|pipe|at$|paragraph|symbol|calculator|"
    r"superscript|subscript|1|2|3|4|5|6|7|8|9|0|hd|sd|fps|iso|wc|atm|gif|logo|brand|facebook|"
    r"google|twitter|github|linux|wikipedia|wordpress|yahoo|bing|blogger|pinterest|vimeo|skype|"
    r"css|html|amazon|paypal|visa|mastercard|amex|discover|stripe|parking|hospital|label|tab|"
    r"tag|roman|unicode|ascii|glyph|initial|upper|lower|case|flag|emblem-default|minimi[sz]e|"
    r"arrow|go-|forward|backward|previous|next|^up|^down|-up|-down|left|right|import|export|send|"
    r"stop$|record|circle$|circle-o$|dot|horizontal|vertical|align|indent|list|menu|rule|line")


def themes(folder: Path, rng: random.Random) -> Iterator[tuple[str, np.ndarray]]:
    """Name and RGBA picture of a theme's icons, each name once, of middling size."""
    found: dict[str, tuple[int, Path]] = {}
    for path in sorted(folder.rglob("*.png")):
        name = path.stem.lower().removesuffix("-symbolic.symbolic").removesuffix("-symbolic")
        size = png_size(path)
        if path.is_symlink() or READ.search(name) or not 16 <= size <= 96:
            continue
        fit = abs(size - SIZE)
        if name not in found or fit < found[name][0]:
            found[name] = fit, path
    names = sorted(found)
    rng.shuffle(names)
    for name in names:
        with Image.open(found[name][1]) as image:
            yield name, np.asarray(image.convert("RGBA"))


def png_size(path: Path) -> int:
    """Its longer side in pixels; 0 where it is no picture."""
    try:
        with Image.open(path) as image:
            return max(image.size)
    except OSError:
        return 0


def glyphs(folder: Path, rng: random.Random) -> Iterator[tuple[str, np.ndarray]]:
    """Name and RGBA picture, black, of the icons of a font."""
    file = sorted(p for p in folder.rglob("*") if p.suffix in (".ttf", ".otf"))[0]
    names = sorted({(n.lower(), c) for c, n in TTFont(file).getBestCmap().items()
                    if c >= 0xE000 and not READ.search(n.lower())})
    rng.shuffle(names)
    font = ImageFont.truetype(str(file), SIZE)
    for name, code in names:
        mask = Image.new("L", (2 * SIZE, 2 * SIZE))
        ImageDraw.Draw(mask).text((SIZE // 2, SIZE // 2), chr(code), font=font, fill=255)
        box = mask.getbbox()
        if box is not None:
            cover = np.asarray(mask.crop(box))
            yield name, np.dstack([np.zeros((*cover.shape, 3), np.uint8), cover])


def squared(image: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Tone and cover (SIZE, SIZE), the picture as large as fits; None where little is drawn."""
    cover = image[..., 3]
    ys, xs = np.nonzero(cover > 40)
    if len(ys) < 40:
        return None
    image = image[ys.min():ys.max() + 1, xs.min():xs.max() + 1]
    h, w = image.shape[:2]
    if max(h, w) > 3 * min(h, w):  # as long as a dash or a bar
        return None
    scale = SIZE / max(h, w)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    out = np.zeros((SIZE, SIZE, 4), np.uint8)
    y, x = (SIZE - size[1]) // 2, (SIZE - size[0]) // 2
    out[y:y + size[1], x:x + size[0]] = image
    return cv2.cvtColor(out[..., :3], cv2.COLOR_RGB2GRAY), out[..., 3]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--into", type=Path, default=Path("data/icons.npz"))
    parser.add_argument("--sheet", type=Path, help="a picture of all icons, to look at")
    args = parser.parse_args()
    pairs: list[tuple[np.ndarray, np.ndarray]] = []
    with tempfile.TemporaryDirectory() as name:
        for package in (*THEMES, *FONTS):
            folder = Path(name) / package
            folder.mkdir()
            subprocess.run(["apt-get", "download", package], cwd=folder, check=True,
                           capture_output=True)
            subprocess.run(["dpkg-deb", "-x", next(folder.glob("*.deb")), folder], check=True)
            drawn = (themes if package in THEMES else glyphs)(folder, random.Random(package))
            taken = list(islice(filter(None, (squared(image) for _, image in drawn)), EACH))
            pairs += taken
            print(package, len(taken), "icons", file=sys.stderr)
    tone, cover = (np.stack(x) for x in zip(*pairs, strict=True))
    on_paper = (255 - (255 - tone.astype(np.float32)) * (cover / np.float32(255))).astype(np.uint8)
    read = LineReader(find_model("print")).read(
        [cv2.copyMakeBorder(x, 8, 8, 12, 12, cv2.BORDER_CONSTANT, value=255) for x in on_paper])
    kept = [i for i, r in enumerate(read)
            if r.sureness < SURELY or not any(c.isalnum() for c in r.text)]
    print(f"{len(read) - len(kept)} of {len(read)} are read as characters", file=sys.stderr)
    tone, cover, on_paper = tone[kept], cover[kept], on_paper[kept]
    buffer = io.BytesIO()
    np.savez_compressed(buffer, tone=tone, cover=cover)
    write_atomic(args.into, buffer.getvalue())
    if args.sheet:
        blank = np.full((SIZE, SIZE), 255, np.uint8)
        rows = [on_paper[i:i + 40] for i in range(0, len(on_paper), 40)]
        sheet = np.vstack([np.hstack([*row, *[blank] * (40 - len(row))]) for row in rows])
        cv2.imwrite(str(args.sheet), sheet)


if __name__ == "__main__":
    main()
