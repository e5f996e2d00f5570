"""ALTO 4: layout and text for libraries and archives."""

from __future__ import annotations

from deeptext_cli.document import Line, Page, PageError, Word, box_angle, iter_words
from deeptext_cli.errors import UsageError
from deeptext_cli.output.writer import Image, Writer, pixel_rect, probability
from deeptext_cli.output.xml import Element, child, document, root, whole_points

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"


class AltoWriter(Writer):
    """One page: the document names one file as its source, and the custom is one a page."""

    def __init__(self, *, system: str = "deeptext") -> None:
        self._root = root("alto", NAMESPACE, SCHEMA, SCHEMAVERSION="4.4")
        self._description = child(self._root, "Description")
        child(self._description, "MeasurementUnit", "pixel")
        self._layout = child(self._root, "Layout")
        self._system = system
        self._has_page = False

    def page(self, page: Page | PageError, image: Image | None = None) -> bytes:
        if isinstance(page, PageError):
            return b""
        if self._has_page:
            raise UsageError("ALTO holds one page a file", remedy="give a folder with -o")
        self._has_page = True
        source = child(self._description, "sourceImageInformation")
        child(source, "fileName", page.path)
        step = child(self._description, "Processing", ID="processing_1")
        child(step, "processingCategory", "contentGeneration")
        if page.model:
            child(step, "processingStepSettings", f"model {page.model}")
        software = child(step, "processingSoftware")
        child(software, "softwareName", self._system)
        if page.version:
            child(software, "softwareVersion", page.version)
        node = child(self._layout, "Page", ID="page_1", WIDTH=page.width, HEIGHT=page.height,
                     PHYSICAL_IMG_NR=page.page, PC=f"{probability(page.confidence):.4f}",
                     PROCESSINGREFS="processing_1")
        space = child(node, "PrintSpace", HPOS=0, VPOS=0, WIDTH=page.width, HEIGHT=page.height)
        for b, block in enumerate(page.blocks, 1):
            if not block.lines:
                continue
            # counter-clockwise, and only said where text does not run as usual
            angle = round(-box_angle(block.lines[0].box)) % 360
            quarter = angle if min(angle % 90, 90 - angle % 90) <= 30 else 0
            turned = round(quarter / 90) * 90 % 360
            text = child(space, "TextBlock", ID=f"block_1_{b}",
                         **_place(pixel_rect(block.box, page)), ROTATION=turned or None)
            for k, line in enumerate(block.lines, 1):
                _line(text, page, line, f"1_{b}_{k}")
        return b""

    def footer(self) -> bytes:
        if not self._has_page:  # the schema wants one; an empty page says what happened
            child(self._layout, "Page", ID="page_0", PHYSICAL_IMG_NR=0)
        return document(self._root)


def _line(block: Element, page: Page, line: Line, at: str) -> None:
    baseline = whole_points(line.baseline, page.width, page.height) if line.baseline else None
    node = child(block, "TextLine", ID=f"line_{at}", **_place(pixel_rect(line.box, page)),
                 BASELINE=baseline)
    shape = child(node, "Shape")
    child(shape, "Polygon",
          POINTS=whole_points(line.polygon or line.box, page.width, page.height))
    words = list(iter_words(line)) or [Word("", line.confidence, line.box)]
    for w, word in enumerate(words, 1):
        if w > 1:
            child(node, "SP")
        confidences = " ".join(str(9 - round(9 * probability(p))) for p in word.probabilities)
        child(node, "String", ID=f"string_{at}_{w}", CONTENT=word.text,
              **_place(pixel_rect(word.box, page)),
              WC=f"{probability(word.confidence):.4f}", CC=confidences or None)


def _place(rect: tuple[int, int, int, int]) -> dict[str, object]:
    left, top, right, bottom = rect
    return {"HPOS": left, "VPOS": top, "WIDTH": right - left, "HEIGHT": bottom - top}
