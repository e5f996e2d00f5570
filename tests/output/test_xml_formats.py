"""hOCR, ALTO and PAGE XML: against their schemas, other tools, and what went in.

The PAGE schema comes with the package `ocrd`, where that is installed. The ALTO schema comes with
none: its content model, as far as it is used here, is written out below from ALTO 4.4.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sample_pages as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from deeptext_cli.document import Block, Line, Page, PageError, Word, box_of_rect, page_of_lines
from deeptext_cli.errors import UsageError
from deeptext_cli.output.formats import write

ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"
PAGE = "{http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15}"
XHTML = "{http://www.w3.org/1999/xhtml}"
ERROR = PageError("bad--.jpg", "image-unreadable", "no <image>", None)


def on_its_side() -> Page:
    lines = tuple(Line(i.text, i.confidence, sp.turned(i.box, 300),
                       tuple(Word(w.text, w.confidence, sp.turned(w.box, 300)) for w in i.words))
                  for i in sp.two_lines().lines)
    return Page("side.png", 1, 300, 600, (Block(lines),), rotation=270, skew=1.5)


def wild() -> Page:
    return page_of_lines("w;\"'<\x01\ud800.png", 3, 100, 50, [
        Line("", 0.2, box_of_rect(0, 0, 10, 10)),
        Line("\x00a ]]> b\ufffe", 7.0, box_of_rect(-20, -20, 500, 500)),
        Line("nan", float("nan"), box_of_rect(5, 5, 5, 5))])


PAGES = {"two lines": sp.two_lines, "on its side": on_its_side, "wild": wild,
         "empty": lambda: Page("e.png", 1, 10, 10),
         "empty block": lambda: Page("e.png", 1, 10, 10, (Block(()),))}

# element: (its children in order, as a pattern; attributes it must have; those it may have)
_BOX = {"HPOS", "VPOS", "WIDTH", "HEIGHT"}
ALTO_MODEL: dict[str, tuple[str, set[str], set[str]]] = {
    "alto": ("(Description )?(Styles )?(Tags )?(ReadingOrder )?Layout ", set(),
             {"SCHEMAVERSION"}),
    "Description": ("MeasurementUnit (sourceImageInformation )?(Processing )*", set(), set()),
    "MeasurementUnit": ("", set(), set()),
    "sourceImageInformation": ("(fileName )?", set(), set()),
    "fileName": ("", set(), set()),
    "Processing": ("(processingCategory )?(processingDateTime )?(processingAgency )?"
                   "(processingStepDescription )*(processingStepSettings )?(processingSoftware )?",
                   {"ID"}, set()),
    "processingCategory": ("", set(), set()),
    "processingStepSettings": ("", set(), set()),
    "processingSoftware": ("(softwareCreator )?(softwareName )?(softwareVersion )?", set(), set()),
    "softwareName": ("", set(), set()),
    "softwareVersion": ("", set(), set()),
    "Layout": ("(Page )+", set(), set()),
    "Page": ("(PrintSpace )?", {"ID", "PHYSICAL_IMG_NR"},
             {"WIDTH", "HEIGHT", "PC", "PROCESSINGREFS", "ROTATION", "LANG"}),
    "PrintSpace": ("(Shape )?(TextBlock )*", set(), _BOX | {"ID"}),
    "TextBlock": ("(Shape )?(TextLine )*", {"ID"}, _BOX | {"ROTATION", "LANG"}),
    "TextLine": ("(Shape )?(String (SP )?)+(HYP )?", set(), _BOX | {"ID", "BASELINE"}),
    "Shape": ("Polygon ", set(), set()),
    "Polygon": ("", {"POINTS"}, set()),
    "String": ("(Shape )?(ALTERNATIVE )*", {"CONTENT"}, _BOX | {"ID", "WC", "CC"}),
    "SP": ("", set(), _BOX | {"ID"}),
}


def alto(page: Page) -> etree._Element:
    """The tree of a page's ALTO, checked against the model."""
    root = etree.fromstring(write("alto", [page]))
    assert root.get("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation").startswith(
        ALTO[1:-1] + " http")
    ids = [e.get("ID") for e in root.iter() if e.get("ID")]
    assert len(ids) == len(set(ids))
    for e in root.iter():
        assert e.tag.startswith(ALTO)
        name = e.tag.removeprefix(ALTO)
        children, must, may = ALTO_MODEL[name]
        order = "".join(c.tag.removeprefix(ALTO) + " " for c in e)
        assert re.fullmatch(children, order), (name, order)
        attributes = {a for a in e.attrib if not a.startswith("{")}
        assert must <= attributes <= must | may, (name, attributes)
        for key in attributes & (_BOX | {"WC", "PC", "ROTATION", "PHYSICAL_IMG_NR"}):
            assert float(e.get(key)) >= 0
            assert key not in {"WC", "PC"} or float(e.get(key)) <= 1
        assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", e.get(k)) for k in ("ID",) if k in e.attrib)
        assert e.get("PROCESSINGREFS") in {None, *ids}
    return root


