import itertools
import math
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.config.decode import DecodeOptions, Typography, length_range
from deeptext_cli.decode import ngram_file
from deeptext_cli.decode.decoder import Decoder
from deeptext_cli.decode.ngram import NgramModel
from deeptext_cli.engine.lm_counts import NgramCounts, choose_vocabulary
from deeptext_cli.engine.lm_estimate import estimate
from deeptext_cli.errors import UsageError
from deeptext_cli.text import Charset

sys.path.insert(0, str(Path(__file__).parent))
from decoding_oracle import all_texts, random_log_probs

AB1 = Charset("ab1")
PRINT = Charset("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.,'")


def line(charset, text, doubts=(), frames=2, sure=0.999):
    """Peaked posteriors of `text`; doubts: {position: (rival, its share)};
    "" stands for the blank."""
    doubts = dict(doubts)
    rows = []
    for i, c in enumerate(text):
        p = np.full(charset.classes, (1 - sure) / charset.classes)
        k = charset.encode(c)[0]
        if i in doubts:
            rival, share = doubts[i]
            p[charset.encode(rival)[0] if rival else 0] += sure * share
            p[k] += sure * (1 - share)
        else:
            p[k] += sure
        blank = np.full(charset.classes, (1 - sure) / charset.classes)
        blank[0] += sure
        rows += [blank, *[p] * (frames if i not in doubts else 1)]
    rows.append(blank)
    return np.log(np.array(rows)).astype(np.float32)


@pytest.fixture(scope="module")
def lm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lm")
    sentences = ["the order of the house", "she had no other hope", "more of the good old love",
                 "look at the door", "a good book for the school", "one more moon over the wood",
                 "in 1900 the old town stood here", "go on to the next room"] * 30
    counts = NgramCounts(folder, choose_vocabulary(sentences, limit=99), 6)
    counts.add(s.translate(str.maketrans("123456789", "000000000")) for s in sentences)
    ngram_file.write(estimate(counts, digit_class=True), folder / "lm.bin")
    return NgramModel(folder / "lm.bin")


def beam(**more):
    return DecodeOptions(decoder="beam", unsure_below=1, **more)


# -- constraints hold, and the best is found, whatever the options

specs = st.sampled_from([
    {"pattern": "a+1?"}, {"length": "2"}, {"length": "1-2", "chars": "a1"}, {"chars": "ab"},
    {"exclude_chars": "b"}, {"pattern": r"[ab]\d", "exclude_chars": "a"}, {"length": "3-"}])


def satisfies(text, spec):
    low, high = length_range(spec.get("length", "0-"))
    return (re.fullmatch(spec.get("pattern", "[^x]*"), text) is not None
            and low <= len(text) and (high is None or len(text) <= high)
            and set(text) <= set(spec.get("chars", "ab1"))
            and not set(text) & set(spec.get("exclude_chars", "")))


@given(st.integers(0, 2 ** 32 - 1), st.integers(1, 4), specs, st.sampled_from([0.5, 2, 8]))
@settings(max_examples=150, deadline=None)
def test_output_is_the_best_that_satisfies(seed, frames, spec, sharpness):
    lp = random_log_probs(seed, frames, 4, sharpness)
    out = Decoder(AB1, DecodeOptions(**spec, unsure_below=1)).decode(lp)
    texts = {AB1.decode(t): s for t, s in all_texts(lp).items()}
    allowed = {t: s for t, s in texts.items() if satisfies(t, spec)}
    if not allowed:
        assert out.text == ""
        assert "fits" in out.reason
        assert out.confidence == 0
    else:
        assert allowed[out.text] == pytest.approx(max(allowed.values()), abs=1e-9)
        assert out.reason == ""
        assert out.exact


def test_sure_texts_that_satisfy_are_not_searched(monkeypatch):
    decoder = Decoder(PRINT, DecodeOptions(pattern="[A-Z-]*"))
    monkeypatch.setattr(decoder, "_searched", None)
    assert decoder.decode(line(PRINT, "ABC-D")).text == "ABC-D"


