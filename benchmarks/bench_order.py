"""Reading order of newspaper pages, beside Tesseract: columns, rules, headings, quotations, boxes.

    python benchmarks/bench_order.py [--count 14] [--seed 100] [--chromium chromium] [--read-only]

Draws pages of random make-up in Chromium: up to six columns, gutters of half a line to a line and
a half, with or without rules between, articles side by side and one above the other, headings over
one column or several, quotations set large, boxes, pictures with captions, justified or ragged, of
sentences of ../shared/text. Since it made them up, it knows their text in order. "F1" compares
words as a multiset, "CER" the text in that order: what is read right in the wrong place counts
there. Tesseract's layout analysis is its own; RapidOCR has none. Needs Chromium and Pillow.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import random
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from bench_pages import read
from peers import parser_of, run_peer, score
from PIL import Image

SERIF = ("Liberation Serif", "EB Garamond", "Noto Serif", "DejaVu Serif", "Playfair Display",
         "Merriweather", "Lora")
SANS = ("Liberation Sans", "Noto Sans", "Lato", "Open Sans", "Oswald", "Roboto")
LONGEST = 3000  # pixels of the window; what is blank below is cut off


def main() -> None:
    """Draw, read, print the table."""
    parser = parser_of(__doc__, "/tmp/bench-order", (), ("tesseract-cli",))
    parser.add_argument("--count", type=int, default=14)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--chromium", default="chromium")
    args = parser.parse_args()
    args.work /= f"{args.seed}-{args.count}"  # what peers read of other pages is kept apart
    labels = draw(args)
    print(f"{'who':16} {'F1':>6} {'CER':>6}")
    for who in ("deeptext", *args.peers):
        out = args.work / f"{who}.jsonl"
        if who == "deeptext":
            read(labels, out)
        else:
            run_peer(args, who, "page", labels, out)
        row = score(args.shared, out, labels, [])
        print(f"{who:16} {100 * row['bow_f1']:6.1f} {100 * row['cer']:6.1f}", flush=True)


def draw(args: argparse.Namespace) -> Path:
    """The pages, and `pages.jsonl` with their text."""
    args.work.mkdir(parents=True, exist_ok=True)
    text = Sentences(args.shared / "text")
    records = []
    for k in range(args.count):
        width, page, said = make_up(random.Random(args.seed + k), text)
        image = args.work / f"{k}.png"
        source = args.work / f"{k}.html"
        source.write_text(page, encoding="utf-8")
        with tempfile.TemporaryDirectory() as profile:
            subprocess.run(
                [args.chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--disable-background-networking", f"--user-data-dir={profile}",
                 f"--screenshot={image}", f"--window-size={width},{LONGEST}", source.as_uri()],
                check=True, capture_output=True)
        pixels = np.asarray(Image.open(image).convert("RGB")).astype(int)
        inked = np.flatnonzero(np.abs(pixels - pixels[-1, 0]).max(axis=(1, 2)) > 20)
        Image.fromarray(pixels[:inked.max() + 30].astype(np.uint8)).save(image)
        records.append(json.dumps({"image": str(image.resolve()),
                                   "lines": [{"text": t} for t in said]}))
    labels: Path = args.work / "pages.jsonl"
    labels.write_text("\n".join(records) + "\n", encoding="utf-8")
    return labels


class Sentences:
    """Sentences for the articles, and shorter ones for all else."""

    def __init__(self, folder: Path) -> None:
        whole, short = (gzip.decompress((folder / name).read_bytes()).decode() for name in (
            "en-encyclopedia.txt.gz", "en-sentences.txt.gz"))
        self.long = [re.sub(r" ([,.;:!?)])", r"\1", s).replace("( ", "(").replace(" 's", "'s")
                     for s in re.split(r"(?<=[.!?])\s+", whole)
                     if 40 < len(s) < 260 and s.isascii() and not re.search(r'<unk>|[@="]', s)]
        self.short = [s.strip() for s in short.split("\n") if 20 < len(s) < 60 and s.isascii()]

    def paragraph(self, dice: random.Random) -> str:
        return " ".join(dice.choice(self.long) for _ in range(dice.choice((2, 3, 4))))

    def heading(self, dice: random.Random, words: int) -> str:
        return " ".join(dice.choice(self.short).split()[:words]).strip(".,")


def make_up(dice: random.Random, text: Sentences) -> tuple[int, str, list[str]]:
    """A page's width, its HTML and its text in order."""
    width, size = dice.choice((1000, 1200, 1400)), dice.choice((13, 14, 15, 16))
    gap, ruled = dice.choice((8, 11, 14, 18, 24)), dice.random() < 0.5
    body, head = dice.choice(SERIF), dice.choice(SERIF + SANS)
    style = f"""
body {{ width: {width - 60}px; margin: 30px; color: #1a1a1a; font: {size}px/{round(1.25 * size)}px
       "{body}"; background: {dice.choice(("#fff", "#f6f1e4", "#eee"))} }}
h1 {{ font: bold {dice.choice((44, 58, 70))}px/1.1 "{head}"; text-align: center; margin: 0 0 6px }}
h2 {{ font: bold {dice.choice((20, 26, 32))}px/1.15 "{head}"; margin: 4px 0 6px }}
p {{ margin: 0; text-indent: {dice.choice((0, 14))}px;
     text-align: {"justify" if dice.random() < 0.7 else "left"} }}
.row {{ display: grid; gap: {2 * gap}px {gap}px; border-top: 2px solid }}
.columns {{ column-gap: {gap}px; {"column-rule: 1px solid #444" if ruled else ""} }}
.quotation {{ font: italic bold {size + 8}px/1.2 "{head}"; margin: 8px 0; padding: 6px 0;
              text-align: center; break-inside: avoid }}
.box {{ border: 2px solid; padding: 8px; break-inside: avoid; margin: 8px 0 }}
.picture {{ background: linear-gradient(35deg, #333, #bbb); height: 120px; margin: 6px 0 }}
.caption {{ font: {size - 3}px "{dice.choice(SANS)}"; margin: 0 0 6px; text-align: left;
            text-indent: 0 }}"""
    title = text.heading(dice, 4)
    parts, said = [f"<h1>{html.escape(title)}</h1>"], [title]
    for _ in range(dice.choice((1, 2, 2))):
        count = dice.choice((1, 2, 2, 3))
        spans = [dice.choice((1, 2)) for _ in range(count)] if count > 1 else [dice.choice((3, 4))]
        cells = ""
        for span in spans:
            inner, words = article(dice, text)
            side = f"; border-left: 1px solid #444; padding-left: {gap // 2}px" \
                if ruled and cells else ""
            cells += (f'<div style="grid-column: span {span}{side}"><h2>{html.escape(words[0])}'
                      f'</h2><div class=columns style="column-count: {span}">{inner}</div></div>')
            said += words
        parts.append(f'<div class=row style="grid-template-columns: repeat({sum(spans)}, 1fr)">'
                     f"{cells}</div>")
    page = f"<!doctype html><meta charset=utf-8><style>{style}</style>" + "\n".join(parts)
    return width, page, said


def article(dice: random.Random, text: Sentences) -> tuple[str, list[str]]:
    """The HTML below an article's heading; the heading and all that is below it."""
    inner, said = "", [text.heading(dice, dice.choice((4, 6, 8)))]

    def add(form: str, *words: str) -> None:
        nonlocal inner
        inner += form.format(*map(html.escape, words))
        said.extend(words)

    for k in range(dice.choice((2, 3, 4))):
        add("<p>{}</p>", text.paragraph(dice))
        if k == 0 and dice.random() < 0.35:
            add("<div class=quotation>{}</div>", dice.choice(text.short))
        if k == 1 and dice.random() < 0.3:
            add("<div class=picture></div><p class=caption>{}</p>", dice.choice(text.short))
        if k == 1 and dice.random() < 0.25:
            add("<div class=box><b>{}</b><br>{}</div>", dice.choice(text.short),
                dice.choice(text.long))
    return inner, said


if __name__ == "__main__":
    main()