@pytest.mark.parametrize("name", PAGES)
def test_alto_keeps_to_its_schema(name: str) -> None:
    alto(PAGES[name]())


def test_alto_says_what_was_read_and_where() -> None:
    root = alto(sp.two_lines())
    strings = list(root.iter(f"{ALTO}String"))
    assert [s.get("CONTENT") for s in strings] == sp.NASTY.split() + sp.SECOND.split()
    third = strings[2]
    assert [third.get(k) for k in ("HPOS", "VPOS", "WIDTH", "HEIGHT")] == ["160", "50", "12", "24"]
    assert float(third.get("WC")) == 0.95
    assert strings[0].get("CC") == "0 0 0 0 0"  # 0 is sure, 9 is not
    assert len(list(root.iter(f"{ALTO}SP"))) == len(strings) - 2
    assert root.findtext(f".//{ALTO}fileName") == "scans/a & b.png"
    assert root.findtext(f".//{ALTO}softwareVersion") == "1.2.3"
    assert [e.get("BASELINE") for e in root.iter(f"{ALTO}TextLine")] == [None, "40,138 256,138"]


def test_alto_tells_that_text_lies_on_its_side() -> None:
    # the lines run downwards: a quarter clockwise, three quarters counter-clockwise
    assert [b.get("ROTATION") for b in alto(on_its_side()).iter(f"{ALTO}TextBlock")] == ["270"]
    assert [b.get("ROTATION") for b in alto(sp.two_lines()).iter(f"{ALTO}TextBlock")] == [None] * 2


def test_alto_of_nothing_but_a_failed_page_is_legal() -> None:
    assert etree.fromstring(write("alto", [ERROR])).find(f".//{ALTO}Page") is not None


def page_xml(page: Page) -> etree._Element:
    return etree.fromstring(write("page", [page]))


@pytest.mark.parametrize("name", PAGES)
def test_page_xml_validates(name: str) -> None:
    spec = importlib.util.find_spec("ocrd_validators")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the PAGE schema comes with the package ocrd, which is not installed")
    schema = etree.XMLSchema(etree.parse(
        str(Path(next(iter(spec.submodule_search_locations))) / "page.xsd")))
    schema.assertValid(page_xml(PAGES[name]()))


def test_page_xml_says_what_was_read_and_where() -> None:
    root = page_xml(sp.two_lines())
    lines = list(root.iter(f"{PAGE}TextLine"))
    assert [e.findtext(f"{PAGE}TextEquiv/{PAGE}Unicode") for e in lines] == [sp.NASTY, sp.SECOND]
    words = [w.findtext(f"{PAGE}TextEquiv/{PAGE}Unicode") for w in root.iter(f"{PAGE}Word")]
    assert words == sp.NASTY.split() + sp.SECOND.split()
    assert lines[0].find(f"{PAGE}Coords").get("points") == "40,50 364,50 364,74 40,74"
    assert lines[1].find(f"{PAGE}Baseline").get("points") == "40,138 256,138"
    order = [e.get("regionRef") for e in root.iter(f"{PAGE}RegionRefIndexed")]
    assert order == [e.get("id") for e in root.iter(f"{PAGE}TextRegion")]
    assert [e.get("index") for e in root.iter(f"{PAGE}RegionRefIndexed")] == ["0", "1"]
    assert root.find(f"{PAGE}Page").get("imageFilename") == "scans/a & b.png"


def outlined() -> Page:
    """A curved line on the third page of a file, whose outline is not its box."""
    curved = Line("curved", 0.9, box_of_rect(40, 100, 240, 160),
                  polygon=((40, 110), (140, 100), (240, 110), (240, 150), (140, 140), (40, 150)))
    return page_of_lines("scan.tif", 3, 600, 300, [curved])


def test_outlines_are_those_of_the_lines_not_their_boxes() -> None:
    points = "40,110 140,100 240,110 240,150 140,140 40,150"
    tree = alto(outlined())
    assert [e.get("POINTS") for e in tree.iter(f"{ALTO}Polygon")] == [points]
    [line] = page_xml(outlined()).iter(f"{PAGE}TextLine")
    assert line.find(f"{PAGE}Coords").get("points") == points


def test_alto_tells_the_page_s_number_in_its_file() -> None:
    assert alto(outlined()).find(f".//{ALTO}Page").get("PHYSICAL_IMG_NR") == "3"


