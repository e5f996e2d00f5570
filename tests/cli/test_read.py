"""`deeptext read` as it is called: what goes where, and what the exit code says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from support import ROOT, run_cli
from typer.testing import CliRunner

from deeptext_cli.cli.app import app
from deeptext_cli.cli.options import state
from deeptext_cli.cli.read_view import ReadProgress
from deeptext_cli.document import Page
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.read_run import ReadRun, Summary
from deeptext_cli.engine.reader import Result

Lines = Callable[..., list[Path]]


@pytest.fixture
def folder(tmp_path: Path, lines: Lines) -> Path:
    """Three good images and a bad one between them."""
    lines("123", "4567", "60", folder=tmp_path / "in")
    (tmp_path / "in" / "line1b.png").write_bytes(b"no image")
    return tmp_path / "in"


def read(model: Path, *args: object, **options: object):  # type: ignore[no-untyped-def]
    return run_cli("read", "--model", model, *args, **options)  # type: ignore[arg-type]


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_one_image_is_its_text_and_nothing_else(tiny_model: Path, lines: Lines) -> None:
    done = read(tiny_model, *lines("123"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "123\n", "")
    done = read(tiny_model, *lines("123"), "--show-confidence")
    text, confidence = done.stdout.strip().split("\t")
    assert text == "123"
    assert 0 < float(confidence) <= 1


def test_stdin(tiny_model: Path, lines: Lines) -> None:
    [path] = lines("4567")
    done = read(tiny_model, "-", stdin=path.read_bytes())
    assert (done.returncode, done.stdout) == (0, "4567\n")
    done = read(tiny_model, "-", "--format", "jsonl", stdin=path.read_bytes())
    assert records(done.stdout)[0]["path"] == "-"
    done = read(tiny_model, "-", stdin=b"")
    assert (done.returncode, done.stdout) == (1, "")
    assert "0 bytes" in done.stderr


def test_several_are_name_tab_text_and_a_bad_one_is_named(tiny_model: Path, folder: Path) -> None:
    done = read(tiny_model, folder)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"{folder}/line0.png\t123", f"{folder}/line1.png\t4567",
                                        f"{folder}/line2.png\t60"]
    assert f"{folder}/line1b.png: not an image of a known kind" in done.stderr
    assert "3 read, 1 failed" in done.stderr
    assert "failed" not in read(tiny_model, folder, "-q").stderr


def test_jsonl_is_the_contract(tiny_model: Path, folder: Path) -> None:
    done = read(tiny_model, folder, "--format", "jsonl")
    assert done.returncode == 1
    good, bad = [], []
    for r in records(done.stdout):
        (bad if "error" in r else good).append(r)
    assert [r["text"] for r in good] == ["123", "4567", "60"]
    first = good[0]
    assert {"path", "page", "width", "height", "text", "confidence", "lines", "model",
            "version"} <= first.keys()
    assert first["page"] == 1
    assert first["model"] == "tiny"
    [line] = first["lines"]  # type: ignore[misc]
    assert line["text"] == "123"
    assert len(line["box"]) == 4
    assert all(len(p) == 2 for p in line["box"])
    assert bad[0].pop("receipt").keys() == first["receipt"].keys()  # type: ignore[attr-defined]
    assert bad == [{"path": f"{folder}/line1b.png", **({"page": 1} if "page" in bad[0] else {}),
                    "error": {"code": "image-unreadable",
                              "message": "not an image of a known kind"}}]


@pytest.mark.parametrize("options", [["--jobs", "1"], ["--jobs", "3", "--batch-size", "1"],
                                     ["--layout", "line"], ["--layout", "word", "--jobs", "2"]])
def test_jobs_batches_and_layouts_change_nothing_for_lines(tiny_model: Path, folder: Path,
                                                           options: list[str]) -> None:
    done = read(tiny_model, folder, "--format", "jsonl", *options)
    assert [r.get("text") for r in records(done.stdout)] == ["123", "4567", None, "60"]


def test_results_are_flushed_as_they_are_read(tiny_model: Path, lines: Lines) -> None:
    """The first record is there while the second input (a pipe) has yet to come."""
    [path] = lines("123")
    fifo = path.parent / "later.png"
    os.mkfifo(fifo)
    with subprocess.Popen(
            [sys.executable, "-m", "deeptext_cli", "read", str(path), str(fifo), "--model",
             str(tiny_model), "--format", "jsonl", "--jobs", "1"], stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["text"] == "123"
        assert process.poll() is None
        fifo.write_bytes(path.read_bytes())
        assert json.loads(process.stdout.readline())["text"] == "123"
    assert process.returncode == 0


def test_a_reader_that_leaves_is_no_failure(tiny_model: Path, lines: Lines) -> None:
    """`deeptext read ... | head -1`: quiet, and exit code 0."""
    paths = lines(*["123"] * 40)
    with subprocess.Popen(
            [sys.executable, "-m", "deeptext_cli", "read", *map(str, paths), "--model",
             str(tiny_model), "--jobs", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().endswith(b"\t123\n")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_fail_fast_stops_at_the_first_bad_one(tiny_model: Path, folder: Path) -> None:
    done = read(tiny_model, folder, "--fail-fast", "--format", "jsonl", "--jobs", "1")
    assert done.returncode == 1
    assert len(records(done.stdout)) == 3
    assert "error" in records(done.stdout)[-1]
    assert done.stderr.endswith("2 read, 1 failed, stopped at the first failure, after 3 of 4\n")


@pytest.mark.parametrize("suffix", ["jsonl", "json", "tsv", "txt"])
def test_a_file_has_the_format_of_its_name(tiny_model: Path, folder: Path, tmp_path: Path,
                                           suffix: str) -> None:
    out = tmp_path / "deep" / f"out.{suffix}"
    done = read(tiny_model, folder, "-o", out)
    assert (done.returncode, done.stdout) == (1, "")
    text = out.read_text()
    assert all(t in text for t in ("123", "4567", "60"))
    if suffix == "json":
        assert len(json.loads(text)) == 4
    if suffix == "jsonl":
        assert len(records(text)) == 4
    assert [p.name for p in out.parent.iterdir()] == [out.name]


def test_a_folder_has_a_file_for_each_input(tiny_model: Path, folder: Path, tmp_path: Path,
                                            ) -> None:
    out = tmp_path / "out"
    done = read(tiny_model, folder, "-o", out, "--format", "text", "--format", "json")
    assert done.returncode == 1
    assert sorted(p.name for p in out.iterdir() if not p.name.startswith(".")) == [
        f"line{i}.{s}" for i in range(3) for s in ("json", "txt")]
    assert (out / "line1.txt").read_text() == "4567\n"


def test_inputs_are_never_overwritten(tiny_model: Path, lines: Lines, tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    paths = lines("123", "60", folder=scans)
    before = [p.read_bytes() for p in paths]
    listed = tmp_path / "list.txt"
    listed.write_bytes(b"\0".join(map(os.fsencode, paths)))
    for arguments in ([*paths, "-o", paths[1]], ["--files0-from", listed, "-o", listed],
                      ["--tar", paths[0], "-o", paths[0]]):
        done = read(tiny_model, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (f"deeptext: {arguments[-1]}: would overwrite its input -- give -o "
                               "another name\n")
    for again in (False, True, True):
        done = read(tiny_model, scans, "-o", scans, "--format", "png")
        assert (done.returncode, "left out" in done.stderr) == (0, again), done.stderr
        assert sorted(p.name for p in scans.iterdir() if not p.name.startswith(".")) == [
            "line0.png", "line0.png.png", "line1.png", "line1.png.png"]
    assert [p.read_bytes() for p in paths] == before


def test_a_format_given_twice_is_given(tiny_model: Path, lines: Lines, tmp_path: Path) -> None:
    for out in ("out/", "x.json"):
        done = read(tiny_model, *lines("123"), "--format", "json", "--format", "JSON", "-o",
                    f"{tmp_path}/{out}")
        assert (done.returncode, done.stderr) == (0, "")


def test_an_empty_page_alone_is_said_to_be_empty(lines: Lines, tmp_path: Path) -> None:
    blank, model = tmp_path / "blank.png", Path("print")
    Image.new("L", (300, 400), 255).save(blank)
    done = read(model, blank)
    assert (done.returncode, done.stdout) == (0, "\n")
    assert done.stderr == f"deeptext: {blank}: no text found\n"
    assert read(model, blank, "-q").stderr == ""
    assert read(model, blank, *lines("123")).stderr == ""


def test_a_page_that_was_read_otherwise_is_told_once_a_file(monkeypatch: pytest.MonkeyPatch,
                                                           lines: Lines, tmp_path: Path) -> None:
    note = "read as a line, since as a page: a library broke"

    def read_noted(self: ReadRun, inputs: list[InputFile], delivery: object) -> Iterator[Result]:
        for file in inputs:
            for number, notes in (1, (note,)), (2, ()), (3, (note,)):
                yield Result(Page(file.path, number, 9, 9, notes=notes))

    monkeypatch.setattr(ReadRun, "read", read_noted)
    monkeypatch.setattr(state, "quiet", False)  # and so again for the tests after this
    monkeypatch.setattr(state, "verbose", False)
    paths = lines("1", "2", folder=tmp_path / "in")
    args = ["read", "--model", "print", *map(str, paths)]
    said = CliRunner().invoke(app, [*args, "-v"]).stderr  # without -v it would take our stderr
    assert said == "".join(f"deeptext: {p}: {note}\n" for p in paths)
    assert CliRunner().invoke(app, [*args, "-v", "-q"]).stderr == ""


def test_progress_of_one_input_begins_with_its_second_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    run = SimpleNamespace(summary=Summary())
    with ReadProgress(run, 1, True) as bar:  # type: ignore[arg-type]
        for pages in (0, 1, 2):
            assert bar._bar is None
            run.summary.pages = pages
            bar.show()
        assert bar._bar is not None
        assert bar._bar.tasks[0].completed == 2


def shell(model: Path, redirection: str, *args: object) -> subprocess.CompletedProcess[str]:
    """`deeptext read` as a shell starts it with that redirection."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "deeptext_cli", "read",
         "--model", str(model), *map(str, args)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_a_stderr_that_takes_nothing_costs_no_results(tiny_model: Path, folder: Path,
                                                      tmp_path: Path, redirection: str) -> None:
    out = tmp_path / "o.json"
    done = shell(tiny_model, redirection, folder, "-o", out)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert [r.get("text") for r in json.loads(out.read_text())] == ["123", "4567", None, "60"]


