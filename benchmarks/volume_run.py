"""Read thousands of images with bad ones among them, kill and resume, and compare with an
undisturbed run; show memory, speed, and what Tesseract and RapidOCR make of the same folder.

    python benchmarks/volume_run.py --data ../shared/data --work /tmp/volume-run --count 10000

The folder is made of the open sets (line and word images, and some pages) and of the inputs of
`tests/bad_inputs.py`. Needs `/proc` for memory. Peers run where they are installed:
--tesseract NAME, --rapidocr PYTHON (an interpreter that has it).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import bad_inputs  # noqa: E402
from support import draw_line  # noqa: E402

LINE_SETS = ("words_iiit5k", "words_icdar2015", "captcha_v2", "captcha_pwntcha",
             "captcha_numbers_kr", "plates_es_uc3m", "plates_cz_hdr", "lines_ocrd_testset",
             "lines_fraktur_jze", "hw-fr-cremma20c")
PAGE_SETS = ("doc-sroie", "doc-funsd", "scene-icdar2003")
IMAGES = (".png", ".jpg", ".jpeg", ".tif")


def build(data: Path, folder: Path, count: int, bad: int, pages: int) -> dict[str, str]:
    """The folder of inputs; returns name -> "good" or "bad"."""
    rng = random.Random(1)
    lines = sorted(p for s in LINE_SETS for p in (data / s).rglob("*")
                   if p.suffix.lower() in IMAGES)
    whole = sorted(p for s in PAGE_SETS for p in (data / s).rglob("*")
                   if p.suffix.lower() in IMAGES)
    chosen = rng.sample(lines, min(len(lines), count - bad - pages)) + rng.sample(whole, pages)
    rng.shuffle(chosen)
    kinds: dict[str, str] = {}
    shutil.rmtree(folder, ignore_errors=True)
    for k in range(count - bad):  # where the sets have too few, some come twice
        source = chosen[k % len(chosen)]
        name = f"{k // 1000:02}/{rng.randrange(10**8):08}-{k:05}{source.suffix.lower()}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(source.resolve(), folder / name)
        kinds[name] = "good"
    damaged = [c for c in bad_inputs.cases(draw_line("123")) if c.expect == "error"]
    for k in range(bad):
        case = damaged[k % len(damaged)]
        name = f"{rng.randrange(max(1, count // 1000)):02}/{rng.randrange(10**8):08}-bad{k:04}-" \
            + case.name
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(case.data)
        kinds[name] = "bad"
    return kinds


class Memory(threading.Thread):
    """Looks at the resident memory of a process and its children, in MiB, once a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.main, self.workers = pid, [], []

    def run(self) -> None:
        while (main := _rss(self.pid)) is not None:
            self.main.append(main)
            try:
                children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            except OSError:
                return
            self.workers.append(max((_rss(int(c)) or 0 for c in children), default=0))
            time.sleep(1)


def _rss(pid: int) -> float | None:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return None


def command(folder: Path, out: Path, *extra: str) -> list[str]:
    return [sys.executable, "-m", "deeptext_cli", "read", str(folder), "-o", str(out),
            "--format", "jsonl", *extra]


