"""Watched folders: files are given once, when they are complete, and again when they change."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deeptext_cli.engine.watch import arrivals
from deeptext_cli.errors import UsageError


def watched(folder: Path, steps: list[Callable[[], object]]) -> list[list[str]]:
    """What is given between one look and the next, while `steps` happen."""
    rounds: list[list[str]] = [[]]

    def sleep(seconds: float) -> None:
        if steps:
            steps.pop(0)()
        rounds.append([])
    for file in arrivals([str(folder)], lambda: not steps and len(rounds) > 1, sleep):
        rounds[-1].append(f"{Path(file.path).relative_to(folder)} {file.name}")
    return rounds


def test_files_are_given_once_they_rest(tmp_path: Path) -> None:
    old, new = tmp_path / "old.png", tmp_path / "sub" / "new.png"
    old.write_bytes(b"1")
    new.parent.mkdir()

    def change() -> None:
        old.write_bytes(b"123")
        (tmp_path / "notes.txt").write_text("x")
    nothing: Callable[[], object] = lambda: None  # noqa: E731
    assert watched(tmp_path, [
        lambda: new.write_bytes(b"1"), lambda: new.write_bytes(b"12"), nothing, change, nothing,
        lambda: (tmp_path / "old.png").rename(tmp_path / "moved.png"), nothing, nothing]) == [
        [], ["old.png old.png"], [], ["sub/new.png sub/new.png"], [], ["old.png old.png"], [],
        ["moved.png moved.png"], []]


def test_what_is_gone_or_links_to_nothing_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(tmp_path / "none.png")
    os.mkfifo(tmp_path / "pipe.png")
    rounds = watched(tmp_path, [lambda: None] * 2)
    assert rounds == [[], ["pipe.png pipe.png"], []]


def test_only_folders_are_watched(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a folder"):
        list(arrivals([str(tmp_path / "x.png")], lambda: True))