def test_contradictory_constraints_are_refused_at_once():
    with pytest.raises(UsageError, match="no text satisfies"):
        Decoder(AB1, DecodeOptions(pattern="aa", length="3"))


@pytest.mark.parametrize(("spec", "kept"), [
    ("0-9", "0123456789"), ("A-C", "ABC"), (r"a\-c", "a-c"), ("-a", "-a"), ("a-", "a-"),
    (r"0-1\-", "01-")])
def test_chars_syntax(spec, kept):
    from deeptext_cli.decode.constraint import allowed_classes
    classes = allowed_classes(DecodeOptions(chars=spec), PRINT)
    assert sorted(PRINT.decode(classes)) == sorted(kept)


@pytest.mark.parametrize(("spec", "kept"), [
    ("0-9#", "0123456789#"), (r"a\-c", "a-c"), ("+-", "+-"), (" -$", ' !"#$'),
    ("}-¢", "}~¡¢")])  # no control characters
def test_chars_without_a_charset(spec, kept):
    from deeptext_cli.decode.constraint import listed_chars
    assert listed_chars(spec, "--charset") == kept


@pytest.mark.parametrize(("options", "says"), [
    ({"chars": "aé"}, "cannot write é"), ({"chars": "z-a"}, "is empty"),
    ({"chars": "a\\"}, "backslash"), ({"pattern": "("}, "missing"),
    ({"lexicon": "/nowhere/words"}, "cannot read")])
def test_bad_constraints_are_usage_errors(options, says):
    with pytest.raises(UsageError, match=says) as e:
        Decoder(PRINT, DecodeOptions(**options))
    assert e.value.exit_code == 2


def test_what_the_model_cannot_write_may_be_excluded():
    from deeptext_cli.decode.constraint import allowed_classes
    assert AB1.decode(allowed_classes(DecodeOptions(exclude_chars="bé"), AB1)) == "a1"


@pytest.mark.parametrize("bad", ["x", "6-4", "", "-3", "1-2-3"])
def test_bad_lengths(bad):
    with pytest.raises(ValueError, match="length"):
        DecodeOptions(length=bad)


# -- lexicon

def words_file(tmp_path, *words):
    (tmp_path / "words.txt").write_text("\n".join(words), encoding="utf-8")
    return str(tmp_path / "words.txt")


def test_hard_lexicon_writes_only_its_words(tmp_path):
    lexicon = words_file(tmp_path, "cat", "car", "dog", "", "naïve")
    decoder = Decoder(PRINT, DecodeOptions(lexicon=lexicon, unsure_below=1))
    assert decoder.decode(line(PRINT, "cab")).text in ("cat", "car")
    assert decoder.decode(line(PRINT, "cat dig")).text == "cat dog"
    assert decoder.lexicon.skipped == ("naïve",)
    whole = Decoder(PRINT, DecodeOptions(lexicon=lexicon, lexicon_scope="line", unsure_below=1))
    assert " " not in whole.decode(line(PRINT, "cat dig")).text


def test_lexicon_with_phrases_needs_line_scope(tmp_path):
    lexicon = words_file(tmp_path, "New York", "Rome")
    with pytest.raises(UsageError, match="entries with spaces"):
        Decoder(PRINT, DecodeOptions(lexicon=lexicon))
    decoder = Decoder(PRINT, DecodeOptions(lexicon=lexicon, lexicon_scope="line"))
    assert decoder.decode(line(PRINT, "New Yovk")).text == "New York"


def test_soft_lexicon_prefers_but_does_not_insist(tmp_path):
    lexicon = words_file(tmp_path, "cat", "dog")
    doubtful = line(PRINT, "cot dug.", {1: ("a", 0.3)})
    assert Decoder(PRINT, beam()).decode(doubtful).text == "cot dug."
    soft = Decoder(PRINT, beam(lexicon=lexicon, lexicon_bias=2.0))
    assert soft.decode(doubtful).text == "cat dug."


