"""`deeptext read` at volume: resumed, killed, watched, piped; nothing is lost and nothing hangs."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support import ROOT, run_cli, running

Lines = Callable[..., list[Path]]
DIGITS = ["123", "4567", "60", "7", "01", "222", "35", "46"]


def read(model: Path, *args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return run_cli("read", "--model", model, *args, **options)


def start(model: Path, *args: object, **options: Any) -> subprocess.Popen[bytes]:
    """The command in a process of its own, with Ctrl-C as at a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "deeptext_cli", "read", "--model", str(model), *map(str, args)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        bufsize=0,  # `communicate` does not see what `readline` has buffered
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler), **options)


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 200
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def outputs(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file() and not p.name.startswith(".")}


@pytest.fixture
def scans(tmp_path: Path, lines: Lines) -> Path:
    """Eight good images, in two folders, and two bad ones."""
    folder = tmp_path / "scans"
    for path in lines(*DIGITS, folder=folder)[5:]:
        (folder / "deep").mkdir(exist_ok=True)
        path.rename(folder / "deep" / path.name)
    (folder / "bad.png").write_bytes(b"no image")
    (folder / "deep" / "empty.png").write_bytes(b"")
    return folder


def test_worker_processes_read_the_same_as_threads_and_one_alone(tiny_model: Path, scans: Path,
                                                                 ) -> None:
    seen = {read(tiny_model, scans, "--format", "jsonl", *options).stdout
            for options in (["--jobs", "1"], ["--jobs", "3", "--batch-size", "2"],
                            ["--jobs", "2", "--timeout", "100"],
                            ["--jobs", "1", "--timeout", "100", "--batch-size", "1"])}
    assert len(seen) == 1
    found = records(seen.pop())
    assert [r["text"] for r in found if "text" in r] == DIGITS
    assert [r["error"]["code"] for r in found if "error" in r] == ["image-unreadable"] * 2


def test_records_carry_a_receipt(tiny_model: Path, scans: Path) -> None:
    import hashlib
    found = records(read(tiny_model, scans, "--format", "jsonl", "--layout", "line", "--chars",
                         "0-9").stdout)
    from deeptext_cli.engine.models import find_model
    for r in found:
        receipt = r["receipt"]
        assert receipt["sha256"] in (hashlib.sha256(Path(r["path"]).read_bytes()).hexdigest(), "")
        assert (receipt["sha256"] == "") == r["path"].endswith("empty.png")
        assert receipt["models"] == {"tiny": find_model(tiny_model).checksum}
        assert receipt["options"] == {"layout": "line", "chars": "0-9"}


@pytest.mark.parametrize("output", ["out/", "out.jsonl"])
def test_resumed_runs_read_only_what_is_new(tiny_model: Path, scans: Path, tmp_path: Path,
                                            lines: Lines, output: str) -> None:
    out = tmp_path / output
    args = (scans, "-o", f"{tmp_path}/{output}", "--format", "jsonl")
    done = read(tiny_model, *args)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "deeptext: 8 read, 2 failed"
    before = outputs(out) if out.is_dir() else out.read_bytes()
    done = read(tiny_model, *args, "--resume")
    assert done.stderr.splitlines()[-1] == "deeptext: 0 read, 8 read before, 2 failed"
    assert before == (outputs(out) if out.is_dir() else out.read_bytes())
    [new] = lines("77", folder=tmp_path / "other")
    new.replace(scans / "line1.png")                  # changed
    (scans / "bad.png").unlink()                      # gone
    done = read(tiny_model, *args, "--resume")
    assert done.stderr.splitlines()[-1] == "deeptext: 1 read, 7 read before, 1 failed"
    text = (out / "line1.jsonl" if out.is_dir() else out).read_text()
    assert "77" in [r.get("text") for r in records(text)]
    done = read(tiny_model, *args, "--resume", "--chars", "0-9")
    assert "read before" not in done.stderr


def test_outputs_lie_as_their_inputs_did(tiny_model: Path, scans: Path, tmp_path: Path) -> None:
    read(tiny_model, scans, "-o", tmp_path / "out")
    assert list(outputs(tmp_path / "out")) == [
        *(f"deep/line{i}.txt" for i in (5, 6, 7)), *(f"line{i}.txt" for i in range(5))]


