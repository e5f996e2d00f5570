"""`deeptext prepare` as it is called: faults named, exit codes, resumed to the same bytes."""

from __future__ import annotations

import errno
import hashlib
import inspect
import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from deeptext_cli.cli.app import main
from deeptext_cli.cli.options import state
from deeptext_cli.data import images
from deeptext_cli.data.dataset import LineDataset

REPO = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from deeptext_cli.cli.app import main\n"
           "if __name__ == '__main__': main()"]


def picture(seed: int, width: int = 90, mode: str = "L") -> Image.Image:
    """A line image whose content depends on the seed."""
    image = Image.new("L", (width, 32), 235)
    draw = ImageDraw.Draw(image)
    rng = np.random.default_rng(seed)
    for x in range(4, width - 8, 9):
        y = int(rng.integers(3, 20))
        draw.rectangle((x, y, x + int(rng.integers(2, 7)), 28), fill=int(rng.integers(0, 90)))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def put(path: Path, data: bytes | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def start(*args: object) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(REPO), "COLUMNS": "200"}
    return subprocess.Popen([*COMMAND, "prepare", *map(str, args)], env=env, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run(*args: object, code: int = 0) -> tuple[str, str]:
    """Call the command in this process; (stdout, stderr)."""
    state.verbose = state.quiet = False
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["deeptext", "prepare", *map(str, args)])
        with pytest.raises(SystemExit) as left:
            main()
    assert left.value.code == code, (left.value.code, out.getvalue(), err.getvalue())
    return out.getvalue(), err.getvalue()


def labels(folder: Path, texts: list[str], first: int = 0) -> None:
    rows = []
    for i, text in enumerate(texts, first):
        put(folder / f"images/{i}.png", encoded(picture(i)))
        rows.append(f"images/{i}.png\t{text}\n")
    put(folder / "labels.tsv", "".join(rows))


