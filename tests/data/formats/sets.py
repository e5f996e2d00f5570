"""Tiny data sets in every format, written by hand into a folder: `BUILDERS[name](folder)`.

Each returns the labels that a reader must find, in order.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import lmdb
import numpy as np
from PIL import Image, ImageDraw

Builder = Callable[[Path], list[str]]


def png(width: int = 120, height: int = 40, seed: int = 0, kind: str = "PNG") -> bytes:
    """A line image whose content depends on the seed."""
    image = Image.new("L", (width, height), 240)
    draw = ImageDraw.Draw(image)
    rng = np.random.default_rng(seed)
    for x in range(6, width - 8, 11):
        y = int(rng.integers(6, height - 14))
        draw.rectangle((x, y, x + int(rng.integers(3, 8)), height - 8), fill=int(rng.integers(60)))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def put(path: Path, data: bytes | str) -> Path:
    """Write a file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def page(lines: int = 3) -> bytes:
    """A page 400 x 300 whose line i lies at y 40 + 80 i to 80 + 80 i, x 50 to 350."""
    image = Image.new("L", (400, 300), 250)
    for i in range(lines):
        line = Image.open(io.BytesIO(png(300, 40, seed=i + 1)))
        image.paste(line, (50, 40 + 80 * i))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def box(i: int) -> list[list[int]]:
    """Corners of line i of `page`."""
    y = 40 + 80 * i
    return [[50, y], [350, y], [350, y + 40], [50, y + 40]]


def _flat(i: int, sep: str = ",") -> str:
    return sep.join(str(v) for point in box(i) for v in point)


TEXTS = ["first line", "zweite Zeile", "troisième"]


def names(folder: Path) -> list[str]:
    for i, word in enumerate(("2b827", "7gnm2", "ab3xy")):
        put(folder / f"{word}.png", png(seed=i))
    return ["2b827", "7gnm2", "ab3xy"]


def labels(folder: Path) -> list[str]:
    rows = []
    for i, text in enumerate(TEXTS):
        put(folder / f"images/{i}.png", png(seed=i))
        rows.append(f"images/{i}.png\t{text}\n")
    put(folder / "labels.tsv", "".join(rows))
    return TEXTS


def labels_json(folder: Path) -> list[str]:
    """As the Hugging Face hub has it: records beside the images of each split."""
    for split, texts in (("test", TEXTS[:1]), ("train", TEXTS[1:])):
        for i, text in enumerate(texts):
            put(folder / split / f"{i}.png", png(seed=len(split) + i))
            with open(folder / split / "metadata.jsonl", "a", encoding="utf-8") as f:
                f.write(json.dumps({"file_name": f"{i}.png", "text": text}) + "\n")
    return TEXTS


def gt_txt(folder: Path) -> list[str]:
    for i, text in enumerate(TEXTS):
        put(folder / f"{i}.bin.png" if i == 1 else folder / f"{i}.png", png(seed=i))
        put(folder / f"{i}.gt.txt", text + "\n")
    return TEXTS


