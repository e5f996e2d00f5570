"""Every format: detected for what it is, read to the right labels, and cut at the right place."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sets

from deeptext_cli.config.dataset import PrepareOptions
from deeptext_cli.data import images
from deeptext_cli.data.dataset import LineDataset, LineDatasetWriter
from deeptext_cli.data.formats.access import OutsideFolder, read_image
from deeptext_cli.data.formats.base import Fault, FileImage, Listing, Unit
from deeptext_cli.data.formats.registry import FORMATS, detect, format_named
from deeptext_cli.engine.preparer import find_sources, prepare
from deeptext_cli.errors import DataError, UsageError


def read(path: Path, name: str | None = None) -> list[Unit | Fault]:
    listing, detection = detect(path, name)
    return list(detection.format.read(listing))


def prepared(source: Path, out: Path, **options: object) -> list[tuple[str, str, np.ndarray]]:
    """(key, label, image) of everything, all in train."""
    chosen = PrepareOptions(val_share=0, own_split=False, padding=0, **options)  # type: ignore
    prepare(find_sources([str(source)], chosen), out, chosen)
    data = LineDataset(out, "train")
    return [(data.key(i), data[i][1], images.decode(data[i][0])) for i in range(len(data))]


def test_every_format_has_a_fixture() -> None:
    assert set(sets.BUILDERS) == {f.name for f in FORMATS}


@pytest.mark.parametrize("name", sets.BUILDERS)
def test_detected_and_read(name: str, tmp_path: Path) -> None:
    texts = sets.BUILDERS[name](tmp_path / "in")
    _, detection = detect(tmp_path / "in")
    assert detection.format.name == name
    assert len(detection.reason) > 10
    assert [t for _, t, _ in prepared(tmp_path / "in", tmp_path / "out")] == texts


@pytest.mark.parametrize("name", sets.BUILDERS)
def test_no_other_format_is_sure_of_itself_first(name: str, tmp_path: Path) -> None:
    """The formats that would fit as well stand later in the order, and are told to the user."""
    sets.BUILDERS[name](tmp_path)
    listing, detection = detect(tmp_path)
    order = [f.name for f in FORMATS]
    for other in detection.others:
        assert order.index(other) > order.index(name)
    assert format_named(name).detect(listing) == detection.reason


@pytest.mark.parametrize("name", ["pages-jsonl", "page-xml", "alto", "sroie", "funsd",
                                  "coco-text", "paddle-det", "tsv", "reading-json"])
def test_first_line_of_a_page_is_cut_where_it_stands(name: str, tmp_path: Path) -> None:
    sets.BUILDERS[name](tmp_path / "in")
    whole = images.decode(sets.page())
    _, _, cut = prepared(tmp_path / "in", tmp_path / "out")[0]
    expected = whole[40:80, 50:340 if name == "funsd" else 350]
    assert abs(cut.shape[0] - expected.shape[0]) <= 1
    assert abs(cut.shape[1] - expected.shape[1]) <= 1
    h, w = (min(a, b) for a, b in zip(cut.shape, expected.shape, strict=True))
    assert np.abs(cut[:h, :w].astype(int) - expected[:h, :w]).mean() < 3


def test_a_reading_s_tsv_takes_one_line_images_as_they_are(tmp_path: Path) -> None:
    sets.reading_tsv(tmp_path)
    units = [u for u in read(tmp_path) if isinstance(u, Unit)]
    assert [(u.key, u.text, u.regions is None) for u in units] == [
        ("scans/page.png", None, False), ("scans/one.png", "trois ième", True)]
    assert [r.ignore for r in units[0].regions or ()] == [False, False, True]


@pytest.mark.parametrize("as_list", [False, True])
def test_a_reading_s_json_is_corrected_line_by_line(as_list: bool, tmp_path: Path) -> None:
    sets.reading_json(tmp_path)
    text = (tmp_path / "mine.jsonl").read_text()
    if as_list:  # as `--format json` has it
        (tmp_path / "mine.jsonl").unlink()
        sets.put(tmp_path / "mine.json", "[\n" + ",\n".join(text.splitlines()) + "\n]\n")
    found = read(tmp_path)
    units = [u for u in found if isinstance(u, Unit)]
    assert [(u.key, u.text, u.regions is None) for u in units] == [
        ("scans/page.png", None, False), ("scans/one.png", "trois ième", True)]
    assert [(r.text, r.ignore) for r in units[0].regions or ()] == [
        ("first line", False), ("zweite Zeile", False), ("", True)]
    assert [(f.code, f.key, f.kept_out) for f in found if isinstance(f, Fault)] == [
        ("bad-row", "scans/bad.png", True)]


def test_a_reading_of_which_the_page_s_text_alone_was_corrected(tmp_path: Path) -> None:
    sets.reading_json(tmp_path)
    text = (tmp_path / "mine.jsonl").read_text().replace('"first line"', '"fist line"').replace(
        '"text": ""', '"text": "noise"')
    sets.put(tmp_path / "mine.jsonl", text)
    assert [f.message for f in read(tmp_path) if isinstance(f, Fault) and not f.kept_out] == []
    sets.put(tmp_path / "mine.jsonl", text.replace("fist line\\n", "first line\\n"))
    [remark] = [f for f in read(tmp_path) if isinstance(f, Fault) and not f.kept_out]
    assert (remark.code, remark.key) == ("unused-text", "scans/page.png")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])  # the second as spreadsheets save it
def test_a_reading_s_tsv_from_elsewhere(encoding: str, tmp_path: Path,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths as `read` was given them: absolute, or from the working folder; without the column the
    image of the same stem, as Tesseract has it."""
    row = "5\t{}\t1\t1\t1\t1\t0\t0\t50\t40\t50\t{}\t{}\n"
    for name in ("a.png", "b.png", "lists/mine.png"):
        sets.put(tmp_path / "in" / name, sets.png())
    monkeypatch.chdir(tmp_path)
    text = sets.TSV_HEAD + row.format(1, '"say ""hé"""', tmp_path / "in/a.png") + \
        row.format(2, "b", "in/b.png") + row.format(3, "b", "in/b.png") + \
        row.format(4, "far", "/etc/hostname") + "5\tx\n"
    sets.put(tmp_path / "in/mine.tsv", text.encode(encoding))
    found = read(tmp_path / "in/mine.tsv")
    assert [(u.key, [r.text for r in u.regions or ()]) for u in found if isinstance(u, Unit)] == [
        ("a.png", ['say "hé"']), ("b.png", ["b"]), ("/etc/hostname", ["far"])]
    with pytest.raises(OutsideFolder, match=f"lies outside {tmp_path}/in; put the labels beside"):
        read_image(FileImage(str(tmp_path / "in"), "/etc/hostname"))
    assert [(f.code, f.where) for f in found if isinstance(f, Fault)] == [
        ("bad-row", "mine.tsv:4"), ("bad-row", "mine.tsv:6")]
    line = "4\t1\t{0}\t1\t1\t0\t0\t{0}0\t50\t9\t-1\t{1}\tin/a.png\n"  # text in the line's own row
    sets.put(tmp_path / "in/mine.tsv", sets.TSV_HEAD + line.format(1, "all of it") + row.format(
        1, "word", "in/a.png") + line.format(2, ""))
    (unit,) = read(tmp_path / "in/mine.tsv")
    assert isinstance(unit, Unit)
    assert [(r.text, r.ignore) for r in unit.regions or ()] == [("all of it", False), ("", True)]
    page = "1\t{}\t0\t0\t0\t0\t0\t0\t120\t40\t-1\t{}\tin/{}.png\n"  # where nothing was read
    sets.put(tmp_path / "in/mine.tsv", sets.TSV_HEAD + page.format(1, "", "a")
             + page.format(2, "all", "b"))
    found = read(tmp_path / "in/mine.tsv")
    assert [f.code for f in found if isinstance(f, Fault)] == ["empty-label"]
    assert [(u.key, u.text) for u in found if isinstance(u, Unit)] == [("b.png", "all")]
    bare = (sets.TSV_HEAD + row.format(1, "w", "")).replace("\tpath", "").replace("\t\n", "\n")
    sets.put(tmp_path / "in/lists/mine.tsv", bare)
    assert [u.key for u in read(tmp_path / "in/lists") if isinstance(u, Unit)] == ["mine.png"]