def test_page_xml_time_is_utc_and_orientation_corrects() -> None:
    noon = datetime(2026, 1, 2, 12, tzinfo=timezone(timedelta(hours=2)))
    root = etree.fromstring(write("page", [on_its_side()], created=noon))
    assert root.findtext(f".//{PAGE}Created") == "2026-01-02T10:00:00"
    # turned by 270 to read, and leaning 1.5: a turn by -91.5 makes it level
    assert float(root.find(f"{PAGE}Page").get("orientation")) == -91.5


@pytest.mark.parametrize("name", ["page", "alto"])
def test_one_page_a_file(name: str) -> None:
    with pytest.raises(UsageError, match="one page"):
        write(name, [sp.two_lines(), sp.two_lines()])


def test_page_xml_of_nothing_but_a_failed_page_is_nothing() -> None:
    assert write("page", [ERROR]) == b""


def hocr(pages: list[Page | PageError]) -> etree._Element:
    data = write("hocr", pages)
    root = etree.fromstring(data, etree.XMLParser(load_dtd=False, no_network=True))
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    return root


def by_class(root: etree._Element, name: str) -> list[etree._Element]:
    return [e for e in root.iter() if e.get("class") == name]


@pytest.mark.parametrize("name", PAGES)
def test_hocr_is_well_formed_and_passes_hocr_check(name: str, tmp_path: Path) -> None:
    page = PAGES[name]()
    root = hocr([page, ERROR, page])
    assert len(by_class(root, "ocr_page")) == 2
    tool = Path(sys.executable).with_name("hocr-check")
    if not tool.exists():
        pytest.skip("hocr-tools is not installed")
    file = tmp_path / "page.hocr"
    file.write_bytes(write("hocr", [sp.two_lines(), page]))
    done = subprocess.run([tool, "-o", file], capture_output=True, text=True, check=True)
    assert "ok 1 " in done.stderr
    assert "not ok" not in done.stderr


def test_hocr_lines_come_back_from_hocr_tools(tmp_path: Path) -> None:
    tool = Path(sys.executable).with_name("hocr-lines")
    if not tool.exists():
        pytest.skip("hocr-tools is not installed")
    file = tmp_path / "page.hocr"
    file.write_bytes(write("hocr", [sp.two_lines(), on_its_side()]))
    done = subprocess.run([tool, file], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines() == [sp.NASTY, sp.SECOND] * 2


def test_hocr_says_what_was_read_and_where() -> None:
    root = hocr([sp.two_lines()])
    words = by_class(root, "ocrx_word")
    assert [w.text for w in words] == sp.NASTY.split() + sp.SECOND.split()
    assert words[2].get("title") == "bbox 160 50 172 74; x_wconf 95"
    page = by_class(root, "ocr_page")[0]
    assert page.get("title") == ('image "scans/a & b.png"; bbox 0 0 600 300; ppageno 0; '
                                 "scan_res 100 100")
    lines = by_class(root, "ocr_line")
    assert lines[0].get("title") == "bbox 40 50 364 74; baseline 0.000 0; x_size 24.0"
    assert "baseline 0.000 -6;" in lines[1].get("title")  # 138 is 6 above 144
    assert "".join(lines[0].itertext()) == sp.NASTY


def test_hocr_of_leaning_and_turned_lines() -> None:
    leaning = page_of_lines("l", 1, 500, 500, [
        Line("up", 1, ((100, 100), (300, 80), (302, 100), (102, 120))),
        # the baseline begins far from the left edge, from where the offset counts
        Line("far", 1, ((100, 300), (300, 280), (302, 300), (102, 320)),
             baseline=((200, 305), (300, 295)))])
    lines = by_class(hocr([leaning]), "ocr_line")
    assert "baseline -0.100 0;" in lines[0].get("title")
    assert "baseline -0.100 -5;" in lines[1].get("title")
    title = by_class(hocr([on_its_side()]), "ocr_line")[0].get("title")
    assert "textangle 270" in title
    assert "baseline" not in title


def test_hocr_names_failed_pages_in_a_comment() -> None:
    text = write("hocr", [ERROR]).decode()
    assert "<!-- bad- -.jpg: image-unreadable: no &lt;image&gt; -->" in text
    hocr([ERROR])
    for dashes in range(2, 6):
        hocr([PageError(f"x{dashes * '-'}y.png", "image-unreadable", "no image")])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20), st.floats(allow_nan=True))
def test_any_text_and_confidence_gives_legal_xml(text: str, confidence: float) -> None:
    page = page_of_lines(text, 1, 50, 50, [Line(text, confidence, box_of_rect(1, 2, 30, 9))])
    alto(page)
    page_xml(page)
    hocr([page, PageError(text, text, text)])
