import collections
import gzip
import itertools
import math
import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.decode import arpa, ngram_file
from deeptext_cli.decode.ngram import NgramModel
from deeptext_cli.engine import lm_counts, lm_estimate
from deeptext_cli.engine.lm_counts import (
    NgramCounts,
    SortedCounts,
    choose_vocabulary,
    merged,
    read_lines,
)
from deeptext_cli.engine.lm_estimate import discounts, estimate
from deeptext_cli.errors import ConfigError, DataError, ModelError

WORDS = "the cat sat on the mat a cat ate the rat that sat there".split()


def some_text(seed=0, lines=200):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(1, 7))) for _ in range(lines)]


def tables_of(lines, order, prune=(), folder=None, **options):
    folder.mkdir(exist_ok=True)
    counts = NgramCounts(folder, choose_vocabulary(lines, limit=253, least=1), order)
    counts.add(lines)
    return estimate(counts, prune, **options)


def model_of(lines, order, tmp_path, prune=(), quantise=False):
    tables = tables_of(lines, order, prune, tmp_path / "scratch")
    ngram_file.write(tables, tmp_path / "lm.bin", quantise=quantise)
    return NgramModel(tmp_path / "lm.bin")


class PlainKneserNey:
    """The textbook's formulas over dictionaries of tuples, recursively."""

    def __init__(self, lines, order):
        padded = [("<s>", *line, "</s>") for line in lines]
        raw = [collections.Counter(g for p in padded for g in zip(*(p[i:] for i in range(k)),
                                                                  strict=False))
               for k in range(1, order + 1)]
        self.counts = [None] * order
        self.counts[-1] = raw[-1]
        for k in range(order - 1, 0, -1):
            c = collections.Counter(g[1:] for g in raw[k])
            c.update({g: n for g, n in raw[k - 1].items() if g[0] == "<s>"})
            self.counts[k - 1] = c
        self.counts[0].pop(("<s>",), None)
        self.d = [discounts([sum(n == i for n in c.values()) for i in (1, 2, 3, 4)])
                  for c in self.counts]
        self.vocabulary = [*sorted({c for p in padded for c in p} - {"<s>"}), "<unk>"]

    def p(self, word, context):
        k = len(context)
        lower = self.p(word, context[1:]) if k else 1 / len(self.vocabulary)
        seen = {g: n for g, n in self.counts[k].items() if g[:-1] == context}
        total = sum(seen.values())
        if not total:
            return lower
        d = (0, *self.d[k])
        gamma = sum(d[min(n, 3)] for n in seen.values()) / total
        n = seen.get((*context, word), 0)
        return (n - d[min(n, 3)]) / total + gamma * lower


@pytest.mark.parametrize("order", [2, 3, 4])
def test_estimates_match_the_textbook(order, tmp_path):
    lines = some_text(lines=40)
    model = model_of(lines, order, tmp_path)
    plain = PlainKneserNey(lines, order)
    for text in ["the cat", "rat", "zebra", "tttt  ", ""]:
        known = [c if model.symbol(c) else "<unk>" for c in text]
        padded = ["<s>", *known, "</s>"]
        expected = [math.log(plain.p(padded[i], tuple(padded[max(0, i - order + 1):i])))
                    for i in range(1, len(padded))]
        (got,) = model.log_probs([text])
        assert got == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("prune", [(), (0, 0, 1, 2), (0, 5)])
def test_distributions_sum_to_one_even_when_pruned(prune, tmp_path):
    model = model_of(some_text(), 4, tmp_path, prune)
    symbols = [i for i, c in enumerate(model.vocabulary) if c != "<s>"]
    for text in ["", "the c", "at", "qqq", "sat on", " "]:
        state = model.sentence_start()
        for c in text:
            state = model.step(state, model.symbol(c))[1]
        total = sum(math.exp(model.step(state, s)[0]) for s in symbols)
        assert total == pytest.approx(1, abs=1e-5)


