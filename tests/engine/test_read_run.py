"""A run: what is counted, what it costs, and what happens to files that change meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from support import draw_line

from deeptext_cli.data.frames import frames
from deeptext_cli.data.images import encode_png, read_bytes
from deeptext_cli.document import Page, PageError
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.read_run import ReadRun, worker_count
from deeptext_cli.engine.reader import Event, FileEnd, ReadOptions
from deeptext_cli.errors import ImageTooLarge, ImageUnreadable, ModelError


class Kept:
    """A delivery that keeps what it gets."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Event]] = []
        self.ended: list[str] = []

    def known(self, file: InputFile) -> str:
        return ""

    def add(self, file: InputFile, event: Event) -> None:
        self.events.append((file.path, event))

    def close(self, complete: bool = True) -> None:
        self.ended.append("complete" if complete else "closed")

    def abandon(self) -> None:
        self.ended.append("abandoned")


def options(model: Path, **more: object) -> ReadOptions:
    return ReadOptions(**{"model": str(model), "layout": "line", "jobs": 1} | more)  # type: ignore[arg-type]


@pytest.fixture
def files(tmp_path: Path) -> list[InputFile]:
    out = []
    for i in range(6):
        path = tmp_path / f"{i}.png"
        path.write_bytes(encode_png(draw_line("123")) if i != 3 else b"bad")
        out.append(InputFile(str(path)))
    return out


def test_everything_is_counted_and_delivered(tiny_model: Path, files: list[InputFile]) -> None:
    run, kept = ReadRun(options(tiny_model)), Kept()
    pages = [r.page for r in run.read(files, kept)]
    s = run.summary
    assert (s.inputs, s.failed, s.unchanged, s.pages, s.lines) == (6, 1, 0, 5, 5)
    assert [type(p) for p in pages] == [Page] * 3 + [PageError] + [Page] * 2
    assert kept.ended == ["complete"]
    assert [p for p, e in kept.events if isinstance(e, FileEnd)] == [f.path for f in files]


def test_fail_fast_keeps_what_was_read(tiny_model: Path, files: list[InputFile]) -> None:
    run, kept = ReadRun(options(tiny_model), fail_fast=True), Kept()
    assert len(list(run.read(files, kept))) == 4
    assert (run.summary.inputs, run.summary.gave_up, kept.ended) == (4, True, ["closed"])


def test_a_stop_ends_the_run_after_what_is_in_hand(tiny_model: Path, files: list[InputFile],
                                                   ) -> None:
    run, kept = ReadRun(options(tiny_model)), Kept()
    for _ in run.read(files, kept):
        run.stop()
    assert (run.summary.inputs, run.summary.interrupted, kept.ended) == (1, True, ["closed"])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_stop_ends_a_long_file_between_its_pages(tiny_model: Path, tmp_path: Path,
                                                   monkeypatch: pytest.MonkeyPatch,
                                                   jobs: int) -> None:
    monkeypatch.setattr("deeptext_cli.engine.reader.LINES_HELD", 1)
    image = Image.fromarray(draw_line("123"))
    image.save(tmp_path / "long.tif", save_all=True, append_images=[image] * 5)
    run, kept = ReadRun(options(tiny_model, jobs=jobs)), Kept()
    inputs = [InputFile(str(tmp_path / "long.tif"))] * jobs
    if jobs > 1:
        run.stop()  # threads give a file's pages when it ends
        monkeypatch.setattr(run, "_until_stopped", iter)
    pages = []
    for result in run.read(inputs, kept):
        pages.append(result.page)
        run.stop()
    errors = [p for p in pages if isinstance(p, PageError)]
    assert [(e.code, e.page) for e in errors] == [("interrupted", None)] * jobs
    assert (run.summary.pages, run.summary.failed, kept.ended) == (jobs, jobs, ["closed"])


def test_a_caller_that_leaves_leaves_nothing_half(tiny_model: Path, files: list[InputFile],
                                                  ) -> None:
    kept = Kept()
    results = ReadRun(options(tiny_model)).read(files, kept)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert kept.ended == ["abandoned"]


