"""Building XML trees whose text and attributes are always legal."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable

from deeptext_cli.document import Point
from deeptext_cli.output.writer import clean

Element = ElementTree.Element
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def root(tag: str, namespace: str, schema: str, **attributes: object) -> Element:
    """A root element in `namespace` as the default one, naming where its schema is."""
    return Element(tag, {"xmlns": namespace, "xmlns:xsi": XSI,
                         "xsi:schemaLocation": f"{namespace} {schema}", **_legal(attributes)})


def child(parent: Element, tag: str, text: str | None = None, /, **attributes: object) -> Element:
    """A new last child of `parent`; attributes that are None are left out."""
    element = ElementTree.SubElement(parent, tag, _legal(attributes))
    if text is not None:
        element.text = clean(text)
    return element


def document(element: Element) -> bytes:
    """The whole document as indented UTF-8."""
    ElementTree.indent(element, " ")
    body: bytes = ElementTree.tostring(element, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def whole_points(points: Iterable[Point], width: int, height: int) -> str:
    """Points as "x,y x,y" in whole pixels within a page, which is all that PAGE allows."""
    return " ".join(f"{min(max(round(x), 0), width)},{min(max(round(y), 0), height)}"
                    for x, y in points)


def _legal(attributes: dict[str, object]) -> dict[str, str]:
    return {k: clean(str(v)) for k, v in attributes.items() if v is not None}