@pytest.mark.parametrize(("delimiter", "quoted"), [("\t", True), (",", False), (";", True)])
def test_a_reading_s_tsv_as_a_spreadsheet_saved_it(delimiter: str, quoted: bool,
                                                   tmp_path: Path) -> None:
    texts = sets.reading_tsv(tmp_path)
    expected = [u for u in read(tmp_path) if isinstance(u, Unit)]
    rows = [line.split("\t") for line in (tmp_path / "mine.tsv").read_text().splitlines()]
    rows[-1][11] += f' "{delimiter}"'
    (tmp_path / "mine.tsv").unlink()
    with open(tmp_path / "mine.csv", "w", newline="", encoding="utf-8") as f:
        csv.writer(f, delimiter=delimiter,
                   quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerows(rows)
    assert detect(tmp_path)[1].format.name == "tsv"
    units = [u for u in read(tmp_path) if isinstance(u, Unit)]
    assert [u.image for u in units] == [u.image for u in expected]
    assert [r.text for r in units[0].regions or () if not r.ignore] + [units[1].text] == [
        *texts[:-1], f'{texts[-1]} "{delimiter}"']


def test_words_of_a_reading_are_no_labels_of_images(tmp_path: Path) -> None:
    """Even where the header is not whole, or the format is forced."""
    sets.reading_tsv(tmp_path)
    assert format_named("labels").detect(Listing.of(tmp_path)) is None
    text = (tmp_path / "mine.tsv").read_text().replace("conf", "confidence")
    sets.put(tmp_path / "mine.tsv", text)
    with pytest.raises(DataError, match=r"mine\.tsv may hold the labels, but in no known form"):
        detect(tmp_path)


@pytest.mark.parametrize("text", [
    sets.TSV_HEAD + "5\t1\t1\t1\t1\t1\t0\t0\t50\t40\t50\tone\tmine/a.png\n", "mine/a.png\tone\n"])
def test_a_reading_away_from_its_images(text: str, tmp_path: Path,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    """`deeptext read mine -o out/mine.tsv; deeptext prepare out/mine.tsv`: that one file may name
    images below the working folder, the files of a folder may not, nor may any reach further."""
    sets.put(tmp_path / "work/mine/a.png", sets.png())
    sets.put(tmp_path / "work/out/mine.tsv", text)
    monkeypatch.chdir(tmp_path / "work")
    (unit,) = read(Path("out/mine.tsv"))
    assert isinstance(unit, Unit)
    assert unit.key == "mine/a.png"
    assert read_image(unit.image) == sets.png()
    (unit,) = read(Path("out"))
    assert isinstance(unit, Unit)
    with pytest.raises(OutsideFolder, match="lies outside out; put the labels beside the images"):
        read_image(unit.image)
    sets.put(tmp_path / "far.png", sets.png())
    (tmp_path / "work/mine/a.png").unlink()
    (tmp_path / "work/mine/a.png").symlink_to(tmp_path / "far.png")
    (unit,) = read(Path("out/mine.tsv"))
    assert isinstance(unit, Unit)
    with pytest.raises(OutsideFolder):
        read_image(unit.image)


def test_a_labels_file_from_the_working_folder(tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    """`deeptext read in > in/mine.tsv` names images from the working folder, or in full."""
    sets.put(tmp_path / "in/a.png", sets.png())
    sets.put(tmp_path / "in/b.png", sets.png(seed=1))
    sets.put(tmp_path / "in/mine.tsv", f"in/a.png\tone\n{tmp_path}/in/b.png\ttwo\nin/c.png\tx\n")
    monkeypatch.chdir(tmp_path)
    assert [u.key for u in read(tmp_path / "in/mine.tsv") if isinstance(u, Unit)] == [
        "a.png", "b.png", "in/c.png"]


def test_words_instead_of_lines(tmp_path: Path) -> None:
    sets.funsd(tmp_path / "in")
    rows = prepared(tmp_path / "in", tmp_path / "out", items="words")
    assert [t for _, t, _ in rows] == ["Date:", "May", "2nd"]
    assert rows[0][0].endswith("82.png#1")


def test_iam_forms_are_cut_by_their_boxes(tmp_path: Path) -> None:
    texts = sets.iam_forms(tmp_path / "in")
    rows = prepared(tmp_path / "in", tmp_path / "out")
    assert [t for _, t, _ in rows] == texts
    assert rows[0][2].shape == (40, 300)


def test_iam_writers_are_groups(tmp_path: Path) -> None:
    sets.iam(tmp_path)
    units = [u for u in read(tmp_path) if isinstance(u, Unit)]
    assert {u.group for u in units} == {"writer 017"}


def test_own_data_set_is_read_back(tmp_path: Path) -> None:
    with LineDatasetWriter(tmp_path / "d") as out:
        for i, text in enumerate(["eins", "zwei", "drei"]):
            out.add("val" if i == 1 else "train", sets.png(seed=i), text, key=f"p/{i}.png#4")
    units = [u for u in read(tmp_path / "d") if isinstance(u, Unit)]
    assert [(u.key, u.text, u.split) for u in units] == [
        ("train/p/0.png#4", "eins", "train"), ("train/p/2.png#4", "drei", "train"),
        ("val/p/1.png#4", "zwei", "val")]
    assert read_image(units[1].image) == sets.png(seed=2)


@pytest.mark.parametrize(("text", "expected"), [
    ("a.png,one\nb.png,two, three\n", ["one", "two, three"]),
    ('file_name,split,text\na.png,train,"one, ""1"""\nb.png,val,two\n', ['one, "1"', "two"]),
    ("image;label\na.png;one\nb.png;two\n", ["one", "two"]),
    ("a.png one\nb.png two words\n", ["one", "two words"]),
    ("filename\ttext\na\tone\nb\ttwo\n", ["one", "two"]),
    ("a.png\tone\tand tab\nb.png\t\n", ["one and tab", None]),
    ("a.png\tone\r\nb.png\ttwo\r\n", ["one", "two"]),
    ("\ufeffa.png\tone\nb.png\ttwo\n", ["one", "two"]),
    ("\n\na.png\tone\n\nb.png\ttwo", ["one", "two"]),
    ("./a.png\tone\nb.png\t5\u2028\u00a0m\n", ["one", "5 m"]),
])
def test_labels_file_dialects(text: str, expected: list[str | None], tmp_path: Path) -> None:
    for i, name in enumerate("ab"):
        sets.put(tmp_path / f"in/{name}.png", sets.png(seed=i))
    sets.put(tmp_path / "in/labels.txt", text)
    assert detect(tmp_path / "in")[1].format.name == "labels"
    rows = prepared(tmp_path / "in", tmp_path / "out")
    assert [t for _, t, _ in rows] == [t for t in expected if t]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig", "utf-8"])
def test_labels_file_encodings(encoding: str, tmp_path: Path) -> None:
    sets.put(tmp_path / "a.png", sets.png())
    sets.put(tmp_path / "labels.tsv", "a.png\tGröße à 5 €\n".replace(
        "€", "£" if encoding == "latin-1" else "€").encode(encoding))
    found = read(tmp_path)
    units = [u for u in found if isinstance(u, Unit)]
    assert [u.text for u in units] == ["Größe à 5 £" if encoding == "latin-1" else "Größe à 5 €"]
    remarks = [str(f) for f in found if isinstance(f, Fault)]
    if encoding == "latin-1":
        assert remarks == ["labels.tsv: not UTF-8: read as Windows-1252 (Latin-1); check accented "
                           "letters"]
    else:
        assert not remarks


def test_a_labels_file_can_be_named_itself(tmp_path: Path) -> None:
    sets.labels(tmp_path)
    sets.put(tmp_path / "other.tsv", "images/0.png\tother\n")
    assert [u.text for u in read(tmp_path / "other.tsv") if isinstance(u, Unit)] == ["other"]


def test_names_with_a_count_at_the_end(tmp_path: Path) -> None:
    for name in ("ab_1", "ab_2", "cd_1"):
        sets.put(tmp_path / f"{name}.png", sets.png())
    assert [u.text for u in read(tmp_path) if isinstance(u, Unit)] == ["ab", "ab", "cd"]
    sets.put(tmp_path / "x.png", sets.png())
    assert [u.text for u in read(tmp_path) if isinstance(u, Unit)] == ["ab_1", "ab_2", "cd_1", "x"]


@pytest.mark.parametrize(("name", "text"), [
    ("labels.jsonl", '{"image": "0.png", "text": "one"}\n\n{"image": "1.png", "text": "two"}\n'),
    ("labels.json", '{"0.png": "one", "1.png": "two"}'),
    ("labels.json", '\ufeff[{"path": "0.png", "transcription": "one"},'
                    ' {"filename": "./1.png", "label": "two"}]'),
    ("mine.json", '{"0": "one", "1": "two"}'),
])
def test_labels_in_json(name: str, text: str, tmp_path: Path) -> None:
    for i in range(2):
        sets.put(tmp_path / f"in/{i}.png", sets.png(seed=i))
    sets.put(tmp_path / "in" / name, text)
    assert detect(tmp_path / "in")[1].format.name == "labels-json"
    assert [(k, t) for k, t, _ in prepared(tmp_path / "in", tmp_path / "out")] == [
        ("0.png", "one"), ("1.png", "two")]
    assert [u.text for u in read(tmp_path / "in" / name) if isinstance(u, Unit)] == ["one", "two"]


def test_bad_records_are_named(tmp_path: Path) -> None:
    sets.put(tmp_path / "secret.png", sets.png())
    for i in range(9):
        sets.put(tmp_path / f"in/{i}.png", sets.png(seed=i))
    rows = [json.dumps({"file_name": f"{i}.png", "text": f"text {i}"}) for i in range(9)]
    rows += ["{not json", '{"text": "x"}', '{"file_name": "1.png"}', '{"path": "x", "text": [7]}',
             '{"file_name": "2.png", "text": "two\\nlines"}',
             '{"file_name": "../secret.png", "text": "x"}', "[" * 100_000,
             '{"file_name": "\\u0000\\ud800.png", "text": "x"}']
    sets.put(tmp_path / "in/metadata.jsonl", "\n".join(rows))
    options = PrepareOptions()
    done = prepare(find_sources([str(tmp_path / "in")], options), tmp_path / "o", options,
                   check_only=True)
    assert [(f.code, f.where.rpartition(":")[2]) for f in done.doctor.kept_out] == [
        ("bad-row", "10"), ("bad-row", "11"), ("bad-row", "12"), ("bad-row", "13"),
        ("several-lines", "14"), ("outside-folder", "15"), ("bad-row", "16"),
        ("outside-folder", "17")]
    assert done.doctor.items == 9


def test_text_files_of_the_images_names(tmp_path: Path) -> None:
    for i, text in enumerate(sets.TEXTS):
        sets.put(tmp_path / f"{i:03d}.png", sets.png(seed=i))
        sets.put(tmp_path / f"{i:03d}.txt", text + "\n")
    sets.put(tmp_path / "README.txt", "about\nthis")
    assert detect(tmp_path)[1].format.name == "gt-txt"
    assert [u.text for u in read(tmp_path) if isinstance(u, Unit)] == sets.TEXTS
    for i in range(3):  # then .txt is what somebody read
        sets.put(tmp_path / f"{i:03d}.gt.txt", f"true {i}")
    assert [getattr(u, "text", u) for u in read(tmp_path)] == ["true 0", "true 1", "true 2"]


@pytest.mark.parametrize("name", ["labels.json", "a.jsonl", "truth.txt", "sub/x.csv"])
def test_names_are_no_labels_where_labels_may_lie_beside(name: str, tmp_path: Path) -> None:
    for stem in ("2b827", "7gnm2", "ab3xy"):
        sets.put(tmp_path / f"{stem}.png", sets.png())
    sets.put(tmp_path / "README.txt", "about this")
    assert detect(tmp_path)[1].format.name == "names"
    sets.put(tmp_path / name, "{}")
    with pytest.raises(DataError, match=rf"{name} may hold the labels.*or --format names, if"):
        detect(tmp_path)
    assert [u.text for u in read(tmp_path, "names") if isinstance(u, Unit)] == [
        "2b827", "7gnm2", "ab3xy"]


@pytest.mark.parametrize(("stems", "said"), [
    ([f"{i:03d}" for i in range(60)], "000 to 059"),
    ([str(i) for i in range(7, 20)], "7 to 19"),
    ([f"line_{i}" for i in range(1, 5)], "line_1 to line_4"),
    ([f"{split}/{i}" for split in ("test", "train") for i in range(3)], "0 to 2"),
    (["1042", "1043", "1044", "1046"], None),
    (["0", "1", "2"], None),
])
def test_names_that_only_count(stems: list[str], said: str | None, tmp_path: Path) -> None:
    for stem in stems:
        sets.put(tmp_path / f"{stem}.png", "x")
    if said is None:
        assert detect(tmp_path)[1].format.name == "names"
    else:
        with pytest.raises(DataError, match=rf"only count them \({said}\)"):
            detect(tmp_path)


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(("name", "body", "say"), [
    ("page-xml", BOMB + sets.PAGE_XML.partition("?>")[2].replace("worse", "&b;"), "DTDForbidden"),
    ("page-xml", EXTERNAL + sets.PAGE_XML.partition("?>")[2].replace("worse", "&f;"),
     "DTDForbidden"),
    ("alto", BOMB + sets.ALTO.partition("?>")[2], "DTDForbidden"),
    ("page-xml", sets.PAGE_XML[:700], "not well-formed"),
    ("page-xml", sets.PAGE_XML.replace('Width="400"', 'Width="wide"'), "could not convert"),
    ("alto", sets.ALTO.replace('WIDTH="800"', ""), "measured in mm10"),
])
def test_bad_xml_is_named(name: str, body: str, say: str, tmp_path: Path) -> None:
    sets.put(tmp_path / "p1.png", sets.page())
    sets.put(tmp_path / "bad.xml", body)
    faults = [f for f in read(tmp_path, name) if isinstance(f, Fault)]
    assert [f.code for f in faults] == ["bad-file"]
    assert "bad.xml" in str(faults[0])
    assert say in str(faults[0])


@pytest.mark.parametrize(("name", "body"), [
    ("page-xml", sets.PAGE_XML.replace("50,120 350,120", "50,x 350,120")),
    ("alto", sets.ALTO.replace('"100 80 700 80', '"100 80 700')),
])
def test_one_bad_line_costs_one_line(name: str, body: str, tmp_path: Path) -> None:
    sets.put(tmp_path / "p1.png", sets.page())
    sets.put(tmp_path / "bad.xml", body)
    (unit,) = read(tmp_path, name)
    assert isinstance(unit, Unit)
    lines = [r for r in unit.regions or () if r.kind == "line"]
    assert [bool(r.error) for r in lines].count(True) == 1
    assert len(lines) == 2


@pytest.mark.parametrize("stated", ["../secret.png", "/etc/passwd", "../../etc/passwd"])
def test_xml_cannot_reach_outside(stated: str, tmp_path: Path) -> None:
    sets.put(tmp_path / "secret.png", sets.page())
    sets.put(tmp_path / "in/a.xml", sets.PAGE_XML.replace("p1.png", stated))
    options = PrepareOptions()
    done = prepare(find_sources([str(tmp_path / "in")], options), tmp_path / "o", options,
                   check_only=True)
    assert [f.code for f in done.doctor.kept_out] in (["outside-folder"], ["missing-image"])
    assert done.doctor.items == 0


@pytest.mark.parametrize(("name", "damage", "code"), [
    ("pages-jsonl", lambda t: t + "{not json\n", "bad-row"),
    ("pages-jsonl", lambda t: t.replace("[50, 40], ", "", 1), "bad-box"),
    ("pages-jsonl", lambda t: t.replace("[50, 40]", "[1e400, 40]", 1), "bad-box"),
    ("pages-jsonl", lambda t: t.replace("[50, 40]", '"x"', 1), "bad-box"),
    ("pages-jsonl", lambda t: t.replace("[[50, 40]", "[[50, 4000]", 1).replace(
        "[350, 80], [50, 80]", "[350, 4040], [50, 4040]").replace("[350, 40]", "[350, 4000]", 1),
     "bad-box"),
    ("pages-jsonl", lambda t: "[" * 100_000 + "\n" + t, "bad-row"),
    ("pages-jsonl", lambda t: t.replace("pages/a.png", "pages/b.png"), "missing-image"),
    ("pages-jsonl", lambda t: t.replace('"width": 400', '"width": 300'), "size-mismatch"),
])
def test_bad_pages_are_named(name: str, damage: object, code: str, tmp_path: Path) -> None:
    sets.BUILDERS[name](tmp_path / "in")
    path = tmp_path / "in/pages.jsonl"
    path.write_text(damage(path.read_text()))  # type: ignore[operator]
    options = PrepareOptions(format=name)
    done = prepare(find_sources([str(tmp_path / "in")], options), tmp_path / "o", options,
                   check_only=True)
    assert [f.code for f in done.doctor.kept_out] == [code]
    assert "pages.jsonl:" in done.doctor.kept_out[0].where


def test_nothing_recognised(tmp_path: Path) -> None:
    sets.put(tmp_path / "notes.md", "hello")
    with pytest.raises(DataError, match="no known format"):
        detect(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        detect(tmp_path / "absent")


def test_format_names_are_suggested() -> None:
    with pytest.raises(UsageError, match=r"no such format \(did you mean parquet\?\)"):
        format_named("parqet")


def test_listing_is_sorted_and_skips_hidden(tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a/z", ".git/x", "c", ".hidden"):
        sets.put(tmp_path / name, "x")

    def walked() -> Iterator[str]:
        return Listing.of(tmp_path).walk()

    assert list(walked()) == ["c", "a/z", "b/1", "b/2"]


def test_blanks_that_float_does_not_know() -> None:
    """Found by fuzzing: `\\s` takes U+001C, float() does not."""
    from deeptext_cli.data.formats.quads import parse_row
    row = parse_row("0\x1c,0,9,0, \x1f9,5,0,5,word", "")
    assert row is not None
    assert row.quad == ((0, 0), (9, 0), (9, 5), (0, 5))
