"""Labels files of several columns: the right one is the label, or it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sets

from deeptext_cli.data.formats.base import Fault, Unit
from deeptext_cli.data.formats.registry import detect
from deeptext_cli.errors import DataError, UsageError

Found = list[Unit | Fault]


def read(folder: Path, text: str, name: str = "labels.csv", column: str | None = None,
         images: int = 8) -> Found:
    """What is found in a folder with the images 0.png, 1.png, ... and that file of labels."""
    for i in range(images):
        sets.put(folder / f"{i}.png", "x")
    sets.put(folder / name, text)
    listing, detection = detect(folder, text_column=column)
    return list(detection.format.read(listing))


def pairs(found: Found) -> list[tuple[str, str | None]]:
    assert all(isinstance(f, Unit) for f in found), found
    return [(f.key, f.text) for f in found if isinstance(f, Unit)]


WORDS = [(f"{i}.png", f"w{i}") for i in range(8)]


def table(row: str, head: str = "", n: int = 8) -> str:
    return head + "".join(row.format(i=i) + "\n" for i in range(n))


@pytest.mark.parametrize(("text", "name"), [
    (table("{i}.png,text,w{i}", "image,label,transcription\n"), "labels.csv"),
    (table("{i}\t{i}.png\tw{i}"), "labels.txt"),
    (table("{i}.png\tw{i}\ttrain"), "labels.tsv"),
    (table("{i}.png,w{i},0.9{i}"), "labels.csv"),
    (table("{i}.png,w{i},val,1.0,"), "labels.csv"),
    (table("w{i},{i}.png"), "labels.csv"),
    (table("{i}.png;w{i}", "Bild;Kennzeichen\n"), "labels.csv"),
    (table("{i}.png,w{i},0.5,anna", "image,text,confidence,annotator\n"), "labels.csv"),
    (table("{i}.png,w{i},0.5", "Bild,Zahl,score\n"), "labels.csv"),
    (table("{i},1,{i}.png,\"[{{\"\"x\"\":1}}]\",w{i}",
           "id,annotator,image,label,transcription\n"), "labels.csv"),
    (table(",{i}.png,w{i}", ",filename,words\n"), "labels.csv"),
])
def test_the_column_of_the_text(text: str, name: str, tmp_path: Path) -> None:
    assert pairs(read(tmp_path, text, name)) == WORDS


@pytest.mark.parametrize(("row", "label"), [
    ("{i}.png,Hello, world", "Hello, world"),
    ("{i}.png,Hello, my, world", "Hello, my, world"),
    ('{i}.png,"12,50"', "12,50"),
    ('{i}.png,"12,50",train', "12,50"),
    ("{i}.png the train", "the train"),
])
def test_texts_with_delimiters_in_them(row: str, label: str, tmp_path: Path) -> None:
    assert {t for _, t in pairs(read(tmp_path, table(row)))} == {label}


def test_texts_with_delimiters_before_a_split(tmp_path: Path) -> None:
    found = read(tmp_path, "0.png,a, b,train\n1.png,c,val\n2.png,d,e,f,test\n", images=3)
    assert [(u.text, u.split) for u in found if isinstance(u, Unit)] == [
        ("a, b", "train"), ("c", "val"), ("d,e,f", "test")]


def test_unclear_columns_are_asked_for(tmp_path: Path) -> None:
    text = table("{i}.png,gas,0{i}0", "Filename,Meter_type,Reading\n")
    with pytest.raises(DataError, match=r"labels\.csv: which column is the text\? Meter_type, "
                                        r"Reading \(say --text-column Reading, for example\)"):
        read(tmp_path, text)
    wanted = [(f"{i}.png", f"0{i}0") for i in range(8)]
    assert pairs(read(tmp_path, text, column="reading")) == wanted
    assert pairs(read(tmp_path, text, column="3")) == wanted
    with pytest.raises(DataError, match="no column 'words' beside the image's"):
        read(tmp_path, text, column="words")
    with pytest.raises(DataError, match="which column is the text"):  # a class, and what is read
        read(tmp_path, table("{i}.png,gas,0{i}0", "image,label,reading\n"))
    with pytest.raises(DataError, match=r"no header, and .* which of 3 columns is the text"):
        read(tmp_path, table("{i}.png,gas,0{i}0"))
    assert pairs(read(tmp_path, table("{i}.png,gas,0{i}0"), column="3")) == wanted
    assert pairs(read(tmp_path, table("{i}.png,12,50"), column="2-"))[0] == ("0.png", "12,50")


def test_a_text_column_is_for_files_that_have_columns(tmp_path: Path) -> None:
    sets.names(tmp_path)
    with pytest.raises(UsageError, match="is read as names, which has no columns"):
        detect(tmp_path, text_column="x")


def test_more_cells_than_columns_are_named(tmp_path: Path) -> None:
    found = read(tmp_path, "image,text,split\n0.png,one,train\n1.png,one, two,train\n"
                 "2.png,x,val,\n", images=3)
    assert [u.text for u in found if isinstance(u, Unit)] == ["one", "x"]
    assert [str(f) for f in found if isinstance(f, Fault)] == [
        "labels.csv:3: 1.png: 4 cells below a header of 3: put texts with delimiters into quotes"]


@pytest.mark.parametrize("column", ["split", "subset", "set", "partition"])
def test_splits_of_the_source(column: str, tmp_path: Path) -> None:
    words = ["train", "Validation", "dev", "test", "holdout", ""]
    rows = "".join(f"{i}.png,w{i},{w}\n" for i, w in enumerate(words))
    found = read(tmp_path / "a", f"image,text,{column}\n{rows}", images=6)
    records = [{"image": f"{i}.png", "text": f"w{i}", column: w} for i, w in enumerate(words)]
    again = read(tmp_path / "b", json.dumps(records), "labels.json", images=6)
    for units, name in ((found, "labels.csv"), (again, "labels.json")):
        assert [u.split for u in units if isinstance(u, Unit)] == [
            "train", "val", "val", "test", None, None]
        assert [str(f) for f in units if isinstance(f, Fault)] == [
            f"{name}: 1 row names a split that is none of train, val and test, as 'holdout'"]


def test_boxes_are_cut_out(tmp_path: Path) -> None:
    for head, box in (("x1,y1,x2,y2", "50,40,350,80"), ("x,y,width,height", "50,40,300,40")):
        rows = f"filename,{head},text\np.png,{box},first\nq.png,{box},x\np.png,1,2,a,4,second\n"
        sets.put(tmp_path / "q.png", "x")
        found = read(tmp_path, rows.replace("p.png", "0.png"), images=1)
        page, other = found
        assert isinstance(page, Unit)
        assert isinstance(other, Unit)
        regions = page.regions or ()
        assert [(r.text, r.where) for r in regions] == [
            ("first", "labels.csv:2"), ("second", "labels.csv:4")]
        assert regions[0].quad == ((50, 40), (350, 40), (350, 80), (50, 80))
        assert regions[1].error == "the box is not four numbers"


@pytest.mark.parametrize(("text", "labels"), [
    ('[{"image": "0.png", "text": 123}, {"image": "1.png", "text": 0.50}]', ["123", "0.50"]),
    ('{"0.png": 123, "1.png": -4}', ["123", "-4"]),
    ('[{"image": "0.png", "text": "a"}, {"image": "1.png", "text": 12}]', ["a", "12"]),
    ('{"info": "mine", "annotations": [{"image": "0.png", "text": "a"},'
     ' {"image": "1.png", "text": "b"}]}', ["a", "b"]),
    ('[{"image": "0.png", "label": "text", "transcription": "a"},'
     ' {"image": "1.png", "label": "text", "transcription": "b"}]', ["a", "b"]),
])
def test_json_of_all_sorts(text: str, labels: list[str], tmp_path: Path) -> None:
    found = read(tmp_path, text, "labels.json", images=2)
    assert pairs(found) == [("0.png", labels[0]), ("1.png", labels[1])]
    assert all(type(f.text) is str for f in found if isinstance(f, Unit))


def test_a_number_is_no_name_of_an_image(tmp_path: Path) -> None:
    """Ids count the records: image 0.png is not that of record 0."""
    with pytest.raises(DataError, match="in no known form"):
        read(tmp_path, '[{"id": 1, "text": "a"}, {"id": 0, "text": "b"}]', "labels.json", images=2)


@pytest.mark.parametrize(("texts", "asked"), [
    ('"reading": "0{i}"', False),
    ('"reading": "0{i}", "box": [1, 2], "width": 9', False),
    ('"kind": "gas", "reading": "0{i}"', True),
    ('"label": "gas", "reading": "0{i}"', True),
])
def test_unknown_keys_of_json_texts(texts: str, asked: bool, tmp_path: Path) -> None:
    text = "\n".join(f'{{"image": "{i}.png", {texts.replace("{i}", str(i))}}}' for i in range(8))
    if asked:
        with pytest.raises(DataError, match=r"which key is the text.*--text-column reading, for"):
            read(tmp_path, text, "labels.jsonl")
    column = "reading" if asked else None
    assert pairs(read(tmp_path, text, "labels.jsonl", column)) == [
        (f"{i}.png", f"0{i}") for i in range(8)]


def test_another_key_of_json_texts(tmp_path: Path) -> None:
    text = '[{"image": "0.png", "text": "no", "reading": "077"}]'
    assert pairs(read(tmp_path, text, "labels.json", column="reading", images=1)) == [
        ("0.png", "077")]


def test_a_list_among_texts_is_no_list_of_records(tmp_path: Path) -> None:
    found = read(tmp_path, '{"0.png": "a", "1.png": ["b"]}', "labels.json", images=2)
    assert [u.text for u in found if isinstance(u, Unit)] == ["a"]
    assert [f.code for f in found if isinstance(f, Fault)] == ["bad-row"]
