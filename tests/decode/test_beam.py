import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.decode.alignment import log_probabilities
from deeptext_cli.decode.beam import Pruning, beam_search
from deeptext_cli.decode.fusion import NoFusion

sys.path.insert(0, str(Path(__file__).parent))
from decoding_oracle import all_texts, random_log_probs

EVERYTHING = Pruning(100_000, 1.0, 0.0, 0, math.inf)


class Bigrams:
    """A made-up language: the score of a character depends on the one before."""

    most_at_end = 0.3

    def __init__(self, seed, classes):
        self.table = np.random.default_rng(seed).normal(size=(classes, classes)).tolist()
        self.most = max(max(r) for r in self.table)

    def start(self):
        return 0

    def extend(self, state, symbol):
        return self.table[state][symbol], symbol

    def finish(self, state):
        return 0.3 if state == 1 else 0.0

    def score(self, text):
        steps = sum(self.table[a][b] for a, b in zip((0, *text), text, strict=False))
        return steps + self.finish(text[-1] if text else 0)


shapes = st.tuples(st.integers(0, 2 ** 32 - 1), st.integers(1, 5), st.integers(2, 4))


@given(shapes)
@settings(max_examples=60, deadline=None)
def test_unpruned_search_is_exhaustive(shape):
    lp = random_log_probs(*shape)
    expected = sorted(all_texts(lp).items(), key=lambda e: (-e[1], e[0]))
    found = beam_search(lp, NoFusion(), EVERYTHING, n=10 ** 6)
    assert {h.classes for h in found} == {t for t, _ in expected}
    assert {h.classes: h.score for h in found} == pytest.approx(dict(expected), abs=1e-9)
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


@given(shapes, st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_fused_scores_are_added(shape, seed):
    lp = random_log_probs(*shape)
    fusion = Bigrams(seed, shape[2])
    expected = {t: s + fusion.score(t) for t, s in all_texts(lp).items()}
    best = beam_search(lp, fusion, EVERYTHING, n=3)
    order = sorted(expected.values(), reverse=True)[:3]
    assert [h.score for h in best] == pytest.approx(order, abs=1e-9)
    assert best[0].score == pytest.approx(expected[best[0].classes], abs=1e-9)


@given(shapes)
@settings(max_examples=40, deadline=None)
def test_forward_algorithm_matches_enumeration(shape):
    lp = random_log_probs(*shape)
    expected = all_texts(lp)
    texts = [*expected, (1,) * (shape[1] + 1)]
    got = log_probabilities([lp] * len(texts), texts)
    assert got[:-1] == pytest.approx(list(expected.values()), abs=1e-9)
    assert got[-1] == -math.inf


def test_sums_alignments_where_greedy_takes_one():
    # best path is all blank (.36), but "a" has .64 over three alignments
    lp = np.log(np.array([[.6, .4], [.6, .4]]))
    best = beam_search(lp, NoFusion(), EVERYTHING)[0]
    assert best.classes == (1,)
    assert math.exp(best.score) == pytest.approx(.64)


def peaked(seed, frames=30, classes=25):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(frames, classes))
    path = np.where(rng.random(frames) < .5, 0, rng.integers(1, classes, frames))
    logits[np.arange(frames), path] += rng.choice([4, 9, 14], frames, p=[.1, .2, .7])
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


@pytest.mark.parametrize("seed", range(3))
def test_default_pruning_finds_what_little_pruning_finds(seed):
    lp = peaked(seed)
    careful = beam_search(lp, NoFusion(), Pruning(60, 1.0, 1e-6, 0, 25.0))[0]
    quick = beam_search(lp, NoFusion(), Pruning())[0]
    assert quick.classes == careful.classes
    assert quick.score == pytest.approx(careful.score, abs=0.05)


class Opinions:
    """Adds a fixed score for each pair of characters that follow each other, at most `most`."""

    most_at_end = 0.0

    def __init__(self, seed, classes, most, told):
        self.most = told
        self.scores = most - np.random.default_rng(seed).exponential(2, (classes, classes))
        self.asked = 0

    def start(self):
        return 0

    def extend(self, state, symbol):
        self.asked += 1
        return float(self.scores[state, symbol]), symbol

    def finish(self, state):
        return 0.0


@given(st.integers(0, 10 ** 6), st.sampled_from([1, 2, 5, 12]))
@settings(max_examples=40, deadline=None)
def test_what_cannot_be_among_the_best_is_not_asked_about(seed, width):
    """With a bound on what `fusion` can add the same is found with fewer questions."""
    lp = peaked(seed, frames=20, classes=12)
    knows, unknown = (Opinions(seed, 12, 1.0, told) for told in (1.0, math.inf))
    pruning = Pruning(width, margin=math.inf)
    found = beam_search(lp, knows, pruning, n=5)
    expected = beam_search(lp, unknown, pruning, n=5)
    assert [h.classes for h in found] == [h.classes for h in expected]
    assert [h.score for h in found] == pytest.approx([h.score for h in expected])
    assert knows.asked <= unknown.asked


def test_questions_are_spared():
    lp = peaked(3, frames=60)
    knows, unknown = (Opinions(3, 25, 1.0, told) for told in (1.0, math.inf))
    beam_search(lp, knows, Pruning(20, margin=math.inf))
    beam_search(lp, unknown, Pruning(20, margin=math.inf))
    assert knows.asked < 0.7 * unknown.asked


class Prefers:
    """Adds two nats for class 2."""

    most, most_at_end = 2.0, 0.0

    def start(self):
        return None

    def extend(self, state, symbol):
        return 2.0 * (symbol == 2), None

    def finish(self, state):
        return 0.0


def test_the_network_alone_decides_in_muted_frames():
    lp = np.log(np.array([[.1, .5, .4], [.8, .1, .1]]))
    for muted, classes in (([], (2,)), ([(1, 2)], (2,)), ([(0, 1)], (1,)), ([(0, 2)], (1,))):
        best = beam_search(lp, Prefers(), EVERYTHING, muted=muted)[0]
        assert best.classes == classes
        assert best.score - best.ctc == pytest.approx(2.0 * (classes == (2,)))


def test_width_one_on_sure_frames_is_greedy():
    lp = peaked(1)
    lp[np.arange(30), lp.argmax(1)] += 30
    lp -= np.log(np.exp(lp).sum(1, keepdims=True))
    path = lp.argmax(1)
    collapsed = tuple(int(c) for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c))
    assert beam_search(lp, NoFusion(), Pruning(1))[0].classes == collapsed


def test_no_frames():
    assert beam_search(np.zeros((0, 3)), NoFusion(), Pruning())[0].classes == ()
