import itertools
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.decode import exact
from deeptext_cli.decode.alignment import log_probabilities
from deeptext_cli.decode.automaton import build, intersect, of_length
from deeptext_cli.decode.exact import ConstrainedSearch
from deeptext_cli.decode.fusion import NoFusion
from deeptext_cli.decode.lookahead import Arrivals, lookahead
from deeptext_cli.decode.pattern import compile_pattern
from deeptext_cli.text import Charset

sys.path.insert(0, str(Path(__file__).parent))
from decoding_oracle import all_texts, random_log_probs
from test_beam import Bigrams

AB1 = Charset("ab1")
PATTERNS = ["a*", "[ab]{2}", "(ab|1)+", "a?b?1?", r"\d+|b", "(a|b1){1,2}", ".{3}", "aa|bb", ""]
patterns = st.sampled_from(PATTERNS)
lines = st.builds(random_log_probs, st.integers(0, 2 ** 32 - 1), st.integers(1, 5), st.just(4),
                  st.sampled_from([0.3, 2.0, 6.0]))


@given(lines, patterns)
@settings(max_examples=150, deadline=None)
def test_finds_the_best_allowed_texts(lp, pattern):
    automaton = compile_pattern(pattern, AB1)
    allowed = {t: s for t, s in all_texts(lp).items() if automaton.accepts(t)}
    found = ConstrainedSearch(automaton, NoFusion(), budget=10 ** 6).search(lp, n=3)
    assert found.exact
    if not allowed:
        assert not found.texts
        assert "fits" in found.reason
        return
    best = sorted(allowed.values(), reverse=True)[:3]
    assert [h.score for h in found.texts] == pytest.approx(best, abs=1e-9)
    for h in found.texts:
        assert h.score == pytest.approx(allowed[h.classes], abs=1e-9)


@given(lines, patterns, st.integers(0, 100))
@settings(max_examples=80, deadline=None)
def test_exact_with_fused_scores(lp, pattern, seed):
    automaton = compile_pattern(pattern, AB1)
    fusion = Bigrams(seed, 4)
    allowed = {t: s + fusion.score(t) for t, s in all_texts(lp).items() if automaton.accepts(t)}
    found = ConstrainedSearch(automaton, fusion, budget=10 ** 6).search(lp, n=2)
    best = sorted(allowed.values(), reverse=True)[:2]
    assert [h.score for h in found.texts] == pytest.approx(best, abs=1e-9)


@given(lines, patterns)
@settings(max_examples=80, deadline=None)
def test_bound_is_never_below_the_best_ending(lp, pattern):
    automaton = compile_pattern(pattern, AB1)
    blank, char = lookahead(lp, automaton, Arrivals.of(automaton))
    for t in range(len(lp) + 1):
        texts = all_texts(lp[t:]) if t < len(lp) else {(): 0.0}
        best = max((s for x, s in texts.items() if automaton.accepts(x)), default=-math.inf)
        assert blank[t, 0] >= best - 1e-9
    assert blank.shape == (len(lp) + 1, automaton.states)
    assert char.shape[0] == len(lp) + 1


@given(lines, patterns)
@settings(max_examples=80, deadline=None)
def test_out_of_budget_still_satisfies_and_says_so(lp, pattern):
    automaton = compile_pattern(pattern, AB1)
    allowed = {t: s for t, s in all_texts(lp).items() if automaton.accepts(t)}
    found = ConstrainedSearch(automaton, NoFusion(), budget=0, width=3).search(lp)
    if not allowed:
        assert not found.texts
        return
    assert not found.exact
    assert found.texts[0].score == pytest.approx(allowed[found.texts[0].classes], abs=1e-9)


@given(lines, patterns, st.floats(0.01, 3.0))
@settings(max_examples=80, deadline=None)
def test_frames_that_are_only_bounded_change_nothing(lp, pattern, far):
    automaton = compile_pattern(pattern, AB1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "_FAR", far)
        found = ConstrainedSearch(automaton, NoFusion(), budget=10 ** 6).search(lp, n=2)
    best = sorted((s for t, s in all_texts(lp).items() if automaton.accepts(t)), reverse=True)[:2]
    assert [h.score for h in found.texts] == pytest.approx(best, abs=1e-9)


