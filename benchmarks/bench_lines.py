"""Single lines beside Tesseract and RapidOCR: errors, lines right, lines a second.

    python benchmarks/bench_lines.py [--sets doc-funsd,words_iiit5k] [--read-only] [--again]

Takes the val lines of prepared sets (`scripts/prepare_open_sets.sh`), writes them as images, reads
them with our models (`hand` for handwriting, else those of `--print-models`) and with the peers
(../shared/tools/run_peer.py), and scores all alike with ../shared/tools/score.py. What the peers
read is kept in the work folder; `--again` runs them anew, which times need: run it on an idle
machine. Times hold reading and decoding the files; ours read one after the other, as theirs do,
in batches of 256 images.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from peers import ROOT, names, parser_of, run_peer, score

PEERS = ("tesseract", "rapidocr")
RULES = {"doc-sroie": ["--ignore-case"], "words_iiit5k": ["--alnum-only"],
         "words_icdar2015": ["--alnum-only"], "scene-icdar2003": ["--alnum-only"]}
SETS = ("doc-ehri-typed", "doc-funsd", "doc-en-print20", "doc-sroie", "words_iiit5k",
        "words_icdar2015", "scene-icdar2003", "strokes-val", "hw-en-hooker", "hw-fr-copiste",
        "hw-fr-peraire")
HANDS = ("strokes", "hw-")
BATCH = 256


def main() -> None:
    """Run and print the table."""
    parser = parser_of(__doc__, "/tmp/bench-lines", SETS, PEERS)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--print-models", type=names, default=["print"],
                        help="with commas between")
    args = parser.parse_args()
    print(f"{'set':16} {'lines':>5} {'who':10} {'CER':>6} {'exact':>6} {'lines/s':>8}")
    for name in args.sets:
        labels = build(args.data / name, args.work / name)
        count = len(labels.read_text(encoding="utf-8").splitlines())
        ours = ["hand"] if name.startswith(HANDS) else args.print_models
        for who in (*ours, *args.peers):
            out = labels.parent / f"{Path(who).name}.jsonl"
            rate = read(who, labels, out) if who in ours \
                else run_peer(args, who, "line", labels, out)["per_s"]
            result = score(args.shared, out, labels, RULES.get(name, []))
            print(f"{name:16} {count:5} {Path(who).name:10} {100 * result['cer']:6.2f} "
                  f"{100 * result['exact']:6.1f} {rate:8.1f}", flush=True)


def build(source: Path, folder: Path) -> Path:
    """The val lines of a prepared set as images, and their `labels.tsv`."""
    from deeptext_cli.data.dataset import LineDataset
    lines = LineDataset(source, "val")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows = []
    for i in range(len(lines)):
        image, label = lines[i]
        path = folder / "images" / f"{i}.png"  # readers go by content, not by suffix
        path.write_bytes(image)
        rows.append(f"images/{path.name}\t{label}\n")
    labels = folder / "labels.tsv"
    labels.write_text("".join(rows), encoding="utf-8")
    return labels


def read(model: str, labels: Path, out: Path) -> float:
    """Our reading of the lines, in the form of the peers; lines a second."""
    from deeptext_cli.data.images import decode
    from deeptext_cli.engine.line_reader import LineReader
    from deeptext_cli.engine.models import find_model
    from deeptext_cli.engine.single_lines import read_singles
    reader = LineReader(find_model(model))
    names = [row.split("\t")[0] for row in labels.read_text(encoding="utf-8").splitlines()]
    said: list[dict[str, Any]] = []
    started = time.perf_counter()
    for k in range(0, len(names), BATCH):
        images = [decode((labels.parent / name).read_bytes()) for name in names[k:k + BATCH]]
        said += [{"image": name, "pred": single.reading.text}
                 for name, single in zip(names[k:], read_singles(reader, images), strict=False)]
    seconds = time.perf_counter() - started
    out.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in said),
                   encoding="utf-8")
    return len(names) / seconds


if __name__ == "__main__":
    main()
