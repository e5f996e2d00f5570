"""Plain text, JSON, TSV and Markdown."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
import sample_pages as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.document import Block, Line, Page, PageError, box_of_rect, page_of_lines
from deeptext_cli.layout.paragraphs import dehyphenate
from deeptext_cli.output.annotated import text_strip
from deeptext_cli.output.formats import FORMATS, write
from deeptext_cli.output.markdown import escape
from deeptext_cli.output.text import ListingWriter, layout_text
from deeptext_cli.output.writer import clean, pixel_rect

ERROR = PageError("bad.jpg", "image-unreadable", "not an image", None)


def test_text() -> None:
    assert write("text", [sp.two_lines()]).decode() == f"{sp.NASTY}\n\n{sp.SECOND}\n"


def test_text_of_several_pages_and_a_failed_one() -> None:
    out = write("text", [sp.two_lines(), ERROR, sp.two_lines()]).decode()
    assert out.split("\f") == [f"{sp.NASTY}\n\n{sp.SECOND}\n"] * 2


def test_text_joins_lines_when_told_how() -> None:
    page = page_of_lines("p", 1, 100, 100, [sp.line("hyphen-", 0, 0), sp.line("ated", 0, 30)])
    out = write("text", [page], join=lambda lines: ["".join(lines).replace("-", "")])
    assert out.decode() == "hyphenated\n"


def receipt() -> Page:
    return page_of_lines("r", 1, 500, 400, [
        sp.line("CORNER SHOP", 130, 10), sp.line("Bread", 10, 60), sp.line("2.50", 370, 61),
        sp.line("Butter, salted", 10, 90), sp.line("12.00", 358, 91),
        sp.line("TOTAL", 10, 180), sp.line("14.50", 358, 179)])


def test_cells_of_a_row_are_one_line() -> None:
    rows = ["CORNER SHOP", "Bread\t2.50", "Butter, salted\t12.00", "TOTAL\t14.50"]
    assert write("text", [receipt()]).decode().rstrip("\n").split("\n") == rows
    on_its_side = page_of_lines("r", 1, 400, 500, [
        dataclasses.replace(x, box=sp.turned(x.box, 400)) for x in receipt().lines])
    assert write("text", [on_its_side]) == write("text", [receipt()])


def test_pieces_of_a_sentence_are_joined_by_a_space() -> None:
    page = page_of_lines("p", 1, 500, 100, [sp.line("It ended.", 10, 0), sp.line("Then", 140, 1)])
    assert write("text", [page]).decode() == "It ended. Then\n"


@pytest.mark.parametrize(("x", "y", "text"), [
    (208, 2, "first line\tmore"),    # three heights further on
    (208, 19, "first line\nmore"),   # most of it lower
    (2, 2, "first line\nmore")])     # level, and back at the left
def test_what_follows_level_and_to_the_right_is_of_one_row(x: float, y: float, text: str) -> None:
    page = page_of_lines("p", 1, 500, 100, [sp.line("first line", 16, 0), sp.line("more", x, y)])
    assert write("text", [page]).decode() == f"{text}\n"


def test_layout_is_kept_by_spaces() -> None:
    assert layout_text(receipt()).split("\n") == [
        "          CORNER SHOP",
        "",
        "Bread                         2.50",
        "Butter, salted               12.00",
        "",
        "",
        "TOTAL                        14.50",
    ]
    assert write("text", [receipt()], preserve_layout=True).decode() == layout_text(
        receipt()) + "\n"


def test_each_row_of_a_page_has_its_confidence() -> None:
    lines = [dataclasses.replace(x, confidence=c) for x, c in zip(
        receipt().lines, (0.5, 0.9, 0.4, 1, 1, 1, 1), strict=True)]
    page = page_of_lines("r", 1, 500, 400, lines)
    shown = ListingWriter(several=False, confidence=True)
    assert shown.text(page).split("\n") == [
        "CORNER SHOP\t0.500", "Bread\t2.50\t0.678", "Butter, salted\t12.00\t1.000",
        "TOTAL\t14.50\t1.000"]
    laid = ListingWriter(several=False, confidence=True, preserve_layout=True).text(page)
    assert [row.split("\t")[-1] for row in laid.split("\n") if row] == [
        "0.500", "0.678", "1.000", "1.000"]
    prose = page_of_lines("p", 1, 100, 100, [
        dataclasses.replace(sp.line(t, 0, y), confidence=c)
        for t, y, c in (("hyphen-", 0, 0.5), ("ated.", 30, 0.9), ("x", 60, 1.0))])
    joined = ListingWriter(several=False, confidence=True, join=dehyphenate).text(prose)
    assert joined.split("\n") == ["hyphenated.\t0.692", "x\t0.692"]


def test_layout_of_a_page_on_its_side_is_the_same() -> None:
    turned = [Line(i.text, i.confidence, sp.turned(i.box, 400)) for i in receipt().lines]
    assert layout_text(page_of_lines("r", 1, 400, 500, turned)) == layout_text(receipt())


def test_roomy_lines_have_no_empty_ones_between() -> None:
    page = page_of_lines("p", 1, 500, 400, [sp.line(f"line {k}", 10, 46 * k) for k in range(5)])
    assert layout_text(page) == "line 0\nline 1\nline 2\nline 3\nline 4"


def test_layout_survives_overlap_and_wild_boxes() -> None:
    page = page_of_lines("p", 1, 100, 100, [sp.line("first", 0, 0), sp.line("second", 20, 0),
                                            sp.line("far", 1e9, 2)])
    out = layout_text(page)
    assert out.startswith("first  second  ")
    assert len(out) < 500
    assert layout_text(page_of_lines("p", 1, 9, 9, [])) == ""


def test_json_contract() -> None:
    record = json.loads(write("jsonl", [sp.two_lines()]))
    assert list(record)[:9] == ["path", "page", "width", "height", "text", "confidence", "lines",
                                "model", "version"]
    assert record["text"] == f"{sp.NASTY}\n\n{sp.SECOND}"
    first = record["lines"][0]
    assert list(first)[:3] == ["text", "confidence", "box"]
    assert first["box"] == [[40, 50], [364, 50], [364, 74], [40, 74]]
    assert [w["text"] for w in first["words"]] == sp.NASTY.split(" ")
    weights = len(sp.NASTY), len(sp.SECOND)
    mean = (weights[0] * 0.95 + weights[1] * 0.5) / sum(weights)
    assert record["confidence"] == pytest.approx(mean, abs=1e-4)
    plain = json.loads(write("jsonl", [sp.two_lines()], words=False))
    assert "words" not in plain["lines"][0]


def test_json_has_all_that_is_known_of_a_line_and_its_page() -> None:
    page = dataclasses.replace(sp.two_lines(), rotation=90, skew=-1.234)
    record = json.loads(write("jsonl", [page]))
    assert (record["rotation"], record["skew"]) == (90, -1.23)
    first, second = record["lines"]
    assert [first["block"], second["block"]] == [0, 1]
    assert first.keys().isdisjoint({"polygon", "baseline"})
    assert second["polygon"] == [[40, 120], [256, 120], [256, 144], [40, 144]]
    assert second["baseline"] == [[40, 138], [256, 138]]


def test_json_boxes_are_to_a_tenth() -> None:
    page = page_of_lines("p", 1, 99, 99, [Line("a", 0.5, box_of_rect(1.26, 2, 3.04, 4.5))])
    [line] = json.loads(write("jsonl", [page]))["lines"]
    assert line["box"] == [[1.3, 2], [3, 2], [3, 4.5], [1.3, 4.5]]


def test_json_of_errors_and_lists() -> None:
    assert json.loads(write("jsonl", [ERROR])) == {
        "path": "bad.jpg", "error": {"code": "image-unreadable", "message": "not an image"}}
    assert write("jsonl", [sp.two_lines(), ERROR]).count(b"\n") == 2
    assert [r["path"] for r in json.loads(write("json", [sp.two_lines(), ERROR]))] == [
        "scans/a & b.png", "bad.jpg"]
    assert json.loads(write("json", [])) == []


def test_json_is_always_legal() -> None:
    page = page_of_lines("b\udce9.png", 1, 9, 9, [Line("\u2028\x00", math.nan,
                                                       box_of_rect(0, 0, 1, 1))])
    record = json.loads(write("jsonl", [page]))
    assert record["path"] == "b\udce9.png"
    assert record["confidence"] == 0
    assert write("jsonl", [page]).count(b"\n") == 1


def test_tsv_like_tesseract() -> None:
    rows = [r.split("\t") for r in write("tsv", [sp.two_lines(), ERROR, sp.two_lines()])
            .decode().removesuffix("\n").split("\n")]
    assert rows[0] == ["level", "page_num", "block_num", "par_num", "line_num", "word_num",
                       "left", "top", "width", "height", "conf", "text", "path"]
    assert {len(r) for r in rows} == {13}
    path = sp.two_lines().path
    assert rows[1] == [*"1 1 0 0 0 0 0 0 600 300 -1".split(), "", path]
    assert rows[2] == [*"2 1 1 0 0 0 40 50 324 24 -1".split(), "", path]
    assert rows[3][:6] == "3 1 1 1 0 0".split()
    assert rows[4][:6] == "4 1 1 1 1 0".split()
    assert rows[5] == [*"5 1 1 1 1 1 40 50 60 24 95.000000 Größe".split(), path]
    words = [r[11] for r in rows if r[0] == "5" and r[1] == "2"]
    assert words == sp.NASTY.split() + sp.SECOND.split()


def test_whole_pixels_take_in_all_of_a_box_within_the_page() -> None:
    page = page_of_lines("p", 1, 60, 50, [])
    assert pixel_rect(box_of_rect(10.6, 20.7, 30.2, 40.3)) == (10, 20, 31, 41)
    assert pixel_rect(box_of_rect(-4.5, -9, 70.2, 80), page) == (0, 0, 60, 50)
    assert pixel_rect(box_of_rect(90, 90, 99, 99), page) == (59, 49, 60, 50)
    assert pixel_rect(box_of_rect(5, 5, 5, 5), page) == (5, 5, 6, 6)


def test_tsv_cells_hold_no_tabs() -> None:
    page = page_of_lines("p", 1, 9, 9, [Line("a\tb\nc", 0.5, box_of_rect(0, 0, 5, 5))])
    rows = write("tsv", [page]).decode().splitlines()
    assert rows[-1].split("\t")[11] == "a b c"
    assert {r.count("\t") for r in rows} == {12}


def test_markdown() -> None:
    page = Page("m", 1, 600, 900, (
        Block((sp.line("A_big* heading", 10, 10, 24, 48),)),
        Block((sp.line("First line &", 10, 80), sp.line("# no heading", 10, 110))),
        Block((sp.line("• one", 10, 170), sp.line("• two", 10, 200))),
        Block((sp.line("Item", 10, 260), sp.line("Price", 300, 261),
               sp.line("a|b", 10, 290), sp.line("1.00", 300, 291))),
        Block((sp.line("1. Not a list", 10, 400), sp.line("&lt;", 10, 430),
               sp.line("level", 200, 431))),
    ))
    assert write("markdown", [page]).decode() == (
        "## A\\_big\\* heading\n\n"
        "First line &\n\\# no heading\n\n"
        "- one\n- two\n\n"
        "| Item | Price |\n| --- | --- |\n| a\\|b | 1.00 |\n\n"
        "1\\. Not a list\n&amp;lt; level\n")
    assert b"\n---\n" in write("markdown", [page, page])


def test_markdown_takes_no_page_of_large_type_for_headings_and_no_ragged_rows_for_a_table() -> None:
    small = Block(tuple(sp.line(f"small {k}", 10, 300 + 30 * k) for k in range(5)))
    large = Block(tuple(sp.line(f"large {k}", 10, 10 + 60 * k, 24, 48) for k in range(3)))
    ragged = Block((sp.line("one", 10, 500), sp.line("two", 300, 501), sp.line("three", 10, 530)))
    assert write("markdown", [Page("m", 1, 600, 900, (large, small, ragged))]).decode() == (
        "large 0\nlarge 1\nlarge 2\n\nsmall 0\nsmall 1\nsmall 2\nsmall 3\nsmall 4\n\n"
        "one two\nthree\n")


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab1 #*_-+=`<>[]|\\&.)!~;"), max_size=12))
def test_markdown_shows_text_as_it_is(text: str) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    tokens = markdown_it.MarkdownIt().parse(escape(text.strip()))
    shown = [t for t in tokens if t.type == "inline"]
    assert {t.type for t in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    inline = [child for t in shown for child in t.children or []]
    assert {c.type for c in inline} <= {"text", "text_special"}
    assert "".join(c.content for c in inline) == text.strip()


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_clean_text_has_no_controls(text: str) -> None:
    out = clean(text)
    assert not any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in out)
    assert clean(out) == out
    out.encode()


empty_or_odd = [
    Page("empty.png", 1, 10, 10),
    Page("no lines.png", 1, 10, 10, (Block(()),)),
    page_of_lines("odd.png", 1, 10, 10, [Line("", 0.0, box_of_rect(0, 0, 0, 0)),
                                         Line("\x0c\x1b[0m", math.inf,
                                              box_of_rect(-5, -5, 99, 99))]),
]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("page", [*empty_or_odd, ERROR], ids=lambda p: p.path)
def test_odd_pages_break_no_format(name: str, page: Page | PageError) -> None:
    for image in (None, np.full((10, 10), 255, np.uint8), np.zeros((10, 10, 3), np.uint8)):
        assert isinstance(write(name, [page], [image]), bytes)


@pytest.mark.skipif(not shutil.which("tesseract"), reason="needs tesseract")
def test_tsv_columns_are_those_of_tesseract(tmp_path: Path) -> None:
    image = tmp_path / "line.pgm"
    strip = text_strip("Fish and chips", 60)
    assert strip is not None
    cv2.imwrite(str(image), np.pad(255 - strip, 20, constant_values=255))
    theirs = subprocess.run(["tesseract", image, "-", "--psm", "6", "tsv"], capture_output=True,
                            text=True, check=True).stdout.splitlines()
    ours = write("tsv", [sp.two_lines()]).decode().splitlines()
    assert ours[0] == theirs[0] + "\tpath"
    by_level = {row.split("\t")[0]: row.split("\t") for row in theirs[1:]}
    for row in (r.split("\t") for r in ours[1:]):
        # the same columns are zero, the same hold -1
        other = by_level[row[0]]
        assert [int(v) > 0 for v in row[1:6]] == [int(v) > 0 for v in other[1:6]]
        assert (row[10] == "-1") == (other[10] == "-1")
