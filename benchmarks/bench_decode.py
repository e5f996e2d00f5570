"""Speed and gain of the decoders on simulated posteriors: python benchmarks/bench_decode.py.

    python benchmarks/bench_decode.py --text lines.txt --lm models/lm-en

The posteriors are simulated (see simulated.py), so the error rates compare decoders with each other
and say nothing about any recogniser. Speed is per process.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from simulated import simulate

from deeptext_cli.config.decode import DecodeOptions
from deeptext_cli.decode.decoder import Decoder
from deeptext_cli.engine.lm import load_lm
from deeptext_cli.metrics.distance import distance
from deeptext_cli.text import latin_charset, normalise


def cut_lines(path: Path, count: int, charset, rng: np.random.Generator,  # type: ignore[no-untyped-def]
              length: int = 29) -> list[str]:
    """Stretches of words of about a line's length from random places of a text file."""
    with (gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz"
          else path.open(encoding="utf-8")) as f:
        words = [w for line in f for w in normalise(line).split()
                 if all(c in charset for c in w)]
    out = []
    while len(out) < count:
        at = int(rng.integers(len(words)))
        line = words[at]
        for w in words[at + 1:]:
            if len(line) + 1 + len(w) > length:
                break
            line += " " + w
        out.append(line)
    return out


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--lm", default="lm-en")
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--unsure", type=float, default=0.06)
    parser.add_argument("--weights", default="0.3", help="language model weights, by commas")
    parser.add_argument("--bonus", type=float, default=1.0, help="length bonus / weight")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    charset = latin_charset()
    lines = cut_lines(args.text, args.lines, charset, rng)
    prose = [simulate(t, charset, rng, unsure=args.unsure) for t in lines]
    code_chars = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    codes = ["-".join("".join(rng.choice(code_chars, 4)) for _ in range(3)) for _ in lines]
    shown = [simulate(t, charset, rng, unsure=args.unsure * 2) for t in codes]
    print(f"{len(lines)} lines, T {np.mean([len(p) for p in prose]):.0f}, C {charset.classes}")
    lm = load_lm(args.lm)
    print(f"{'decoder':28}{'prose CER':>10}{'WER':>8}{'codes CER':>10}{'lines/s':>9}{'exact':>7}")

    def row(name: str, options: DecodeOptions, model) -> None:  # type: ignore[no-untyped-def]
        decoder = Decoder(charset, options, model)
        start = time.perf_counter()
        found = decoder.decode_batch(prose)
        speed = len(prose) / (time.perf_counter() - start)
        on_codes = decoder.decode_batch(shown)
        words = np.mean([a != b for t, d in zip(lines, found, strict=True)
                         for a, b in _pairs(t.split(" "), d.text.split(" "))])
        print(f"{name:28}{_cer(lines, found):10.2f}{100 * words:8.2f}{_cer(codes, on_codes):10.2f}"
              f"{speed:9.0f}{np.mean([d.exact for d in [*found, *on_codes]]):7.2f}")

    row("greedy", DecodeOptions(), None)
    row("beam 10, all lines", DecodeOptions(decoder="beam", unsure_below=1), None)
    for w in map(float, args.weights.split(",")):
        bonus = w * args.bonus
        row(f"beam 10 + LM {w:g}, all", DecodeOptions(
            decoder="beam", unsure_below=1, lm_weight=w, length_bonus=bonus), lm)
        row(f"beam 10 + LM {w:g}, unsure", DecodeOptions(
            decoder="beam", lm_weight=w, length_bonus=bonus), lm)
    row("exclude-chars |, exact", DecodeOptions(exclude_chars="|", unsure_below=1), None)
    pattern = DecodeOptions(pattern=r"[A-Z\d]{4}(-[A-Z\d]{4}){2}")
    decoder = Decoder(charset, pattern)
    start = time.perf_counter()
    found = decoder.decode_batch(shown)
    print(f"pattern on codes: CER {_cer(codes, found):.2f}, "
          f"{len(shown) / (time.perf_counter() - start):.0f} lines/s, "
          f"exact {np.mean([d.exact for d in found]):.2f}")


def _cer(truth, found) -> float:  # type: ignore[no-untyped-def]
    wrong = sum(distance(t, d.text) for t, d in zip(truth, found, strict=True))
    return 100 * wrong / sum(map(len, truth))


def _pairs(a: list[str], b: list[str]) -> list[tuple[str, str]]:
    return [(x, b[i] if i < len(b) else "") for i, x in enumerate(a)]


if __name__ == "__main__":
    main()
