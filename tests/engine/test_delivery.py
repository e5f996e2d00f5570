"""Results reach streams and files, whole."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from deeptext_cli.document import Line, Page, PageError, box_of_rect, page_of_lines
from deeptext_cli.engine.delivery import (
    FileDelivery,
    StreamDelivery,
    make_listing,
    refuse_to_replace,
)
from deeptext_cli.engine.inputs import file_ids
from deeptext_cli.errors import OutputError, UsageError
from deeptext_cli.output.formats import FORMATS, open_writer


def page(path: str, text: str = "ab", number: int = 1) -> Page:
    return page_of_lines(path, number, 40, 10, [Line(text, 0.9, box_of_rect(0, 0, 40, 10))],
                         model="m", version="0")


class Counting(io.BytesIO):
    flushed = 0

    def flush(self) -> None:
        self.flushed += 1
        self.seen = self.getvalue()


def test_a_stream_has_every_page_as_soon_as_it_is_known() -> None:
    stream = Counting()
    delivery = StreamDelivery(stream, open_writer("jsonl"))
    for n in range(3):
        delivery.page(page(f"{n}.png"))
        assert len(stream.seen.splitlines()) == n + 1
    delivery.page(PageError("bad.png", "image-unreadable", "no image"))
    delivery.close()
    records = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert records[-1] == {"path": "bad.png",
                           "error": {"code": "image-unreadable", "message": "no image"}}


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "out.json"
    path.parent.mkdir()
    path.write_text("old")
    delivery = FileDelivery(path, open_writer("json"))
    delivery.page(page("a.png"))
    assert path.read_text() == "old"
    delivery.close()
    assert [p["path"] for p in json.loads(path.read_text())] == ["a.png"]
    assert [p.name for p in path.parent.iterdir()] == ["out.json"]


def test_a_file_is_written_by_one_run_at_a_time(tmp_path: Path) -> None:
    first = FileDelivery(tmp_path / "out.json", open_writer("json"))
    first.page(page("a.png"))
    with pytest.raises(UsageError, match="written by another process"):
        FileDelivery(tmp_path / "out.json", open_writer("json"))
    first.page(page("b.png"))
    first.close()
    assert [p["path"] for p in json.loads((tmp_path / "out.json").read_text())] == [
        "a.png", "b.png"]
    FileDelivery(tmp_path / "out.json", open_writer("json")).abandon()


@pytest.mark.parametrize(("name", "there"), [(name, name in ("json", "jsonl"))
                                             for name in FORMATS])
def test_a_file_that_would_hold_no_page_does_not_appear(name: str, there: bool, tmp_path: Path,
                                                        ) -> None:
    path = tmp_path / "deep" / "out"
    delivery = FileDelivery(path, open_writer(name))
    delivery.page(PageError("bad.png", "image-unreadable", "no image"))
    delivery.close()
    assert list(tmp_path.rglob("*")) == ([path.parent, path] if there else [])


def test_devices_and_pipes_are_written_to_not_replaced(tmp_path: Path) -> None:
    import os
    import threading
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    delivery = FileDelivery(pipe, open_writer("text"))
    delivery.page(page("a.png", "hello"))
    delivery.close()
    reader.join(10)
    assert got == ["hello\n"]
    assert pipe.is_fifo()


def test_a_disk_that_is_full_ends_the_run_with_an_error_of_ours() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with pytest.raises(OutputError, match="No space left"), \
            open("/dev/full", "wb", buffering=0) as stream:
        StreamDelivery(stream, open_writer("jsonl")).page(page("a.png"))


def test_what_is_abandoned_leaves_nothing(tmp_path: Path) -> None:
    delivery = FileDelivery(tmp_path / "out.json", open_writer("json"))
    delivery.page(page("a.png"))
    delivery.abandon()
    assert list(tmp_path.iterdir()) == []


def test_a_listing_tells_inputs_apart() -> None:
    stream = io.BytesIO()
    delivery = StreamDelivery(stream, make_listing(several=True, confidence=True))
    delivery.page(page("in/a b.png", "one"))
    delivery.page(page("odd\n\x1b[31m.png", "two"))
    delivery.page(page("caf\udce9.png", "three"))
    delivery.close()
    assert stream.getvalue() == (b"in/a b.png\tone\t0.900\nodd\\n\\x1b[31m.png\ttwo\t0.900\n"
                                 b"caf\xe9.png\tthree\t0.900\n")


def test_pages_of_one_input_are_parted() -> None:
    for separator in ("\f", "\n"):
        stream = io.BytesIO()
        delivery = StreamDelivery(stream, make_listing(several=False, page_separator=separator))
        for number, text in enumerate(["one", "", "three"], 1):
            delivery.page(page("a.tif", text, number))
        assert stream.getvalue().decode() == f"one\n{separator}\n{separator}three\n"


def test_where_nothing_can_be_written_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(UsageError, match="taken"):
        FileDelivery(tmp_path / "taken" / "a.txt", open_writer("text"))


def test_a_file_that_is_read_is_not_written(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    originals = file_ids([str(tmp_path / "a.png"), "no such", "/dev/null"])
    for name in ("a.png", "link.png", f"../{tmp_path.name}/a.png"):
        with pytest.raises(UsageError, match="would overwrite its input"):
            refuse_to_replace(originals, tmp_path / name)
    for path in (tmp_path / "b.png", tmp_path / "new.png", Path("/dev/null")):
        refuse_to_replace(originals, path)
