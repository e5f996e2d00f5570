"""Pack fonts and text for machines without network: one folder under a given size.

    python scripts/pack_synth.py -o packed [--max-mib 40] [--text FILE ...] [--strokes FILE]

Fonts are cut down to the Latin charset (fontTools), without hints; text is gzipped, and long files
are cut. A recipe takes the folder by

    load_recipe("configs/synth/print.yaml", fonts=["packed/fonts"], text=["packed/text/*.txt.gz"])

Faces are taken family by family, first those that differ most from what a family has already (first
and last style in order), until the budget is spent. Folders and names stay, so that faces keep
their kinds.
"""

from __future__ import annotations

import argparse
import glob
import gzip
import hashlib
import logging
import os
import shutil
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from deeptext_cli.data.synth.catalogue import Face, load_faces
from deeptext_cli.text import latin_charset

MIB = 1 << 20
LEGIBLE = 0.45  # nothing below is used by a shipped recipe, scripts and Fraktur apart
SMALLEST = 12 * 1024  # bytes of a small font: with less than that left, packing ends
FOLDERS = MIB  # room for what folders and the ends of blocks take on disk
UNLIKE_PRINT = ("script", "fraktur")


def ranked(faces: list[Face]) -> list[Face]:
    """Faces in the order in which they shall be packed: one of each family first, and so on."""
    families: dict[str, list[Face]] = defaultdict(list)
    for face in faces:
        if face.index == 0 and (face.legibility >= LEGIBLE or face.kind in UNLIKE_PRINT):
            families[face.family].append(face)
    rounds: list[list[Face]] = []
    for group in families.values():
        order = [group[0], *reversed(group[1:])]
        for i, face in enumerate(order):
            if i == len(rounds):
                rounds.append([])
            rounds[i].append(face)
    return [face for part in rounds for face in part]


def _quiet() -> None:
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)  # tables dropped are of no use here


def cut(face: Face) -> tuple[str, bytes]:
    """Name below the pack's font folder, and the font with the Latin charset alone."""
    options = subset.Options(hinting=False, name_IDs=["*"], notdef_outline=True,
                             layout_features=["kern", "liga", "ccmp", "mark", "locl"],
                             drop_tables=["FFTM", "PfEd", "DSIG", "SVG ", "meta"])
    font = TTFont(face.path, lazy=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(latin_charset().chars))
    subsetter.subset(font)
    path = Path(face.path)
    temporary = Path(os.environ.get("TMPDIR", "/tmp")) / f"pack-{os.getpid()}{path.suffix}"
    font.save(temporary)
    data = temporary.read_bytes()
    temporary.unlink()
    return f"{path.parent.name}/{path.name}", data


def try_cut(face: Face) -> tuple[str, bytes] | str:
    try:
        return cut(face)
    except Exception as e:  # fontTools raises many types; one odd font never stops the packing
        return f"{face.path}: {type(e).__name__}: {e}"[:160]


def pack_fonts(out: Path, budget: int) -> tuple[int, int]:
    """Write fonts up to `budget` bytes; number of faces and bytes written."""
    faces = ranked(load_faces())
    used = count = 0
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1), initializer=_quiet) as pool:
        for result in pool.map(try_cut, faces, chunksize=8):
            if isinstance(result, str):
                print(result, file=sys.stderr)
                continue
            name, data = result
            if used + len(data) > budget:
                if budget - used < SMALLEST:
                    pool.shutdown(cancel_futures=True)
                    break
                continue
            path = out / "fonts" / name
            if path.exists():  # the same name in two folders of one name
                path = path.with_stem(f"{path.stem}-{hashlib.sha1(data).hexdigest()[:6]}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            used += len(data)
            count += 1
    return count, used


def pack_text(out: Path, patterns: list[str], budget: int) -> int:
    """Gzip the files, each to an equal share of `budget` bytes at most; bytes written."""
    files = [f for p in patterns for f in sorted(glob.glob(p))]
    files.sort(key=os.path.getsize)  # what small ones leave of their share goes to large ones
    (out / "text").mkdir(parents=True, exist_ok=True)
    used = 0
    for i, name in enumerate(files):
        data = Path(name).read_bytes()
        text = gzip.decompress(data) if name.endswith(".gz") else data
        share = (budget - used) // (len(files) - i)
        packed = gzip.compress(text, 9, mtime=0)
        if len(packed) > share:
            head = text[:int(len(text) * share / len(packed) * 0.97)]
            packed = gzip.compress(head[:head.rfind(b"\n") + 1] or head, 9, mtime=0)
        stem = Path(name).name.removesuffix(".gz").removesuffix(".txt")
        (out / "text" / f"{stem}.txt.gz").write_bytes(packed)
        used += len(packed)
    return used


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--max-mib", type=float, default=40)
    parser.add_argument("--text", nargs="*", default=[
        "../shared/text/*.txt.gz", "../shared/text/latin/*.txt.gz"])
    parser.add_argument("--text-mib", type=float, default=6)
    parser.add_argument("--strokes", type=Path, help="a stroke file to take along")
    args = parser.parse_args()
    if args.out.exists():
        sys.exit(f"{args.out} is there already; give another folder")
    args.out.mkdir(parents=True)
    budget = int(args.max_mib * MIB)
    if args.strokes:
        shutil.copy(args.strokes, args.out / "strokes.npz")
        budget -= args.strokes.stat().st_size
    text = pack_text(args.out, args.text, int(args.text_mib * MIB))
    count, used = pack_fonts(args.out, budget - text - FOLDERS)
    print(f"{count} faces {used / MIB:.1f} MiB, text {text / MIB:.1f} MiB in {args.out}")


if __name__ == "__main__":
    main()
