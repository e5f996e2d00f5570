"""Files are there in full or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deeptext_cli.data.files import write_atomic


@pytest.mark.parametrize("alone", [True, False])
def test_what_fails_leaves_the_old_file_and_nothing_else(alone: bool, tmp_path: Path,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "a.txt"
    write_atomic(path, b"old", alone=alone)

    def full(*args: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"new", alone=alone)
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_alone_it_takes_the_place_of_what_a_killed_process_left(tmp_path: Path) -> None:
    (tmp_path / ".a.txt.partial").write_bytes(b"half")
    write_atomic(tmp_path / "a.txt", b"whole", alone=True, sync=False)
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