def lmdb_set(folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    with lmdb.open(str(folder), map_size=1 << 20) as env, env.begin(write=True) as txn:
        for i, text in enumerate(TEXTS, 1):
            txn.put(f"image-{i:09d}".encode(), png(seed=i))
            txn.put(f"label-{i:09d}".encode(), text.encode())
        txn.put(b"num-samples", b"3")
    return TEXTS


def mjsynth(folder: Path) -> list[str]:
    words = ["Lube", "SOIREE", "cats"]
    rows = []
    for i, word in enumerate(words):
        put(folder / f"2425/1/{i}_{word}_45{i}.jpg", png(seed=i, kind="JPEG"))
        rows.append(f"./2425/1/{i}_{word}_45{i}.jpg 45{i}\n")
    put(folder / "annotation_train.txt", "".join(rows))
    put(folder / "lexicon.txt", "cats\nlube\n")
    return words


def iam(folder: Path) -> list[str]:
    put(folder / "ascii/lines.txt",
        "#--- lines.txt ---#\n# format: a01-000u-00 ok 154 19 408 746 1661 89 A|MOVE|to\n"
        "a01-000u-00 ok 154 19 408 746 1661 89 A|MOVE|to|stop\n"
        "a01-000u-01 err 156 19 395 932 1850 105 nominating|any|.\n")
    put(folder / "ascii/forms.txt", "# forms\na01-000u 017 2 prt 7 5 52 36\n")
    for i in range(2):
        put(folder / f"lines/a01/a01-000u/a01-000u-0{i}.png", png(seed=i))
    return ["A MOVE to stop", "nominating any ."]


def iam_forms(folder: Path) -> list[str]:
    put(folder / "words.txt",
        "#--- words.txt ---#\n"
        "a01-000u-00-00 ok 154 50 40 300 40 AT A\n"
        "a01-000u-00-01 err 154 50 120 300 40 NN bad\n"
        "a01-000u-01-00 ok 154 50 200 300 40 TO to\n")
    put(folder / "forms/a01-000u.png", page())
    return ["A", "to"]


def icdar(folder: Path) -> list[str]:
    put(folder / "img/img_1.png", page())
    put(folder / "gt/gt_img_1.txt", "\ufeff" + f"{_flat(0)},Joint, venture\r\n{_flat(1)},###\r\n"
        '50, 200, 350, 240, "say \\"no\\""\r\n')
    return ["Joint, venture", 'say "no"']


def icdar_words(folder: Path) -> list[str]:
    for i in (1, 2, 3):
        put(folder / f"word_{i}.png", png(seed=i))
    put(folder / "gt.txt", '\ufeffword_1.png, "Genaxis Theatre"\r\nword_2.png, "[06]"\r\n'
        'word_3.png, "a \\"b\\", c"\r\n')
    return ["Genaxis Theatre", "[06]", 'a "b", c']


def sroie(folder: Path) -> list[str]:
    put(folder / "img/000.png", page())
    put(folder / "box/000.csv", "".join(f"{_flat(i)},{t}\n" for i, t in enumerate(
        ["TAN CHAY YEE", "NO.53, JALAN", "9.00"])))
    return ["TAN CHAY YEE", "NO.53, JALAN", "9.00"]


def funsd(folder: Path) -> list[str]:
    put(folder / "training_data/images/82.png", page())
    words = [{"box": [50, 40, 150, 80], "text": "Date:"},
             {"box": [160, 42, 340, 80], "text": "May"},
             {"box": [50, 120, 200, 160], "text": "2nd"}]
    put(folder / "training_data/annotations/82.json", json.dumps(
        {"form": [{"id": 0, "label": "question", "words": words, "box": [0, 0, 9, 9],
                   "text": "Date: May 2nd"}]}))
    return ["Date: May", "2nd"]


PAGE_XML = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15">
 <Page imageFilename="p1.png" imageWidth="400" imageHeight="300">
  <ReadingOrder><OrderedGroup id="o"><RegionRefIndexed index="0" regionRef="r2"/>
   <RegionRefIndexed index="1" regionRef="r1"/></OrderedGroup></ReadingOrder>
  <TextRegion id="r1"><Coords points="0,0 1,0 1,1"/>
   <TextLine id="l1"><Coords points="50,120 350,120 350,160 50,160"/>
    <Baseline points="50,152 350,152"/>
    <TextEquiv index="1"><Unicode>worse</Unicode></TextEquiv>
    <TextEquiv index="0"><Unicode>zweite &amp; Zeile</Unicode></TextEquiv></TextLine></TextRegion>
  <TextRegion id="r2"><Coords points="0,0 1,0 1,1"/>
   <TextLine id="l0"><Coords><Point x="50" y="40"/><Point x="350" y="40"/><Point x="350" y="80"/>
    <Point x="50" y="80"/></Coords><Word id="w1"><Coords points="50,40 150,40 150,80 50,80"/>
     <TextEquiv><Unicode>first</Unicode></TextEquiv></Word>
    <Word id="w2"><Coords points="160,40 350,40 350,80 160,80"/>
     <TextEquiv><Unicode>line</Unicode></TextEquiv></Word></TextLine></TextRegion>
 </Page></PcGts>"""


def page_xml(folder: Path) -> list[str]:
    put(folder / "p1.png", page())
    put(folder / "page/p1.xml", PAGE_XML)
    return ["first line", "zweite & Zeile"]


ALTO = """<?xml version="1.0"?><alto xmlns="http://www.loc.gov/standards/alto/ns-v4#">
<Description><MeasurementUnit>mm10</MeasurementUnit><sourceImageInformation>
<fileName>scans\\p1.png</fileName></sourceImageInformation></Description>
<Layout><Page WIDTH="800" HEIGHT="600"><PrintSpace><TextBlock>
<TextLine ID="l1" HPOS="100" VPOS="80" WIDTH="600" HEIGHT="80" BASELINE="144">
 <Shape><Polygon POINTS="100 80 700 80 700 160 100 160"/></Shape>
 <String CONTENT="first" HPOS="100" VPOS="80" WIDTH="200" HEIGHT="80"/><SP/>
 <String CONTENT="line"/></TextLine>
<TextLine ID="l2" HPOS="100" VPOS="240" WIDTH="600" HEIGHT="80">
 <String CONTENT="zweite"/><String CONTENT="Zei"/><HYP CONTENT="-"/></TextLine>
</TextBlock></PrintSpace></Page></Layout></alto>"""


def alto(folder: Path) -> list[str]:
    put(folder / "p1.png", page())
    put(folder / "p1.xml", ALTO)
    return ["first line", "zweite Zei-"]


def coco_text(folder: Path) -> list[str]:
    put(folder / "train2014/COCO_1.png", page())
    anns = {str(10 + i): {"image_id": 1, "bbox": [50, 40 + 80 * i, 300, 40], "utf8_string": t,
                          "legibility": leg, "mask": [v for p in box(i) for v in p]}
            for i, (t, leg) in enumerate([("STOP", "legible"), ("", "illegible"),
                                          ("BUS", "legible")])}
    put(folder / "cocotext.v2.json", json.dumps({
        "cats": {}, "anns": anns, "imgs": {"1": {
            "id": 1, "set": "train", "width": 400, "height": 300, "file_name": "COCO_1.png"}},
        "imgToAnns": {"1": [10, 11, 12]}}))
    return ["STOP", "BUS"]


def paddle_det(folder: Path) -> list[str]:
    put(folder / "ch4/img_1.png", page())
    rows = [{"transcription": t, "points": box(i)} for i, t in enumerate(["MASA", "###", "Größe"])]
    put(folder / "Label.txt", "data/ch4/img_1.png\t" + json.dumps(rows) + "\n")
    return ["MASA", "Größe"]


def paddle_rec(folder: Path) -> list[str]:
    for i in range(3):
        put(folder / f"train/word_{i}.png", png(seed=i))
    put(folder / "rec_gt_train.txt", "train_data/rec/train/word_0.png\tfirst line\n"
        '["train/word_1.png", "train/word_2.png"]\tsame text\n')
    return ["first line", "same text", "same text"]


def pages_jsonl(folder: Path) -> list[str]:
    put(folder / "pages/a.png", page())
    lines = [{"box": box(0), "text": "first line"}, {"box": box(1), "text": "x", "ignore": True},
             {"polygon": box(2), "baseline": [[50, 232], [350, 232]], "text": "troisième"}]
    put(folder / "pages.jsonl", json.dumps(
        {"image": "pages/a.png", "width": 400, "height": 300, "lines": lines}) + "\n")
    return ["first line", "troisième"]


def parquet(folder: Path) -> list[str]:
    import pyarrow
    import pyarrow.parquet

    folder.mkdir(parents=True, exist_ok=True)
    table = pyarrow.table({"image": [{"bytes": png(seed=i), "path": f"{i}.png"} for i in range(3)],
                           "text": TEXTS})
    pyarrow.parquet.write_table(table, folder / "train-00000-of-00001.parquet", row_group_size=2)
    return TEXTS


TSV_HEAD = ("level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\t"
            "conf\ttext\tpath\n")


def reading_tsv(folder: Path) -> list[str]:
    """A page of three lines, the last one emptied by hand, and an image that is one line."""
    put(folder / "scans/page.png", page())
    put(folder / "scans/one.png", png(seed=9))
    rows = ["1\t1\t0\t0\t0\t0\t0\t0\t400\t300\t-1\t"]
    for i, text in enumerate(["first line", "zweite Zeile", ""]):
        y = 40 + 80 * i
        rows += [f"4\t1\t{i + 1}\t1\t1\t0\t50\t{y}\t300\t40\t-1\t",
                 *(f"5\t1\t{i + 1}\t1\t1\t{w}\t{50 + 150 * w}\t{y}\t150\t40\t90\t{word}"
                   for w, word in enumerate(text.split(" ")))]
    rows = [f"{row}\tscans/page.png" for row in rows]
    rows += [f"{row}\tscans/one.png" for row in (
        "1\t2\t0\t0\t0\t0\t0\t0\t120\t40\t-1\t", "4\t2\t1\t1\t1\t0\t0\t0\t120\t40\t-1\t",
        "5\t2\t1\t1\t1\t1\t9\t0\t50\t40\t50.5\ttrois", "5\t2\t1\t1\t1\t2\t70\t0\t40\t40\t9\tième")]
    put(folder / "mine.tsv", TSV_HEAD + "".join(row + "\n" for row in rows))
    return ["first line", "zweite Zeile", "trois ième"]


def reading_json(folder: Path) -> list[str]:
    """The same as `reading_tsv`, as jsonl; a page's text and words stay as they were read."""
    put(folder / "scans/page.png", page())
    put(folder / "scans/one.png", png(seed=9))
    lines = [{"text": text, "confidence": 0.9, "box": box(i), "block": 0,
              "words": [{"text": word, "confidence": 0.9, "box": box(i)} for word in read.split()]}
             for i, (text, read) in enumerate([("first line", "fist line"), ("zweite Zeile",) * 2,
                                               ("", "noise")])]
    one = {"text": "trois ieme", "box": [[0, 0], [120, 0], [120, 40], [0, 40]],
           "words": [{"text": "trois"}, {"text": "ieme"}]}
    records = [
        {"path": "scans/page.png", "page": 1, "width": 400, "height": 300,
         "text": "fist line\nzweite Zeile\nnoise", "lines": lines, "model": "print"},
        {"path": "scans/bad.png", "error": {"code": "image-unreadable", "message": "no image"}},
        {"path": "scans/one.png", "page": 1, "width": 120, "height": 40, "text": "trois ième",
         "lines": [one]}]
    put(folder / "mine.jsonl", "".join(json.dumps(r) + "\n" for r in records))
    return ["first line", "zweite Zeile", "trois ième"]


BUILDERS: dict[str, Builder] = {
    "lmdb": lmdb_set, "parquet": parquet, "pages-jsonl": pages_jsonl, "page-xml": page_xml,
    "alto": alto, "funsd": funsd, "coco-text": coco_text, "paddle-det": paddle_det,
    "paddle-rec": paddle_rec, "iam": iam, "icdar": icdar, "icdar-words": icdar_words,
    "mjsynth": mjsynth, "gt-txt": gt_txt, "sroie": sroie, "labels": labels, "names": names,
    "tsv": reading_tsv, "reading-json": reading_json,
    "labels-json": labels_json,
}
