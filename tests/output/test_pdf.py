"""Searchable PDF, as pdftotext and PDFium see it."""

from __future__ import annotations

import shutil
import subprocess
import threading
from dataclasses import replace
from math import cos, radians, sin
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
import sample_pages as sp
from lxml import html

from deeptext_cli.document import Block, Box, Line, Page, Word, bounds, page_of_lines
from deeptext_cli.output.formats import write
from deeptext_cli.output.pdf import invisible_font
from deeptext_cli.output.pdf_words import MAX_SHIFT
from deeptext_cli.pdfium import PDFIUM

needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"),
                                     reason="needs pdftotext (poppler-utils)")


def quarter_turn(page: Page) -> Page:
    """The page turned clockwise by a quarter."""
    lines = tuple(Line(i.text, i.confidence, sp.turned(i.box, page.height), tuple(
        Word(w.text, w.confidence, sp.turned(w.box, page.height)) for w in i.words))
        for i in page.lines)
    return Page(page.path, 1, page.height, page.width, (Block(lines),), dpi=page.dpi)


def turned_page() -> Page:
    return replace(quarter_turn(sp.two_lines()), rotation=270, dpi=72.0)


def leaning_page(angle: float) -> Page:
    """Two lines that run at `angle` degrees on a square page."""
    return leant([sp.line("some internationalised words", 200, 350),
                  sp.line("and then another line", 200, 390)], angle)


def leant(lines: list[Line], angle: float) -> Page:
    """A square page with the lines turned about its middle."""
    c, s = cos(radians(angle)), sin(radians(angle))

    def lean(box: Box) -> Box:
        a, b, d, e = ((400 + (x - 400) * c - (y - 400) * s, 400 + (x - 400) * s + (y - 400) * c)
                      for x, y in box)
        return a, b, d, e

    return page_of_lines("l", 1, 800, 800, [
        Line(i.text, 0.9, lean(i.box), tuple(Word(w.text, 0.9, lean(w.box)) for w in i.words))
        for i in lines], dpi=72.0)


def pdf(tmp_path: Path, *pages: Page) -> Path:
    file = tmp_path / "out.pdf"
    file.write_bytes(write("pdf", pages, [sp.picture(p) for p in pages]))
    return file


def found_words(file: Path) -> list[tuple[str, list[float]]]:
    """Each word that pdftotext finds, with its bounds in points."""
    out = subprocess.run(["pdftotext", "-bbox", file, "-"], capture_output=True, check=True).stdout
    return [(e.text, [float(e.get(k)) for k in ("xmin", "ymin", "xmax", "ymax")])
            for e in html.fromstring(out.decode()).findall(".//word")]


@needs_pdftotext
def test_copied_text_is_what_was_read(tmp_path: Path) -> None:
    file = pdf(tmp_path, sp.two_lines(), sp.two_lines(dpi=None))
    out = subprocess.run(["pdftotext", file, "-"], capture_output=True, check=True).stdout.decode()
    pages = [[row for row in page.split("\n") if row] for page in out.split("\f") if page]
    assert pages == [[sp.NASTY, sp.SECOND]] * 2


@needs_pdftotext
@pytest.mark.parametrize(("page", "shown"), [
    (sp.two_lines(), sp.two_lines()), (sp.two_lines(dpi=300.0), sp.two_lines(dpi=300.0)),
    (turned_page(), sp.two_lines(dpi=72.0))], ids=["100 dpi", "300 dpi", "turned"])
def test_words_lie_where_they_stand(page: Page, shown: Page, tmp_path: Path) -> None:
    """What pdftotext says of each word's place is its box, to a point, on the page upright."""
    found = found_words(pdf(tmp_path, page))
    words = [w for line in shown.lines for w in line.words]
    assert [text for text, _ in found] == [w.text for w in words]
    points = 72 / (shown.dpi or 300)
    for (_, seen), word in zip(found, words, strict=True):
        assert seen == pytest.approx([v * points for v in bounds(word.box)], abs=1.0)


