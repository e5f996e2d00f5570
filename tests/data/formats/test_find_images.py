"""Paths written elsewhere lead to the images all the same, where it is clear which; labels beside
their images or in folders of their own; names that are no labels."""

from __future__ import annotations

from pathlib import Path

import pytest
import sets

from deeptext_cli.data.formats.access import OutsideFolder, inside
from deeptext_cli.data.formats.base import Fault, Listing, Unit
from deeptext_cli.data.formats.find_images import unlabelled
from deeptext_cli.data.formats.registry import detect
from deeptext_cli.errors import DataError


def make(folder: Path, images: list[str], labels: str = "", name: str = "labels.csv") -> None:
    for image in images:
        sets.put(folder / image, "x")
    if labels:
        sets.put(folder / name, labels)


def read(path: Path) -> tuple[dict[str, str | None], list[str]]:
    """(labels by image, remarks and faults)."""
    listing, detection = detect(path)
    found = list(detection.format.read(listing))
    return ({u.key: u.text for u in found if isinstance(u, Unit)},
            [str(f) for f in found if isinstance(f, Fault)])


@pytest.mark.parametrize(("image", "path"), [
    ("images/{}.png", "{}.png"),
    ("images/{}.png", "images/{}.jpg"),
    ("images/IMG_{}.PNG", "img_{}.png"),
    ("images/{}.png", "C:\\Users\\me\\images\\{}.png"),
    ("images/{}.png", "/home/me/images/{}.png"),
    ("images/{}.png", "data/mine/{}.png"),
    ("images/{}.jpg", "{}"),
])
def test_images_are_found_by_name(image: str, path: str, tmp_path: Path) -> None:
    make(tmp_path, [image.format(i) for i in "01"],
         "image,text\n" + "".join(f"{path.format(i)},w{i}\n" for i in "01"))
    expected = {image.format(i): f"w{i}" for i in "01"}
    remark = (f"labels.csv: 2 paths found by name in images/, as {path.format(0)!r} -> "
              f"{image.format(0)!r}")
    assert read(tmp_path) == (expected, [remark])
    assert read(tmp_path / "labels.csv") == (expected, [remark])


def test_backslashes_and_missing_suffixes_are_no_doubt(tmp_path: Path) -> None:
    make(tmp_path, ["train/a.png", "train/b.tif"], "train\\a.png\tone\ntrain/b\ttwo\n", "l.tsv")
    assert read(tmp_path) == ({"train/a.png": "one", "train/b.tif": "two"}, [])


def test_the_same_names_in_several_folders(tmp_path: Path) -> None:
    make(tmp_path, ["train/0.png", "val/0.png"],
         "/old/set/train/0.png\tone\n/old/set/val/0.png\ttwo\n", "labels.tsv")
    assert read(tmp_path)[0] == {"train/0.png": "one", "val/0.png": "two"}


@pytest.mark.parametrize(("images", "rows"), [
    (["a/0.png", "b/0.png"], ["0.png"]),  # which of them?
    (["train/1.png", "val/0.png"], ["train/0.png", "train/1.png"]),  # its folder is there
    (["images/0.png"], ["x/0.png", "y/0.png"]),  # which of the rows?
    (["0.png"], ["0.png", "old/0.png"]),  # another row's
])
def test_no_image_is_guessed(images: list[str], rows: list[str], tmp_path: Path) -> None:
    make(tmp_path, images, "image,text\n" + "".join(f"{r},text of {r}\n" for r in rows))
    found, said = read(tmp_path)
    assert found == {r: f"text of {r}" for r in rows}
    assert not any("by name" in s for s in said)


def test_paths_of_windows_are_absolute(tmp_path: Path) -> None:
    with pytest.raises(OutsideFolder, match="lies outside"):
        inside(str(tmp_path), "C:\\Users\\me\\x.png")


def test_names_with_blanks(tmp_path: Path) -> None:
    make(tmp_path, ["my scan (0).png", "my scan (1).png"],
         "my scan (0).png some text\nmy scan (1).png other\n", "labels.txt")
    assert read(tmp_path)[0] == {"my scan (0).png": "some text", "my scan (1).png": "other"}


def test_images_without_a_label_are_remarked_on(tmp_path: Path) -> None:
    make(tmp_path / "a", [f"{i}.png" for i in range(5)], "image,text\n0.png,x\n1.png,y\n2.png,z\n")
    assert read(tmp_path / "a")[1] == ["labels.csv: 2 images have no label, as 3.png"]
    make(tmp_path / "b", ["0.png", "1.png", "1.bin.png", "2.png"], "x", "0.gt.txt")
    sets.put(tmp_path / "b/1.gt.txt", "y")
    assert read(tmp_path / "b")[1] == [".: 1 image has no label, as 2.png"]
    make(tmp_path / "c", ["0.png", "1.png"], '{"0.png": "x"}', "labels.json")
    assert read(tmp_path / "c")[1] == ["labels.json: 1 image has no label, as 1.png"]
    assert not list(unlabelled(Listing.of(tmp_path / "c/labels.json"), "", ()))


