"""How recorded handwriting is drawn anew: hand, pen and paper."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from deeptext_cli.config.base import Strict


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError("a range is [low, high]")
    return value


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]


class PenShares(Strict):
    """How often each pen is taken; relative weights."""

    ballpoint: float = Field(default=5.0, ge=0, description="Even thin line with skips in the ink.")
    fountain: float = Field(default=3.0, ge=0,
                            description="Broad nib: width by direction and speed.")
    pencil: float = Field(default=2.0, ge=0, description="Grainy grey line.")
    marker: float = Field(default=1.0, ge=0, description="Thick line, darker where strokes cross.")


class PaperShares(Strict):
    """How often each paper is taken; relative weights."""

    plain: float = Field(default=6.0, ge=0, description="Nothing printed on it.")
    ruled: float = Field(default=2.0, ge=0, description="Lines to write on.")
    squared: float = Field(default=1.5, ge=0, description="Squares.")
    form: float = Field(default=0.5, ge=0, description="A box or a dotted line of a form.")


class StrokeStyle(Strict):
    """Ranges that every line draws its looks from. Lengths are shares of the letters' height."""

    pens: PenShares = Field(default=PenShares(), description="Pens.")
    papers: PaperShares = Field(default=PaperShares(), description="Papers.")
    slant: Range = Field(default=(-0.25, 0.45),
                        description="Slant added, as tangent; above 0 to the right.")
    stretch: Range = Field(default=(0.8, 1.25), description="Factor of the width.")
    slope: float = Field(default=1.2, ge=0, le=10,
                         description="Most degrees that the line climbs or falls.")
    size_jitter: float = Field(default=0.1, ge=0, le=0.5,
                               description="Change of letter size along a line.")
    spacing_jitter: float = Field(default=0.12, ge=0, le=0.5, description="Change of letter width.")
    wander: float = Field(default=0.06, ge=0, le=0.5, description="Movement of the baseline.")
    tremor: float = Field(default=0.006, ge=0, le=0.1, description="Unsteadiness of the hand.")
    fill: Range = Field(default=(0.6, 1.0),
                        description="Share of the crop's height that the ink takes.")
    margin: Range = Field(default=(0.05, 0.6), description="Paper left and right of the line.")
    neighbours: float = Field(default=0.35, ge=0, le=1,
                              description="Share of lines that show slivers of their neighbours.")
    light_on_dark: float = Field(default=0.03, ge=0, le=1,
                                 description="Share drawn as chalk on a board.")
