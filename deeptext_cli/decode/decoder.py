"""Decoding as the application does it: greedy where that is sure, searches where it is not."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.decode import DecodeOptions
from deeptext_cli.decode.alignment import align, log_probabilities
from deeptext_cli.decode.beam import Hypothesis, Pruning, beam_search
from deeptext_cli.decode.confidence import calibrated
from deeptext_cli.decode.constraint import allowed_texts
from deeptext_cli.decode.exact import ConstrainedSearch, Found
from deeptext_cli.decode.fusion import (
    CharacterModel,
    Fusion,
    LanguageFusion,
    LexiconFusion,
    NoFusion,
    looks_like_code,
)
from deeptext_cli.decode.greedy import check_shape, greedy_batch
from deeptext_cli.decode.languages import Languages
from deeptext_cli.decode.lexicon import Lexicon, compile_lexicon
from deeptext_cli.decode.mixture import judged_together
from deeptext_cli.decode.rescoring import Scorer, rescored
from deeptext_cli.decode.result import Character, Decoded
from deeptext_cli.decode.typography import restyle
from deeptext_cli.errors import UsageError
from deeptext_cli.text import Charset

Floats = NDArray[np.floating]

# Characters' probability, in the geometric mean, below which a search makes words but not the right
# ones, and takes long about it: boxes around no text, illegible lines. Of 1583 val lines of eight
# sets 39 are so; of their 190 errors searches mended none.
HOPELESS = 0.3
# What one of several searches of a long line may miss another finds: handwriting takes six tenths
# of the time so, CER of Hooker's letters, copiste, peraire and strokes 15.6, 6.6, 16.6, 5.4 to
# 15.7, 6.7, 17.3, 5.4; 16.2, 6.8, 17.0, 5.3 with a width of 12 and 6 nats, in half of it.
HASTY = Pruning(width=16, blank_skip=0.9995, least=6e-4, margin=7.0)
LONG = 80  # frames
_BONUS = 2.0  # nats a character per unit of a language model's weight
_RIVALS = 5  # hypotheses among which a search shares out the probability


class Sketch(NamedTuple):
    """A greedy reading with its calibrated confidence, and the one that the network gives it."""

    decoded: Decoded
    raw: float


class _Way(NamedTuple):
    """How lines are searched with one language model."""

    fusion: Fusion
    constrained: ConstrainedSearch | None  # under a constraint


class Decoder:
    """Decodes lines of one charset. Threads may share it."""

    def __init__(self, charset: Charset, options: DecodeOptions | None = None,
                 lm: CharacterModel | Languages | None = None,
                 scorer: Scorer | None = None) -> None:
        """`scorer`: what `options.rescore` asks; without one nothing is rescored.

        Raises UsageError for constraints that are malformed or cannot be satisfied.
        """
        self.charset = charset
        self.options = options or DecodeOptions()
        self.lexicon = _read_lexicon(self.options, charset)
        self.allowed = allowed_texts(self.options, charset, self.lexicon)
        self._lm = lm
        self._ways: dict[CharacterModel | None, _Way] = {}
        self._plain = lm is None and not self._length_bonus(None) and not (
            self.lexicon and self.options.lexicon_bias)
        self._scorer = scorer if self.options.rescore else None
        self._pruning = Pruning(self.options.beam_width)
        self._alone = self._constrained(NoFusion())

    @property
    def wants_memory(self) -> bool:
        """Whether `decode_batch` makes use of the attention decoder's memory."""
        return self._scorer is not None and self.allowed is None

    def decode(self, log_probs: Floats) -> Decoded:
        """One line; log_probs: (T, C)."""
        check_shape(log_probs, self.charset)
        return self.decode_batch([log_probs])[0]

    def decode_batch(self, log_probs: Floats | Sequence[Floats],
                     memory: Floats | Sequence[Floats | None] | None = None,
                     sketches: Sequence[Sketch] | None = None) -> list[Decoded]:
        """Lines in their order; log_probs: (N, T, C), or N arrays (T_i, C).

        memory: (N, T, S) or N arrays (T_i, S), what the attention decoder looks at; without it
        nothing is rescored. sketches: what `sketch_batch` made of them, where that is known.
        """
        lines = list(log_probs)
        memories = [None] * len(lines) if memory is None else list(memory)
        first = sketches or self.sketch_batch(log_probs)
        out = [d for d, _ in first]
        unsure = [i for i, sketch in enumerate(first) if self.searches(sketch)]
        for i, way in zip(unsure, self._ways_of([out[i].text for i in unsure]), strict=True):
            out[i] = self._searched(lines[i], memories[i], out[i], way)
        return [self._finished(d) for d in out]

    def searches(self, sketch: Sketch) -> bool:
        """Whether a line is searched, or its greedy reading stands: where that is sure enough, is
        all codes, or makes no sense at all."""
        return not self._good_enough(*sketch) and not self._is_code(sketch.decoded)

    def decode_together(self, log_probs: Sequence[Floats], memory: Floats | None,
                        sketches: Sequence[Sketch]) -> tuple[Decoded, int] | None:
        """One line as several looks at it show it, and the look by which its characters stand.

        log_probs: of each look (T_i, C); memory: of the first (T, S), for rescoring; sketches: what
        `sketch_batch` made of each. None under a constraint, of which texts found for themselves
        know nothing, and where no look makes sense enough for a search.
        """
        if self.allowed is not None:
            return None
        way = self._ways_of([sketches[0].decoded.text])[0]
        hasty = dataclasses.replace(HASTY, width=min(self.options.beam_width, HASTY.width))
        found = [[] if _is_hopeless(*sketch) else self._find(
            p, _RIVALS, sketch.decoded, way, hasty if len(p) > LONG else self._pruning).texts
            for p, sketch in zip(log_probs, sketches, strict=True)]
        texts, best = judged_together(found, log_probs)
        if not texts:
            return None
        look_of = {h.classes: int(k) for h, k in zip(texts, best, strict=True)}
        if self._scorer and memory is not None and len(texts) > 1:
            texts = rescored(texts, memory, self._scorer, self.options.rescore)
        look = look_of[texts[0].classes]
        confidence = self._confidences(Found(texts, True))[0]
        return self._finished(self._decoded(log_probs[look], texts[0], confidence, True)), look

    def sketch_batch(self, log_probs: Floats | Sequence[Floats]) -> list[Sketch]:
        """Greedy readings, without constraints: how surely lines are read, in a fraction of the
        time of `decode_batch`."""
        first = greedy_batch(log_probs, self.charset)
        raw = np.exp(log_probabilities(list(log_probs),
                                       [self.charset.encode(d.text) for d in first]))
        claimed = calibrated(self.options.calibrator, raw).tolist()
        return [Sketch(dataclasses.replace(d, confidence=_unit(c)), r)
                for d, c, r in zip(first, claimed, raw.tolist(), strict=True)]

    def n_best(self, log_probs: Floats, n: int) -> list[Decoded]:
        """The `n` best texts of one line, best first, by search whatever the options' decoder.

        Confidences are the texts' probabilities among those found.
        """
        check_shape(log_probs, self.charset)
        first = greedy_batch([log_probs], self.charset)[0]
        found = self._find(log_probs, max(n, _RIVALS), first, self._ways_of([first.text])[0])
        shares = self._confidences(found)
        return [self._finished(self._decoded(log_probs, h, c, found.exact))
                for h, c in zip(found.texts[:n], shares, strict=False)]

    def _good_enough(self, first: Decoded, raw: float) -> bool:
        """Whether the greedy text stands without a search."""
        least = self.options.unsure_below
        if self.allowed is not None:
            if not self.allows(first.text):
                return False
            # more than half of all probability: no other text can have more
            return (self._plain and raw > 0.5) or first.confidence >= least > 0
        return self.options.decoder == "greedy" or first.confidence >= least \
            or _is_hopeless(first, raw)

    def _is_code(self, first: Decoded) -> bool:
        """Whether nothing but codes is read, of which neither a language model nor an attention
        decoder, which learns the language too, knows better."""
        return self.allowed is None and not (self._plain and self._scorer is None) \
            and all(looks_like_code(w) for w in first.text.split())

    def _searched(self, log_probs: Floats, memory: Floats | None, first: Decoded,
                  way: _Way) -> Decoded:
        found = self._find(log_probs, 1 if way.constrained else _RIVALS, first, way)
        if self._scorer and memory is not None and not way.constrained and len(found.texts) > 1:
            texts = rescored(found.texts, memory, self._scorer, self.options.rescore)
            found = dataclasses.replace(found, texts=texts)
        if not found.texts:
            return Decoded("", -math.inf, (), 0.0, found.exact, found.reason)
        return self._decoded(log_probs, found.texts[0], self._confidences(found)[0], found.exact)

    def _find(self, log_probs: Floats, n: int, first: Decoded, way: _Way,
              pruning: Pruning | None = None) -> Found:
        codes = [] if self._plain else _codes(first)
        if way.constrained and self._alone:
            return (self._alone if codes else way.constrained).search(log_probs, n)
        return Found(beam_search(log_probs, way.fusion, pruning or self._pruning, n, codes), True)

    def _ways_of(self, texts: Sequence[str]) -> list[_Way]:
        """How to search lines of these greedy readings."""
        if isinstance(self._lm, Languages):
            return [self._way(lm) for lm in self._lm.expecting(texts)]
        return [self._way(self._lm)] * len(texts)

    def _way(self, lm: CharacterModel | None) -> _Way:
        way = self._ways.get(lm)
        if way is None:
            fusion = self._make_fusion(lm)
            way = self._ways[lm] = _Way(fusion, self._constrained(fusion))
        return way

    def _confidences(self, found: Found) -> list[float]:
        """Calibrated probability of each text found: the network's own where nothing else counts,
        else the network's for all of them, shared out by their fused scores."""
        ctc = np.array([h.ctc for h in found.texts])
        raw = np.exp(ctc)
        if len(ctc) > 1 and not (self._plain and self._scorer is None):
            score = np.array([h.score for h in found.texts])
            share = np.exp(score - score.max())
            raw = raw.sum() * share / share.sum()
        return [_unit(c) for c in calibrated(self.options.calibrator, raw).tolist()]

    def _decoded(self, log_probs: Floats, h: Hypothesis, confidence: float, exact: bool) -> Decoded:
        characters = align(log_probs, h.classes, self.charset.lookup)
        return Decoded(self.charset.decode(h.classes), h.score, characters, confidence, exact)

    def _finished(self, decoded: Decoded) -> Decoded:
        """Signs restyled where a constraint still allows the text, unsure characters marked."""
        out = restyle(decoded, self.options.typography)
        if self.allowed is not None and out is not decoded and not self.allows(out.text):
            out = decoded
        least, mark = self.options.min_confidence, self.options.reject
        if least and any(c.probability < least for c in out.characters):
            # what is between words stays: a mark there would join them
            marked = (c if c.probability >= least or c.char == " " else c._replace(char=mark)
                      for c in out.characters)
            out = out.saying(c for c in marked if c.char)
        return out

    def _constrained(self, fusion: Fusion) -> ConstrainedSearch | None:
        return ConstrainedSearch(self.allowed, fusion, budget=self.options.budget,
                                 width=self.options.beam_width) if self.allowed else None

    def allows(self, text: str) -> bool:
        """Whether the constraint, where there is one, lets a line be this text."""
        return self.allowed is None or (not self.charset.unknown(text)
                                        and self.allowed.accepts(self.charset.encode(text)))

    def _length_bonus(self, lm: CharacterModel | None) -> float:
        if self.options.length_bonus is not None:
            return self.options.length_bonus
        return 0.0 if lm is None else _BONUS * self.options.lm_weight

    def _make_fusion(self, lm: CharacterModel | None) -> Fusion:
        o = self.options
        bonus = self._length_bonus(lm)
        fusion: Fusion = NoFusion(bonus) if lm is None else LanguageFusion(
            lm, self.charset, o.lm_weight, bonus)
        if self.lexicon and o.lexicon_bias:
            fusion = LexiconFusion(fusion, self.lexicon.words, self.charset, o.lexicon_bias)
        return fusion


def _read_lexicon(options: DecodeOptions, charset: Charset) -> Lexicon | None:
    if options.lexicon is None:
        return None
    try:
        text = Path(options.lexicon).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise UsageError(f"--lexicon {options.lexicon}: cannot read: {e}",
                         remedy="give a UTF-8 file with one word a line") from e
    return compile_lexicon(text.split("\n"), charset)


def _codes(first: Decoded) -> list[tuple[int, int]]:
    """The frames of words that look like codes in the greedy reading."""
    out: list[tuple[int, int]] = []
    words: list[list[Character]] = [[]]
    for c in first.characters:
        if c.char == " ":
            words.append([])
        else:
            words[-1].append(c)
    for word in words:
        if word and looks_like_code("".join(c.char for c in word)):
            # a frame on both sides, where the neighbouring blank begins to give way
            out.append((max(word[0].start_frame - 1, 0), word[-1].end_frame + 1))
    return out


def _is_hopeless(first: Decoded, raw: float) -> bool:
    """Whether a greedy reading of that probability makes no sense."""
    return raw < HOPELESS ** len(first.text)


def _unit(p: float) -> float:
    return min(max(p, 0.0), 1.0)
