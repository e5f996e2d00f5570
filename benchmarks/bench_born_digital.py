"""Pages that were never scanned: `deeptext read` of their pictures against the text in the files.

    python benchmarks/bench_born_digital.py FILE.pdf ... [--pages 1-2]

No labels are needed, so any PDF with a text layer measures layouts that nobody here has trained on:
source packages of PDF tools (ocrmypdf, pypdf, pymupdf4llm, tabula-py, ...) hold papers, tables,
forms and leaflets. Words F1 compares words as a multiset; CER also says whether the order is the
file's, which for tables and forms is not always the one that people read. Files whose script we do
not read, or whose text layer is nonsense, say nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pypdfium2

from deeptext_cli.metrics.rules import Rules
from deeptext_cli.metrics.text_metrics import measure

LEAST = 20  # characters of a page that is measured


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--pages", default="1-2")
    args = parser.parse_args()
    done = subprocess.run(
        [sys.executable, "-m", "deeptext_cli", "read", "--layout", "page", "--format", "jsonl",
         "--pages", args.pages, *map(str, args.files)], stdout=subprocess.PIPE, text=True)
    print(f"{'file':40} {'page':>4} {'chars':>6} {'CER %':>6} {'F1 %':>6}")
    rules = Rules(fold=True)
    for line in done.stdout.splitlines():
        page = json.loads(line)
        if "error" in page:
            print(f"{Path(page['path']).name[:40]:40} {page['error']['message']}")
            continue
        want = rules.text(text_of(page["path"], page["page"]))
        got = rules.text(page["text"])
        if len(want) < LEAST:
            continue
        ours, theirs = Counter(got.split()), Counter(want.split())
        f1 = 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())
        cer = measure([(want, got)]).cer
        print(f"{Path(page['path']).name[:40]:40} {page['page']:4} {len(want):6} "
              f"{100 * cer:6.1f} {100 * f1:6.1f}", flush=True)


def text_of(path: str, page: int) -> str:
    """The text layer of a page."""
    text: str = pypdfium2.PdfDocument(path)[page - 1].get_textpage().get_text_range()
    return text


if __name__ == "__main__":
    main()
