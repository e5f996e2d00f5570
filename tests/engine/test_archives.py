"""Archives: members in their order, nothing unpacked, damage named."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from deeptext_cli.engine.archives import tar_members
from deeptext_cli.errors import ImageUnreadable


def archive(path: Path, mode: str = "w", **members: bytes) -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_images_in_their_order_others_passed_over(tmp_path: Path, mode: str) -> None:
    path = archive(tmp_path / "x.tar", mode, **{
        "b.png": b"1" * 100_000, "deep/a.JPG": b"2", "notes.txt": b"x", "._b.png": b"x",
        "empty.png": b""})
    found = list(tar_members([str(path)]))
    assert [(f.path, f.name, f.data) for f in found] == [
        (f"{path}:b.png", "b.png", b"1" * 100_000), (f"{path}:deep/a.JPG", "deep/a.JPG", b"2"),
        (f"{path}:empty.png", "empty.png", b"")]
    with pytest.raises(ImageUnreadable, match="0 bytes"):
        found[-1].read()


def test_no_member_leads_out_of_the_outputs(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.tar", **{"../../etc/a.png": b"1", "/abs/b.png": b"2"})
    with tarfile.open(path, "a") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("link.png")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    assert [f.name for f in tar_members([str(path)])] == ["etc/a.png", "abs/b.png"]


def test_damage_is_named_behind_what_was_whole(tmp_path: Path) -> None:
    whole = archive(tmp_path / "x.tar", **{f"{i}.png": bytes(3000) for i in range(3)})
    data = whole.read_bytes()
    for cut in range(0, 11_000, 700):
        whole.write_bytes(data[:cut])
        found = list(tar_members([str(whole)]))
        good = [f for f in found if f.problem is None]
        assert [f.name for f in good] == [f"{i}.png" for i in range(len(good))]
        assert len(good) == min(3, cut // 3584), cut
        if len(good) < 3 and cut % 3584:
            assert found[-1].problem is not None, cut
    [missing] = tar_members([str(tmp_path / "none.tar")])
    assert "No such file" in str(missing.problem)


@pytest.mark.parametrize(("data", "says"), [
    (b"PK\x03\x04", "a zip archive: only tar is read"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd: only tar is read")])
def test_other_archives_are_named(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "x").write_bytes(data + bytes(600))
    [found] = tar_members([str(tmp_path / "x")])
    assert str(found.problem).startswith(says)