def test_pruning_shrinks_and_keeps_prefixes_and_suffixes(tmp_path):
    full = tables_of(some_text(), 5, (), tmp_path / "a")
    pruned = tables_of(some_text(), 5, (0, 0, 2, 4, 8), tmp_path / "b")
    assert [len(x) for x in pruned.levels] < [len(x) for x in full.levels]
    assert len(pruned.levels[-1]) < len(full.levels[-1])
    pruned.check()


@given(st.text("the cas?", max_size=12), st.booleans())
@settings(max_examples=60, deadline=None)
def test_stepping_equals_vectorised_scoring(saved_model, text, sentence):
    model = saved_model
    state = model.sentence_start()
    stepped = []
    for s in [*(model.symbol(c) for c in text), 2]:
        log_p, state = model.step(state, s)
        stepped.append(log_p)
    assert model.log_probs(["sat", text, ""])[1] == pytest.approx(stepped, abs=1e-9)


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    return model_of(some_text(), 5, tmp_path_factory.mktemp("lm"), (0, 0, 1), quantise=True)


@pytest.mark.parametrize("chunk", [60, 300, 10 ** 6])
def test_streaming_in_pieces_changes_nothing(chunk, tmp_path, monkeypatch):
    whole = tables_of(some_text(), 4, (0, 0, 1), tmp_path / "a")
    monkeypatch.setattr(lm_counts, "CHUNK", chunk)
    monkeypatch.setattr(lm_counts, "MERGE", chunk)
    monkeypatch.setattr(lm_estimate, "BLOCK", chunk)
    pieces = tables_of(some_text(), 4, (0, 0, 1), tmp_path / "b")
    for a, b in zip(whole.levels, pieces.levels, strict=True):
        assert np.array_equal(a.keys, b.keys)
        assert np.array_equal(a.log_p, b.log_p)
        assert np.array_equal(a.backoff, b.backoff)


@given(st.lists(st.dictionaries(st.integers(0, 30), st.integers(1, 5)), max_size=5))
@settings(max_examples=50, deadline=None)
def test_merging_runs_is_adding_counters(dicts):
    lm_counts.MERGE, before = 6, lm_counts.MERGE
    try:
        with tempfile.TemporaryDirectory() as folder:
            runs = [SortedCounts.write(Path(folder) / str(i), [
                (np.array(sorted(d), np.uint64), np.array([d[k] for k in sorted(d)], np.int64))])
                for i, d in enumerate(dicts)]
            out = list(merged(runs))
    finally:
        lm_counts.MERGE = before
    total = sum((collections.Counter(d) for d in dicts), collections.Counter())
    keys = [int(k) for ks, _ in out for k in ks]
    assert keys == sorted(total)
    assert {int(k): int(c) for ks, cs in out for k, c in zip(ks, cs, strict=True)} == total


