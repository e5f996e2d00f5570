import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.decode.automaton import intersect, of_length
from deeptext_cli.decode.pattern import compile_pattern
from deeptext_cli.errors import UsageError
from deeptext_cli.text import Charset

CHARSET = Charset("ab1-")
TEXTS = ["".join(t) for n in range(6) for t in itertools.product("ab1-", repeat=n)]


def language(automaton, charset=CHARSET, texts=TEXTS):
    return [t for t in texts if automaton.accepts(charset.encode(t))]


atoms = st.sampled_from(["a", "b", "1", "-", ".", "[ab]", "[^a]", "[a-b1]", r"\d", r"\w", r"\-",
                         r"[\d-]", r"\D", "[^\\w]", "[]a]", "[a-]"])


def _extend(inner):
    quantified = st.tuples(inner, st.sampled_from(
        ["?", "*", "+", "{2}", "{1,3}", "{0,1}", "{2,}", "{0}", "{0,}"])).map(
            lambda t: f"(?:{t[0]}){t[1]}")
    sequence = st.lists(inner, min_size=1, max_size=3).map("".join)
    either = st.lists(inner, min_size=2, max_size=3).map(lambda p: f"({'|'.join(p)})")
    return st.one_of(quantified, sequence, either)


@given(st.recursive(atoms, _extend, max_leaves=6))
@settings(max_examples=150, deadline=None)
def test_accepts_what_re_matches(pattern):
    expected = [t for t in TEXTS if re.fullmatch(pattern, t, re.ASCII)]
    assert language(compile_pattern(pattern, CHARSET)) == expected


@pytest.mark.parametrize("pattern", ["^ab?$", "a||b", "()", "", "a{2}b{1}", "(a|)b", "[.]", "^$",
                                     r"a\|?b", "(?:a|b)*1"])
def test_corner_cases_match_re(pattern):
    expected = [t for t in TEXTS if re.fullmatch(pattern, t)]
    assert language(compile_pattern(pattern, CHARSET)) == expected


def test_a_plate():
    charset = Charset("ABC0123456789-xyz")
    a = compile_pattern(r"[A-Z]{3}-?\d{3,4}", charset)
    for text, ok in [("ABC-123", True), ("ABC1234", True), ("ABC-12345", False), ("AB-123", False),
                     ("", False), ("xyz-123", False)]:
        assert a.accepts(charset.encode(text)) is ok, text


@pytest.mark.parametrize(("pattern", "says"), [
    ("a(?=b)", "look-around"), ("(?i)a", "look-around"), ("a*?", "lazy"), ("a++", "lazy"),
    ("(a", r"missing \)"), ("a)", r"unbalanced \)"), ("[a", "missing ]"), ("*a", "nothing"),
    (r"(a)\1", "not supported"), ("a{,3}", r"expected \{n\}"), ("a{3,1}", "upper bound"),
    ("a^b", "at the ends"), ("[b-a]", "bad range"), ("\\", "not supported"), (r"\bfoo", "not supp"),
    ("a{99999}", "too large"), ("(a{60}){90}", "too long"), ("[[:alpha:]]", "not supported")])
def test_unsupported_syntax_is_a_clear_error(pattern, says):
    with pytest.raises(UsageError, match=says) as e:
        compile_pattern(pattern, CHARSET)
    assert e.value.exit_code == 2
    assert e.value.remedy


def test_every_state_can_be_finished():
    a = compile_pattern("(a|bX)1", CHARSET)  # X is not in the charset: that branch is dead
    assert language(a) == ["a1"]
    assert (a.distance >= 0).all()
    assert a.states == 3


def test_nothing_left():
    assert compile_pattern("X", CHARSET).states == 0
    assert not compile_pattern("X", CHARSET).accepts([])


@given(st.integers(0, 4), st.integers(0, 3), st.sets(st.sampled_from("ab1-")))
@settings(max_examples=40, deadline=None)
def test_length_and_intersection(low, more, allowed):
    length = of_length(CHARSET.encode("".join(sorted(allowed))), low, low + more)
    both = intersect(length, compile_pattern("a*[b1]?-*", CHARSET))
    expected = [t for t in TEXTS if low <= len(t) <= low + more and set(t) <= allowed
                and re.fullmatch("a*[b1]?-*", t)]
    assert language(both) == expected


def test_open_length():
    assert language(of_length([1], 2, None)) == ["aa", "aaa", "aaaa", "aaaaa"]