@pytest.mark.parametrize("output", ["out/", "out.jsonl"])
def test_killed_and_resumed_is_byte_for_byte_an_undisturbed_run(
        tiny_model: Path, lines: Lines, tmp_path: Path, output: str) -> None:
    scans = tmp_path / "scans"
    lines(*DIGITS * 12, folder=scans)
    (scans / "line11.png").write_bytes(b"no image")
    args = (scans, "--format", "jsonl", "--timeout", "100", "--jobs", "2")
    read(tiny_model, *args, "-o", f"{tmp_path}/whole{output[3:]}")
    journal = tmp_path / ("out/.deeptext-journal" if output == "out/" else ".out.jsonl.partial")
    for attempt in range(2):
        journal.unlink(missing_ok=True) if attempt == 0 else None
        process = start(tiny_model, *args, "-o", f"{tmp_path}/{output}", "--resume")
        size = journal.stat().st_size if output == "out/" and journal.exists() else 0
        wait_for(lambda s=size: journal.exists() and journal.stat().st_size > s + 3000, process)
        process.kill()
        process.communicate()
    done = read(tiny_model, *args, "-o", f"{tmp_path}/{output}", "--resume")
    assert "read before" in done.stderr
    if output == "out/":
        assert outputs(tmp_path / "out") == outputs(tmp_path / "whole")
    else:
        assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
        assert not journal.exists()


def test_ctrl_c_finishes_what_is_in_hand_and_says_how_to_go_on(
        tiny_model: Path, lines: Lines, tmp_path: Path) -> None:
    fifo = tmp_path / "later.png"
    os.mkfifo(fifo)
    paths = lines("123", "60", "7")
    out = tmp_path / "o.jsonl"
    args = [paths[0], fifo, *paths[1:], "-o", out, "--jobs", "1"]
    process = start(tiny_model, *args)
    writer = os.open(fifo, os.O_WRONLY)  # returns when the fifo is being opened
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert b"Ctrl-C again" in process.stderr.readline()
    os.write(writer, paths[0].read_bytes())
    os.close(writer)
    _, remarks = process.communicate(timeout=100)
    assert process.returncode == 130
    assert remarks.decode() == ("deeptext: interrupted after 2 of 4: 2 read, 0 failed; go on "
                                "with the same command and --resume\n")
    assert [r["text"] for r in records(out.read_text())] == ["123", "123"]
    assert [p.name for p in tmp_path.glob(".*")] == []


@pytest.mark.parametrize("out", ["o.txt", "o.json", "o.jsonl"])
def test_ctrl_c_completes_one_long_file_with_the_pages_that_were_read(tmp_path: Path, out: str,
                                                                      ) -> None:
    page = Image.open(ROOT / "samples" / "pages" / "receipt.png").convert("L")
    page.save(tmp_path / "long.tif", save_all=True, append_images=[page] * 60)
    output = tmp_path / out
    process = start(Path("print"), tmp_path / "long.tif", "-o", output)
    partial = tmp_path / f".{out}.partial"
    wait_for(lambda: partial.exists() and partial.stat().st_size > 100, process)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, remarks = process.communicate(timeout=100)
    assert process.returncode == 130
    first, second, last = remarks.decode().splitlines()
    assert "Ctrl-C again" in first
    assert second == f"deeptext: {tmp_path}/long.tif: not read to its end: interrupted"
    pages = int(last.removeprefix("deeptext: interrupted after ").split()[0])
    assert 0 < pages < 60
    text = output.read_text()
    assert pages == {"o.txt": lambda: text.count("\f") + 1,
                     "o.json": lambda: sum("text" in r for r in json.loads(text)),
                     "o.jsonl": lambda: sum("text" in r for r in records(text))}[out]()
    assert not partial.exists()


def test_a_second_ctrl_c_stops_at_once_and_loses_nothing(tiny_model: Path, lines: Lines,
                                                         tmp_path: Path) -> None:
    fifo = tmp_path / "never.png"
    os.mkfifo(fifo)
    [path] = lines("123")
    for out, kept in (("o.json", False), ("o.jsonl", True)):
        process = start(tiny_model, path, fifo, "-o", tmp_path / out, "--jobs", "1")
        writer = os.open(fifo, os.O_WRONLY)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=100)
        os.close(writer)
        assert process.returncode == 130
        assert (tmp_path / f".{out}.partial").exists() == kept
        assert not (tmp_path / out).exists()


def test_a_worker_that_the_system_kills_is_replaced(tiny_model: Path, lines: Lines,
                                                    tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    lines(*DIGITS * 40, folder=scans)
    process = start(tiny_model, scans, "--format", "jsonl", "--timeout", "100", "--jobs", "1")

    def workers() -> list[int]:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            pytest.skip("needs /proc")
        return [int(p) for p in children.read_text().split()
                if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()]
    assert process.stdout is not None
    first = process.stdout.readline()
    for pid in workers():
        os.kill(pid, signal.SIGKILL)
    rest, remarks = process.communicate(timeout=250)
    assert process.returncode == 0, remarks
    assert [r["text"] for r in records((first + rest).decode())] == [
        DIGITS[int(Path(r["path"]).stem[4:]) % 8] for r in records((first + rest).decode())]
    assert len((first + rest).splitlines()) == 320


def test_lists_of_names(tiny_model: Path, lines: Lines, tmp_path: Path) -> None:
    one, two = lines("123", "4567")
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 \n.png"))
    one.rename(odd)
    done = read(tiny_model, "--files0-from", "-", "--format", "jsonl",
                stdin=os.fsencode(odd) + b"\0" + os.fsencode(two) + b"\0")
    assert done.returncode == 0, done.stderr
    assert [(r["path"], r["text"]) for r in records(done.stdout)] == [
        (str(odd), "123"), (str(two), "4567")]
    (tmp_path / "list").write_bytes(os.fsencode(two) + b"\0" + os.fsencode(tmp_path / "no\nne"))
    done = read(tiny_model, "--files0-from", tmp_path / "list", "-o", tmp_path / "out")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 2)
    assert "no\\nne: cannot be opened: No such file" in done.stderr
    assert read(tiny_model, "--files0-from", "none").returncode == 2
    assert read(tiny_model, "x.png", "--files0-from", "-").returncode == 2


