import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.decode.greedy import greedy, greedy_batch
from deeptext_cli.text import Charset

ABC = Charset("ab c")


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def frames(path, classes, p=0.9):
    out = np.full((len(path), classes), (1 - p) / (classes - 1), np.float32)
    out[np.arange(len(path)), path] = p
    return np.log(out)


def reference(lp, charset):
    """The definition, spelt out: groupby over the best path."""
    best = [max(range(len(row)), key=lambda c: row[c]) for row in lp]
    return "".join(charset.lookup[c] for c, _ in itertools.groupby(best) if c)


def test_collapses_repeats_and_keeps_doubles_split_by_blank():
    lp = frames([1, 1, 0, 1, 2, 2, 3, 0], ABC.classes)
    out = greedy(lp, ABC)
    assert out.text == "aab "
    assert [(c.char, c.start_frame, c.end_frame) for c in out.characters] == [
        ("a", 0, 2), ("a", 3, 4), ("b", 4, 6), (" ", 6, 7)]
    assert out.score == pytest.approx(8 * math.log(0.9), abs=1e-5)
    assert out.confidence == pytest.approx(0.9 ** 8, rel=1e-4)


def test_probability_is_the_peak_of_the_run():
    lp = np.log(np.array([[.4, .6, 0, 0, 0], [.05, .95, 0, 0, 0], [.3, .7, 0, 0, 0]]) + 1e-9)
    (char,) = greedy(lp, ABC).characters
    assert char.probability == pytest.approx(.95, abs=1e-6)
    assert (char.start_frame, char.end_frame) == (0, 3)


def test_blank_class_elsewhere():
    charset = Charset("ab")
    lp = frames([2, 1, 2, 0, 0], 3)
    assert greedy(lp, charset, blank=2).text == "a"  # class 0 gives no text, class 1 gives "a"


@pytest.mark.parametrize("shape", [(0, 5)])
def test_no_frames_is_empty(shape):
    assert greedy(np.zeros(shape, np.float32), ABC).text == ""


@pytest.mark.parametrize("shape", [(4, 6), (5,), (2, 4, 5)])
def test_wrong_shape_is_refused(shape):
    with pytest.raises(ValueError, match="expected"):
        greedy(np.zeros(shape, np.float32), ABC)


@given(st.integers(0, 2 ** 32 - 1), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_matches_the_definition_and_batches_alike(seed, t):
    rng = np.random.default_rng(seed)
    lp = log_softmax(rng.normal(size=(4, t, ABC.classes)) * 3).astype(np.float32)
    lengths = rng.integers(0, t + 1, 4)
    one = [greedy(p[:n], ABC) for p, n in zip(lp, lengths, strict=True)]
    assert [d.text for d in one] == [reference(p[:n], ABC)
                                     for p, n in zip(lp, lengths, strict=True)]
    for many in (greedy_batch(lp, ABC, lengths), greedy_batch(list(lp), ABC, lengths)):
        assert [d.text for d in many] == [d.text for d in one]
        assert [d.characters for d in many] == [d.characters for d in one]
        assert [d.score for d in many] == pytest.approx([d.score for d in one])


def test_is_fast_enough():
    rng = np.random.default_rng(0)
    charset = Charset(chr(0x100 + i) for i in range(317))
    lp = rng.normal(size=(100, 80, charset.classes)).astype(np.float32)
    best = min(_timed(lambda: greedy_batch(lp, charset)) for _ in range(5))
    assert 100 / best > 1000  # lines a second; an idle core gives several thousand


def _timed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