@needs_pdftotext
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_pages_read_sideways_are_shown_and_searched_upright(rotation: int, tmp_path: Path,
                                                            ) -> None:
    lines = [sp.line(f"line {n} of a page", 40, 40 * n) for n in range(1, 7)]
    page = page_of_lines("u", 1, 400, 300, lines, dpi=72.0)
    for _ in range((360 - rotation) % 360 // 90):
        page = quarter_turn(page)
    page = replace(page, rotation=rotation)
    file = pdf(tmp_path, page)
    out = subprocess.run(["pdftotext", file, "-"], capture_output=True, check=True).stdout.decode()
    assert [row for row in out.replace("\f", "").split("\n") if row] == [i.text for i in lines]
    with pypdfium2.PdfDocument(file) as document:
        assert document[0].get_size() == (400, 300)
        text = document[0].get_textpage()
        assert [row.strip() for row in text.get_text_range().split("\r\n")] == [
            i.text for i in lines]
        left, bottom, right, top = text.get_charbox(0)
        assert (abs(right - left), abs(top - bottom)) == pytest.approx(
            (24, 12) if rotation % 180 else (12, 24), abs=1)
        shown = document[0].render(scale=1).to_numpy()[..., 0].astype(int)
    assert np.abs(shown - sp.picture(page_of_lines("u", 1, 400, 300, lines))).mean() < 2


@needs_pdftotext
@pytest.mark.parametrize("angle", [-15, -4, 1.5, 7, 12, 97])
def test_leaning_words_stay_whole_and_near_their_place(angle: float, tmp_path: Path) -> None:
    """Those that would have to move far for their order stay in their place."""
    page = leaning_page(angle)
    found = dict(found_words(pdf(tmp_path, page)))
    words = {w.text: w for line in page.lines for w in line.words}
    assert set(found) == set(words)
    for text, (x0, y0, x1, y1) in found.items():
        left, top, right, bottom = bounds(words[text].box)
        middle = (x0 + x1) / 2, (y0 + y1) / 2
        most = 4 if abs(angle) in (1.5, 12, 15) else MAX_SHIFT * 24
        assert middle == pytest.approx(((left + right) / 2, (top + bottom) / 2), abs=most)


@needs_pdftotext
@pytest.mark.parametrize("angle", [-2, -1.5, -1, 1, 1.5, 2])
def test_lines_that_lean_keep_their_order(angle: float, tmp_path: Path) -> None:
    """A page of text, as a scan that lay a little askew has it; each word still lies on itself."""
    texts = ["words of a long line that runs across the page from one margin to another",
             "and then a short one"] * 6
    page = leant([sp.line(text, 60, 160 + 27 * n, 9, 20) for n, text in enumerate(texts)], angle)
    file = pdf(tmp_path, page)
    out = subprocess.run(["pdftotext", file, "-"], capture_output=True, check=True).stdout.decode()
    assert out.split() == " ".join(texts).split()
    words = [w for line in page.lines for w in line.words]
    for (text, (x0, y0, x1, y1)), word in zip(found_words(file), words, strict=True):
        x, y = (sum(v) / 4 for v in zip(*word.box, strict=True))
        assert text == word.text
        assert (x0 < x < x1, y0 < y < y1) == (True, True)


@needs_pdftotext
def test_narrow_gaps_keep_words_apart(tmp_path: Path) -> None:
    words = (Word("one", 1, ((0, 0), (30, 0), (30, 20), (0, 20))),
             Word("two", 1, ((30, 0), (60, 0), (60, 20), (30, 20))))
    page = page_of_lines("n", 1, 100, 50, [Line("one two", 1, ((0, 0), (60, 0), (60, 20),
                                                               (0, 20)), words)])
    out = subprocess.run(["pdftotext", pdf(tmp_path, page), "-"], capture_output=True, check=True)
    assert out.stdout.decode().split() == ["one", "two"]


def test_the_picture_is_all_that_shows(tmp_path: Path) -> None:
    page = sp.two_lines(dpi=72.0)
    with pypdfium2.PdfDocument(pdf(tmp_path, page)) as document:
        shown = document[0].render(scale=1).to_numpy()
        assert document[0].get_size() == (600, 300)
        words = document[0].get_textpage().get_text_bounded()
    assert sp.NASTY in words
    grey = shown[..., 0].astype(int)
    assert np.abs(grey - sp.picture(page)).mean() < 2


def test_colour_stays_colour(tmp_path: Path) -> None:
    page = Page("c", 1, 80, 40, dpi=72.0)
    image = np.zeros((40, 80, 3), np.uint8)
    image[..., 0] = 200  # red
    data = write("pdf", [page], [image])
    with pypdfium2.PdfDocument(data) as document:
        b, g, r = document[0].render(scale=1).to_numpy()[20, 40, :3]
    assert (int(r) > 180, int(g) < 30, int(b) < 30) == (True, True, True)


@needs_pdftotext
def test_black_and_white_stays_as_it_is_and_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    image = np.repeat(rng.random((75, 150)) < 0.9, 4, axis=0).repeat(4, axis=1).astype(np.uint8)
    image *= 255
    for shown in (image, np.dstack([image] * 3)):
        data = write("pdf", [sp.two_lines(dpi=72.0)], [shown])
        assert len(data) < 15_000
        with pypdfium2.PdfDocument(data) as document:
            assert np.array_equal(document[0].render(scale=1).to_numpy()[..., 0], image)
            assert sp.NASTY in document[0].get_textpage().get_text_bounded()
    (tmp_path / "x.pdf").write_bytes(data)
    subprocess.run(["pdftoppm", "-gray", "-r", "72", tmp_path / "x.pdf", tmp_path / "x"],
                   check=True)
    [seen] = tmp_path.glob("x-*.pgm")
    assert np.abs(cv2.imread(str(seen), cv2.IMREAD_GRAYSCALE).astype(int) - image).mean() < 30


def test_pictures_without_colours_have_one_channel() -> None:
    image = np.full((300, 600), 180, np.uint8)
    grey, same = (write("pdf", [sp.two_lines()], [i]) for i in (image, np.dstack([image] * 3)))
    assert (grey.count(b"/DeviceGray"), same.count(b"/DeviceGray")) == (1, 1)


@needs_pdftotext
def test_a_fax_has_the_size_of_its_paper(tmp_path: Path) -> None:
    page = replace(sp.two_lines(dpi=200.0), dpi_down=100.0)
    file = pdf(tmp_path, page)
    with pypdfium2.PdfDocument(file) as document:
        assert document[0].get_size() == pytest.approx((216, 216))
    [(_, (x0, y0, x1, y1)), *_] = found_words(file)
    a, b, c, d = bounds(page.lines[0].words[0].box)
    assert (x0, y0, x1, y1) == pytest.approx((a * .36, b * .72, c * .36, d * .72), abs=1)


def test_pages_without_picture_or_text_and_huge_ones() -> None:
    data = write("pdf", [Page("e", 1, 100, 50), Page("h", 2, 100_000, 10, dpi=72.0)])
    with pypdfium2.PdfDocument(data) as document:
        assert len(document) == 2
        assert document[0].get_size() == pytest.approx((24, 12))
        assert document[1].get_size()[0] <= 14400


def test_a_resolution_that_cannot_be_is_not_believed() -> None:
    data = write("pdf", [Page("e", 1, 300, 150, dpi=1.0)])
    with pypdfium2.PdfDocument(data) as document:
        assert document[0].get_size() == pytest.approx((72, 36))


def test_a_picture_longer_than_a_jpeg_may_be() -> None:
    data = write("pdf", [Page("roll", 1, 12, 70_000)],
                 [np.full((70_000, 12), 200, np.uint8)])
    with pypdfium2.PdfDocument(data) as document:
        assert len(list(document[0].get_objects())) == 1


def test_two_threads_take_turns_with_the_library() -> None:
    """It keeps state of its own, whatever the documents: entered twice at a time it crashes."""
    done = threading.Event()
    writing = threading.Thread(target=lambda: (write("pdf", [Page("e", 1, 100, 50)]), done.set()))
    with PDFIUM:
        writing.start()
        assert not done.wait(0.3)
    writing.join()
    assert done.is_set()


def test_a_font_for_any_characters() -> None:
    from io import BytesIO

    from fontTools.ttLib import TTFont

    font = TTFont(BytesIO(invisible_font("aſ€𝔉")))
    assert set(font.getBestCmap()) == {ord(c) for c in " aſ€𝔉"}
    assert {font["hmtx"][name][0] for name in font.getGlyphOrder()} == {500}
    glyph = font["glyf"]["u0061"]
    assert (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax) == (0, -200, 500, 800)
    assert len(glyph.coordinates) == 2  # a line, which fills nothing
