"""What a net says of a line at one look, and further looks at lines that are read unsurely."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.model import ModelSpec
from deeptext_cli.data.line import ink_share
from deeptext_cli.decode.decoder import Sketch
from deeptext_cli.decode.result import Decoded
from deeptext_cli.engine.line_kinds import Odds

GreyImage = NDArray[np.uint8]
LogProbs = NDArray[np.float32]

MUCH_INK = 0.25  # share of a line's pixels from which on the ink may be taken for the paper
TRIMMED = 0.15  # of the height, above and below: frames of plates, which no band is found in
# Of a model's `look_again`, below which lines of a document are looked at again: at 0.9 every other
# line of forms had a second look, at 0.8 every fifth, with as many errors (5.48 and 5.49 % of CER;
# receipts 2.31 and 2.27). Words in photographs need the most of it (iiit5k 3.86 and 4.18).
IN_DOCUMENTS = 0.9
WORD = 8.0  # heights; unsure lines that are shorter are looked at in more ways:
SQUEEZED = 0.8  # letters of signs are often set wide,
TURNED, SLANTED = 10.0, 0.25  # and lie aslant; degrees either way, rise over run
WIDENED = 1.3  # handwriting runs together
# Looks that agree add up, each by its confidence to this power: between their sum, which three
# wrong ones win, and the surest of all, which is often sure and wrong. Words right of icdar2015,
# iiit5k, icdar2003, read greedily: one look 58.0, 90.0, 82.8; the surest of four 60.7, 94.5, 85.1;
# of seven 63.0, 94.5, 86.2; by the sum of seven 64.3, 94.5, 86.2, of squares 64.0, 94.5, 87.4, of
# cubes 64.0, 94.5, 88.5.
POWER = 3.0
# Where no look is surer of its line than this, the line's confidence, near the least that there is,
# tells nothing: the probabilities of the characters do. Long lines of rows of dots come to that.
HARDLY = 1e-3


class Span(NamedTuple):
    """A character of a line and where along the line it stands, in shares of its width."""

    char: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class Reading:
    """What a line image says, by the model of that name.

    `confidence` is the probability that all of it is right, `odds` what kind of line it is.
    """

    text: str
    confidence: float
    spans: tuple[Span, ...]
    model: str = ""
    odds: Odds = field(default_factory=dict)

    @property
    def sureness(self) -> float:
        """The geometric mean of the characters' probabilities; 0 without any."""
        logs = [math.log(max(s.probability, 1e-9)) for s in self.spans]
        return math.exp(sum(logs) / len(logs)) if logs else 0.0

    @property
    def evidence(self) -> float:
        """How much speaks for it: sure characters for, unsure ones against."""
        return len(self.spans) * (self.sureness - 0.5)


class Posteriors(NamedTuple):
    """Of one line: log-probabilities (T, C), what the attention decoder looks at (T, S), and of
    what kind it is."""

    log_probs: LogProbs
    memory: NDArray[np.float32] | None
    odds: Odds


class Look(NamedTuple):
    """What the net says of a line, seen in one way."""

    filled: float      # share of the padded width that the line takes
    said: Posteriors
    sketch: Sketch
    found: Decoded | None = None  # what a constraint allows of it

    @property
    def text(self) -> str:
        """Its greedy reading, or under a constraint the one that it allows."""
        return (self.found or self.sketch.decoded).text

    @property
    def confidence(self) -> float:
        """How sure that reading is."""
        return (self.found or self.sketch.decoded).confidence

    @property
    def sureness(self) -> float:
        """The same by character, so that a long line with one doubtful character is a sure one."""
        return float(self.confidence ** (1 / max(1, len(self.text))))

    @property
    def by_character(self) -> float:
        """The mean probability of the characters of its reading; 0 where it says nothing."""
        decoded = self.found or self.sketch.decoded
        if not decoded.text.strip():
            return 0.0
        return sum(c.probability for c in decoded.characters) / max(1, len(decoded.characters))

    def without_memory(self) -> Look:
        """The same without what the attention decoder looks at, which is shown one look alone."""
        return self._replace(said=self.said._replace(memory=None))

    def reading(self, decoded: Decoded, model: str) -> Reading:
        """A reading of it, with the characters' places along the line."""
        share = 1 / len(self.said.log_probs) / self.filled  # of the line's width, per frame
        spans = tuple(Span(c.char, min(1.0, c.start_frame * share), min(1.0, c.end_frame * share),
                           c.probability) for c in decoded.characters)
        return Reading(decoded.text, decoded.confidence, spans, model, self.said.odds)


class Way(NamedTuple):
    """A further look at some lines: what `normalise_line` does otherwise, and their numbers."""

    changes: dict[str, Any]
    numbers: list[int]


def ways_to_look(spec: ModelSpec, images: Sequence[GreyImage], numbers: list[int],
                 thorough: bool) -> list[Way]:
    """The ways to look again at lines of these numbers; `thorough`: words aslant, too."""
    if spec.written:
        return [Way(changes, numbers) for changes in
                ({"slant": SLANTED}, {"stretch": WIDENED}, {"band": False})]
    # without a band, closer: as like what the net was trained on as the whole crop is
    ways = [Way({"band": False} if spec.band else {"trim": TRIMMED}, numbers)]
    if spec.polarity == "auto":
        ways.append(Way({"polarity": "other"},
                        [i for i in numbers if ink_share(images[i]) >= MUCH_INK]))
    words = [i for i in numbers if images[i].shape[1] < WORD * images[i].shape[0]]
    ways.append(Way({"stretch": SQUEEZED}, words))
    if spec.band and thorough:  # what has no band is not laid level either
        ways += [Way({"turn": TURNED}, words), Way({"turn": -TURNED}, words),
                 Way({"slant": SLANTED}, words)]
    return ways


def believed(looks: Sequence[Look]) -> Look:
    """Of several looks at a line the surest one of those that agree on its letters and figures and
    weigh most together."""
    hardly = max(x.confidence for x in looks) < HARDLY
    weights: dict[str, float] = defaultdict(float)
    for look in looks:
        weights[_letters(look.text)] += look.by_character if hardly else look.confidence ** POWER
    text = max(weights, key=weights.__getitem__)  # the first of equals
    best = max((x for x in looks if _letters(x.text) == text), key=lambda x: x.confidence)
    return as_first_shown(best, looks)


def as_first_shown(look: Look, looks: Sequence[Look]) -> Look:
    """A look with the line's kind as the first of all shows it, the way that lines are shown."""
    return look._replace(said=look.said._replace(odds=looks[0].said.odds))


def mean(values: Sequence[float]) -> float:
    """Of several surenesses; 0 without any."""
    return sum(values) / len(values) if values else 0.0


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum()) or text
