"""What the benchmarks beside other tools share: their options, running a peer, scoring."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PYTHON = Path("/work/peers/bin/python")  # where the peers are installed, if not here


def parser_of(doc: str, work: str, sets: tuple[str, ...],
              peers: tuple[str, ...] = ()) -> argparse.ArgumentParser:
    """A parser with the options of all of them."""
    parser = argparse.ArgumentParser(description=doc,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=names, default=list(sets), help="with commas between")
    parser.add_argument("--work", type=Path, default=Path(work))
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--peers", type=names, default=list(peers))
    parser.add_argument("--peer-python", default=PYTHON if PYTHON.exists() else sys.executable)
    parser.add_argument("--read-only", dest="peers", action="store_const", const=[],
                        help="only ours")
    parser.add_argument("--again", action="store_true", help="run the peers anew")
    return parser


def names(value: str) -> list[str]:
    """What stands between commas."""
    return [name for name in value.split(",") if name]


def run_peer(args: argparse.Namespace, who: str, mode: str, labels: Path,
             out: Path) -> dict[str, Any]:
    """A peer's figures (images a second, peak MB) on `line`s or `page`s; its output is kept."""
    kept = out.with_suffix(".summary.json")
    if args.again or not kept.exists():
        done = subprocess.run(
            [args.peer_python, str(args.shared / "tools" / "run_peer.py"), who, mode,
             str(labels), str(out)], capture_output=True, text=True, check=False)
        found = [x for x in done.stderr.splitlines() if x.startswith("SUMMARY ")]
        if not found:
            raise SystemExit(f"{who}: {done.stderr[-500:]}")
        kept.write_text(found[-1][len("SUMMARY "):])
    summary = json.loads(kept.read_text())
    return {"per_s": summary["images_per_s"], "peak_rss_mb": summary["peak_rss_mb"]}


def score(shared: Path, out: Path, labels: Path, rules: list[str]) -> dict[str, float]:
    """What score.py says."""
    done = subprocess.run([sys.executable, str(shared / "tools" / "score.py"), str(out),
                           str(labels), "--fold", "--json", *rules], capture_output=True,
                          text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result
