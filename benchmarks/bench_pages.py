"""Whole pages beside Tesseract and RapidOCR: words found, errors in reading order, speed, memory.

    python benchmarks/bench_pages.py [--sets doc-sroie,doc-funsd] [--read-only] [--again]

Takes the val pages of the page sets in ../shared/data (none of them trained on), reads them with
`deeptext read` and with the peers (../shared/tools/run_peer.py), and scores all of them alike with
../shared/tools/score.py. What the peers read is kept in the work folder; `--again` runs them anew,
which times need: run it on an idle machine.

BoW F1 compares words as a multiset. CER is of the page's text in the labels' order; doc-funsd and
scene-icdar2003 are labelled in no reading order, so "CER rows" puts the labels of every set in
rows from the top, each from the left, as text on forms is read. Receipts are scored without case,
scene words by case-insensitive alphanumerics. Times: pages a second; ours with the start of the
process, the peers' without. Memory: the largest resident size of the process.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from peers import ROOT, names, parser_of, run_peer, score

PEERS = ("tesseract-cli", "rapidocr", "rapidocr-nocls")
RULES = {"doc-sroie": ["--ignore-case"], "scene-icdar2003": ["--alnum-only"]}
SHARES = {"doc-en-print20": 1.0}  # never trained on: all of its pages
SETS = ("doc-sroie", "doc-funsd", "doc-ehri-typed", "doc-en-print20", "scene-icdar2003",
        "hw-en-hooker")


def main() -> None:
    """Run and print the table."""
    parser = parser_of(__doc__, "/tmp/bench-pages", SETS, PEERS)
    parser.add_argument("--start-up", action="store_true", help="time one receipt, whole process")
    parser.add_argument("--models", type=names, default=["auto"],
                        help="of ours, with commas between")
    args = parser.parse_args()
    ours = {f"deeptext {Path(model).name}": model for model in args.models}
    print(f"{'set':16} {'who':16} {'F1':>6} {'P':>6} {'R':>6} {'CER':>6} {'CER rows':>8} "
          f"{'pages/s':>8} {'MB':>5}")
    for name in args.sets:
        folder = args.work / name
        labels = build(args.shared / "data" / name, folder, SHARES.get(name, 0.2))
        for who in (*ours, *args.peers):
            out = folder / f"{who.replace(' ', '-')}.jsonl"
            figures = read(labels, out, ours[who]) if who in ours \
                else run_peer(args, who, "page", labels, out)
            row = [score(args.shared, out, of, RULES.get(name, []))
                   for of in (labels, folder / "rows.jsonl")]
            print(f"{name:16} {who:16} "
                  f"{100 * row[0]['bow_f1']:6.1f} {100 * row[0]['bow_precision']:6.1f} "
                  f"{100 * row[0]['bow_recall']:6.1f} {100 * row[0]['cer']:6.1f} "
                  f"{100 * row[1]['cer']:8.1f} {figures['per_s']:8.2f} "
                  f"{figures['peak_rss_mb']:5.0f}", flush=True)
    if args.start_up:
        page = json.loads((args.work / "doc-sroie" / "pages.jsonl").read_text().split("\n")[0])
        times = [measured(["read", page["image"]], None)[0] for _ in range(7)]
        print(f"one receipt, whole process: median {statistics.median(times):.2f} s")


def build(source: Path, folder: Path, val_share: float) -> Path:
    """`pages.jsonl` of a set's val pages, with the labels as they are, and `rows.jsonl` with the
    labels in rows. Labels without text are left out."""
    from deeptext_cli.data.pages import PageSet
    folder.mkdir(parents=True, exist_ok=True)
    chosen = PageSet(source, "val", val_share=val_share)
    wanted = {chosen.key(i) for i in range(len(chosen))}
    plain, rows = [], []
    for line in (source / "pages.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        if page["image"] not in wanted:
            continue
        labels = [x for x in page.get("lines") or page["words"]
                  if x["text"].strip() and not x.get("ignore")]
        record = {"image": str((source / page["image"]).resolve()), "lines": labels}
        plain.append(json.dumps(record, ensure_ascii=False))
        rows.append(json.dumps(record | {"lines": in_rows(labels)}, ensure_ascii=False))
    (folder / "rows.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "pages.jsonl").write_text("\n".join(plain) + "\n", encoding="utf-8")
    return folder / "pages.jsonl"


def in_rows(labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Labels from the top; those whose middle lies within a row's first label are one row."""
    def extent(label: dict[str, Any], axis: int) -> tuple[float, float]:
        values = [p[axis] for p in label["box"]]
        return min(values), max(values)

    rows: list[list[dict[str, Any]]] = []
    for label in sorted(labels, key=lambda x: sum(extent(x, 1))):
        middle = sum(extent(label, 1)) / 2
        if rows and extent(rows[-1][0], 1)[0] < middle < extent(rows[-1][0], 1)[1]:
            rows[-1].append(label)
        else:
            rows.append([label])
    return [x for row in rows for x in sorted(row, key=lambda x: extent(x, 0)[0])]


def measured(arguments: list[str], out: Path | None) -> tuple[float, float]:
    """Seconds and peak resident MB of one `deeptext` process."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "deeptext_cli", *arguments]
    started = time.perf_counter()
    with open(out or os.devnull, "wb") as stdout:
        process = subprocess.Popen(command, stdout=stdout, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command[:6])} ...: exit code {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def read(labels: Path, out: Path, model: str = "auto") -> dict[str, float]:
    """`deeptext read` of all pages, in the form of the peers."""
    images = [json.loads(x)["image"] for x in labels.read_text(encoding="utf-8").splitlines()]
    raw = out.with_suffix(".raw.jsonl")
    seconds, memory = measured(["read", "--model", model, "--layout", "page", "--format", "jsonl",
                                *images], raw)
    with open(out, "w", encoding="utf-8") as f:
        for line in raw.read_text(encoding="utf-8").splitlines():
            page = json.loads(line)
            f.write(json.dumps({"image": page["path"], "pred": page.get("text", ""), "lines": [
                {"box": x["box"], "text": x["text"], "confidence": x["confidence"]}
                for x in page.get("lines", [])]}, ensure_ascii=False) + "\n")
    return {"per_s": len(images) / seconds, "peak_rss_mb": memory}


if __name__ == "__main__":
    main()
