"""The worst lines of prepared val sets, as they are read: for docs/WORST.md.

    python benchmarks/worst_lines.py print:data/doc-funsd hand:data/hw-en-hooker ... [--count 20]
        [--into docs/WORST.md]

Quotation marks and dashes are folded; `--ignore-case` for sets whose labels have none. `--into`
puts the lists in their places in that file and leaves what is written there about them.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from deeptext_cli.config.training import ValEntry
from deeptext_cli.engine.auto_reader import open_lines
from deeptext_cli.engine.single_lines import read_singles
from deeptext_cli.engine.val_lines import val_lines
from deeptext_cli.metrics.rules import Rules
from deeptext_cli.metrics.text_metrics import count_by


def main() -> None:
    """Print a list for each set, the worst first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", help="MODEL:DATA")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--ignore-case", action="store_true")
    parser.add_argument("--into", type=Path, help="file whose lists are renewed")
    args = parser.parse_args()
    rules = Rules(fold=True, ignore_case=args.ignore_case)
    for entry in args.sets:
        heading, table = worst(entry, rules, args.count)
        if args.into is None:
            print(f"\n{heading}\n\n{table}")
        else:
            text = renewed(args.into.read_text(encoding="utf-8"), heading, table)
            args.into.write_text(text, encoding="utf-8")


def worst(entry: str, rules: Rules, count: int) -> tuple[str, str]:
    """The heading and the table of the worst lines of one MODEL:DATA."""
    model, _, data = entry.partition(":")
    images, labels = zip(*val_lines(ValEntry(path=data), 100_000), strict=True)
    _, reader = open_lines(model)
    rows = []
    for image, label, (reading, _) in zip(images, labels, read_singles(reader, images),
                                          strict=True):
        cer = count_by(rules, label, reading.text).cer
        if cer > 0:
            rows.append((cer, label, reading.text, image.shape))
    rows.sort(key=lambda r: (-r[0], -len(r[1])))
    return (f"## {Path(data).name}: {len(rows)} of {len(labels)} lines have errors",
            "\n".join(["| label | read as | pixels |", "| --- | --- | --- |",
                       *(f"| {cell(label)} | {cell(text)} | {width} x {height} |"
                         for _, label, text, (height, width) in rows[:count])]))


def renewed(text: str, heading: str, table: str) -> str:
    """The text with the table and the heading of one set in the place of its old ones."""
    name = heading.partition(":")[0]
    section = re.compile(rf"^{re.escape(name)}:.*\n((?:(?!## |\|).*\n)*)(?:\|.*\n)*", re.MULTILINE)
    if not section.search(text):
        return f"{text}\n{heading}\n\n{table}\n"
    return section.sub(lambda old: f"{heading}\n{old[1]}{table}\n", text, count=1)


def cell(text: str) -> str:
    """Text in a cell of a Markdown table."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "\\<") or " "


if __name__ == "__main__":
    main()