def test_texts_in_a_folder_of_their_own(tmp_path: Path) -> None:
    for suffix, folder in ((".gt.txt", "gt"), (".txt", "lab")):
        place = tmp_path / folder
        make(place, ["images/train/0.png", "images/val/0.png"])
        sets.put(place / f"{folder}/train/0{suffix}", "one")
        sets.put(place / f"{folder}/val/0{suffix}", "two")
        assert read(place) == ({"images/train/0.png": "one", "images/val/0.png": "two"}, [])


def test_boxes_of_a_detector_are_no_texts(tmp_path: Path) -> None:
    make(tmp_path, ["images/0.png"], "0 0.5 0.5 0.25 0.125\n", "labels/0.txt")
    with pytest.raises(DataError, match="in no known form"):
        detect(tmp_path)


@pytest.mark.parametrize(("stems", "labels"), [
    (["0000_6B9", "0001_8B9", "0007_5B1", "0003_abc"], ["6B9", "8B9", "abc", "5B1"]),
    (["0_4711", "1_4712", "2_0815", "3_4711"], ["4711", "4712", "0815", "4711"]),
    (["12_1", "12_2", "17_1", "18_1"], ["12", "12", "17", "18"]),
    (["07_ab_1", "08_ab_2", "09_cd_1", "11_x_1"], ["ab", "ab", "cd", "x"]),
    (["12-AB-34", "17-XY-35", "07-QQ-11", "99-CD-2"], ["07-QQ", "12-AB", "17-XY", "99-CD"]),
    (["12-AB", "17-XY", "07-QQ", "99-CD"], ["07-QQ", "12-AB", "17-XY", "99-CD"]),
    (["12-AB", "13-XY", "14-QQ", "15-CD"], ["AB", "XY", "QQ", "CD"]),
    (["1_ab", "1_cd", "2_ab", "2_ef"], ["1_ab", "1_cd", "2_ab", "2_ef"]),
])
def test_counters_in_names(stems: list[str], labels: list[str], tmp_path: Path) -> None:
    make(tmp_path, [f"{s}.png" for s in stems])
    assert list(read(tmp_path)[0].values()) == labels


def test_names_that_count_across_folders(tmp_path: Path) -> None:
    make(tmp_path, [f"class{i % 3}/{i}.png" for i in range(9)])
    with pytest.raises(DataError, match=r"only count them \(0 to 8\)"):
        detect(tmp_path)


def test_names_that_are_hashes(tmp_path: Path) -> None:
    make(tmp_path, [f"{i}fda117b9159.png" for i in range(5)])
    assert read(tmp_path)[1] == [
        ".: the names look like hashes, not like text, as '0fda117b9159'"]


@pytest.mark.parametrize(("name", "doubted"), [
    ("text", True), ("images.scp", True), ("labels.xlsx", True), ("LICENSE", False),
    ("README.md", False), ("Thumbs.db", False), ("Makefile", False)])
def test_what_may_hold_the_labels(name: str, doubted: bool, tmp_path: Path) -> None:
    make(tmp_path, ["images/2b827.png", "images/7gnm2.png"], "utt1 some text\n", name)
    if doubted:
        with pytest.raises(DataError, match=f"{name} may hold the labels"):
            detect(tmp_path)
    else:
        assert detect(tmp_path)[1].format.name == "names"


def test_archives_are_to_be_unpacked(tmp_path: Path) -> None:
    make(tmp_path, ["x.zip"], "image,text\na.png,b\n")
    for path in (tmp_path, tmp_path / "x.zip"):
        with pytest.raises(DataError, match=r"x\.zip: an archive \(unpack it first\)"):
            detect(path)


def test_a_sample_says_how_labels_were_understood(tmp_path: Path) -> None:
    make(tmp_path, ["0.png", "1.png"], "0.png\t\n1.png\t" + "x" * 80 + "\n", "labels.tsv")
    assert detect(tmp_path)[1].sample == f"'1.png' -> '{'x' * 60}...'"


def test_a_name_that_no_system_has(tmp_path: Path) -> None:
    make(tmp_path, ["0.png", "1.png"], f"0.png\tone\n{'9' * 5000}\ttwo\n1.png\tthree\n", "l.tsv")
    found = read(tmp_path)[0]
    assert found == {"0.png": "one", "9" * 5000: "two", "1.png": "three"}