@pytest.mark.parametrize(("redirection", "args", "code", "says"), [
    (">&-", ["x.png"], 1, "stdout is closed: results have nowhere to go"),
    (">&-", ["x.png", "-o", "-", "--format", "json"], 1, "stdout is closed"),
    ("<&-", ["-"], 1, "-: stdin is closed"), ("<&-", ["--tar", "-"], 1, "-: stdin is closed"),
    ("<&-", ["--files0-from", "-"], 2, "--files0-from -: stdin is closed")])
def test_streams_that_are_closed_are_named(tiny_model: Path, redirection: str, args: list[str],
                                           code: int, says: str) -> None:
    done = shell(tiny_model, redirection, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"deeptext: {says}")
    assert "Traceback" not in done.stderr


def test_stdout_by_its_device_name(tiny_model: Path, lines: Lines) -> None:
    done = read(tiny_model, *lines("123"), "-o", "/dev/stdout", "--format", "text")
    assert (done.returncode, done.stdout) == (0, "123\n")


def test_names_that_are_no_utf8_and_a_foreign_locale(tiny_model: Path, lines: Lines) -> None:
    one, two = lines("123", "4567")
    odd = Path(os.fsdecode(os.fsencode(one.parent) + b"/caf\xe9.png"))
    try:
        one.rename(odd)
    except OSError:
        pytest.skip("this file system takes UTF-8 names alone")
    done = subprocess.run(
        [sys.executable, "-m", "deeptext_cli", "read", os.fsencode(odd), str(two), "--model",
         str(tiny_model)], capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == os.fsencode(odd) + b"\t123"


def test_missing_and_damaged_models_are_exit_code_3(tiny_model: Path, lines: Lines,
                                                    tmp_path: Path) -> None:
    import shutil
    broken = shutil.copytree(tiny_model, tmp_path / "broken")
    with open(broken / "model.onnx", "ab") as f:
        f.write(b"x")
    done = read(broken, *lines("123"))
    assert (done.returncode, done.stdout) == (3, "")
    assert "is damaged: its checksum differs" in done.stderr
    assert read("nobody", *lines("123")).returncode == 3


def test_larger_than_allowed_is_named_and_never_decoded(tiny_model: Path, lines: Lines) -> None:
    done = read(tiny_model, *lines("123"), "--max-pixels", "100")
    assert done.returncode == 1
    assert "more than 100 pixels" in done.stderr


def test_ctrl_c_is_exit_code_130(tiny_model: Path, tmp_path: Path) -> None:
    import signal
    fifo = tmp_path / "never.png"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [sys.executable, "-m", "deeptext_cli", "read", str(fifo), "--model", str(tiny_model)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        # a shell's background jobs start with Ctrl-C ignored, and so would what they start
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    writer = os.open(fifo, os.O_WRONLY)  # returns when the other side reads
    try:
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, remarks = process.communicate(timeout=60)
        assert process.returncode == 130
        assert remarks == b"deeptext: interrupted\n"
    finally:
        os.close(writer)
        process.kill()
        process.wait()


def test_nothing_is_sent_or_stored_about_the_user(tiny_model: Path, lines: Lines,
                                                  tmp_path: Path) -> None:
    """ONNX Runtime keeps what it would send to its makers in the user's cache."""
    home = tmp_path / "home"
    home.mkdir()
    done = read(tiny_model, *lines("123"), env={"HOME": str(home), "XDG_CACHE_HOME": ""})
    assert (done.returncode, done.stdout) == (0, "123\n")
    assert list(home.rglob("*")) == []