def test_memory_stays_flat(tmp_path):
    """A child process counts much text with little memory: the peak must not follow the text."""
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz "))
    block = "\n".join("".join(rng.choice(letters, 80)) for _ in range(3000))
    peaks = []
    for times in (1, 6):
        text = tmp_path / "t.txt"
        text.write_text("\n".join([block] * times), encoding="utf-8")
        code = ("import sys, resource; from pathlib import Path\n"
                "from deeptext_cli.engine import lm_counts as m\n"
                "m.CHUNK = m.MERGE = 100_000\n"
                "v = m.choose_vocabulary(m.read_lines([Path(sys.argv[1])], digit_class=True),"
                " limit=99)\n"
                "c = m.NgramCounts(Path(sys.argv[2]), v, 5)\n"
                "c.add(m.read_lines([Path(sys.argv[1])], digit_class=True))\n"
                "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)")
        out = subprocess.run([sys.executable, "-c", code, str(text), str(tmp_path)], check=True,
                             capture_output=True, text=True,
                             env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
        peaks.append(int(out.stdout) / 1024)
    assert peaks[1] < peaks[0] + 25, peaks  # MB, for six times the text


def test_quantised_is_small_and_close(tmp_path):
    tables = tables_of(some_text(3, 400), 6, (), tmp_path / "scratch")
    exact_size = ngram_file.write(tables, tmp_path / "exact.bin", quantise=False)
    size = ngram_file.write(tables, tmp_path / "small.bin", quantise=True)
    assert size < exact_size
    texts = some_text(9, 50)
    exact = NgramModel(tmp_path / "exact.bin").log_prob(texts)
    assert NgramModel(tmp_path / "small.bin").log_prob(texts) == pytest.approx(exact, rel=0.01)


def test_opens_in_milliseconds(saved_model):
    best = math.inf
    for _ in range(5):
        start = time.perf_counter()
        NgramModel(saved_model.path)
        best = min(best, time.perf_counter() - start)
    assert best < 0.02


def test_goes_to_other_processes_by_path(saved_model):
    again = pickle.loads(pickle.dumps(saved_model))
    assert again.log_prob(["the cat"]) == saved_model.log_prob(["the cat"])


def test_digits_are_one_class(tmp_path):
    lines = read_lines_of(tmp_path, ["in 1999 and 1998", "page 1", "page 12"] * 30)
    tables = tables_of(lines, 4, (), tmp_path / "s", digit_class=True)
    ngram_file.write(tables, tmp_path / "lm.bin")
    model = NgramModel(tmp_path / "lm.bin")
    scores = {model.log_prob([f"in {year}"]) for year in ("1999", "7305", "0000")}
    assert len(scores) == 1
    state = model.start()
    assert model.step(state, model.symbol("7")) == model.step(state, model.symbol("0"))


def read_lines_of(tmp_path, lines):
    (tmp_path / "t.txt.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    return list(read_lines([tmp_path / "t.txt.gz"], digit_class=True))


def test_each_digit_takes_a_tenth_of_their_class(tmp_path):
    lines = read_lines_of(tmp_path, ["in 1999 and 1998", "page 1", "page 12"] * 30)
    ngram_file.write(tables_of(lines, 4, (), tmp_path / "s", digit_class=True), tmp_path / "lm.bin")
    model = NgramModel(tmp_path / "lm.bin")
    state = model.sentence_start()
    for c in "in ":
        state = model.step(state, model.symbol(c))[1]
    total = sum(math.exp(model.step(state, i)[0]) * (10 if c == "0" else 1)
                for i, c in enumerate(model.vocabulary) if c != "<s>")
    assert total == pytest.approx(1, abs=1e-5)
    stepped = model.step(state, model.symbol("7"))[0]
    assert model.log_probs(["in 7"])[0][3] == pytest.approx(stepped, abs=1e-9)


def test_a_line_of_unknown_origin_begins_with_a_word_not_with_a_sentence(tmp_path):
    model = model_of(["xat tin ten tat tent"] * 20, 3, tmp_path)
    for start, first, rather in ((model.start(), "t", "x"), (model.sentence_start(), "x", "t")):
        assert model.step(start, model.symbol(first))[0] > model.step(
            start, model.symbol(rather))[0] + 1


def test_arpa_round_trip(tmp_path):
    model = model_of([*some_text(), "naïve “x” — 5 €"], 4, tmp_path, (0, 0, 1))
    arpa.write_arpa(model.file, tmp_path / "lm.arpa.gz")
    tables = arpa.read_arpa(tmp_path / "lm.arpa.gz")
    ngram_file.write(tables, tmp_path / "again.bin", quantise=False)
    again = NgramModel(tmp_path / "again.bin")
    assert again.vocabulary == model.vocabulary
    texts = ["the cat — “x”", "zzz", "", "on the mat that"]
    for a, b in zip(model.log_probs(texts), again.log_probs(texts), strict=True):
        assert b == pytest.approx(a, abs=1e-5)


def test_kenlm_reads_our_arpa_and_agrees(tmp_path):
    kenlm = pytest.importorskip("kenlm", reason="KenLM's Python module is not installed")
    model = model_of(some_text(), 5, tmp_path, (0, 0, 1), quantise=True)
    arpa.write_arpa(model.file, tmp_path / "lm.arpa")
    theirs = kenlm.Model(str(tmp_path / "lm.arpa"))
    for text in ["the cat sat", "xyz the", "a", "", "tha rat"]:
        tokens = " ".join(arpa.token(c) for c in text)
        expected = [p * math.log(10) for p, _, _ in theirs.full_scores(tokens)]
        assert model.log_probs([text])[0] == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(("text", "says"), [
    ("hello", "not an ARPA file"),
    ("\\data\\\nngram 1=1\n\n\\1-grams:\n-1\tword\n\\end\\\n", "no single character"),
    ("\\data\\\nngram 1=2\n\n\\1-grams:\n-1\ta\n\\end\\\n", "2 1-grams announced, 1 there"),
    ("\\data\\\nngram 1=1\n\n\\1-grams:\n-x\ta\n\\end\\\n", ":5: not a number"),
    ("\\data\\\nngram 1=1\nngram 2=1\n\n\\1-grams:\n-1\ta\n\n\\2-grams:\n-1\ta b\n\\end\\\n",
     "'b' is in a 2-gram")])
def test_damaged_arpa_is_named(tmp_path, text, says):
    (tmp_path / "x.arpa").write_text(text)
    with pytest.raises(DataError, match=says):
        arpa.read_arpa(tmp_path / "x.arpa")


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b"no model at all" * 9,
                                    lambda b: b[:len(b) // 2], lambda b: b[:40]])
def test_damaged_binary_is_named(tmp_path, saved_model, damage):
    (tmp_path / "lm.bin").write_bytes(damage(saved_model.path.read_bytes()))
    with pytest.raises(ModelError, match=r"lm\.bin"):
        NgramModel(tmp_path / "lm.bin")


def test_order_too_long_and_texts_too_bad(tmp_path):
    with pytest.raises(ConfigError, match="order 9"):
        NgramCounts(tmp_path, ("<unk>", "<s>", "</s>", "a"), 9)
    (tmp_path / "bad.txt").write_bytes(b"ok\n\xff\xfe broken")
    with pytest.raises(DataError, match=r"bad\.txt"):
        list(read_lines([tmp_path / "bad.txt"], digit_class=False))
    with pytest.raises(DataError, match="too little"):
        choose_vocabulary(["a"], limit=10)


def test_many_symbols_take_wider_keys(tmp_path):
    chars = [chr(0x4E00 + i) for i in range(400)]
    lines = ["".join(p) for p in itertools.batched(chars * 3, 7)] \
        if hasattr(itertools, "batched") else \
        ["".join((chars * 3)[i:i + 7]) for i in range(0, 1200, 7)]
    folder = tmp_path / "s"
    folder.mkdir()
    counts = NgramCounts(folder, choose_vocabulary(lines, limit=1000, least=1), 3)
    counts.add(lines)
    ngram_file.write(estimate(counts), tmp_path / "lm.bin", quantise=False)
    model = NgramModel(tmp_path / "lm.bin")
    plain = PlainKneserNey(lines, 3)
    text = lines[1]
    expected = math.log(plain.p(text[2], (text[0], text[1])))
    assert model.log_probs([text])[0][2] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("name", "data"), [
    ("x.arpa", b"\\data\\\nngram 1=1\n\n\\1-grams:\n-1\ta\n\n\\end\xdc\n"),  # found by fuzzing
    ("x.arpa", "\\data\\\nngram 1=\u00b2\n\n\\1-grams:\n".encode()),
    ("x.arpa.gz", b"no gzip"), ("x.arpa.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\0cut short")])
def test_bytes_that_are_no_arpa_are_named(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=r"x\.arpa"):
        arpa.read_arpa(tmp_path / name)