def contradicting_line(text, charset, frames_each=3, sure=14.0):
    """Peaked posteriors that show `text`."""
    lp = np.zeros((len(text) * frames_each + 1, charset.classes))
    for i, c in enumerate(charset.encode(text)):
        lp[i * frames_each + 1:(i + 1) * frames_each, c] = sure
        lp[i * frames_each, 0] = sure
    lp[-1, 0] = sure
    return lp - np.log(np.exp(lp).sum(1, keepdims=True))


def test_constraint_against_sure_posteriors():
    """What the network is sure of is forbidden; the runner-up is a millionth as likely."""
    charset = Charset("O0I1X")
    lp = contradicting_line("O1O", charset)
    lp[1:3, charset.encode("0")[0]] += 3
    lp[7:9, charset.encode("0")[0]] += 3
    found = ConstrainedSearch(compile_pattern(r"\d{3}", charset), NoFusion()).search(lp)
    assert charset.decode(found.texts[0].classes) == "010"
    assert found.exact


def test_length_far_from_what_is_seen_does_not_underflow():
    charset = Charset("abcdefgh")
    lp = contradicting_line("abcdefgh" * 12, charset, sure=25.0)
    for n in (1, 120):
        found = ConstrainedSearch(of_length(range(1, 9), n, n), NoFusion(), budget=200).search(lp)
        assert len(found.texts[0].classes) == n
        assert math.isfinite(found.texts[0].score)


def test_a_line_that_says_something_else_is_soon_given_up(monkeypatch):
    """Five characters of a line of sixty-four: nothing that the proof would take long about."""
    expanded = []
    expand = exact._Line.expand
    monkeypatch.setattr(exact._Line, "expand",
                        lambda line, prefix: expanded.append(prefix) or expand(line, prefix))
    charset = Charset("abcdefgh")
    lp = contradicting_line("abcdefgh" * 8, charset)
    found = ConstrainedSearch(of_length(range(1, 9), 5, 5), NoFusion(), budget=1000).search(lp)
    assert len(found.texts[0].classes) == 5
    assert not found.exact
    assert len(expanded) < 150


def test_impossible_is_declared():
    lp = random_log_probs(0, 4, 4)
    search = ConstrainedSearch(of_length([1, 2, 3], 5, 5), NoFusion())
    assert search.search(lp).reason
    none = ConstrainedSearch(build([{}], ()), NoFusion()).search(lp)
    assert not none.texts
    assert "no text at all" in none.reason


@given(st.integers(0, 2 ** 32 - 1))
@settings(max_examples=15, deadline=None)
def test_fixed_length_against_exhaustive_on_longer_lines(seed):
    """A space that can be enumerated where the paths cannot: all 3-character texts, 12 frames."""
    lp = random_log_probs(seed, 12, 6, 3.0)
    automaton = intersect(of_length(range(1, 6), 3, 3), of_length([1, 3, 4, 5], 0, 9))
    found = ConstrainedSearch(automaton, NoFusion(), budget=10 ** 5).search(lp)
    texts = list(itertools.product([1, 3, 4, 5], repeat=3))
    best = max(zip(log_probabilities([lp] * len(texts), texts), texts, strict=True))
    assert found.texts[0].score == pytest.approx(best[0], abs=1e-9)
    assert found.texts[0].classes == best[1]


def test_how_likely_a_text_is_does_not_depend_on_those_beside_it():
    unlikely = np.full((400, 3), -3.0)
    alone, beside = (log_probabilities([unlikely] * n, [(1,), (1, 2) * 20][:n]) for n in (1, 2))
    assert np.isfinite(alone[0])
    assert beside[0] == pytest.approx(alone[0])