@given(st.sets(st.text("ab1", min_size=1, max_size=4), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_lexicon_automaton_is_the_word_list(words):
    from deeptext_cli.decode.lexicon import compile_lexicon
    lexicon = compile_lexicon(words, AB1)
    everything = ["".join(t) for n in range(6) for t in itertools.product("ab1", repeat=n)]
    assert {t for t in everything if lexicon.words.accepts(AB1.encode(t))} == words
    # minimal: no two states with the same continuations
    futures = [frozenset(t for t in everything if _from(lexicon.words, q, AB1.encode(t)))
               for q in range(lexicon.words.states)]
    assert len(set(futures)) == len(futures)


def _from(automaton, state, symbols):
    for c in symbols:
        state = automaton.step(state, c)
        if state < 0:
            return False
    return bool(automaton.accepting[state])


@pytest.mark.parametrize(("text", "words"), [
    ("cat", 1), ("cat cat.", 2), ("ca", 0), ("cats", 0), ("xycat", 0), ("cat-cat", 0),
    ("o'er", 1), ("", 0), (" cat ", 1)])
def test_a_soft_lexicon_counts_whole_words(text, words):
    from deeptext_cli.decode.fusion import LexiconFusion, NoFusion
    from deeptext_cli.decode.lexicon import compile_lexicon
    lexicon = compile_lexicon(["cat", "o'er"], PRINT)
    fusion = LexiconFusion(NoFusion(), lexicon.words, PRINT, 2.0)
    state, total = fusion.start(), 0.0
    for symbol in PRINT.encode(text):
        gain, state = fusion.extend(state, symbol)
        total += gain
    assert total + fusion.finish(state) == 2.0 * words


def test_a_dash_is_a_space_to_what_follows_and_other_signs_are_nothing():
    from deeptext_cli.decode.fusion import LanguageFusion

    class Heard(Unigrams):
        def start(self):
            return ""

        def symbol(self, char):
            return char

        def step(self, state, symbol):
            return -1.0, state + symbol

    fusion = LanguageFusion(Heard(""), TYPESET, 1.0)
    states = []
    for text in ("a b", "a—b", "“a [b”"):
        state = fusion.start()
        for symbol in TYPESET.encode(text):
            state = fusion.extend(state, symbol)[1]
        states.append(state)
    assert states[0] == states[1] == states[2]
    assert states[0][0] == "a b"


# -- language model

def test_language_model_mends_prose(lm):
    shown = line(PRINT, "the gocd bock", {6: ("o", 0.4), 11: ("o", 0.45)})
    assert Decoder(PRINT, DecodeOptions()).decode(shown).text == "the gocd bock"
    out = Decoder(PRINT, beam(lm_weight=0.5, length_bonus=0.5), lm).decode(shown)
    assert out.text == "the good book"
    assert "".join(c.char for c in out.characters) == out.text


CODES = ["X7K-0O1Q", "B0O8-5S1I", "QO0-77I1", "00O1l0O", "A1O0B2", "ZX0O", "SO0-11OI"]


@pytest.mark.parametrize("code", CODES)
def test_language_model_leaves_codes_alone(lm, code):
    """Each doubtful character has a rival at 45 %: prose would be turned over, codes never."""
    rivals = {"0": "o", "O": "o", "1": "l", "I": "l", "5": "s", "S": "s", "8": "a", "Q": "o"}
    doubts = {i: (rivals[c], 0.45) for i, c in enumerate(code) if c in rivals and i}
    shown = line(PRINT, code, doubts)
    for weight in (0.3, 0.5):
        out = Decoder(PRINT, beam(lm_weight=weight, length_bonus=weight), lm).decode(shown)
        greedy = Decoder(PRINT, DecodeOptions()).decode(shown).text
        assert greedy == code
        assert out.text == code, (weight, out.text)


@pytest.mark.parametrize("word", ["SDN", "QTY", "ABXK", "www.site.com", "a@b", "9.50", ":", "--",
                                  "A1", "xYzQ", "1/2", "ab12cde"])
def test_what_is_left_to_the_network(word):
    from deeptext_cli.decode.fusion import looks_like_code
    assert looks_like_code(word)


@pytest.mark.parametrize("word", ["The", "h0use", "I", "end.", "mother-in-law", "“so”", "McKay"])
def test_what_a_language_model_may_judge(word):
    from deeptext_cli.decode.fusion import looks_like_code
    assert not looks_like_code(word)


@pytest.mark.parametrize(("shown", "rival"), [("in 1980", "9"), ("in 3900", "1")])
def test_no_number_is_preferred_to_another(lm, shown, rival):
    at = 5 if rival == "9" else 3
    lp = line(PRINT, shown, {at: (rival, 0.49)})
    assert Decoder(PRINT, beam(lm_weight=1.0), lm).decode(lp).text == shown


TYPESET = Charset("".join(PRINT.chars) + "“”—[]")


@pytest.mark.parametrize("text", ["“the good book”", "the house—the order", "[the town] stood",
                                  "“hope” “love”"])
def test_signs_that_the_texts_lacked_are_not_struck_out(lm, text):
    """Each sign has nothing as its rival at 20 %, which a model that never saw one would prefer."""
    signs = [i for i, c in enumerate(text) if c in "“”—[]"]
    shown = line(TYPESET, text, dict.fromkeys(signs, ("", 0.2)))
    out = Decoder(TYPESET, beam(lm_weight=0.6, length_bonus=0.6), lm).decode(shown)
    assert out.text == text


@pytest.mark.parametrize("text", ["‘good’ book", "‘the good book’", "‘the good,’ book"])
def test_a_quotation_is_closed_by_what_looks_like_an_apostrophe(lm, text):
    """Of the closing mark the network decides where there is an opening one: texts have it within
    words (`don’t`), where it is no end of anything."""
    quoting = Charset("".join(PRINT.chars) + "‘’")
    shown = line(quoting, text, {text.index("’"): ("", 0.3)})
    options = beam(lm_weight=0.6, length_bonus=0.6)
    assert Decoder(quoting, options, lm).decode(shown).text == text
    bare = text.replace("‘", "")
    shown = line(quoting, bare, {bare.index("’"): ("", 0.3)})
    assert Decoder(quoting, options, lm).decode(shown).text == bare.replace("’", "")


def test_words_after_signs_are_judged_as_ever(lm):
    for before, after in (("“", "”"), ("house—", ""), ("[", "]")):
        at = len(before)
        shown = line(TYPESET, f"{before}gocd book{after}", {at + 2: ("o", 0.4)})
        out = Decoder(TYPESET, beam(lm_weight=0.5, length_bonus=0.5), lm).decode(shown)
        assert out.text == f"{before}good book{after}"


def test_sure_posteriors_are_never_overruled(lm):
    for text in ("thq hoose zf", "xxx the ordqr"):
        out = Decoder(PRINT, beam(lm_weight=0.5, length_bonus=0.5), lm).decode(line(PRINT, text))
        assert out.text == text


class Unigrams:
    """A language model of characters that are likelier than others, whatever came before."""

    def __init__(self, likely):
        self.likely = likely

    def start(self):
        return 0

    def symbol(self, char):
        return int(char in self.likely)

    def step(self, state, symbol):
        return math.log(0.9 if symbol else 0.1), state + 1


def test_a_mixture_believes_the_model_that_expects_the_text():
    from deeptext_cli.decode.ngram_mixture import LanguageMixture
    mixture = LanguageMixture([Unigrams("ab"), Unigrams("xy")])
    state, total = mixture.start(), 0.0
    for i, c in enumerate("abab"):
        log_p, state = mixture.step(state, mixture.symbol(c))
        total += log_p
        assert state[1] == (i + 1, i + 1)
    # Bayes by hand: the mean of both models' probabilities, but for the least belief kept
    assert math.exp(total) == pytest.approx((0.9 ** 4 + 0.1 ** 4) / 2, rel=0.1)
    assert state[0][0] > 0.98
    assert sum(state[0]) == pytest.approx(1)
    first = mixture.step(mixture.start(), mixture.symbol("a"))[0]
    assert math.exp(first) == pytest.approx(0.5)


def test_threads_that_meet_new_characters_give_each_one_number():
    from deeptext_cli.decode.ngram_mixture import LanguageMixture
    letters = [chr(0x100 + i) for i in range(100)]

    def told(mixture, start):
        start.wait()
        return [mixture.symbol(c) for c in letters]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(25):
                mixture = LanguageMixture([Unigrams("ab"), Unigrams("xy")])
                start = threading.Barrier(4)
                numbers = [f.result() for f in [pool.submit(told, mixture, start)
                                                for _ in range(4)]]
                assert all(n == numbers[0] for n in numbers)
                assert len(set(numbers[0])) == len(letters) == len(mixture._symbols)
    finally:
        sys.setswitchinterval(interval)


class Expects:
    """A model whose texts score 0 where they are its own, else minus a nat a character."""

    def __init__(self, chars):
        self.chars = chars

    def log_probs(self, texts, order=None):
        return [np.array([0.0 if c in self.chars else -1.0 for c in t] + [0.0]) for t in texts]

    def start(self):
        return 0

    def symbol(self, char):
        return int(char in self.chars)

    def step(self, state, symbol):
        return math.log(0.9 if symbol else 0.1), state


def test_a_line_gets_the_language_that_clearly_expects_it():
    from deeptext_cli.decode.languages import CLEARLY, Languages
    from deeptext_cli.decode.ngram_mixture import LanguageMixture
    home, usual = Expects("ab"), Expects("abxy")
    languages = Languages(usual, home, [Expects("xy"), Expects("uv")])
    n = int(CLEARLY)
    at_home, little, x, u, both = languages.expecting(
        ["ab" * n, "x" * (n - 1), "x" * n, "uv" * n, "x" * n + "a" * n])
    assert at_home is little is usual
    assert isinstance(x, LanguageMixture)
    assert u is not x
    assert both is usual  # as much of the one as of the other
    assert languages.expecting(["y" * n]) == [x]
    assert languages.expecting([]) == []
    assert Languages(usual, home, []).expecting(["x" * n]) == [usual]
    # the mixture knows the language and home: names and quotations
    state = x.start()
    assert x.step(state, x.symbol("x"))[0] == pytest.approx(math.log(0.5))
    assert x.step(state, x.symbol("a"))[0] == pytest.approx(math.log(0.5))


def test_lines_of_a_batch_are_searched_each_with_its_own_language():
    """The network cannot tell `a` from `x`; what comes before can."""
    from deeptext_cli.decode.languages import CLEARLY, Languages
    n = int(CLEARLY) + 2
    charset = Charset("abxy")
    languages = Languages(Expects("ab"), Expects("ab"), [Expects("xy")])
    options = DecodeOptions(decoder="beam", unsure_below=1.0, lm_weight=1.0, length_bonus=0.0)
    lines = [line(charset, "b" * n + "a", {n: ("x", 0.49)}),
             line(charset, "y" * n + "a", {n: ("x", 0.49)})]
    assert [d.text for d in Decoder(charset, options, languages).decode_batch(lines)] \
        == ["b" * n + "a", "y" * n + "x"]


WORDS_AND_NUMBERS = Charset("abO07 ")


def searched(text, doubts, **options):
    """What becomes of a text whose doubtful characters have so likely rivals, with a model that
    knows no letters but a and O."""
    options = {"decoder": "beam", "unsure_below": 1.0, "lm_weight": 1.0} | options
    decoder = Decoder(WORDS_AND_NUMBERS, DecodeOptions(**options), Unigrams("aO "))
    return decoder.decode(line(WORDS_AND_NUMBERS, text, doubts))


def test_numbers_among_words_are_left_to_the_network():
    assert searched("ba 70", {0: ("a", 0.45), 4: ("O", 0.45)}).text == "aa 70"


def test_under_a_constraint_too():
    assert searched("70", {1: ("O", 0.45)}, pattern="[70O]{2}").text == "70"
    assert searched("ba", {0: ("a", 0.45)}, pattern="[ab]{2}").text == "aa"


def test_a_number_s_frames_are_those_up_to_the_next_blanks():
    from deeptext_cli.decode.decoder import _codes
    first = Decoder(WORDS_AND_NUMBERS).decode(line(WORDS_AND_NUMBERS, "70 ab O7a 0"))
    places = [(c.start_frame, c.end_frame) for c in first.characters]
    assert _codes(first) == [(places[0][0] - 1, places[1][1] + 1),
                             (places[6][0] - 1, places[8][1] + 1),
                             (places[10][0] - 1, places[10][1] + 1)]


def test_what_satisfies_is_searched_all_the_same_where_another_text_is_likelier():
    """The likeliest path is of blanks alone, and yet the text is more probably a letter."""
    lp = np.log(np.array([[.6, .38, .01, .01]] * 2))
    assert Decoder(AB1, DecodeOptions(pattern="a?", unsure_below=0)).decode(lp).text == "a"


def test_a_long_line_of_doubtful_characters_is_searched():
    assert searched("babababa", dict.fromkeys(range(0, 8, 2), ("a", 0.45))).text == "aaaaaaaa"


def test_texts_found_share_no_more_than_the_network_gives_them():
    """Eight doubtful letters make 256 texts, of which a search finds a few."""
    out = searched("babababa", dict.fromkeys(range(8), ("0", 0.5)))
    assert out.confidence < 0.03


def test_a_language_model_takes_no_letters_away():
    """What it costs to write one, the length bonus makes good."""
    class Even(Unigrams):
        def step(self, state, symbol):
            return -1.9, state

    charset = Charset("ab")
    decoder = Decoder(charset, DecodeOptions(decoder="beam", unsure_below=1.0, lm_weight=1.0),
                      Even(""))
    assert decoder.decode(line(charset, "abab", {2: ("", 0.45)})).text == "abab"
    assert decoder.decode(line(charset, "abab", {2: ("", 0.7)})).text == "abb"


@pytest.mark.parametrize("others", [("xy",), ("xy", "uv")])
def test_a_mixture_of_any_size_follows_a_change_of_language(others):
    from deeptext_cli.decode.ngram_mixture import LanguageMixture
    mixture = LanguageMixture([Unigrams("ab"), *map(Unigrams, others)])
    state = mixture.start()
    expected = (0.9 + 0.1 * len(others)) / (1 + len(others))
    assert math.exp(mixture.step(state, mixture.symbol("a"))[0]) == pytest.approx(expected)
    for text, likeliest in (("ab" * 20, 0), ("xyx", 1)):
        for c in text:
            state = mixture.step(state, mixture.symbol(c))[1]
            assert sum(state[0]) == pytest.approx(1)
        assert state[0][likeliest] > 0.8


# -- rescoring

def test_rescoring_weighs_the_second_judge():
    """The network slightly prefers `cat`, the judge `cot` by 2 nats."""
    shown = line(PRINT, "cat", {1: ("o", 0.4)})
    cot = tuple(PRINT.encode("cot"))
    asked = []

    def judge(memory, texts):
        asked.append(list(texts))
        return np.array([0.0 if tuple(t) == cot else -2.0 for t in texts])

    memory = [np.zeros((len(shown), 3))]
    for weight, text in ((0.0, "cat"), (0.1, "cat"), (1.0, "cot")):
        decoder = Decoder(PRINT, beam(rescore=weight), scorer=judge)
        [out] = decoder.decode_batch([shown], memory)
        assert out.text == text, weight
    assert len(asked) == 2  # a weight of 0 asks nobody
    assert 0.5 < out.confidence < 0.95  # shared out by the joint scores
    [alone] = Decoder(PRINT, beam(rescore=1.0), scorer=judge).decode_batch([shown])
    assert alone.text == "cat"  # without memory there is nothing to judge by


# -- the whole decoder

def test_beam_only_where_unsure(monkeypatch):
    decoder = Decoder(PRINT, DecodeOptions(decoder="beam", unsure_below=0.9))
    searched = []
    find = decoder._find
    monkeypatch.setattr(decoder, "_find", lambda *a: searched.append(1) or find(*a))
    out = decoder.decode_batch([line(PRINT, "surely"), line(PRINT, "maybe", {2: ("g", 0.4)})])
    assert [d.text for d in out] == ["surely", "maybe"]
    assert len(searched) == 1


def test_a_sketch_searches_nothing(monkeypatch):
    decoder = Decoder(PRINT, DecodeOptions(decoder="beam", unsure_below=0.9, pattern="[a-z]{5}"))
    monkeypatch.setattr(decoder, "_find", None)
    lines = [line(PRINT, "surely"), line(PRINT, "maybe", {2: ("g", 0.4)})]
    out = decoder.sketch_batch(lines)
    assert [d.text for d, _ in out] == ["surely", "maybe"]
    assert out[0].decoded.confidence > 0.9 > out[1].decoded.confidence


@given(st.integers(0, 2 ** 32 - 1), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_confidence_is_the_probability_of_the_text(seed, frames):
    lp = random_log_probs(seed, frames, 4)
    out = Decoder(AB1, DecodeOptions(typography=Typography(spaces="keep"))).decode(lp)
    expected = math.exp(all_texts(lp)[tuple(AB1.encode(out.text))])
    assert out.confidence == pytest.approx(expected, abs=1e-9)


def test_batches_of_any_shape_agree():
    rng = np.random.default_rng(3)
    lines = [random_log_probs(int(rng.integers(1e9)), 9, 4) for _ in range(5)]
    for options in (DecodeOptions(), beam(), DecodeOptions(pattern="[ab]*1")):
        decoder = Decoder(AB1, options)
        one = [decoder.decode(p) for p in lines]
        assert decoder.decode_batch(lines) == one
        stacked = decoder.decode_batch(np.stack(lines))
        assert [d.text for d in stacked] == [d.text for d in one]
    assert Decoder(AB1).decode_batch([]) == []
    assert Decoder(AB1).decode(np.zeros((0, 4))).text == ""


def test_n_best_lists_rivals_with_probabilities():
    out = Decoder(PRINT).n_best(line(PRINT, "cat", {1: ("o", 0.3)}), 2)
    assert [d.text for d in out] == ["cat", "cot"]
    assert [d.confidence for d in out] == pytest.approx([0.7, 0.3], abs=0.02)
    only = Decoder(PRINT, DecodeOptions(pattern="c[ou]t")).n_best(line(PRINT, "cat"), 5)
    assert {d.text for d in only} == {"cot", "cut"}


def test_character_times_and_marks():
    shown = line(PRINT, "cat", {1: ("o", 0.4)})
    searched = Decoder(PRINT, beam()).decode(shown)
    assert [(c.char, c.start_frame, c.end_frame) for c in searched.characters] == [
        ("c", 1, 3), ("a", 4, 5), ("t", 6, 8)]
    assert searched.characters[1].probability == pytest.approx(0.6, abs=0.01)
    marked = Decoder(PRINT, DecodeOptions(min_confidence=0.7)).decode(shown)
    assert marked.text == "c?t"
    assert Decoder(PRINT, DecodeOptions(min_confidence=0.7, reject="")).decode(shown).text == "ct"


@pytest.mark.parametrize("mark", ["?", ""])
def test_an_unsure_space_still_parts_the_words(mark: str):
    shown = line(PRINT, "a c", {1: ("t", 0.4)})
    options = DecodeOptions(min_confidence=0.7, reject=mark)
    assert Decoder(PRINT, options).decode(shown).text == "a c"


def test_greedy_and_viterbi_give_the_same_times():
    from deeptext_cli.decode.alignment import align
    from deeptext_cli.decode.greedy import greedy
    rng = np.random.default_rng(0)
    for _ in range(20):
        text = "".join(rng.choice(list("abc 1"), 8))
        lp = line(PRINT, text)
        g = greedy(lp, PRINT)
        for a, b in zip(align(lp, PRINT.encode(g.text), PRINT.lookup), g.characters, strict=True):
            assert a[:3] == b[:3]
            assert a.probability == pytest.approx(b.probability)
    with pytest.raises(ValueError, match="does not fit"):
        align(lp[:3], PRINT.encode("aaaa"), PRINT.lookup)


SIGNS = Charset("ab1- “”’—ﬁ\"'")


@pytest.mark.parametrize(("options", "expected"), [
    ({}, "“a’ ﬁ—1"), ({"spaces": "keep"}, " “a’  ﬁ—1 "), ({"quotes": "straight"}, "\"a' ﬁ—1"),
    ({"dashes": "hyphen"}, "“a’ ﬁ-1"), ({"ligatures": "split"}, "“a’ fi—1")])
def test_typography(options, expected):
    decoder = Decoder(SIGNS, DecodeOptions(typography=Typography(**options)))
    out = decoder.decode(line(SIGNS, " “a’  ﬁ—1 "))
    assert out.text == expected
    assert "".join(c.char for c in out.characters) == expected


def test_a_hopeless_line_is_not_searched():
    """Nothing but a constraint makes a search of it."""
    signs = Charset("abc")
    flat = np.log(np.full((9, 4), [0.25, 0.26, 0.25, 0.24]))

    class Asked:
        most = most_at_end = 0.0

        def __init__(self):
            self.count = 0

        def start(self):
            self.count += 1

        def symbol(self, char):
            return 0

        def step(self, state, symbol):
            return 0.0, None

    lm = Asked()
    assert Decoder(signs, DecodeOptions(decoder="beam", unsure_below=1.0), lm).decode(
        flat).text == "a"
    assert lm.count == 0
    sharp = np.log(np.full((2, 4), [0.1, 0.8, 0.05, 0.05]))
    Decoder(signs, DecodeOptions(decoder="beam", unsure_below=1.0), lm).decode(sharp)
    assert lm.count == 1
    assert len(Decoder(signs, DecodeOptions(length="3")).decode(flat).text) == 3


@pytest.mark.parametrize(("shown", "expected"), [
    ("‘‘Ab’’", "“Ab”"), ("“Ab””", "“Ab”"), ("“‘Ab’”", "“‘Ab’”"), ("''A\"\"", "''A\"\""),
    ("‘‘A", "“A"), ("A‚ ‚b‚", "A, ‚b,"), ("‚‚A b", "„A b"),
    ("A b–", "A b-"), ("b A–", "b A–"), ("b –", "b –"), ("b–A", "b–A"), ("–", "–")])
def test_a_wide_double_mark_is_one_a_low_one_opens_and_a_hyphen_ends_a_line(shown, expected):
    signs = Charset("Ab “”‘’'\"‚„,–-")
    out = Decoder(signs, DecodeOptions(beam_width=1)).decode(line(signs, shown))
    assert out.text == expected
    assert "".join(c.char for c in out.characters) == expected
    starts = [c.start_frame for c in out.characters]
    assert starts == sorted(starts)
    assert all(a.end_frame <= b.start_frame for a, b in itertools.pairwise(out.characters))


def test_typography_gives_way_to_constraints():
    shown = line(SIGNS, "“a’ ")
    for options in (DecodeOptions(length="4"), DecodeOptions(chars="“’a ", length="3-4")):
        straight = options.model_copy(update={"typography": Typography(quotes="straight")})
        assert Decoder(SIGNS, straight).decode(shown).text == "“a’ "
    assert Decoder(SIGNS, DecodeOptions(length="3-4")).decode(shown).text == "“a’"


def test_typography_never_touches_letters_or_digits():
    from deeptext_cli.decode import typography
    changed = {**typography._QUOTES, **typography._DASHES, **typography._LIGATURES}
    assert not [c for c in changed if c.isalnum() and c not in typography._LIGATURES]
