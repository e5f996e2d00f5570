"""PAGE XML 2019-07-15: regions, lines, words with polygons, one document a page."""

from __future__ import annotations

from datetime import datetime, timezone

from deeptext_cli.document import Line, Page, PageError, iter_words
from deeptext_cli.errors import UsageError
from deeptext_cli.output.writer import Image, Writer, clean, probability
from deeptext_cli.output.xml import Element, child, document, root, whole_points

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"


class PageXmlWriter(Writer):
    """One page: the format has no place for more. `created` defaults to now, in UTC."""

    def __init__(self, *, system: str = "deeptext", created: datetime | None = None) -> None:
        self._root = root("PcGts", NAMESPACE, f"{NAMESPACE}/pagecontent.xsd")
        self._system = system
        stamp = (created or datetime.now(timezone.utc)).astimezone(timezone.utc)
        self._created = stamp.strftime("%Y-%m-%dT%H:%M:%S")
        self._has_page = False

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            return b""
        if self._has_page:
            raise UsageError("PAGE XML holds one page a file", remedy="give a folder with -o")
        self._has_page = True
        meta = child(self._root, "Metadata")
        child(meta, "Creator", f"{self._system} {page.version}".strip())
        child(meta, "Created", self._created)
        child(meta, "LastChange", self._created)
        # the scheme counts orientation clockwise, in (-180, 180]
        lean = page.skew - page.rotation
        lean = (lean + 180) % 360 - 180
        node = child(self._root, "Page", imageFilename=page.path, imageWidth=page.width,
                     imageHeight=page.height, orientation=f"{-lean:.2f}" if lean else None)
        if page.blocks:
            order = child(child(node, "ReadingOrder"), "OrderedGroup", id="order")
            for b, block in enumerate(page.blocks, 1):
                if block.lines:
                    child(order, "RegionRefIndexed", index=b - 1, regionRef=f"region_{b}")
            if not len(order):
                node.remove(node[0])
        for b, block in enumerate(page.blocks, 1):
            if not block.lines:
                continue
            region = child(node, "TextRegion", id=f"region_{b}", type="paragraph")
            child(region, "Coords", points=whole_points(block.box, page.width, page.height))
            for k, line in enumerate(block.lines, 1):
                _line(region, page, line, f"{b}_{k}")
            _text(region, block.text, block.confidence)
        return b""

    def footer(self) -> bytes:
        return document(self._root) if self._has_page else b""


def _line(region: Element, page: Page, line: Line, at: str) -> None:
    size = page.width, page.height
    node = child(region, "TextLine", id=f"line_{at}")
    child(node, "Coords", points=whole_points(line.polygon or line.box, *size))
    if line.baseline:
        child(node, "Baseline", points=whole_points(line.baseline, *size))
    for w, word in enumerate(iter_words(line), 1):
        part = child(node, "Word", id=f"word_{at}_{w}")
        child(part, "Coords", points=whole_points(word.box, *size))
        _text(part, word.text, word.confidence)
    _text(node, line.text, line.confidence)


def _text(parent: Element, text: str, confidence: float) -> None:
    """The text of an element; line ends within a region's text are kept."""
    equiv = child(parent, "TextEquiv", conf=f"{probability(confidence):.4f}")
    unicode = child(equiv, "Unicode")
    unicode.text = "\n".join(clean(line) for line in text.split("\n"))