def read(folder: Path, out: Path, *extra: str, kill_after: float | None = None,
         ) -> tuple[int | None, float, Memory, str]:
    """Exit code (None: killed), seconds, memory, stderr."""
    began = time.monotonic()
    with subprocess.Popen(command(folder, out, *extra), stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        memory = Memory(process.pid)
        memory.start()
        try:
            _, remarks = process.communicate(timeout=kill_after)
            code: int | None = process.returncode
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, remarks = process.communicate()
            code = None
    memory.join()
    return code, time.monotonic() - began, memory, remarks


def plot(memories: dict[str, list[float]], path: Path) -> None:
    """Memory over time, a line for each series."""
    canvas = np.full((360, 900, 3), 255, np.uint8)
    top = max(max(v, default=1) for v in memories.values()) * 1.1
    for k, (name, values) in enumerate(memories.items()):
        colour = ((180, 80, 20), (30, 120, 30), (30, 30, 200))[k % 3]
        xs = np.linspace(60, 880, max(2, len(values)))
        points = np.array([(x, 330 - 300 * v / top) for x, v in zip(xs, values, strict=False)],
                          np.int32)
        cv2.polylines(canvas, [points], False, colour, 2, cv2.LINE_AA)
        cv2.putText(canvas, f"{name}: {max(values):.0f} MiB at most", (70, 30 + 22 * k),
                    cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    cv2.line(canvas, (60, 330), (880, 330), (0, 0, 0), 1)
    cv2.putText(canvas, "RSS from start to end", (60, 350), cv2.FONT_HERSHEY_SIMPLEX, 0.45,
                (0, 0, 0), 1, cv2.LINE_AA)
    cv2.imwrite(str(path), canvas)


def check(out: Path, folder: Path, kinds: dict[str, str]) -> dict[str, int]:
    """Of the records: good ones read, bad ones named, and what is wrong."""
    counts = dict.fromkeys(("good_read", "good_lost", "bad_named", "bad_missed"), 0)
    errors: dict[str, bool] = {}
    for line in out.read_text("utf-8").split("\n")[:-1]:
        record = json.loads(line)
        name = Path(record["path"]).relative_to(folder).as_posix()
        errors[name] = errors.get(name, False) or "error" in record
    for name, kind in kinds.items():
        if kind == "good":
            counts["good_read" if errors.get(name) is False else "good_lost"] += 1
        else:
            counts["bad_named" if errors.get(name) else "bad_missed"] += 1
    return counts


def tesseract(program: str, folder: Path, kinds: dict[str, str], work: Path) -> str:
    """Its list mode on the first 500 inputs: how far it comes."""
    names = [str(folder / n) for n in sorted(kinds) if "\n" not in n][:500]
    (work / "list.txt").write_text("\n".join(names) + "\n")
    done = subprocess.run([program, str(work / "list.txt"), str(work / "tesseract")],
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "OMP_THREAD_LIMIT": "1"})
    text = work / "tesseract.txt"
    pages = text.read_text("utf-8", "replace").count("\f") if text.exists() else 0
    first = next((i for i, n in enumerate(sorted(kinds)) if kinds[n] == "bad"), -1)
    return f"exit code {done.returncode}; {pages} of {len(names)} inputs have text; the first " \
        f"bad one is number {first + 1}; last words: {done.stderr.strip().splitlines()[-1:]}"


RAPID = """
import sys
from rapidocr import RapidOCR
engine, done = RapidOCR(), 0
for name in sys.stdin.read().split("\\0"):
    try:
        engine(name)
    except BaseException as e:
        print(f"raised {type(e).__name__} at input {done + 1}, {name!r}: {str(e)[:150]}")
        break
    done += 1
else:
    print(f"read all {done}")
"""


def rapidocr(python: str, folder: Path, kinds: dict[str, str]) -> str:
    """One call an input, from its list, as its documentation shows: how far that comes."""
    first = sorted(kinds).index(next(n for n in sorted(kinds) if kinds[n] == "bad"))
    names = sorted(kinds)[max(0, first - 5):first + 5]
    done = subprocess.run([python, "-c", RAPID], capture_output=True, text=True, check=False,
                          input="\0".join(str(folder / n) for n in names))
    return f"of the ten inputs around the first bad one: {done.stdout.strip().splitlines()[-1:]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=Path("/tmp/volume-run"))
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--bad", type=int, default=300)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--one-by-one", type=int, default=300,
                        help="inputs of the comparison with one page at a time; 0: none")
    parser.add_argument("--tesseract", default="tesseract")
    parser.add_argument("--rapidocr", metavar="PYTHON")
    parser.add_argument("extra", nargs="*", help="further options of deeptext read, after --")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    folder = args.work / "in"
    kinds = build(args.data, folder, args.count, args.bad, args.pages)
    print(f"{len(kinds)} inputs, {sum(k == 'bad' for k in kinds.values())} bad")

    whole = args.work / "whole.jsonl"
    code, seconds, memory, remarks = read(folder, whole, *args.extra)
    print(f"undisturbed: exit code {code}, {seconds:.0f} s, {len(kinds) / seconds:.1f} inputs/s; "
          f"{remarks.strip().splitlines()[-1]}")
    print(check(whole, folder, kinds), flush=True)
    for name, values in (("main process", memory.main), ("largest worker", memory.workers)):
        tenths = [round(float(np.median(part))) for part in np.array_split(values, 10)
                  if len(part)]
        print(f"memory of the {name}, MiB, medians of tenths of the run: {tenths}")
    plot({"main process": memory.main, "largest worker": memory.workers},
         args.work / "memory.png")

    rng = random.Random(2)
    for out in (args.work / "killed.jsonl", args.work / "killed"):
        shutil.rmtree(out, ignore_errors=True)
        for leftover in args.work.glob("*killed.jsonl*"):
            leftover.unlink()
        for k in range(args.kills):
            wait = rng.uniform(0.5, 1.5) * seconds / (args.kills + 1)
            ended, _, _, _ = read(folder, out, "--resume", *args.extra, kill_after=wait)
            print(f"  {out.name}, run {k + 1}: " + (f"killed after {wait:.0f} s" if ended is None
                                                   else f"ended with {ended}"), flush=True)
        _, _, _, remarks = read(folder, out, "--resume", *args.extra)
        print(f"  {out.name}, last run: {remarks.strip().splitlines()[-1]}")
        if out.suffix:
            same = out.read_bytes() == whole.read_bytes()
        else:
            parts = {}
            for p in out.rglob("*.jsonl"):
                for line in p.read_text("utf-8").split("\n")[:-1]:
                    parts.setdefault(json.loads(line)["path"], []).append(line)
            expected: dict[str, list[str]] = {}
            for line in whole.read_text("utf-8").split("\n")[:-1]:
                expected.setdefault(json.loads(line)["path"], []).append(line)
            expected = {k: v for k, v in expected.items() if any("error" not in json.loads(x)
                                                                 for x in v)}
            same = parts == expected
        print(f"killed {args.kills} times and resumed, {out.name} is "
              + ("byte-identical" if same else "DIFFERENT"), flush=True)

    if args.one_by_one:
        names = [str(folder / n) for n in sorted(kinds) if kinds[n] == "good"][:args.one_by_one]
        for what, extra in (("together", []), ("one at a time", ["--jobs", "1", "--batch-size",
                                                                "1", "--timeout", "300"])):
            began = time.monotonic()
            subprocess.run([sys.executable, "-m", "deeptext_cli", "read", *names, "-o",
                            str(args.work / "some.jsonl"), *extra], check=False,
                           capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
            took = time.monotonic() - began
            print(f"{len(names)} good inputs {what}: {len(names) / took:.1f} a second")
    if shutil.which(args.tesseract):
        print("Tesseract:", tesseract(args.tesseract, folder, kinds, args.work))
    if args.rapidocr:
        print("RapidOCR:", rapidocr(args.rapidocr, folder, kinds))


if __name__ == "__main__":
    main()