def test_a_tar_stream(tiny_model: Path, scans: Path, tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        tar.add(scans, arcname="../x")
    done = read(tiny_model, "--tar", "-", "-o", tmp_path / "out", stdin=stream.getvalue())
    assert done.returncode == 1
    assert len(outputs(tmp_path / "out")) == 8
    assert (tmp_path / "out" / "x" / "line1.txt").read_text() == "4567\n"
    done = read(tiny_model, "--tar", "-", stdin=stream.getvalue()[:600])
    assert done.returncode == 1
    assert "deeptext: -: " in done.stderr


def test_a_watched_folder(tiny_model: Path, lines: Lines, tmp_path: Path) -> None:
    inbox, out = tmp_path / "inbox", tmp_path / "out"
    lines("123", folder=inbox)
    process = start(tiny_model, "--watch", inbox, "-o", out, "--jobs", "1")
    wait_for((out / "line0.txt").exists, process)
    lines("123", "60", folder=inbox)
    (inbox / "bad.png").write_bytes(b"no image")
    wait_for((out / "line1.txt").exists, process)
    process.send_signal(signal.SIGINT)
    _, remarks = process.communicate(timeout=100)
    assert (out / "line1.txt").read_text() == "60\n"
    assert b"bad.png: not an image" in remarks
    assert process.returncode == 1
    assert b"Traceback" not in remarks
    assert read(tiny_model, "--watch", inbox, "-o", "x.txt").returncode == 2
    assert read(tiny_model, "--watch", inbox / "line0.png").returncode == 2


def test_no_worker_outlives_a_kill(tiny_model: Path, lines: Lines, tmp_path: Path) -> None:
    lines("123", folder=tmp_path / "inbox")
    process = start(tiny_model, "--watch", tmp_path / "inbox", "-o", tmp_path / "out")
    wait_for((tmp_path / "out" / "line0.txt").exists, process)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("needs /proc")
    pids = children.read_text().split()
    assert pids
    process.kill()
    process.communicate()
    until = time.monotonic() + 60
    while any(running(int(p)) for p in pids):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_places_that_take_nothing(tiny_model: Path, lines: Lines, tmp_path: Path) -> None:
    paths = lines("123", "60")
    if Path("/dev/full").exists():
        for extra in ([], ["--format", "jsonl"], ["-o", "/dev/full", "--format", "json"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [sys.executable, "-m", "deeptext_cli", "read", "--model", str(tiny_model),
                     *map(str, paths), *extra], stdout=full, stderr=subprocess.PIPE, check=False,
                    env={**os.environ, "PYTHONPATH": str(ROOT)})
            assert done.returncode == 1
            assert done.stderr.decode().count("\n") == 1, done.stderr
            assert b"No space left on device" in done.stderr
    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file" / "o.jsonl", tmp_path / "file" / "o", "/proc/o/"):
        done = read(tiny_model, *paths, "-o", out)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


def test_a_disk_that_fills_up_ends_the_run_and_the_next_goes_on(
        tiny_model: Path, lines: Lines, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    scans, out = tmp_path / "scans", tmp_path / "o.jsonl"
    lines(*DIGITS, folder=scans)
    read(tiny_model, scans, "-o", tmp_path / "whole.jsonl")
    done = subprocess.run(
        [sys.executable, "-m", "deeptext_cli", "read", "--model", str(tiny_model), str(scans),
         "-o", str(out)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)))
    assert (done.returncode, done.stdout, done.stderr) == (
        1, "", f"deeptext: {out}: cannot be written: File too large\n")
    assert not out.exists()
    done = read(tiny_model, scans, "-o", out, "--resume")
    assert "read before" in done.stderr
    assert out.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_resume_wants_results_to_go_on_from(tiny_model: Path, lines: Lines) -> None:
    for extra in ([], ["-o", "x.json"], ["-o", "-", "--format", "jsonl"]):
        done = read(tiny_model, *lines("1"), "--resume", *extra)
        assert (done.returncode, "--resume" in done.stderr) == (2, True)
