"""A folder of outputs: names that never collide, and a journal to go on from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deeptext_cli.document import Line, Page, PageError, box_of_rect, page_of_lines
from deeptext_cli.engine.folder_delivery import FolderDelivery, without_results
from deeptext_cli.engine.inputs import InputFile, file_ids, safe_name
from deeptext_cli.engine.journal import JOURNAL, Entry
from deeptext_cli.engine.reader import FileEnd, Result
from deeptext_cli.errors import UsageError


def page(path: str, text: str = "ab", number: int = 1) -> Page:
    return page_of_lines(path, number, 40, 10, [Line(text, 0.9, box_of_rect(0, 0, 40, 10))],
                         model="m", version="0")


def add(delivery: FolderDelivery, path: str, *pages: Page | PageError, name: str = "",
        sha256: str = "1") -> None:
    file = InputFile(path, name)
    for p in pages or (page(path, path),):
        delivery.add(file, Result(p))
    delivery.add(file, FileEnd(sha256))


def outputs(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*")
                  if p.is_file() and p.name != JOURNAL)


def test_a_file_for_each_input_and_format(tmp_path: Path) -> None:
    out = tmp_path / "out"
    delivery = FolderDelivery(out, ["text", "json"])
    add(delivery, "in/a.png", page("in/a.png", "one", 1), page("in/a.png", "two", 2))
    add(delivery, "in/bad.png", PageError("in/bad.png", "image", "x"))
    add(delivery, "in/sub/b.png", name="sub/b.png")
    add(delivery, "-", page("-", "three"), name="stdin")
    delivery.close()
    assert outputs(out) == ["a.json", "a.txt", "stdin.json", "stdin.txt", "sub/b.json",
                            "sub/b.txt"]
    assert len(json.loads((out / "a.json").read_text())) == 2
    assert (out / "stdin.txt").read_text() == "three\n"


def test_a_bad_first_page_keeps_nobody_from_the_second(tmp_path: Path) -> None:
    delivery = FolderDelivery(tmp_path, ["jsonl"])
    add(delivery, "a.tif", PageError("a.tif", "image", "x", 1), page("a.tif", "two", 2))
    delivery.close()
    one, two = (json.loads(r) for r in (tmp_path / "a.jsonl").read_text().splitlines())
    assert one["error"]["code"] == "image"
    assert two["text"] == "two"


def test_formats_of_one_page_have_a_file_for_each(tmp_path: Path) -> None:
    delivery = FolderDelivery(tmp_path, ["alto"])
    add(delivery, "a-p2.png")
    add(delivery, "a.tif", page("a.tif", "one", 1), page("a.tif", "two", 2))
    delivery.close()
    assert outputs(tmp_path) == ["a-p2-2.alto.xml", "a-p2.alto.xml", "a.alto.xml"]


def test_equal_names_are_told_apart_and_never_overwritten(tmp_path: Path) -> None:
    delivery = FolderDelivery(tmp_path, ["text"])
    inputs = ["x.png", "sub/x.png", "x-2.png", "x.jpg", "X.PNG", "x-2-2.png", "x.png.png"]
    for path in inputs:
        add(delivery, path)
    delivery.close()
    texts = sorted(p.read_text().strip() for p in tmp_path.glob("*.txt"))
    assert texts == sorted(inputs)
    assert (tmp_path / "x.txt").read_text() == "x.png\n"
    assert (tmp_path / "x.jpg.txt").read_text() == "x.jpg\n"


def test_a_further_run_knows_what_was_read_and_where_to(tmp_path: Path) -> None:
    first = FolderDelivery(tmp_path, ["text"], key="k")
    add(first, "x.jpg", sha256="1")
    add(first, "x.png", sha256="2")
    add(first, "bad.png", PageError("bad.png", "image", "x"))
    add(first, "gone.png")
    first.close()
    (tmp_path / "gone.txt").unlink()
    second = FolderDelivery(tmp_path, ["text"], resume=True, key="k")
    known = {p: second.known(InputFile(p)) for p in ("x.jpg", "x.png", "bad.png", "gone.png")}
    assert known == {"x.jpg": "1", "x.png": "2", "bad.png": "", "gone.png": ""}
    add(second, "x.png", page("x.png", "changed"), sha256="3")  # now the first of its name
    second.close()
    assert outputs(tmp_path) == ["x.png.txt", "x.txt"]
    assert (tmp_path / "x.png.txt").read_text() == "changed\n"
    third = FolderDelivery(tmp_path, ["text"], resume=True, key="other")
    assert third.known(InputFile("x.png")) == ""
    third.close()
    fourth = FolderDelivery(tmp_path, ["text"], key="k")
    assert fourth.known(InputFile("x.png")) == ""
    fourth.close()


@pytest.mark.parametrize("damage", [b"", b'{"path": "b.p', b"\0\xff\n", b"[]\n", b"7\n",
                                    b'{"path": "a.png", "files": 3}\n',
                                    b'{"path": "b.png", "files": {"b.txt": 1e999}}\n'])
def test_a_journal_that_a_kill_cut_is_read_as_far_as_it_goes(tmp_path: Path, damage: bytes,
                                                             ) -> None:
    first = FolderDelivery(tmp_path, ["text"], key="k")
    add(first, "a.png", sha256="1")
    first.close()
    with open(tmp_path / JOURNAL, "ab") as f:
        f.write(damage)
    second = FolderDelivery(tmp_path, ["text"], resume=True, key="k")
    assert second.known(InputFile("a.png")) == "1"
    add(second, "b.png", sha256="2")
    second.close()
    third = FolderDelivery(tmp_path, ["text"], resume=True, key="k")
    assert [third.known(InputFile(p)) for p in ("a.png", "b.png")] == ["1", "2"]
    third.close()


def test_an_input_that_was_not_read_to_its_end_leaves_nothing(tmp_path: Path) -> None:
    delivery = FolderDelivery(tmp_path, ["text", "json"])
    delivery.add(InputFile("a.png"), Result(page("a.png")))
    delivery.abandon()
    assert outputs(tmp_path) == []


def test_two_runs_never_write_one_folder(tmp_path: Path) -> None:
    first = FolderDelivery(tmp_path / "out", ["text"])
    with pytest.raises(UsageError, match="by another process"):
        FolderDelivery(tmp_path / "out", ["text"])
    first.close()
    FolderDelivery(tmp_path / "out", ["text"]).close()


def test_where_nothing_can_be_written_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(UsageError, match="taken"):
        FolderDelivery(tmp_path / "taken", ["text"])


def test_very_long_names_are_shortened(tmp_path: Path) -> None:
    delivery = FolderDelivery(tmp_path, ["alto"])
    names = ["ä" * 124 + f"{i}.png" for i in range(2)]
    for name in names:
        add(delivery, name)
    delivery.close()
    assert len(outputs(tmp_path)) == 2


@given(st.text(st.sampled_from("./\\a:~\n é\udce9"), max_size=12))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    out = Path("/base") / safe_name(name)
    assert out.parts[:2] == ("/", "base")
    assert len(out.parts) > 2
    assert ".." not in out.parts


def test_no_output_replaces_an_input_whose_ever(tmp_path: Path) -> None:
    originals = ["a.txt", "b.txt", "b.png.txt", "c-p2.alto.xml", "d.txt"]
    for name in originals:
        (tmp_path / name).write_text("original")
    (tmp_path / "link").symlink_to(tmp_path / "d.txt")
    ids = file_ids(str(tmp_path / n) for n in ("a.txt", "b.txt", "b.png.txt", "link"))
    delivery = FolderDelivery(tmp_path, ["text"], originals=ids)
    for name in ("a.txt", "b.png", "d.png"):
        add(delivery, str(tmp_path / name))
    delivery.close()
    assert outputs(tmp_path) == sorted([*originals, "link", "a.txt.txt", "b-2.txt", "d.png.txt"])
    delivery = FolderDelivery(tmp_path, ["alto"],
                              originals=file_ids([str(tmp_path / "c-p2.alto.xml")]))
    add(delivery, "c.tif", page("c.tif", "one", 1), page("c.tif", "two", 2))
    delivery.close()
    assert (tmp_path / "c-p2-2.alto.xml").exists()
    assert {(tmp_path / n).read_text() for n in originals} == {"original"}


def test_a_resumed_run_gives_up_a_name_that_an_input_has_now(tmp_path: Path) -> None:
    first = FolderDelivery(tmp_path, ["text"], key="k")
    add(first, "a.png")
    first.close()
    second = FolderDelivery(tmp_path, ["text"], resume=True, key="k",
                            originals=file_ids([str(tmp_path / "a.txt")]))
    add(second, "a.png", page("a.png", "changed"), sha256="2")
    second.close()
    assert outputs(tmp_path) == ["a.png.txt", "a.txt"]
    assert (tmp_path / "a.txt").read_text() == "a.png\n"


def test_what_a_run_made_of_another_input_is_none_in_the_next(tmp_path: Path) -> None:
    def kept() -> list[str]:
        found = sorted(str(p) for p in tmp_path.iterdir() if not p.name.startswith("."))
        return [Path(f.path).name for f in without_results([InputFile(p) for p in found], tmp_path)]
    assert kept() == []
    for name in ("a.jpg", "b.jpg", "b.png"):
        (tmp_path / name).write_bytes(b"x")
    delivery = FolderDelivery(tmp_path, ["png"])
    bad = str(tmp_path / "b.jpg")
    delivery._journal.add(str(tmp_path / "a.jpg"), Entry("a", "1", "", {"a.png": 1}))
    delivery._journal.fail(bad, "1", [("image", "x", 2)], {"b.png": 1})  # its other pages
    delivery.close()
    (tmp_path / "a.png").write_bytes(b"x")
    assert kept() == ["a.jpg", "b.jpg"]
    for _ in range(2):  # a run to texts, which is all the journal knows then
        delivery = FolderDelivery(tmp_path, ["text"])
        add(delivery, str(tmp_path / "a.jpg"))
        delivery.close()
        assert kept() == ["a.jpg", "b.jpg"]
    (tmp_path / "a.jpg").unlink()  # its PDF or picture is all there is now
    assert kept() == ["a.png", "a.txt", "b.jpg"]
