"""The rows of a block, and which of them are a table: the columns are worked out once for all of
them, so that an empty cell keeps its place."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, median
from typing import NamedTuple

from deeptext_cli.document import Line
from deeptext_cli.output.writer import Bounds, is_level, levelled

NEAR = 2.5     # heights from a column within which a cell that shares no place with it may be of it
BETWEEN = 2    # most rows of one piece between two of several
STRAY = 0.15   # most of a table's pieces that reach into a column which is not theirs
FEW = 4        # rows of a table from which on it may have such pieces, and others beside it
INTO = 0.5     # of a height that a piece has to reach into another column
SENTENCE = 5   # words that cells of all columns have in prose read across
OTHERS = 1     # most rows beside a short table in a block: prose has gaps here and there


class Part(NamedTuple):
    """Some rows of a block: of a table each with `columns` cells, which are numbers of lines or
    empty, of other text (`columns` 0) with what stands level."""

    rows: list[list[list[int]]]
    columns: int


def parts_of(lines: Sequence[Line], angle: float) -> list[Part]:
    """The lines of a block, in their order, by tables and what is none."""
    rects = [levelled(line, angle) for line in lines]
    rows = _rows(rects)
    out: list[Part] = []
    k = first = last = 0  # a run of rows
    while k < len(rows):
        end = _run_end(rects, rows, k)
        if k >= last:
            first, last = k, end
        # other rows may stand above a table, and beside it in its block: no more than it has
        some = end - k >= max(2, (last - first) / 2) and (
            len(rows) - (end - k) <= (end - k if end - k >= FEW else OTHERS))
        cells = _table(lines, rects, rows[k:end]) if some else None
        if cells:
            out.append(Part(cells, len(cells[0])))
            k = end
            continue
        if not out or out[-1].columns:
            out.append(Part([], 0))
        out[-1].rows.append([[i] for i in rows[k]])
        k += 1
    return out


def _rows(rects: Sequence[Bounds]) -> list[list[int]]:
    """Numbers of lines that follow each other on one row."""
    rows: list[list[int]] = []
    for i, here in enumerate(rects):
        before = rects[i - 1]
        if i and is_level(before, here) and here[0] - before[2] > -_height(before, here):
            rows[-1].append(i)
        else:
            rows.append([i])
    return rows


def _height(a: Bounds, b: Bounds) -> float:
    return min(a[3] - a[1], b[3] - b[1])


def _run_end(rects: Sequence[Bounds], rows: Sequence[Sequence[int]], start: int) -> int:
    """Where rows of several pieces that begin at `start` end. Between them may be some of one, that
    stands in one column."""
    end = last = start
    while end < len(rows) and end - last <= BETWEEN:
        if len(rows[end]) > 1:
            last = end
        elif last == end or _spans(rects[rows[end][0]], [rects[i] for i in rows[last]]):
            break
        end += 1
    return last + 1 if len(rows[start]) > 1 else start


def _spans(piece: Bounds, row: Sequence[Bounds]) -> bool:
    """Whether a piece stands above or below several of a row."""
    return sum(_shared((piece[0], piece[2]), other) > 0 for other in row) > 1


def _shared(extent: tuple[float, float], piece: Bounds) -> float:
    """How much of the page's width a piece has in common with an extent; negative is the gap
    between them."""
    return min(extent[1], piece[2]) - max(extent[0], piece[0])


def _table(lines: Sequence[Line], rects: Sequence[Bounds],
           rows: Sequence[Sequence[int]]) -> list[list[list[int]]] | None:
    """The cells of rows where they are a table."""
    several = [k for k, row in enumerate(rows) if len(row) > 1]
    if len(several) < 2 or 2 * len(several) < len(rows):
        return None
    columns: list[dict[int, int]] = []  # the piece of each row
    for k in sorted(range(len(rows)), key=lambda k: -len(rows[k])):
        _put(columns, k, rows[k], rects)
    used = [c for c in columns if sum(k in c for k in several) > 1]
    said = [mean(len(lines[i].text.split()) for i in c.values()) for c in used]
    if len(used) < 2 or min(said) >= SENTENCE or _strays(columns, rects):
        return None
    return [[[c[k]] if k in c else [] for c in columns] for k in range(len(rows))]


def _put(columns: list[dict[int, int]], k: int, row: Sequence[int],
         rects: Sequence[Bounds]) -> None:
    """Put the pieces of row `k` into the columns that they fit best, from the left; new columns are
    made for what fits none."""
    extents = [_extent(c, rects) for c in columns]
    n, m = len(row), len(columns)
    best = [[0.0] * (m + 1) for _ in range(n + 1)]  # of the pieces and columns from there on
    for a in range(n - 1, -1, -1):
        for b in range(m - 1, -1, -1):
            fit = _fit(rects[row[a]], extents[b])
            best[a][b] = max(best[a + 1][b], best[a][b + 1],
                             fit + best[a + 1][b + 1] if fit > 0 else 0.0)
    a = b = added = 0
    while a < n:
        piece = rects[row[a]]
        if b < m and best[a][b] == best[a][b + 1]:
            # nothing here fits that column; what fits none goes before the first further right
            if best[a][b] > best[a + 1][b] or extents[b][0] < piece[0]:
                b += 1
                continue
        elif b < m and best[a][b] > best[a + 1][b]:
            columns[b + added][k] = row[a]
            a, b = a + 1, b + 1
            continue
        columns.insert(b + added, {k: row[a]})
        a, added = a + 1, added + 1


def _extent(column: dict[int, int], rects: Sequence[Bounds]) -> tuple[float, float]:
    """From where to where the pieces of a column mostly go."""
    pieces = [rects[i] for i in column.values()]
    return median(p[0] for p in pieces), median(p[2] for p in pieces)


def _fit(piece: Bounds, column: tuple[float, float]) -> float:
    """How well a piece fits a column: up to 1, 0 where it does not."""
    shared = _shared(column, piece)
    if shared > 0:
        return 0.3 + 0.7 * shared / max(1e-6, min(piece[2] - piece[0], column[1] - column[0]))
    return max(0.0, 0.2 * (1 + shared / (NEAR * max(1e-6, piece[3] - piece[1]))))


def _strays(columns: Sequence[dict[int, int]], rects: Sequence[Bounds]) -> bool:
    """Whether pieces reach into columns that are not theirs, as those of a text do that only has
    gaps in its lines: any of few, many of more."""
    pieces = [(rects[i], n) for n, c in enumerate(columns) for i in c.values()]
    few = max(map(len, columns)) < FEW
    of = [[(p[0], p[2]) for p, n in pieces if n == m] if few else [_extent(c, rects)]
          for m, c in enumerate(columns)]
    into = sum(any(_shared(extent, piece) > INTO * (piece[3] - piece[1])
                   for m, extents in enumerate(of) if m != n for extent in extents)
               for piece, n in pieces)
    return into > (0 if few else STRAY * len(pieces))
