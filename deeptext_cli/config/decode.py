"""How text is found in the network's posteriors, and how sure one may be of it."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from deeptext_cli.config.base import Strict

_LENGTH = re.compile(r"(\d+)(?:(-)(\d*))?")


class Typography(Strict):
    """Signs that differ by convention, not by meaning. Digits and letters are never touched."""

    spaces: Literal["keep", "collapse"] = Field(
        default="collapse", description="One space where several stand, none at the ends.")
    quotes: Literal["keep", "straight"] = Field(
        default="keep", description="Write all quotation marks and apostrophes as \" and '.")
    dashes: Literal["keep", "hyphen"] = Field(
        default="keep", description="Write all dashes and the minus sign as -.")
    ligatures: Literal["keep", "split"] = Field(
        default="keep", description="Write ligatures such as \ufb01 as their letters.")


class Calibrator(Strict):
    """Maps raw confidence to the probability of being right; fitted on validation lines."""

    kind: Literal["none", "logistic", "isotonic"] = Field(
        default="none", description="Form of the map.")
    scale: float = Field(default=1.0, gt=0, description="logistic: factor of the log-odds.")
    shift: float = Field(default=0.0, description="logistic: what is added to the log-odds.")
    points: tuple[tuple[float, float], ...] = Field(
        default=(), description="isotonic: (raw, probability), ascending; straight lines between.")

    @model_validator(mode="after")
    def _ascending(self) -> Calibrator:
        if self.kind == "isotonic" and not self.points:
            raise ValueError("isotonic calibration needs points")
        for (x0, y0), (x1, y1) in zip(self.points, self.points[1:], strict=False):
            if x1 <= x0 or y1 < y0:
                raise ValueError("points must ascend")
        return self


class DecodeOptions(Strict):
    """Search, language model, constraints and confidence."""

    decoder: Literal["greedy", "beam"] = Field(
        default="greedy", description="Best path, or prefix beam search for unsure lines.")
    beam_width: int = Field(default=10, ge=1, le=1000, description="Prefixes that the beam keeps.")
    unsure_below: float = Field(
        default=0.9, ge=0, le=1,
        description="The beam is spent on lines less sure than this; 1: on all.")
    lm: str | None = Field(
        default=None, description="Name or path of a language model; several with + between "
        "them are mixed, and the text shows which fits; auto: of all languages there are, by line.")
    lm_weight: float = Field(default=0.25, ge=0, description="Weight of the language model.")
    length_bonus: float | None = Field(
        default=None, description="Score of each character, in nats. Default: 0, and with a "
        "language model twice its weight, about what a character costs there.")
    rescore: float = Field(
        default=0.0, ge=0, description="Weight of the attention decoder's judgement of the beam's "
        "best texts; 0: it is not asked.")
    chars: str | None = Field(
        default=None, description="Only these characters, as 0-9A-Z; \\ escapes.")
    exclude_chars: str | None = Field(default=None, description="None of these characters.")
    length: str | None = Field(default=None, description="Number of characters: 5, 4-6 or 4-.")
    pattern: str | None = Field(
        default=None, description="Regular expression that the text matches.")
    lexicon: str | None = Field(default=None, description="File of words, one a line.")
    lexicon_scope: Literal["words", "line"] = Field(
        default="words", description="Each word of a line is an entry, or the whole line is one.")
    lexicon_bias: float | None = Field(
        default=None, gt=0,
        description="Prefer entries by so many nats a word instead of insisting.")
    budget: int = Field(
        default=1000, ge=0,
        description="Prefixes expanded before a constrained search stops proving "
                                "that its text is the best.")
    min_confidence: float = Field(
        default=0.0, ge=0, le=1, description="Characters less probable than this are marked.")
    reject: str = Field(
        default="?", max_length=1, description="What marks them; empty leaves them out.")
    typography: Typography = Field(default=Typography(), description="Signs.")
    calibrator: Calibrator = Field(default=Calibrator(), description="Of line confidence.")

    @field_validator("length")
    @classmethod
    def _length(cls, value: str | None) -> str | None:
        if value is not None:
            length_range(value)
        return value

    @property
    def constrained(self) -> bool:
        """Whether some texts are not allowed at all."""
        return any(x is not None for x in (self.chars, self.exclude_chars, self.length,
                                           self.pattern)) \
            or (self.lexicon is not None and self.lexicon_bias is None)


def length_range(text: str) -> tuple[int, int | None]:
    """`5` -> (5, 5), `4-6` -> (4, 6), `4-` -> (4, None). Raises ValueError."""
    match = _LENGTH.fullmatch(text.strip())
    if not match:
        raise ValueError("length must be a number or a range such as 4-6")
    low = int(match[1])
    high = int(match[3]) if match[3] else None if match[2] else low
    if high is not None and high < low:
        raise ValueError("the length range ends below its start")
    return low, high
