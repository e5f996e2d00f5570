"""Which lines a report shows, and how: the picture, and the alignment piece by piece."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deeptext_cli.data.images import decode
from deeptext_cli.engine.evaluation_summary import (
    Evaluation,
    ImageSource,
    LineResult,
    Summary,
    worst_first,
)
from deeptext_cli.errors import ImageError
from deeptext_cli.metrics.alignment import Step, align, confusions_of, kinds_of
from deeptext_cli.metrics.rules import Rules

_HEIGHT, _WIDTH = 96, 1400  # pixels of a picture in the report, at most
_PIECE = 12  # columns of an alignment that may not be torn apart


@dataclass(frozen=True)
class ShownLine:
    """One line of the report. `pieces` and `other_pieces` are alignments in unbreakable parts."""

    number: int
    result: LineResult
    picture: str | None  # data: URI
    label: str
    edits: int
    characters: int
    cer: float
    kinds: dict[str, int]
    confusions: tuple[tuple[str, str], ...]
    pieces: list[Step]
    other_pieces: list[Step] | None
    other_edits: int | None


def choose(evaluation: Evaluation, summary: Summary, limit: int) -> list[int]:
    """Numbers of the lines to show, at most `limit`, worst first.

    Three fifths are those with most edits; a fifth the surest of the wrong ones, which a
    threshold on confidence lets pass; a fifth those that differ most from the other model. What
    these leave unused goes to further wrong lines.
    """
    wrong = worst_first(summary)
    lines = evaluation.lines
    picked = dict.fromkeys(wrong[:limit * 3 // 5])
    sure = [i for i in wrong if lines[i].confidence is not None]
    sure.sort(key=lambda i: -(lines[i].confidence or 0.0))
    picked.update(dict.fromkeys(sure[:limit // 5]))
    if summary.other_counts is not None:
        change = [abs(a.char_edits - b.char_edits)
                  for a, b in zip(summary.line_counts, summary.other_counts, strict=True)]
        changed = sorted((i for i, c in enumerate(change) if c), key=lambda i: -change[i])
        picked.update(dict.fromkeys(changed[:limit // 5]))
    for i in wrong:
        if len(picked) >= limit:
            break
        picked[i] = None
    return sorted(picked, key=lambda i: (-summary.line_counts[i].char_edits, i))


def prepare(evaluation: Evaluation, summary: Summary, numbers: Sequence[int]) -> list[ShownLine]:
    """What the report needs of each chosen line. A picture that cannot be read is left out."""
    return [_shown(evaluation, summary, i) for i in numbers]


def _shown(evaluation: Evaluation, summary: Summary, number: int) -> ShownLine:
    r, rules, counts = evaluation.lines[number], evaluation.rules, summary.line_counts[number]
    steps = _steps(rules, r.label, r.prediction)
    other = None if summary.other_counts is None else summary.other_counts[number].char_edits
    return ShownLine(
        number=number, result=r, picture=picture_uri(r.image), label=rules.characters(r.label),
        edits=counts.char_edits, characters=counts.characters, cer=counts.cer,
        kinds=dict(kinds_of(steps)), confusions=tuple(confusions_of(steps)),
        pieces=pieces(steps),
        other_pieces=None if other is None else pieces(_steps(rules, r.label, r.other or "")),
        other_edits=other)


def _steps(rules: Rules, label: str, prediction: str) -> list[Step]:
    return align(rules.characters(label), rules.characters(prediction))


def pieces(steps: Sequence[Step]) -> list[Step]:
    """Columns joined into parts that stay on one row: equal or different, torn after spaces."""
    out: list[Step] = []
    columns = 0
    for s in steps:
        last = out[-1] if out else None
        torn = last is None or columns >= _PIECE or last.equal != s.equal or \
            last.reference.endswith(" ") or last.hypothesis.endswith(" ")
        if last is None or torn:
            out.append(s)
            columns = 1
        else:
            out[-1] = Step(last.reference + s.reference, last.hypothesis + s.hypothesis)
            columns += 1
    return out


def picture_uri(source: ImageSource) -> str | None:
    """The picture as a data: URI, scaled down to report size; None where there is none."""
    try:
        image = _loaded(source)
    except ImageError:
        return None
    if image is None:
        return None
    picture = Image.fromarray(image)
    picture.thumbnail((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, format="WEBP", quality=70, method=2)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _loaded(source: ImageSource) -> NDArray[np.uint8] | None:
    value = source() if callable(source) else source
    return decode(value) if isinstance(value, bytes) else value