def test_a_stream_of_few_inputs_needs_no_processes(tiny_model: Path, files: list[InputFile],
                                                   ) -> None:
    def source() -> Iterator[InputFile]:
        yield from files
    kept = Kept()
    assert len(list(ReadRun(options(tiny_model)).read(source(), kept))) == 6


def test_files_that_vanish_and_change_while_they_are_read(tiny_model: Path,
                                                          files: list[InputFile],
                                                          monkeypatch: pytest.MonkeyPatch,
                                                          ) -> None:
    Path(files[0].path).unlink()
    import os
    real, calls = os.fstat, []

    def fstat(fd: int) -> os.stat_result:
        calls.append(fd)
        if len(calls) == 2:  # between the look before and the look after
            with open(files[1].path, "ab") as f:
                f.write(b"more")
        return real(fd)
    monkeypatch.setattr("deeptext_cli.data.images.os.fstat", fstat)
    pages = [r.page for r in ReadRun(options(tiny_model)).read(files[:3], Kept())]
    assert "No such file" in pages[0].message  # type: ignore[union-attr]
    assert "changed while it was read" in pages[1].message  # type: ignore[union-attr]
    assert isinstance(pages[2], Page)


def test_files_beyond_all_measure_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(100))
    assert len(read_bytes(tmp_path / "x", most=100)) == 100
    with pytest.raises(ImageTooLarge, match="more than 99 bytes"):
        read_bytes(tmp_path / "x", most=99)
    if Path("/dev/zero").exists():
        with pytest.raises(ImageTooLarge):
            read_bytes("/dev/zero", most=3_000_000)
    with pytest.raises(ImageUnreadable, match="null"):
        read_bytes("a\0b")


def test_a_page_behind_damage_is_named_and_those_before_it_are_read() -> None:
    import bad_inputs
    [data] = [c.data for c in bad_inputs.cases(draw_line("123")) if c.name == "bad-middle.tif"]
    one, *rest = frames(data)
    assert one.number == 1
    assert not isinstance(one.grey, ImageUnreadable)
    assert rest
    assert all(isinstance(f.grey, ImageUnreadable) for f in rest)


def test_pdfs_that_are_too_large_or_have_no_page_are_named() -> None:
    import io

    import pypdfium2
    document, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    document.save(out)
    with pytest.raises(ImageUnreadable, match="the PDF has no pages"):
        list(frames(out.getvalue()))
    document.new_page(1440, 720)
    out = io.BytesIO()
    document.save(out)
    [page] = frames(out.getvalue(), max_pixels=1000)
    assert isinstance(page.grey, ImageTooLarge)
    assert page.grey.message.startswith("4000 x 2000 (a page of 1440 x 720 points at 200 dpi) is "
                                        "more than 1,000 pixels")
    assert "--max-pixels" in str(page.grey.remedy)


def test_resolutions_across_and_down(tmp_path: Path) -> None:
    image = Image.new("L", (20, 10), 255)
    for dpi, found in (((204, 98), (204, 98)), ((200, 200), (200, None)), ((5, 5), (None, None))):
        image.save(tmp_path / "x.tif", dpi=dpi)
        [frame] = frames((tmp_path / "x.tif").read_bytes())
        assert (frame.dpi, frame.dpi_down) == found


def test_what_is_wrong_with_the_model_is_known_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        ReadRun(options(tmp_path))


@pytest.mark.parametrize(("processors", "free", "jobs", "inputs", "expected"), [
    (8, None, 0, None, 8), (8, None, 0, 3, 3), (8, 2 << 30, 0, None, 4), (8, 1, 0, None, 1),
    (1, None, 5, None, 5), (64, 1 << 40, 0, 10**6, 64)])
def test_workers_as_processors_memory_and_inputs_allow(
        monkeypatch: pytest.MonkeyPatch, processors: int, free: int | None, jobs: int,
        inputs: int | None, expected: int) -> None:
    monkeypatch.setattr("deeptext_cli.engine.read_run.default_threads", lambda: processors)
    monkeypatch.setattr("deeptext_cli.engine.read_run._free_memory", lambda: free)
    assert worker_count(ReadOptions(jobs=jobs, device="cpu"), inputs) == expected
