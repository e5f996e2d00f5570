"""Hand-built pages: boxes with what is written in them, in the order in which people read them."""

from __future__ import annotations

import numpy as np

LINE = 20.0  # height of a line
PITCH = 30.0
EM = 10.0  # width of a character


def quad(x: float, y: float, width: float, height: float = LINE) -> list[list[float]]:
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]


class Sheet:
    """Collects boxes in reading order."""

    def __init__(self) -> None:
        self.quads: list[list[list[float]]] = []
        self.names: list[str] = []

    def put(self, name: str, x: float, y: float, width: float, height: float = LINE) -> None:
        self.quads.append(quad(x, y, width, height))
        self.names.append(name)

    def column(self, name: str, x: float, y: float, lines: int, width: float,
               pitch: float = PITCH) -> float:
        """Running text with a ragged edge and a short last line; gives where it ends."""
        for i in range(lines):
            share = 0.55 if i == lines - 1 else (1.0, 0.95, 0.98, 0.92)[i % 4]
            self.put(f"{name}{i}", x, y + i * pitch, width * share)
        return y + lines * pitch

    def array(self) -> np.ndarray:
        return np.array(self.quads)


def two_columns() -> Sheet:
    s = Sheet()
    s.put("title", 100, 40, 700, 40)
    s.put("author", 350, 110, 200)
    s.column("left", 50, 180, 12, 380)
    s.column("right", 470, 180, 12, 380)
    s.put("number", 440, 620, 20)
    return s


def two_columns_unaligned() -> Sheet:
    s = Sheet()
    s.column("left", 50, 100, 14, 380, pitch=30)
    s.column("right", 470, 107, 11, 380, pitch=37)
    return s


def three_columns() -> Sheet:
    s = Sheet()
    s.put("header", 50, 20, 1000)
    for k in range(3):
        s.column(f"column{k}.", 50 + 350 * k, 100, 10, 310)
    s.put("footer", 300, 480, 500)
    return s


def three_columns_headline_over_two() -> Sheet:
    """A headline over the first two columns; the third runs beside it from the top."""
    s = Sheet()
    s.put("headline", 50, 100, 660, 40)
    s.column("a", 50, 170, 8, 310)
    s.column("b", 400, 170, 8, 310)
    s.column("c", 750, 100, 10, 310)
    return s


def spanning_middle() -> Sheet:
    """Two columns, something across both, two columns again."""
    s = Sheet()
    s.column("a", 50, 100, 6, 380)
    s.column("b", 470, 100, 6, 380)
    s.put("across", 60, 310, 780)
    s.column("c", 50, 360, 6, 380)
    s.column("d", 470, 360, 6, 380)
    return s


def narrow_gutter() -> Sheet:
    """Boxes reach beyond their text, so that little is left between two columns of prose."""
    s = Sheet()
    s.put("title", 100, 40, 650, 40)
    s.column("a", 50, 100, 9, 390)
    s.column("b", 451, 100, 9, 390)
    return s


def heading_under_columns() -> Sheet:
    """The heading of what follows stands under the left column, but belongs to neither."""
    s = Sheet()
    s.column("a", 50, 100, 6, 380)
    s.column("b", 470, 100, 5, 380)
    s.put("heading", 50, 300, 200)
    for i in range(3):
        s.put(f"below{i}", 50, 330 + PITCH * i, 790)
    return s


def longer_left_column() -> Sheet:
    s = Sheet()
    s.column("a", 50, 100, 9, 380)
    s.column("b", 470, 100, 5, 380)
    s.put("foot", 60, 420, 780)
    return s


def table() -> Sheet:
    s = Sheet()
    for r in range(6):
        for c, (x, w) in enumerate(((50, 200), (320, 80), (480, 60), (620, 90))):
            s.put(f"r{r}c{c}", x, 100 + r * PITCH, w)
    return s


def table_with_a_tall_box() -> Sheet:
    """A short column of counts, of which two were found as one box: rows all the same."""
    s = Sheet()
    for c, x in enumerate((50, 230, 600, 850)):
        s.put(f"head{c}", x, 100, 100)
    s.put("counts", 50, 130, 12, 43)
    for r in range(4):
        if r > 1:
            s.put(f"count{r}", 50, 130 + r * 25, 12)
        for c, x in enumerate((230, 600, 850)):
            s.put(f"r{r}c{c}", x, 130 + r * 25, 60)
    return s


def receipt() -> Sheet:
    """Items on the left, amounts set flush right; heading and foot centred."""
    s = Sheet()
    s.put("shop", 150, 20, 220, 30)
    s.put("street", 120, 70, 280)
    for r, (item, amount) in enumerate(((180, 40), (250, 50), (90, 40), (210, 60), (120, 50))):
        s.put(f"item{r}", 30, 120 + r * PITCH, item)
        s.put(f"amount{r}", 480 - amount, 121 + r * PITCH, amount)
    s.put("total", 30, 290, 60)
    s.put("sum", 420, 290, 60)
    s.put("thanks", 170, 350, 180)
    return s


def staggered() -> Sheet:
    """Each item's name, and a step further down its count, price and sum."""
    s = Sheet()
    for r in range(5):
        y = 100 + 75 * r
        s.put(f"name{r}", 30, y, 150)
        s.put(f"count{r}", 240, y + 38, 45)
        s.put(f"price{r}", 375, y + 38, 60)
        s.put(f"sum{r}", 510, y + 38, 60)
    return s


def form() -> Sheet:
    s = Sheet()
    for r in range(6):
        s.put(f"label{r}", 50, 100 + 45 * r, 120)
        s.put(f"value{r}", 250, 102 + 45 * r, 60 + 40 * (r % 3))
    return s


def two_lists() -> Sheet:
    """Short lines on both sides, set in different leading: two lists, not a table."""
    s = Sheet()
    for i in range(14):
        s.put(f"left{i}", 50, 100 + 26 * i, 60 + 20 * (i % 3))
    for i in range(11):
        s.put(f"right{i}", 300, 104 + 33.5 * i, 50 + 25 * (i % 2))
    return s


def tilted_table() -> Sheet:
    """Upright boxes of a table photographed askew: the right cells stand half a row lower."""
    s = Sheet()
    for r in range(8):
        s.put(f"name{r}", 50, 100 + PITCH * r, 80 + 15 * (r % 4))
        s.put(f"price{r}", 400, 114 + PITCH * r, 50)
    return s


ALL = {f.__name__: f for f in (two_columns, two_columns_unaligned, three_columns,
                               three_columns_headline_over_two, spanning_middle, narrow_gutter,
                               heading_under_columns, longer_left_column, table,
                               table_with_a_tall_box, receipt,
                               staggered, form, two_lists)}
