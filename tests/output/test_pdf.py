"""Searchable PDF, as pdftotext and PDFium see it."""

from __future__ import annotations

import shutil
import subprocess
import threading
from math import cos, radians, sin
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import sample_pages as sp
from lxml import html

from deeptext_cli.document import Block, Box, Line, Page, Word, bounds, page_of_lines
from deeptext_cli.output.formats import write
from deeptext_cli.output.pdf import invisible_font
from deeptext_cli.pdfium import PDFIUM

needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"),
                                     reason="needs pdftotext (poppler-utils)")


def turned_page(dpi: float = 72.0) -> Page:
    lines = tuple(Line(i.text, i.confidence, sp.turned(i.box, 300),
                       tuple(Word(w.text, w.confidence, sp.turned(w.box, 300)) for w in i.words))
                  for i in sp.two_lines().lines)
    return Page("t", 1, 300, 600, (Block(lines),), rotation=270, dpi=dpi)


def leaning_page(angle: float) -> Page:
    """Two lines that run at `angle` degrees on a square page."""
    c, s = cos(radians(angle)), sin(radians(angle))

    def lean(box: Box) -> Box:
        a, b, d, e = ((400 + (x - 400) * c - (y - 400) * s, 400 + (x - 400) * s + (y - 400) * c)
                      for x, y in box)
        return a, b, d, e

    lines = [sp.line("some internationalised words", 200, 350),
             sp.line("and then another line", 200, 390)]
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
@pytest.mark.parametrize("page", [sp.two_lines(), sp.two_lines(dpi=300.0), turned_page()],
                         ids=["100 dpi", "300 dpi", "turned"])
def test_words_lie_where_they_stand(page: Page, tmp_path: Path) -> None:
    """What pdftotext says of each word's place is its box, to a point."""
    found = found_words(pdf(tmp_path, page))
    words = [w for line in page.lines for w in line.words]
    assert [text for text, _ in found] == [w.text for w in words]
    points = 72 / (page.dpi or 300)
    for (_, seen), word in zip(found, words, strict=True):
        assert seen == pytest.approx([v * points for v in bounds(word.box)], abs=1.0)


@needs_pdftotext
@pytest.mark.parametrize("angle", [-15, -4, 1.5, 7, 12, 97])
def test_leaning_words_stay_whole_and_in_place(angle: float, tmp_path: Path) -> None:
    page = leaning_page(angle)
    found = dict(found_words(pdf(tmp_path, page)))
    words = {w.text: w for line in page.lines for w in line.words}
    assert set(found) == set(words)
    for text, (x0, y0, x1, y1) in found.items():
        left, top, right, bottom = bounds(words[text].box)
        middle = (x0 + x1) / 2, (y0 + y1) / 2
        assert middle == pytest.approx(((left + right) / 2, (top + bottom) / 2), abs=4)


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
                 [np.full((70_000, 12), 255, np.uint8)])
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
    assert all(font["glyf"][name].numberOfContours == 0 for name in font.getGlyphOrder())
