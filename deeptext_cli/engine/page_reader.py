"""A page to text: find the lines, cut them out, read them, put them in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.document import Block
from deeptext_cli.engine.assemble import moved, through
from deeptext_cli.engine.crops import crop
from deeptext_cli.engine.detect import Found, LineDetector
from deeptext_cli.engine.line_reader import ReadsLines
from deeptext_cli.engine.looks import mean
from deeptext_cli.engine.page_lines import ReadLine, read_lines
from deeptext_cli.engine.refocus import refocused
from deeptext_cli.layout.cells import order_of_page
from deeptext_cli.layout.faded import unfaded
from deeptext_cli.layout.flatten import shape_of
from deeptext_cli.layout.gutters import part_columns
from deeptext_cli.layout.initials import find_initials
from deeptext_cli.layout.leaders import without_leaders
from deeptext_cli.layout.lines import merge_into_lines
from deeptext_cli.layout.lone import lone_characters
from deeptext_cli.layout.paragraphs import group_paragraphs
from deeptext_cli.layout.piled import part_rows
from deeptext_cli.layout.quads import Floats, areas_of, shared_areas, sizes_of
from deeptext_cli.layout.rectify import Affine, straightened, turned
from deeptext_cli.layout.rotation import choose_rotation, estimate_skew
from deeptext_cli.layout.type_size import type_sizes

Grey = NDArray[np.uint8]

JOIN_GAP = 0.8      # boxes closer than so many heights are one line
PROBES = 8          # lines read each way to find out how a page lies
PROBE_LENGTH = 10   # heights of them that are read
LEANING = 2.5       # degrees of skew from which a page is straightened and searched once more
WORDS = 0.7         # share of letters in running text; 0.8 and more in books, 0.6 in listings
LOW = frozenset("aceimnorsuvwxzgpqy")  # letters as high as most are, at their top
UPRIGHT = 0.92      # lines read so surely lie right: upside down it is 0.87 at most (listings)


class PageText(NamedTuple):
    """What a page says. Boxes are in the page as it was given, whatever it was turned by."""

    blocks: tuple[Block, ...]
    rotation: int     # degrees clockwise that brought it upright
    skew: float       # degrees clockwise by which the lines lean, after turning


class PageReader:
    """Reads grey pages with a detector and a recogniser."""

    def __init__(self, lines: ReadsLines, detector: LineDetector) -> None:
        self._lines, self._detector = lines, detector

    def read(self, page: Grey, *, turn: bool = True) -> PageText:
        """Read a page (H, W). With `turn`, one that lies on a side or upside down is read as it
        should lie, if the evidence is clear."""
        page = unfaded(page)
        found = self._detect(page)
        text, lies_right = self._read_upright(page, found)
        # what is read surely lies right, and most pages do: only others are looked at turned
        rotation = 0 if lies_right or not turn else self._rotation(page, found)
        if not rotation:
            return text
        image = np.ascontiguousarray(np.rot90(page, -rotation // 90))
        text, _ = self._read_upright(image, self._detect(image))
        back = _unturning(rotation, image.shape)
        return PageText(moved(text.blocks, through(back)), rotation, text.skew)

    def _read_upright(self, page: Grey, found: Found) -> tuple[PageText, bool]:
        """Read a page as it lies; leaders are taken off first, which would bend it, then leaning
        lines are straightened, and a bent page is laid flat. Also whether it is read so surely that
        it cannot lie wrongly."""
        page, found = self._without_leaders(page, found)
        skew = estimate_skew(found.quads)
        back = None
        if abs(skew) > LEANING:
            page, back = straightened(page, skew)
            page, found = self._without_leaders(page, self._detect(page))
        else:
            skew = 0.0
        sheet = shape_of(found.outlines, self._detector.defaults.shrink_ratio)
        if sheet is not None:
            page = sheet.flattened(page)
            found = self._detect(page)
        lines = read_lines(self._lines, page, found)
        blocks, rest = _in_order(page, lines)
        if sheet is not None:
            blocks = moved(blocks, sheet.to_page, bends=True)
        if back is not None:
            blocks = moved(blocks, through(back))
        longest = sorted(lines, key=lambda x: -len(x.line.text))[:PROBES]
        return (PageText(blocks, 0, skew + rest),
                mean([x.sureness if _runs_along(x.quad) else 0.0 for x in longest]) >= UPRIGHT)

    def _without_leaders(self, page: Grey, found: Found) -> tuple[Grey, Found]:
        """A page without its leaders, and what is found on it then."""
        bare = without_leaders(page, found.quads)
        if bare is None:
            return page, found
        return bare, _with_others(self._detect(bare), found, page != bare)

    def _detect(self, page: Grey) -> Found:
        """The lines of a page, pieces on one level joined; guesses stay by themselves, and lone
        characters are guessed at from their ink."""
        least = self._detector.defaults.box_threshold
        found = self._detector.detect(page)
        sharp = refocused(page, found.quads[found.scores >= least])
        found = _parted(page, found if sharp is None else self._detector.detect(sharp))
        sure, guesses = np.flatnonzero(found.scores >= least), found.scores < least
        quads, groups = merge_into_lines(found.quads[sure], max_gap=JOIN_GAP)
        columns = part_columns(page, quads, [found.quads[sure[g]] for g in groups])
        quads = np.concatenate(columns) if columns else quads
        members = [sure[g] for g, parts in zip(groups, columns, strict=True) for _ in parts]
        alone = [len(g) == len(parts) == 1 for g, parts in zip(groups, columns, strict=True)
                 for _ in parts]
        lone = lone_characters(page, quads)
        replaced = {i for of in lone.of for i in of}
        kept = [i for i in range(len(quads)) if i not in replaced]
        scores = [found.scores[m].max() for m in members]
        quads = quads[kept]
        known = np.concatenate([quads, lone.quads])
        weak = [i for i in np.flatnonzero(guesses) if not _is_among(found.quads[i], known)]
        return Found(np.concatenate([known, found.quads[weak]]),
                     np.array([*(scores[i] for i in kept),
                               *(max((scores[i] for i in of), default=least - 1e-3)
                                 for of in lone.of), *found.scores[weak]]),
                     [*(found.curves[members[i][0]] if alone[i] else None for i in kept),
                      *[None] * len(lone.of), *(found.curves[i] for i in weak)], found.outlines,
                     find_initials(page, quads))

    def _rotation(self, page: Grey, found: Found) -> int:
        """Degrees clockwise by which to turn the page; 0 without clear evidence.

        Upside-down lines are read too, but less surely. Sideways ones are badly found, so lines
        are looked for anew on the page laid on its side.
        """
        confidences = {0: self._sureness(page, found)}
        if mean(confidences[0]) >= UPRIGHT:
            return 0
        confidences[180] = self._sureness(page, found, half_turn=True)
        if mean(confidences[180]) < UPRIGHT:
            side = np.ascontiguousarray(np.rot90(page, -1))
            found = self._detect(side)
            confidences[90] = self._sureness(side, found)
            confidences[270] = self._sureness(side, found, half_turn=True)
        return choose_rotation(confidences).rotation

    def _sureness(self, page: Grey, found: Found, half_turn: bool = False) -> list[float]:
        """How surely some long lines are read, as they lie or upside down; 0..1 each."""
        quads = found.quads[found.scores >= self._detector.defaults.box_threshold]
        longest = np.argsort(-sizes_of(quads)[0], kind="stable")[:PROBES]
        probes = [turned(q, 2) if half_turn else q for q in quads[longest]]
        crops = [crop(page, q) for q in probes]
        return [r.sureness for r in self._lines.sketch(
            [c[:, :PROBE_LENGTH * c.shape[0]] for c in crops])]


def _parted(page: Grey, found: Found) -> Found:
    """`found` with boxes of several rows cut into these."""
    rows = part_rows(page, found.quads)
    if all(len(r) == 1 for r in rows):
        return found
    of = np.repeat(np.arange(len(rows)), [len(r) for r in rows])
    return Found(np.concatenate(rows), found.scores[of],
                 [found.curves[i] if len(rows[i]) == 1 else None for i in of], found.outlines)


def _with_others(found: Found, before: Found, changed: NDArray[np.bool_]) -> Found:
    """What was found on a page, and what was found on it before some of it was changed,
    elsewhere."""
    kept = [i for i, quad in enumerate(before.quads) if not _is_among(quad, found.quads)
            and not changed[_place(quad)].any()]
    return Found(np.concatenate([found.quads, before.quads[kept]]),
                 np.append(found.scores, before.scores[kept]),
                 [*found.curves, *(before.curves[i] for i in kept)], found.outlines,
                 found.initials)


def _place(quad: Floats) -> tuple[slice, slice]:
    """The part of a page that a box lies in."""
    (x0, y0), (x1, y1) = (np.maximum(f(quad, axis=0), 0).astype(int) for f in (np.min, np.max))
    return slice(y0, y1 + 1), slice(x0, x1 + 1)


def _in_order(page: Grey, lines: Sequence[ReadLine]) -> tuple[tuple[Block, ...], float]:
    """Blocks in reading order, and the degrees by which their lines lean."""
    quads = np.array([x.quad for x in lines]).reshape(-1, 4, 2)
    skew = estimate_skew(quads)
    # of what is text: other boxes would disturb it
    order = order_of_page(page, quads, skew=skew, words=[_is_words(x.line.text) for x in lines],
                          goes_on=[x.line.text[:1].islower() for x in lines])
    sizes = type_sizes(page, quads, [_is_high(x.line.text) for x in lines])
    groups = group_paragraphs(quads[order], skew=skew, sizes=sizes[order])
    sized = [replace(x.line, size=float(size)) for x, size in zip(lines, sizes, strict=True)]
    return tuple(Block(tuple(sized[order[i]] for i in g)) for g in groups), skew


def _is_words(text: str) -> bool:
    """Whether a line is mostly letters: listings, tables and codes are not."""
    said = [c for c in text if not c.isspace()]
    return sum(c.isalpha() for c in said) >= WORDS * len(said)


def _is_high(text: str) -> bool:
    """Whether a line is mostly capitals, figures and other high letters."""
    said = [c for c in text if c.isalnum()]
    return 2 * sum(c in LOW or (c.islower() and not c.isascii()) for c in said) <= len(said)


def _runs_along(quad: Floats) -> bool:
    """Whether the text in a box runs along the page, not up or down it."""
    x, y = quad[1] - quad[0]
    return bool(abs(x) >= abs(y))


def _is_among(quad: Floats, others: Floats) -> bool:
    """Whether a box shares a good part of its area with one of the others, or of theirs."""
    least = np.minimum(areas_of(quad)[0], areas_of(others))
    return bool((shared_areas(quad, others) > 0.2 * least).any())


def _unturning(rotation: int, shape: tuple[int, ...]) -> Affine:
    """From an upright page of `shape` (height, width) to the page before it was turned clockwise
    by `rotation`, which took its point (x, y) to (H - y, x) for a quarter turn."""
    h, w = shape[:2]
    return {90: np.array([[0.0, 1, 0], [-1, 0, w]]),
            180: np.array([[-1.0, 0, w], [0, -1, h]]),
            270: np.array([[0.0, -1, h], [1, 0, 0]])}[rotation]