def tree(folder: Path) -> dict[str, str]:
    """Relative path -> hash of every file."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file()}


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(
            ">I", zlib.crc32(kind + body))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0,
                                                              0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))


def test_a_clean_set(tmp_path: Path) -> None:
    labels(tmp_path / "in", [f"text {i}" for i in range(40)])
    out, err = run(tmp_path / "in", "-o", tmp_path / "d", "--val-share", "0.25", "--seed", "7")
    assert err.startswith(f"{tmp_path}/in: read as labels: labels.tsv names image files "
                          "(tab separated)")
    train, val = LineDataset(tmp_path / "d", "train"), LineDataset(tmp_path / "d", "val")
    assert (len(train), len(val)) == (30, 10)
    assert {train.label(i) for i in range(30)} | {val.label(i) for i in range(10)} == {
        f"text {i}" for i in range(40)}
    for data in (train, val):
        for i in range(len(data)):
            number = int(data.label(i).split()[1])
            assert data.key(i) == f"images/{number}.png"
            assert data[i][0] == (tmp_path / f"in/images/{number}.png").read_bytes()
    assert "train     30" in out
    report = json.loads((tmp_path / "d/doctor.json").read_text())
    assert report["lines"] == 40
    assert report["charset"]["t"] == 80
    assert report["label_lengths"] == {"6": 10, "7": 30}
    assert not (tmp_path / "d/doctor.png").exists()
    assert {p.name for p in (tmp_path / "d").iterdir()} == {
        "dataset.yaml", "doctor.json", "train", "val"}


def bad_inputs(folder: Path) -> list[tuple[str, bytes, str, str | None]]:
    """(file, bytes, label, fault in words or None) of everything the field has to offer."""
    line = picture(1, 120)
    rotated = Image.Exif()
    rotated[0x0112] = 6
    deep = Image.fromarray(np.asarray(line).astype(np.uint16) * 257)
    animation = encoded(picture(3), "GIF", save_all=True, append_images=[picture(4)])
    jpeg = encoded(picture(5, 200), "JPEG")
    alpha = picture(6).convert("RGBA")
    alpha.putalpha(Image.fromarray(255 - np.asarray(picture(6))))
    return [
        ("bomb.png", png_header(60000, 60000), "bomb", "60000 x 60000 is more than 200,000,000 "
                                                       "pixels"),
        ("empty.png", b"", "none", "the file is empty (0 bytes)"),
        ("cut.png", encoded(line)[:-60], "cut", "damaged or cut short"),
        ("cut.jpg", jpeg[:len(jpeg) // 2], "cut", "damaged or cut short"),
        ("text.png", b"I am a text file\n" * 20, "text", "not an image of a known kind"),
        ("absent.png", b"ABSENT", "gone", "no such image"),
        ("nolabel.png", encoded(picture(2)), "", "the label is empty"),
        ("bell.png", encoded(picture(7)), "be\x07ll", "control characters: U+0007"),
        ("grey.png", encoded(Image.new("L", (99, 32), 128)), "grey", "the image is one even tone"),
        ("long.png", encoded(picture(8, 40)), "far too long for forty pixels",
         "29 characters need 30 CTC frames, the image gives"),
        ("sixteen.png", encoded(deep), "sixteen", None),
        ("cmyk.jpg", encoded(picture(9, mode="CMYK"), "JPEG"), "cmyk", None),
        ("alpha.png", encoded(alpha), "alpha", None),
        ("turned.jpg", encoded(picture(10).transpose(Image.Transpose.ROTATE_90), "JPEG",
                               exif=rotated), "turned", None),
        ("moving.gif", animation, "moving", None),
    ]


def test_every_bad_input_is_named_with_file_and_line(tmp_path: Path) -> None:
    put(tmp_path / "secret.png", encoded(picture(99)))
    rows = bad_inputs(tmp_path)
    text = ""
    for name, data, label, _ in rows:
        if data != b"ABSENT":
            put(tmp_path / "in" / name, data)
        text += f"{name}\t{label}\n"
    outside = ["../secret.png", str(tmp_path / "secret.png"), "../../../../../etc/passwd"]
    text += "".join(f"{p}\tsecret\n" for p in outside)
    (tmp_path / "in/link.png").symlink_to(tmp_path / "secret.png")
    text += "link.png\tsecret\nno tab here\n"
    put(tmp_path / "in/labels.tsv", text.replace("\n", "\r\n"))
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "--val-share", "0", code=1)
    lines = err.splitlines()
    for number, (name, _, _, fault) in enumerate(rows, 1):
        named = [line for line in lines if f"labels.tsv:{number}: " in line]
        if fault is None:
            assert not named, named
        else:
            assert len(named) == 1, (name, named)
            assert named[0].startswith(f"kept out: {tmp_path}/in/labels.tsv:{number}: {name}: ")
            assert fault in named[0]
    first = len(rows) + 1
    for number in range(first, first + 4):
        named = [line for line in lines if f"labels.tsv:{number}: " in line]
        assert len(named) == 1
        reason = named[0].replace(str(tmp_path), "")  # which may itself hold any word
        assert "path" in reason
        assert "open" not in reason
    assert f"labels.tsv:{first + 4}: no image name and text in this line" in err
    data = LineDataset(tmp_path / "d", "train")
    kept = [data[i] for i in range(len(data))]
    assert [t for _, t in kept] == ["sixteen", "cmyk", "alpha", "turned", "moving"]
    assert images.decode(kept[3][0]).shape == (32, 90)
    counted = data.info.faults
    assert counted["outside-folder"] == 4
    assert sum(counted.values()) == 10 + 4 + 1
    report = json.loads((tmp_path / "d/doctor.json").read_text())
    assert report["kept_out"] == 15
    assert len([f for f in report["findings"] if f["kept_out"]]) == 15
    assert images.decode((tmp_path / "d/doctor.png").read_bytes()).size > 1000


def test_latin1_labels_are_read_and_remarked(tmp_path: Path) -> None:
    labels(tmp_path / "in", ["x"] * 3)
    put(tmp_path / "in/labels.tsv", "images/0.png\tGröße\nimages/1.png\tçà\n".encode("latin-1"))
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "-v", "--val-share", "0")
    assert "labels.tsv: not UTF-8: read as Windows-1252 (Latin-1)" in err
    assert [LineDataset(tmp_path / "d", "train").label(i) for i in (0, 1)] == ["Größe", "çà"]


def test_a_path_with_a_nul_character_is_named(tmp_path: Path) -> None:
    put(tmp_path / "in/a.png", encoded(picture(1)))
    put(tmp_path / "in/labels.tsv", "a.png\tgood\nb\0c.png\tbad\n")
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "--val-share", "0", code=1)
    assert "labels.tsv:2: " in err
    assert "NUL" in err


def test_charset_and_null_text(tmp_path: Path) -> None:
    labels(tmp_path / "in", ["abc", "", "abd"])
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "--charset", "abc#", "--null-text", "#",
                 "--val-share", "0", code=1)
    assert "labels.tsv:3: images/2.png: not in the charset: 'd'" in err
    data = LineDataset(tmp_path / "d", "train")
    assert [data.label(i) for i in range(len(data))] == ["abc", "#"]
    assert str(data.charset) == "abc#"
    put(tmp_path / "chars.txt", "abcd#\n")
    run(tmp_path / "in", "-o", tmp_path / "d", "--charset", f"@{tmp_path}/chars.txt",
        "--null-text", "#")
    run(tmp_path / "in", "-o", tmp_path / "e", "--charset", "a-d#", "--null-text", "#")
    assert str(LineDataset(tmp_path / "e", "train").charset) == "abcd#"
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "--charset", "d-a", code=2)
    assert "the range d-a is empty -- write a literal hyphen as \\-" in err
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "--charset", "aa", code=2)
    assert "--charset: duplicate characters" in err


def test_check_writes_no_data_set(tmp_path: Path) -> None:
    labels(tmp_path / "in", ["abc", "", "abd"])
    out, err = run(tmp_path / "in", "--check", "--json", code=1)
    report = json.loads(out)
    assert (report["lines"], report["kept_out"]) == (2, 1)
    assert "labels.tsv:2: images/1.png: the label is empty" in err
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_groups_weights_and_several_inputs(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        for i in range(30):
            put(tmp_path / f"{folder}/w{i % 6}/{i}.png",
                encoded(picture(i + 100 * (folder == "b"))))
            put(tmp_path / f"{folder}/w{i % 6}/{i}.gt.txt", f"{folder}{i}")
    run(f"{tmp_path}/a", f"{tmp_path}/b@2.5", "-o", tmp_path / "d", "--group", "/(w[0-9])/",
        "--val-share", "0.3")
    train, val = LineDataset(tmp_path / "d", "train"), LineDataset(tmp_path / "d", "val")
    groups = [{data.key(i).split("/")[1] for i in range(len(data))} for data in (train, val)]
    assert groups[0] & groups[1] == set()
    assert len(groups[1]) >= 1
    texts = [train.label(i) for i in range(len(train))]
    of_a = [t for t in texts if t.startswith("a")]
    of_b = [t for t in texts if t.startswith("b")]
    assert len(set(of_a)) == len(of_a)
    assert {of_b.count(t) for t in set(of_b)} == {2, 3}
    assert [s.weight for s in train.info.source] == [1, 2.5]
    held = [val.label(i) for i in range(len(val))]
    assert len(set(held)) == len(held)
    assert len(set(texts)) + len(held) == 60


def test_same_image_on_both_sides_stays_in_val(tmp_path: Path) -> None:
    labels(tmp_path / "in", [f"text {i}" for i in range(20)])
    rows = (tmp_path / "in/labels.tsv").read_text()
    for i in range(20):
        put(tmp_path / f"in/again/{i}.png", encoded(picture(i)))
        rows += f"again/{i}.png\ttext {i}\n"
    put(tmp_path / "in/labels.tsv", rows)
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "--val-share", "0.4", code=1)
    assert " same image as " in err
    assert err.count(" in val") > 3
    train, val = LineDataset(tmp_path / "d", "train"), LineDataset(tmp_path / "d", "val")
    assert not {train[i][0] for i in range(len(train))} & {val[i][0] for i in range(len(val))}
    assert len(train) + len(val) + train.info.faults["leak"] == 40
    run(tmp_path / "in", "-o", tmp_path / "e", "--group", "label")  # duplicates, but no leak


def test_near_duplicates_and_conflicts_are_remarked(tmp_path: Path) -> None:
    big = [picture(i, 300).resize((600, 64)) for i in range(6)]
    rows = ""
    for i, (label, other) in enumerate([("same", "same"), ("one", "another"), ("x", "x"),
                                        ("y", "y"), ("z", "z"), ("w", "w")]):
        put(tmp_path / f"in/{i}a.png", encoded(big[i]))
        again = encoded(big[i]) if i == 1 else encoded(big[i], "JPEG", quality=80)
        put(tmp_path / f"in/{i}b.jpg", again)
        rows += f"{i}a.png\t{label}\n{i}b.jpg\t{other}\n"
    put(tmp_path / "in/labels.tsv", rows)
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "-v", "--val-share", "0")
    assert "labels.tsv:2: 0b.jpg: looks like 0a.png" in err
    assert ("labels.tsv:4: 1b.jpg: same image as 1a.png, which is labelled 'one' and this "
            "'another'") in err
    report = json.loads((tmp_path / "d/doctor.json").read_text())
    assert report["remarks"] == {"conflicting-labels": 1, "near-duplicate": 5}
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "-q", "--val-share", "0")
    assert err.splitlines()[-1] == (f"two labels: {tmp_path}/in/labels.tsv:4: 1b.jpg: same image "
                                    "as 1a.png, which is labelled 'one' and this 'another'")
    assert "0b.jpg" not in err
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "-v", "--val-share", "0.5")
    assert "in val" in err or "in train" in err


@pytest.mark.parametrize("layout", ["folder", "parquet"])
def test_layouts_hold_the_same_lines(layout: str, tmp_path: Path) -> None:
    if layout == "parquet":
        pytest.importorskip("pyarrow", reason="Parquet needs the extra `parquet`")
    labels(tmp_path / "in", [f"text, {i} ß" for i in range(30)])
    run(tmp_path / "in", "-o", tmp_path / "d")
    run(tmp_path / "in", "-o", tmp_path / "x", "--layout", layout)
    again = tree(tmp_path / "x")
    run(tmp_path / "in", "-o", tmp_path / "x", "--layout", layout)
    assert tree(tmp_path / "x") == again
    run(tmp_path / "x", "-o", tmp_path / "back")
    for split in ("train", "val"):
        one, other = LineDataset(tmp_path / "d", split), LineDataset(tmp_path / "back", split)
        assert [one[i] for i in range(len(one))] == [other[i] for i in range(len(other))]


def test_folder_layout_has_labels_txt(tmp_path: Path) -> None:
    labels(tmp_path / "in", ["eins", "zwei"])
    run(tmp_path / "in", "-o", tmp_path / "x", "--layout", "folder", "--val-share", "0")
    assert (tmp_path / "x/train/labels.txt").read_text() == (
        "images/000000001.png\teins\nimages/000000002.png\tzwei\n")
    assert (tmp_path / "x/train/images/000000002.png").read_bytes() == encoded(picture(1))


def test_pages_give_lines_and_targets(tmp_path: Path) -> None:
    rows = []
    for p in range(10):
        page = Image.new("L", (300, 200), 240)
        lines = []
        for i in range(4):
            page.paste(picture(10 * p + i), (40, 20 + 44 * i))
            x, y = 40, 20 + 44 * i
            lines.append({"box": [[x, y], [x + 90, y], [x + 90, y + 32], [x, y + 32]],
                          "text": "" if i == 3 else f"line {p} {i}", "ignore": i == 2})
        put(tmp_path / f"in/pages/{p}.png", encoded(page))
        rows.append(json.dumps({"image": f"pages/{p}.png", "lines": lines}))
    put(tmp_path / "in/pages.jsonl", "\n".join(rows))
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "--val-share", "0.3", "--pages", code=1)
    assert "pages.jsonl:1 line 4: pages/0.png#4: the label is empty" in err
    train, val = LineDataset(tmp_path / "d", "train"), LineDataset(tmp_path / "d", "val")
    assert (len(train), len(val)) == (14, 6)
    assert json.loads((tmp_path / "d/doctor.json").read_text())["ignored"] == 10
    for data in (train, val):
        text = (tmp_path / f"d/pages/{data.split}/pages.jsonl").read_text(encoding="utf-8")
        pages = [json.loads(line) for line in text.splitlines()]
        assert [p["key"] for p in pages] == list(dict.fromkeys(
            data.key(i).split("#")[0] for i in range(len(data))))
        for p in pages:
            assert [bool(x.get("ignore")) for x in p["lines"]] == [False, False, True, True]
            stored = tmp_path / f"d/pages/{data.split}/{p['image']}"
            assert stored.read_bytes() == (tmp_path / "in" / p["key"]).read_bytes()
    listed, _ = run(tmp_path / "d/pages/val", "--check", "--json", code=0)
    assert json.loads(listed)["lines"] == 6


def test_without_o_the_set_is_named_after_its_input(tmp_path: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    labels(tmp_path / "in", ["abc", "abd", "xyz"])
    monkeypatch.chdir(tmp_path)
    out, err = run("in/labels.tsv")
    assert out.splitlines()[0].strip() == "data/labels"
    assert len(LineDataset("data/labels", "train")) == 2
    assert "no val lines" not in err
    run("in@2")
    assert len(LineDataset("data/in", "train")) == 4


def test_a_single_group_leaves_nothing_to_measure_on_and_says_so(tmp_path: Path) -> None:
    labels(tmp_path / "in", ["abc", "abd", "xyz"])
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "--group", "images")
    assert "no val lines to measure on: all are of one page or group; --group rows:1" in err
    assert "no val" not in run(tmp_path / "in", "-o", tmp_path / "d2", "--group", "rows:1")[1]


def test_more_val_than_train_lines_are_remarked_on(tmp_path: Path) -> None:
    labels(tmp_path / "in", ["abc", "abd", "xyz"])
    rows = "image,text,split\n" + "".join(f"images/{i}.png,x{i},{s}\n" for i, s in enumerate(
        ("train", "val", "val")))
    put(tmp_path / "in/labels.csv", rows)
    (tmp_path / "in/labels.tsv").unlink()
    _, err = run(tmp_path / "in", "-o", tmp_path / "d")
    assert "more val lines (2) than train lines (1): whole pages or groups are split" in err
    assert "more val" not in run(tmp_path / "in", "-o", tmp_path / "e", "--no-own-split")[1]


def test_how_labels_were_understood_is_said(tmp_path: Path) -> None:
    labels(tmp_path / "in", [f"text {i}" for i in range(4)])
    put(tmp_path / "in/labels.tsv", "file\tclass\treading\n" + "".join(
        f"{i}.png\tgas\t00{i}\n" for i in range(3)))
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", code=1)
    assert "which column is the text? class, reading -- say --text-column reading" in err
    assert not (tmp_path / "d").exists()
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "--text-column", "reading")
    head, *remarks = err.splitlines()
    assert head == (f"{tmp_path}/in: read as labels: labels.tsv names image files (tab separated, "
                    "with header, text in reading), as 'images/0.png' -> '000'")
    assert remarks == [
        f"remark: {tmp_path}/in/labels.tsv: 3 paths found by name in images/, as '0.png' -> "
        "'images/0.png'",
        f"remark: {tmp_path}/in/labels.tsv: 1 image has no label, as images/3.png"]


def test_many_faults_that_say_the_same_are_one_line(tmp_path: Path) -> None:
    labels(tmp_path / "in", ["abc"])
    rows = "images/0.png\tabc\n" + "".join(f"no/{i}.png\tx\n" for i in range(20))
    put(tmp_path / "in/labels.tsv", rows)
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "--val-share", "0", code=1)
    assert [line for line in err.splitlines() if "no such image" in line] == [
        f"kept out: {tmp_path}/in/labels.tsv:2: no/0.png: no such image (19 more like this; all "
        "are in doctor.json, or with -v)"]
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", "-v", "--val-share", "0", code=1)
    assert err.count("no such image") == 20


def test_refusals(tmp_path: Path) -> None:
    labels(tmp_path / "in", ["abc"])
    put(tmp_path / "mine/thesis.txt", "years of work")
    _, err = run(tmp_path / "in", "-o", tmp_path / "mine", code=2)
    assert err.splitlines()[-1] == (f"deeptext: {tmp_path}/mine: the folder holds other files -- "
                                    "give -o a new folder")
    assert list((tmp_path / "mine").iterdir()) == [tmp_path / "mine/thesis.txt"]
    assert "-o is missing" in run(tmp_path / "in", tmp_path / "mine", code=2)[1]
    assert "-o is missing" in run("--synth", "x.yaml", "--count", "3", code=2)[1]
    assert "nothing to prepare -- give a folder" in run(code=2)[1]
    assert "belong together" in run("--synth", "x.yaml", "-o", tmp_path / "d", code=2)[1]
    assert "no such file" in run(tmp_path / "no", "-o", tmp_path / "d", code=2)[1]
    assert "--group (: not a regular" in run(tmp_path / "in", "-o", tmp_path / "d", "--group", "(",
                                             code=2)[1]
    assert "--layout" in run(tmp_path / "in", "-o", tmp_path / "d", "--layout", "zip", code=2)[1]
    put(tmp_path / "in/labels.tsv", "images/0.png\t\n")
    _, err = run(tmp_path / "in", "-o", tmp_path / "d", code=1)
    assert "no line is left to write -- first fault: " in err


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,600 images, four chunks, some of them at fault."""
    folder = tmp_path_factory.mktemp("large")
    labels(folder, ["" if i % 400 == 7 else f"{i:05d}" for i in range(1600)])
    return folder


