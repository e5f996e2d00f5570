"""What a list of paths means: folders, patterns, stdin; in order, and each once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deeptext_cli.engine.inputs import InputFile, expand, listed, page_filter
from deeptext_cli.errors import ImageUnreadable, UsageError


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.png", "a.JPG", "notes.txt", ".hidden.png", "sub/c.tif", "sub/d.pdf",
                 ".git/e.png", "x[1].png", "sub/deep/f.webp"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*paths: str) -> list[str]:
    return [f.path for f in expand(paths)]


def test_a_folder_gives_its_images_sorted_without_hidden_ones(tree: Path) -> None:
    assert names(".") == ["./a.JPG", "./b.png", "./x[1].png", "./sub/c.tif", "./sub/d.pdf",
                          "./sub/deep/f.webp"]


def test_files_stand_for_themselves_in_the_order_given(tree: Path) -> None:
    assert names("sub/c.tif", "b.png", "notes.txt") == ["sub/c.tif", "b.png", "notes.txt"]


def test_patterns_that_the_shell_left_alone(tree: Path) -> None:
    assert names("*.png") == ["b.png", "x[1].png"]
    assert names("sub/**/*.webp") == ["sub/deep/f.webp"]
    assert names("x[1].png") == ["x[1].png"]  # a file of that very name


def test_numbers_in_names_count_by_their_value(tmp_path: Path) -> None:
    wanted = ["01.png", "1.png", "1b.png", "2.png", "10.png", "a.png", "a1.png", "a2.png",
              "a10.png"]
    for name in [*wanted, "10/9.png", "2/9.png"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [os.path.relpath(n, tmp_path) for n in names(str(tmp_path))] == [
        *wanted, "2/9.png", "10/9.png"]
    assert [os.path.basename(n) for n in names(f"{tmp_path}/*.png")] == wanted
    given = [str(tmp_path / n) for n in ("10.png", "2.png")]
    assert names(*given) == given  # a shell's order


def test_each_file_once_however_it_is_named(tree: Path) -> None:
    (tree / "link.png").symlink_to(tree / "b.png")
    assert names("b.png", "./b.png", "link.png", "*.png", "-", "-") == ["b.png", "x[1].png", "-"]


def test_what_is_absent_is_reported_when_it_is_read(tree: Path) -> None:
    [missing] = expand(["none.png"])
    with pytest.raises(ImageUnreadable, match="No such file"):
        missing.read()


@pytest.mark.parametrize(("path", "words"), [
    ("https://example.org/a.png", "URLs"), ("*.bmp", "nothing matches"), ("empty", "no images")])
def test_mistakes_have_remedies(tree: Path, path: str, words: str) -> None:
    (tree / "empty").mkdir()
    (tree / "empty" / "readme.txt").write_text("x")
    with pytest.raises(UsageError, match=words):
        names(path)


def test_folders_that_link_to_themselves_end(tree: Path) -> None:
    (tree / "sub" / "loop").symlink_to(tree)
    assert len(names(".")) == 6


def test_a_folder_read_as_a_file_is_an_image_error(tree: Path) -> None:
    with pytest.raises(ImageUnreadable, match="directory"):
        InputFile("sub").read()


def test_outputs_are_called_as_their_inputs_lie_below_what_was_given(tree: Path) -> None:
    def out(*paths: str) -> list[str]:
        return [f.name for f in expand(paths)]
    assert out("sub") == ["c.tif", "d.pdf", "deep/f.webp"]
    assert out("sub/c.tif", str(tree / "b.png")) == ["c.tif", "b.png"]
    assert out("sub/**/*.webp") == ["deep/f.webp"]


def test_lists_of_names_that_end_with_a_nul(tree: Path) -> None:
    found = list(listed(b"./sub/c.tif\0odd\nname.png\0caf\xe9.png\0\0sub/c.tif\0../up.png"))
    assert [f.path for f in found] == ["./sub/c.tif", "odd\nname.png", "caf\udce9.png",
                                       "../up.png"]
    assert [f.name for f in found] == ["sub/c.tif", "odd\nname.png", "caf\udce9.png", "up.png"]
    assert list(listed(b"")) == []
    with pytest.raises(UsageError, match="NUL"):
        list(listed(b"a.png\nb.png\n"))


def test_pipes_in_a_folder_are_named_not_waited_for(tree: Path) -> None:
    os.mkfifo(tree / "sub" / "pipe.png")
    [pipe] = [f for f in expand(["sub"]) if f.path.endswith("pipe.png")]
    with pytest.raises(ImageUnreadable, match="no regular file"):
        pipe.read()


@pytest.mark.parametrize(("text", "wanted"), [
    ("3-5,9", [3, 4, 5, 9]), ("8-", [8, 9, 10]), ("-2", [1, 2]), (" 1 , 3 ", [1, 3])])
def test_page_numbers(text: str, wanted: list[int]) -> None:
    assert [n for n in range(1, 11) if page_filter(text)(n)] == wanted


@pytest.mark.parametrize("text", ["", "-", "x", "1-2-3", "1;2", "٣", "9" * 5000, "0", "0-2", "-0",
                                  "3-1", "1,0"])
def test_page_numbers_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="--pages"):
        page_filter(text)
