"""ALTO XML (Library of Congress; eScriptorium, kraken, newspapers), versions 2 to 4."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from deeptext_cli.data.formats import xmlfile
from deeptext_cli.data.formats.base import (
    Fault,
    FileImage,
    Listing,
    Points,
    Region,
    Unit,
    quad_of_box,
    split_of_path,
)


class Alto:
    """Lines with box, polygon and baseline; words are the strings of a line."""

    name = "alto"
    title = "ALTO XML"

    def detect(self, listing: Listing) -> str | None:
        found = list(xmlfile.xml_files(listing, "alto"))
        return f"{len(found)} ALTO XML files, as {found[0]}" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for path in listing.walk():
            if path.lower().endswith(".xml"):
                yield from _read(listing, path)


def _read(listing: Listing, name: str) -> Iterator[Unit | Fault]:
    try:
        root = xmlfile.parse(listing, name)
        if xmlfile.tag(root) != "alto":
            return
        pages = list(xmlfile.descendants(root, "Page"))
        if len(pages) != 1:
            yield Fault("bad-file", name, f"{len(pages)} pages in one file, expected 1")
            return
        stated = next((e.text for e in xmlfile.descendants(root, "fileName")), None)
        image = xmlfile.find_image(listing, name, stated)
        if image is None:
            yield Fault("missing-image", name, f"no image {stated!r} beside it")
            return
        regions = tuple(r for i, line in enumerate(xmlfile.descendants(pages[0], "TextLine"), 1)
                        for r in _line(line, name, i))
        frame = _frame(root, pages[0])
    except ValueError as e:
        yield Fault("bad-file", name, str(e))
        return
    yield Unit(FileImage(str(listing.root), image), image, name, regions=regions, frame=frame,
               split=split_of_path(name))


def _frame(root: Element, page: Element) -> tuple[float, float] | None:
    """The page in the file's unit: pixels, tenths of a millimetre or 1/1200 of an inch."""
    width, height = float(page.get("WIDTH") or 0), float(page.get("HEIGHT") or 0)
    if width > 0 and height > 0:
        return width, height
    unit = next((e.text for e in xmlfile.descendants(root, "MeasurementUnit")), "pixel")
    if (unit or "pixel").strip() != "pixel":
        raise ValueError(f"measured in {unit}, and the page has no WIDTH and HEIGHT")
    return None


def _line(line: Element, name: str, number: int) -> Iterator[Region]:
    where = f"{name} line {line.get('ID') or number}"
    shape = xmlfile.child(line, "Shape")
    polygon = None
    try:
        if shape is not None:
            outline = xmlfile.child(shape, "Polygon")
            polygon = xmlfile.points(outline.get("POINTS")) if outline is not None else None
        box = _box(line)
        baseline = _baseline(line.get("BASELINE"), box)
    except ValueError as e:
        yield Region(_text(line), where=where, error=str(e))
        return
    quad = None if polygon is not None and len(polygon) >= 3 else box
    yield Region(_text(line), quad=quad, polygon=polygon, baseline=baseline, where=where)
    for i, word in enumerate(xmlfile.children(line, "String"), 1):
        of_word = _box(word)
        if of_word is not None and of_word != box:
            yield Region(word.get("CONTENT") or "", quad=of_word, kind="word",
                         where=f"{where} word {i}")


def _box(element: Element) -> Points | None:
    values = [element.get(k) for k in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    if any(v is None or v == "" for v in values):
        return None
    x, y, w, h = (float(v) for v in values if v is not None)
    return quad_of_box(x, y, x + w, y + h) if w > 0 and h > 0 else None


def _baseline(value: str | None, box: Points | None) -> Points | None:
    """Points; versions before 4.1 allow a single number, the height of a level baseline."""
    if not value:
        return None
    if len(value.replace(",", " ").split()) == 1:
        return None if box is None else ((box[0][0], float(value)), (box[1][0], float(value)))
    found = xmlfile.points(value)
    return found if found is not None and len(found) >= 2 else None


def _text(line: Element) -> str:
    """Strings, spaces and hyphens in order; strings without SP between them are words apart."""
    spaced = xmlfile.child(line, "SP") is not None
    out: list[str] = []
    for c in line:
        kind = xmlfile.tag(c)
        if kind == "String":
            if out and not spaced:
                out.append(" ")
            out.append(c.get("CONTENT") or "")
        elif kind == "SP":
            out.append(" ")
        elif kind == "HYP":
            out.append(c.get("CONTENT") or "-")
    return "".join(out)
