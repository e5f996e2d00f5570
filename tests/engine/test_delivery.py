"""Results reach streams, files and folders: whole, under names that never collide."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from deeptext_cli.document import Line, Page, PageError, box_of_rect, page_of_lines
from deeptext_cli.engine.delivery import FileDelivery, FolderDelivery, StreamDelivery
from deeptext_cli.errors import UsageError
from deeptext_cli.output.formats import open_writer


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


def test_a_folder_has_a_file_for_each_input_and_format(tmp_path: Path) -> None:
    delivery = FolderDelivery(tmp_path / "out", ["text", "json"])
    delivery.page(page("in/a.png", "one", 1))
    delivery.page(page("in/a.png", "two", 2))
    delivery.page(PageError("in/bad.png", "image", "x"))
    delivery.page(page("-", "three"))
    delivery.close()
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == ["a.json", "a.txt", "stdin.json", "stdin.txt"]
    assert len(json.loads((out / "a.json").read_text())) == 2
    assert (out / "stdin.txt").read_text() == "three\n"


def test_equal_names_are_numbered_and_never_overwritten(tmp_path: Path) -> None:
    delivery = FolderDelivery(tmp_path, ["text"])
    inputs = ["x.png", "sub/x.png", "x-2.png", "x.jpg", "x-2-2.png"]
    for i, path in enumerate(inputs):
        delivery.page(page(path, f"text {i}"))
    delivery.close()
    texts = sorted(p.read_text().strip() for p in tmp_path.iterdir())
    assert texts == [f"text {i}" for i in range(len(inputs))]


def test_where_nothing_can_be_written_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(UsageError, match="taken"):
        FileDelivery(tmp_path / "taken" / "a.txt", open_writer("text"))
    with pytest.raises(UsageError, match="taken"):
        FolderDelivery(tmp_path / "taken", ["text"])
