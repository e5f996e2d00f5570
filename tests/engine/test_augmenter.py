"""`augment` over data sets: labels true, other splits untouched, the same bytes on any way."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from deeptext_cli.cli.app import main
from deeptext_cli.config.augment_presets import PRESETS
from deeptext_cli.data.dataset import LineDataset, LineDatasetWriter
from deeptext_cli.data.images import decode, encode_png
from deeptext_cli.engine import augmenter
from deeptext_cli.engine.augmenter import CHUNK, augment, preview
from deeptext_cli.errors import UsageError

CONFIG = PRESETS["document"]


def drawn(text: str) -> bytes:
    gray = np.full((32, 30 + 18 * len(text)), 240, np.uint8)
    cv2.putText(gray, text, (8, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 20, 2, cv2.LINE_AA)
    return encode_png(gray)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return written(tmp_path / "x", 30)


def written(root: Path, count: int) -> Path:
    with LineDatasetWriter(root, name="x") as out:
        for i in range(count):
            out.add("train", drawn(f"no {i}"), f"no {i}", key=f"images/{i}.png")
        for i in range(7):
            out.add("val", drawn(f"val {i}"), f"val {i}", key=f"v/{i}.png")
    return root


def lines(root: Path, split: str) -> list[tuple[str, str, bytes]]:
    data = LineDataset(root, split)
    return [(data.key(i), data[i][1], data[i][0]) for i in range(len(data))]


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*"))
            if p.is_file() and p.name != "lock.mdb"}


def test_every_line_is_followed_by_its_copies(source: Path, tmp_path: Path) -> None:
    done = augment(source, tmp_path / "y", CONFIG, copies=3, seed=1)
    assert not done.faults
    before, after = lines(source, "train"), lines(tmp_path / "y", "train")
    assert len(after) == 4 * len(before)
    changed = 0
    for i, (key, text, image) in enumerate(before):
        group = after[4 * i:4 * i + 4]
        assert group[0] == (key, text, image)
        assert [g[0] for g in group[1:]] == [f"{key}~{c}" for c in (1, 2, 3)]
        assert {g[1] for g in group} == {text}
        changed += sum(not np.array_equal(decode(g[2]), decode(image)) for g in group[1:])
    assert changed > 0.75 * 3 * len(before)
    assert lines(source, "val") == lines(tmp_path / "y", "val")
    assert LineDataset(tmp_path / "y", "train").info.charset == \
        LineDataset(source, "train").info.charset


def test_jobs_and_interruptions_change_no_byte(tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    source = written(tmp_path / "x", 2 * CHUNK + 10)  # three chunks
    augment(source, tmp_path / "one" / "y", CONFIG, copies=1, seed=2)
    augment(source, tmp_path / "two" / "y", CONFIG, copies=1, seed=2, jobs=2)
    assert files(tmp_path / "one" / "y") == files(tmp_path / "two" / "y")

    make, made = augmenter._make_chunk, []

    def killed_at_the_third(task: object) -> int:
        made.append(task)
        if len(made) == 3:
            raise KeyboardInterrupt
        return make(task)  # type: ignore[arg-type]

    monkeypatch.setattr(augmenter, "_make_chunk", killed_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        augment(source, tmp_path / "three" / "y", CONFIG, copies=1, seed=2)
    with pytest.raises(UsageError):  # nothing half done is taken for a data set
        LineDataset(tmp_path / "three" / "y", "train")
    made.clear()
    made.append("no more interruption at the third")
    augment(source, tmp_path / "three" / "y", CONFIG, copies=1, seed=2)
    assert len(made) == 2  # only the chunk that was missing
    assert files(tmp_path / "one" / "y") == files(tmp_path / "three" / "y")


def test_seed_and_settings_count(source: Path, tmp_path: Path) -> None:
    results = []
    for name, config, seed in (("a", CONFIG, 1), ("b", CONFIG, 2), ("c", PRESETS["scene"], 1)):
        augment(source, tmp_path / name, config, copies=1, seed=seed)
        results.append([row[2] for row in lines(tmp_path / name, "train")])
    assert results[0] != results[1]
    assert results[0] != results[2]


def test_a_damaged_image_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    root = tmp_path / "x"
    with LineDatasetWriter(root, name="x") as out:
        for i in range(5):
            out.add("train", b"no image" if i == 2 else drawn("abc"), "abc", key=f"{i}.png")
    done = augment(root, tmp_path / "y", CONFIG, copies=2)
    assert [(f.code, f.where) for f in done.faults] == [("image-unreadable", "2.png")]
    keys = [row[0] for row in lines(tmp_path / "y", "train")]
    assert len(keys) == 5 + 2 * 4
    assert "2.png" in keys
    assert "2.png~1" not in keys


def test_the_output_folder_is_guarded(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="itself"):
        augment(source, source, CONFIG, copies=1)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="other files"):
        augment(source, other, CONFIG, copies=1)
    with pytest.raises(UsageError, match="is a file"):
        augment(source, other / "thesis.txt", CONFIG, copies=1)
    assert [p.name for p in other.iterdir()] == ["thesis.txt"]
    with pytest.raises(UsageError, match="nothing: no such folder"):
        augment(tmp_path / "nothing", tmp_path / "y", CONFIG, copies=1)
    with pytest.raises(UsageError, match="no data set here"):
        augment(other, tmp_path / "y", CONFIG, copies=1)


def test_preview_shows_originals_beside_the_copies_that_would_be_written(
        source: Path, tmp_path: Path) -> None:
    sheet = preview(source, CONFIG, copies=2, seed=5, lines=4)
    assert sheet.ndim == 3
    assert sheet.shape[1] == 3 * 360
    augment(source, tmp_path / "y", CONFIG, copies=2, seed=5)
    written = decode(lines(tmp_path / "y", "train")[1][2])  # first copy of the first line
    assert min(360 / written.shape[1], 90 / written.shape[0]) > 1  # shown enlarged, so compare
    shown = sheet[6:96, 366:366 + 348, 0]
    factor = min(348 / written.shape[1], 90 / written.shape[0], 2.0)
    size = (round(written.shape[1] * factor), round(written.shape[0] * factor))
    expected = cv2.resize(written, size, interpolation=cv2.INTER_CUBIC)
    difference = np.abs(shown[:size[1], :size[0]].astype(int) - expected)
    assert difference.mean() < 6


def run(monkeypatch: pytest.MonkeyPatch, *args: object) -> int:
    monkeypatch.setattr(sys, "argv", ["deeptext", "augment", *map(str, args)])
    with pytest.raises(SystemExit) as e:
        main()
    return int(e.value.code or 0)


def test_command(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                 capsys: pytest.CaptureFixture[str]) -> None:
    out, sheet = tmp_path / "y", tmp_path / "sheet.png"
    assert run(monkeypatch, source, "-o", out, "--copies", 2, "--preset", "plate", "-j", 1,
               "--preview", sheet) == 0
    assert "90" in capsys.readouterr().out
    assert decode(sheet.read_bytes()).size
    assert len(LineDataset(out, "train")) == 90

    assert run(monkeypatch, "--preset", "captcha", "--show-config", "--set", "blur.p=0.5") == 0
    own = tmp_path / "own.yaml"
    own.write_text(capsys.readouterr().out)
    assert run(monkeypatch, source, "-o", tmp_path / "z", "--copies", 1, "-c", own, "-j", 1) == 0

    capsys.readouterr()
    for args, said in (((source,), "-o is missing"), ((), "DATASET is missing"),
                       ((tmp_path / "nothing", "-o", tmp_path / "n"), "no such folder"),
                       ((source, "-o", out, "--preset", "sky"), "one of document"),
                       ((source, "-o", out, "--preset", "scene", "-c", own), "exclude"),
                       ((source, "-o", out, "--set", "blurr.p=1"), "did you mean 'blur'")):
        assert run(monkeypatch, *args) == 2
        assert said in capsys.readouterr().err