@pytest.fixture(scope="module")
def undisturbed(large: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    out = tmp_path_factory.mktemp("undisturbed") / "d"
    run(large, "-o", out, "--jobs", "1", code=1)
    return tree(out)


@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_at_any_moment_it_ends_with_the_same_bytes(
        jobs: int, large: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "d"
    kills = 0
    for wanted in (1, 3):
        process = start(large, "-o", out, "--jobs", jobs)
        while process.poll() is None:
            if len(list(out.glob(".prepare/chunk-*.json"))) >= wanted:
                process.send_signal(signal.SIGKILL)
                kills += process.wait() == -signal.SIGKILL
            time.sleep(0.002)
        process.communicate()
    assert kills >= 1
    # nothing that calls itself a data set before it is whole
    if (out / "dataset.yaml").exists():
        assert tree(out).items() >= undisturbed.items()
    _, err = run(large, "-o", out, "--jobs", jobs, code=1)
    assert err.count("the label is empty") == 4
    assert tree(out) == undisturbed


class Dying:
    """os.replace, that ends the process at the n-th call."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.rename = os.replace

    def __call__(self, *args: object) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(9)
        self.rename(*args)  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_killed_at_every_step_of_the_writing(tmp_path: Path) -> None:
    """The process ends, without any clean-up, at its n-th rename, n = 1, 2, ... until it is done;
    a further run is right after every one of these ends."""
    labels(tmp_path / "in", ["" if i == 7 else f"{i:03d}" for i in range(40)])
    run(tmp_path / "in", "-o", tmp_path / "calm/d", code=1)
    expected = tree(tmp_path / "calm/d")
    for steps in range(1, 30):
        child = os.fork()
        if child == 0:
            os.replace = Dying(steps)  # type: ignore[assignment]
            try:
                run(tmp_path / "in", "-o", tmp_path / f"{steps}/d", code=1)
            finally:
                os._exit(0)
        died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        if not died:
            break
        run(tmp_path / "in", "-o", tmp_path / f"{steps}/d", code=1)
        assert tree(tmp_path / f"{steps}/d") == expected
    assert steps > 6
    assert not died


def test_a_second_run_at_the_same_time_is_refused(large: Path, tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="no file locks on this system")
    first = start(large, "-o", tmp_path / "d", "--jobs", 1)
    while not (tmp_path / "d/.prepare/purpose").exists():
        time.sleep(0.005)
    _, err = run(large, "-o", tmp_path / "d", code=2)
    assert f"{tmp_path}/d is written by another process (pid {first.pid})" in err
    first.communicate(timeout=120)
    assert first.returncode == 1


def test_a_file_system_without_locks_is_written_to(tmp_path: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl", reason="no file locks on this system")

    def none(*args: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    labels(tmp_path / "in", ["abc", "abd"])
    run(tmp_path / "in", "-o", tmp_path / "d")
    assert not (tmp_path / "d/.prepare").exists()


def test_the_largest_image_is_that_of_the_decoder() -> None:
    """The commands name it without importing what decodes."""
    from deeptext_cli.cli import prepare, read
    from deeptext_cli.config.dataset import PrepareOptions

    assert PrepareOptions().max_pixels == images.MAX_PIXELS
    for command in (prepare.prepare, read.read):
        default = inspect.signature(command).parameters["max_pixels"].default
        assert default == images.MAX_PIXELS


def test_changed_inputs_are_made_again(tmp_path: Path) -> None:
    """Chunks of a killed run are taken over only where they were made from the same."""
    from deeptext_cli.config.dataset import PrepareOptions
    from deeptext_cli.engine import preparer

    labels(tmp_path / "in", [f"old {i}" for i in range(30)])
    options = PrepareOptions()

    def stop(lines: int, out: int) -> None:
        raise KeyboardInterrupt

    sources = preparer.find_sources([str(tmp_path / "in")], options)
    with pytest.raises(KeyboardInterrupt):
        preparer.prepare(sources, tmp_path / "d", options, progress=stop)
    assert (tmp_path / "d/.prepare/chunk-00000000.json").exists()
    labels(tmp_path / "in", [f"new {i}" for i in range(30)])
    sources = preparer.find_sources([str(tmp_path / "in")], options)
    preparer.prepare(sources, tmp_path / "d", options)
    assert LineDataset(tmp_path / "d", "train").label(0).startswith("new")


def test_synthetic_lines_whatever_the_workers(tmp_path: Path) -> None:
    recipe = REPO / "configs/synth/numbers.yaml"
    if not recipe.is_file():
        pytest.skip("no recipes in this checkout")
    from deeptext_cli.data.synth.engine import LineSynthesiser, load_recipe

    run("--synth", recipe, "--count", 1030, "-o", tmp_path / "d", "--jobs", 2, "--val-share", 0)
    data = LineDataset(tmp_path / "d", "train")
    assert len(data) == 1030
    synthesiser = LineSynthesiser(load_recipe(recipe), seed=0)
    for i in (0, 700, 1029):
        image, text = synthesiser.sample(i)
        assert (images.decode(data[i][0]) == image).all()
        assert (data.label(i), data.key(i)) == (text, f"numbers#{i}")


def test_no_torch(tmp_path: Path) -> None:
    labels(tmp_path / "in", ["abc"])
    code = ("import sys; from deeptext_cli.config.dataset import PrepareOptions; "
            "from deeptext_cli.engine import preparer; from pathlib import Path; "
            "o = PrepareOptions(val_share=0); "
            "preparer.prepare(preparer.find_sources([sys.argv[1]], o), Path(sys.argv[2]), o); "
            "assert not {'torch', 'onnxruntime', 'typer', 'rich'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code, tmp_path / "in", tmp_path / "d"], check=True,
                   env={**os.environ, "PYTHONPATH": str(REPO)})
