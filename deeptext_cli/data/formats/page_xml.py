"""PAGE XML (PRImA; Transkribus, eScriptorium, OCR-D), all versions of the schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from xml.etree.ElementTree import Element

from deeptext_cli.data.formats import xmlfile
from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Points,
    Region,
    Unit,
    split_of_path,
)


class PageXml:
    """Lines with polygon, baseline and text, in reading order where the file gives one."""

    name = "page-xml"
    title = "PAGE XML"

    def detect(self, listing: Listing) -> str | None:
        found = list(xmlfile.xml_files(listing, "PcGts"))
        return f"{len(found)} PAGE XML files, as {found[0]}" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for path in listing.walk():
            if path.lower().endswith(".xml"):
                unit = _read(listing, path)
                if unit is not None:
                    yield unit


def _read(listing: Listing, name: str) -> Unit | Fault | None:
    try:
        root = xmlfile.parse(listing, name)
        if xmlfile.tag(root) != "PcGts":
            return None  # METS and other metadata lie beside the pages
        page = xmlfile.child(root, "Page")
        if page is None:
            return Fault("bad-file", name, "no Page element")
        image = xmlfile.find_image(listing, name, page.get("imageFilename"))
        if image is None:
            return Fault("missing-image", name, f"no image {page.get('imageFilename')!r} beside it")
        regions = tuple(r for line in _lines(page) for r in _line(line, name))
        frame = _frame(page)
    except ValueError as e:
        return Fault("bad-file", name, str(e))
    return Unit(FileImage(str(listing.root), image), image, name, regions=regions, frame=frame,
                split=split_of_path(name))


def _frame(page: Element) -> tuple[float, float] | None:
    width, height = page.get("imageWidth"), page.get("imageHeight")
    if not width or not height or float(width) <= 0 or float(height) <= 0:
        return None
    return float(width), float(height)


def _lines(page: Element) -> list[Element]:
    """Text lines, by the ReadingOrder of their regions; those it leaves out come last."""
    rank: dict[str, int] = {}
    order = xmlfile.child(page, "ReadingOrder")
    if order is not None:
        for ref in order.iter():
            region = ref.get("regionRef")
            if region is not None:
                rank.setdefault(region, len(rank))
    out: list[tuple[int, Element]] = []

    def walk(element: Element, at: int) -> None:
        for c in element:
            if xmlfile.tag(c) == "TextLine":
                out.append((at, c))
            elif xmlfile.tag(c).endswith("Region"):
                walk(c, rank.get(c.get("id") or "", at))

    walk(page, len(rank))
    return [line for _, line in sorted(out, key=lambda pair: pair[0])]


def _line(line: Element, name: str) -> Iterator[Region]:
    where = f"{name} line {line.get('id') or '?'}"
    yield _region(line, where, "line")
    for word in xmlfile.children(line, "Word"):
        yield _region(word, f"{name} word {word.get('id') or '?'}", "word")


def _region(element: Element, where: str, kind: Literal["line", "word"]) -> Region:
    try:
        polygon = _coords(element)
        baseline = _baseline(element) if kind == "line" else None
    except ValueError as e:
        return Region(_text(element) or "", kind=kind, where=where, error=str(e))
    text = _text(element)
    if text is None and kind == "line":  # some writers give text to words alone
        text = " ".join(filter(None, (_text(w) for w in xmlfile.children(element, "Word"))))
    if polygon is not None and len(polygon) < 3:
        polygon = None
    return Region(text or "", polygon=polygon, baseline=baseline, kind=kind, where=where)


def _coords(element: Element) -> Points | None:
    coords = xmlfile.child(element, "Coords")
    if coords is None:
        return None
    if coords.get("points"):
        return xmlfile.points(coords.get("points"))
    # versions before 2013
    return tuple((float(p.get("x", "nan")), float(p.get("y", "nan")))
                 for p in xmlfile.children(coords, "Point")) or None


def _baseline(line: Element) -> Points | None:
    baseline = xmlfile.child(line, "Baseline")
    if baseline is None:
        return None
    if baseline.get("points"):
        return xmlfile.points(baseline.get("points"))
    return tuple((float(p.get("x", "nan")), float(p.get("y", "nan")))
                 for p in xmlfile.children(baseline, "Point")) or None


def _text(element: Element) -> str | None:
    """The text of the lowest index, which is the best one."""
    best: tuple[int, str] | None = None
    for equiv in xmlfile.children(element, "TextEquiv"):
        unicode_ = xmlfile.child(equiv, "Unicode")
        index = equiv.get("index") or "0"
        rank = int(index) if index.lstrip("-").isdigit() else 0
        if unicode_ is not None and (best is None or rank < best[0]):
            best = (rank, "".join(unicode_.itertext()))
    return best[1] if best else None
