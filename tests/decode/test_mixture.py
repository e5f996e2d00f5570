"""Several looks at one line, decoded together."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.config.decode import DecodeOptions
from deeptext_cli.decode.beam import Pruning, beam_search
from deeptext_cli.decode.decoder import Decoder
from deeptext_cli.decode.fusion import NoFusion
from deeptext_cli.decode.mixture import TOGETHER, judged_together
from deeptext_cli.text import Charset

sys.path.insert(0, str(Path(__file__).parent))
from decoding_oracle import all_texts, random_log_probs

ABC = Charset("abc")
ALL = Pruning(10_000, 1.0, 0.0, 0, math.inf)


@given(st.integers(0, 2 ** 32 - 1), st.lists(st.integers(1, 4), min_size=1, max_size=3),
       st.floats(0, 2))
@settings(max_examples=60, deadline=None)
def test_the_best_text_is_that_of_the_mixture(seed: int, frames: list[int], bonus: float) -> None:
    """Oracle: every alignment of every look, added up."""
    rng = np.random.default_rng(seed)
    looks = [random_log_probs(rng, t, 3, 2.0) for t in frames]
    found = [beam_search(p, NoFusion(bonus), ALL, 10_000) for p in looks]
    texts, best = judged_together(found, looks)
    by_look = [all_texts(p) for p in looks]
    mean = {t: sum(math.exp(x[t]) if t in x else 0.0 for x in by_look) / len(looks)
            for x in by_look for t in x}
    assert {h.classes for h in texts} == set(mean)
    for h, k in zip(texts, best, strict=True):
        assert h.ctc == pytest.approx(math.log(mean[h.classes]), abs=1e-4)
        assert h.score == pytest.approx(TOGETHER * h.ctc + bonus * len(h.classes), abs=1e-4)
        gives = [x.get(h.classes, -math.inf) for x in by_look]
        assert gives[k] == pytest.approx(max(gives), abs=1e-4)
    scores = [h.score for h in texts]
    assert scores == sorted(scores, reverse=True)


def shown(text: str, rival: str, share: float) -> np.ndarray:
    """Posteriors (T, C) of a text whose every character is its rival's with that share."""
    rows = []
    for char, other in zip(text, rival, strict=True):
        p = np.full(ABC.classes, 1e-4)
        p[ABC.encode(char)[0]] += 1 - share
        p[ABC.encode(other)[0]] += share
        rows += [[1.0, *[1e-6] * 3], p]
    return np.log(np.array([*rows, [1.0, *[1e-6] * 3]])).astype(np.float32)


def together(looks: list[np.ndarray], **options: object) -> tuple[str, int] | None:
    decoder = Decoder(ABC, DecodeOptions(decoder="beam", **options))
    found = decoder.decode_together(looks, None, decoder.sketch_batch(looks))
    return found and (found[0].text, found[1])


def test_a_text_that_is_first_at_no_look_may_be_best_of_all() -> None:
    looks = [shown("ab", "cb", 0.45), shown("cb", "ca", 0.45), shown("ab", "ab", 0.0)]
    assert together(looks[:2]) == ("cb", 1)
    assert together(looks) == ("ab", 2)
    one = shown("aa", "ba", 0.4)  # aa .6, ba .4
    two = shown("bc", "ba", 0.4)  # bc .6, ba .4: together ba .4, each of the others .3
    assert together([one, two]) == ("ba", 0)


def test_characters_stand_where_the_look_that_shows_them_best_has_them() -> None:
    wide = np.repeat(shown("ab", "ab", 0.0), 2, axis=0)
    narrow = shown("ab", "cc", 0.5)
    decoder = Decoder(ABC, DecodeOptions(decoder="beam"))
    found = decoder.decode_together([narrow, wide], None, decoder.sketch_batch([narrow, wide]))
    assert found is not None
    decoded, look = found
    assert (decoded.text, look) == ("ab", 1)
    assert [c.start_frame for c in decoded.characters] == [2, 6]
    assert 0.5 < decoded.confidence < 1  # half of it is that of the unsure look


def test_looks_that_make_no_sense_are_not_searched() -> None:
    """But they count: what they think unlikely is."""
    noise = np.full((9, ABC.classes), -math.log(ABC.classes), np.float32)
    assert together([noise, noise]) is None
    assert together([noise, shown("ab", "ab", 0.0)]) == ("ab", 1)
    assert together([shown("ab", "ab", 0.0)], pattern="[ab]+") is None  # texts of any kind
