"""Hardened XML: no document types, no entities, no network; and what PAGE and ALTO share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from deeptext_cli.data.formats.base import Listing, Points, is_image

MAX_BYTES = 256 << 20


class BadXml(ValueError):
    """Not XML that we would read; the message says why."""


def parse(listing: Listing, name: str) -> Element:
    """The root element. Raises BadXml."""
    path = listing.path(name)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadXml(f"larger than {MAX_BYTES >> 20} MiB")
        root = defusedxml.ElementTree.parse(path, forbid_dtd=True).getroot()
    except ParseError as e:
        raise BadXml(f"not well-formed XML: {e}") from e
    except DefusedXmlException as e:
        raise BadXml(f"document types and entities are not read: {type(e).__name__}") from e
    except (OSError, ValueError, LookupError) as e:
        raise BadXml(str(e)) from e
    if root is None:
        raise BadXml("no root element")
    return root


def tag(element: Element) -> str:
    """Name without namespace; versions of a schema differ in the namespace alone."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, name: str) -> Iterator[Element]:
    """Direct children of that name."""
    return (c for c in element if tag(c) == name)


def child(element: Element, name: str) -> Element | None:
    """The first direct child of that name."""
    return next(children(element, name), None)


def descendants(element: Element, name: str) -> Iterator[Element]:
    """All elements of that name below, in document order."""
    return (c for c in element.iter() if tag(c) == name)


def xml_files(listing: Listing, root_tag: str) -> Iterator[str]:
    """XML files of the sample whose root element has that name: by the first bytes alone."""
    for p in listing.sample:
        if p.lower().endswith(".xml"):
            try:
                with open(listing.path(p), "rb") as f:
                    head = f.read(4096)
            except OSError:
                continue
            text = head.replace(b"\0", b"").decode("latin-1")
            start = f"<{root_tag}"
            if start in text or f":{root_tag}" in text:
                yield p


def points(value: str | None) -> Points | None:
    """`1,2 3,4` or `1 2 3 4` (also with decimals). Raises ValueError."""
    if not value or not value.strip():
        return None
    numbers = [float(v) for v in value.replace(",", " ").split()]
    if len(numbers) % 2 or not all(abs(n) < 1e7 for n in numbers):
        raise ValueError(f"not points: {value[:40]!r}")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def find_image(listing: Listing, name: str, stated: str | None) -> str | None:
    """The image of an XML file: as stated (from its folder or the one above), or of its stem.

    A statement that leads out of the folder is given back as it is, to be refused when opened.
    """
    folder, base = os.path.split(name)
    stem = base[:-len(".xml")] if base.lower().endswith(".xml") else base
    if stated:
        stated = stated.replace("\\", "/")
        plain = PurePosixPath(stated).name
        for path in (os.path.join(folder, stated), os.path.join(folder, plain),
                     os.path.join(os.path.dirname(folder), plain),
                     os.path.join(os.path.dirname(folder), "images", plain)):
            path = os.path.normpath(path)
            if not path.startswith(("..", "/")) and listing.path(path).is_file():
                return path
    for where in dict.fromkeys((folder, os.path.dirname(folder),
                                os.path.join(os.path.dirname(folder), "images"))):
        here = listing.path(where or ".")
        if here.is_dir():
            found = sorted(p.name for p in here.iterdir()
                           if is_image(p.name)
                           and os.path.splitext(p.name)[0] == stem)
            if found:
                return os.path.join(where, found[0])
    if stated and (stated.startswith(("..", "/")) or "/../" in stated):
        return os.path.normpath(os.path.join(folder, stated))
    return None
