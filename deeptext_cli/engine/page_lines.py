"""The lines that a detector found, read: each as it lies, turned where it is tall, pulled straight
where it is curved; what turns out to be no text is left out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.document import Line
from deeptext_cli.engine.assemble import Part, as_box, as_points, begun_with, line_of, part_of
from deeptext_cli.engine.begun_lines import BegunLine, begun_lines
from deeptext_cli.engine.crops import PAD_ACROSS, PAD_ALONG, crop
from deeptext_cli.engine.detect import MANY, Found
from deeptext_cli.engine.line_ends import SURE, longer_lines, pieces_within
from deeptext_cli.engine.line_reader import ReadsLines
from deeptext_cli.engine.looks import Reading
from deeptext_cli.engine.show_through import on_the_other_side
from deeptext_cli.engine.single_lines import most_evident
from deeptext_cli.layout.curves import Curve
from deeptext_cli.layout.initials import reaching
from deeptext_cli.layout.quads import Floats, expand, sizes_of
from deeptext_cli.layout.rectify import crop_along, is_tall, turned

Grey = NDArray[np.uint8]

# How surely a box must be read to be text, by its score: (below, needed). Of the boxes of val pages
# with scores below 0.65 half hold none.
NEEDED = ((0.55, 0.85), (0.65, 0.7), (1.01, 0.5))
# Handwriting is read less surely than print: Hooker's pages 67.3 to 67.8 words F1 by the last one;
# of photographs, what is no text and of no kind in particular would come back with it.
NEEDED_WRITTEN = ((0.55, 0.85), (0.65, 0.7), (1.01, 0.4))
# The same on a page of which half is read less surely than FITTING: there the model does not fit,
# as one for print on a page of handwriting, and says little about the boxes.
FITTING, NEEDED_UNFIT = 0.7, ((0.55, 0.85), (0.65, 0.25))
# A nought by itself is read unsurely for what else it may be, not for being no text: on a page of
# lines, as in a table. In photographs it is any round thing.
NOUGHTS, NEEDED_NOUGHT = ("0", "O", "o"), 0.5


LARGE = 2.3  # typical heights from which a line of a page is large; leaning boxes come up to 2


class ReadLine(NamedTuple):
    """A line, its box as the order of the page is found from it, and how sure its characters
    are."""

    line: Line
    quad: Floats
    sureness: float


class _View(NamedTuple):
    """One way to look at a box."""

    of: int
    image: Grey
    quad: Floats
    curve: Curve | None = None


def read_lines(reader: ReadsLines, page: Grey, found: Found) -> list[ReadLine]:
    """The text in the boxes, in their order, without those that hold none.

    A tall box may hold an upright digit or turned words; it is read upright and both ways down.
    A curved line is read straightened and as it is. The way that gives most evidence counts.
    Lines of the other side that show through the paper are left out. Where there are few lines, as
    in photographs, and of large ones boxes may have cut off the ends.
    """
    views = [v for i in range(len(found.quads)) for v in _views(page, found, i)]
    readings = reader.read([v.image for v in views], thorough=len(found.quads) < MANY)
    chosen = [(views[k], readings[k]) for k in most_evident([v.of for v in views], readings)]
    fits = sum(len(r.text) * (1 if r.sureness >= FITTING else -1) for _, r in chosen) >= 0
    chosen = [(view, reading) for view, reading in chosen
              if reading.text and (_is_text(reading, float(found.scores[view.of]), fits)
                                   or (len(chosen) >= MANY and _is_nought(reading)))]
    behind = on_the_other_side(reader, [v.image for v, _ in chosen], [r for _, r in chosen])
    chosen = [x for i, x in enumerate(chosen) if i not in behind]
    chosen = _with_ends(reader, page, chosen)
    begun, replaced = begun_lines(reader, page, found.initials, {v.of: r for v, r in chosen})
    return [ReadLine(_line(view, reading), view.quad, reading.sureness)
            for view, reading in chosen if view.of not in replaced] + [_begun(x) for x in begun]


def _begun(begun: BegunLine) -> ReadLine:
    """A line beside an initial, which for the page's order is not set in: it is of one paragraph
    with those below."""
    line = _straight(begun.quad, begun.reading)
    if begun.letter:
        line = begun_with(line, begun.beside, begun.letter, begun.sureness)
    return ReadLine(line, reaching(begun.quad, begun.beside), begun.reading.sureness)


def _with_ends(reader: ReadsLines, page: Grey,
               lines: list[tuple[_View, Reading]]) -> list[tuple[_View, Reading]]:
    """Lines with the letters that their boxes cut off, without pieces of them found apart: all of
    them where they are few, else the large ones."""
    heights = np.array([float(sizes_of(v.quad)[1][0]) for v, _ in lines])
    least = 0.0 if len(lines) < MANY else LARGE * float(np.median(heights))
    straight = [x for x, h in zip(lines, heights, strict=True) if x[0].curve is None and h >= least]
    found = longer_lines(reader, page, [v.quad for v, _ in straight], [r for _, r in straight],
                         thorough=len(lines) < MANY)
    for i, (quad, reading) in found.items():
        straight[i] = straight[i][0]._replace(quad=quad), reading
    pieces = pieces_within([v.quad for v, _ in straight], list(found))
    said = [straight[i][1].text for i in found]
    kept = [x for i, x in enumerate(straight) if i not in pieces or _says_more(x[1], said)]
    known = {v.of for v, _ in straight}
    return sorted([*kept, *(x for x in lines if x[0].of not in known)], key=lambda x: x[0].of)


def _says_more(reading: Reading, lines: list[str]) -> bool:
    """Whether a box is surely read as something that none of those lines says, as small print
    close to a large word is: the word's box takes it in."""
    return reading.sureness >= SURE and not any(reading.text in text for text in lines)


def _views(page: Grey, found: Found, i: int) -> list[_View]:
    quad, curve = found.quads[i], found.curves[i]
    quads = [quad, turned(quad, 1), turned(quad, 3)] if is_tall(quad) else [quad]
    views = [_View(i, crop(page, q), q) for q in quads]
    if curve is not None:
        image = crop_along(page, curve.centre, curve.height * (1 + 2 * PAD_ACROSS))
        views.append(_View(i, image, quad, curve))
    return views


def _is_text(reading: Reading, score: float, fits: bool) -> bool:
    written = max(reading.odds.values(), default=0.0) > 0
    table = (NEEDED_WRITTEN if written else NEEDED) if fits else NEEDED_UNFIT
    return reading.sureness >= next((n for below, n in table if score < below), 0.0)


def _is_nought(reading: Reading) -> bool:
    return reading.text in NOUGHTS and reading.sureness >= NEEDED_NOUGHT


def _line(view: _View, reading: Reading) -> Line:
    curve = view.curve
    if curve is not None:
        outline = as_points(curve.outline())
        return line_of(reading, as_box(view.quad), _part_of_curve(curve), outline)
    return _straight(view.quad, reading)


def _straight(quad: Floats, reading: Reading) -> Line:
    # what was read reaches beyond the box by the margin
    seen = expand(quad, PAD_ALONG * float(sizes_of(quad)[1][0]), 0.0)
    return line_of(reading, as_box(quad), part_of(as_box(seen)))


def _part_of_curve(curve: Curve) -> Part:
    return lambda start, end: as_box(curve.part(start, end))
