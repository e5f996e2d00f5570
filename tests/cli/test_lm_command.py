"""`deeptext lm` from end to end, in this process."""

import gzip
import shutil
import sys

import numpy as np
import pytest
import yaml

from deeptext_cli.cli.app import main


def run(monkeypatch, capsys, *args):
    monkeypatch.setattr(sys, "argv", ["deeptext", "lm", *map(str, args)])
    with pytest.raises(SystemExit) as e:
        main()
    out = capsys.readouterr()
    return e.value.code, out.out, out.err


@pytest.fixture
def texts(tmp_path):
    rng = np.random.default_rng(0)
    words = "a small language has few words but says them often in 1990 and 2020".split()
    lines = [" ".join(rng.choice(words, rng.integers(3, 9))) for _ in range(3000)]
    (tmp_path / "one.txt").write_text("\n".join(lines[:1500]), encoding="utf-8")
    (tmp_path / "two.txt.gz").write_bytes(gzip.compress("\n".join(lines[1500:]).encode()))
    return [tmp_path / "one.txt", tmp_path / "two.txt.gz"]


@pytest.fixture
def built(texts, tmp_path, monkeypatch, capsys):
    code, _, _ = run(monkeypatch, capsys, "build", *texts, "-o", tmp_path / "models/lm-x",
                     "--order", 4, "--prune", "0 0 1", "--held-out", 0.1, "-q")
    assert code == 0
    return tmp_path / "models/lm-x"


def test_build_leaves_a_described_model_and_nothing_else(built, texts):
    spec = yaml.safe_load((built / "lm.yaml").read_text(encoding="utf-8"))
    assert spec["name"] == "lm-x"
    assert spec["order"] == 4
    assert set(spec["sources"]) == {f.name for f in texts}
    assert 0 < spec["held_out_bits_per_byte"] < 3
    assert sorted(p.name for p in built.iterdir()) == ["lm.bin", "lm.yaml"]
    assert [p.name for p in built.parent.iterdir()] == ["lm-x"]


def test_building_again_keeps_the_card_and_gives_the_same_bytes(
        built, texts, monkeypatch, capsys):
    (built / "CARD.md").write_text("card")
    before = (built / "lm.bin").read_bytes()
    run(monkeypatch, capsys, "build", *texts, "-o", built, "--order", 4, "--prune", "0 0 1",
        "--held-out", 0.1, "-q")
    assert (built / "CARD.md").read_text() == "card"
    assert (built / "lm.bin").read_bytes() == before


def test_info_and_perplexity(built, texts, monkeypatch, capsys):
    monkeypatch.setenv("DEEPTEXT_MODELS", str(built.parent))
    code, out, _ = run(monkeypatch, capsys, "info", "lm-x", "--check")
    assert code == 0
    assert "4-grams" in out
    code, out, _ = run(monkeypatch, capsys, "perplexity", "lm-x", texts[0])
    values = dict(line.split() for line in out.splitlines())
    assert code == 0
    assert values["lines"] == "1500"
    assert 1 < float(values["perplexity"]) < 5


def test_lm_may_be_left_out_of_a_name(built, monkeypatch, capsys):
    monkeypatch.setenv("DEEPTEXT_MODELS", str(built.parent))
    assert run(monkeypatch, capsys, "info", "x")[1] == run(monkeypatch, capsys, "info", "lm-x")[1]


def test_arpa_there_and_back(built, tmp_path, texts, monkeypatch, capsys):
    assert run(monkeypatch, capsys, "arpa", built, "-o", tmp_path / "x.arpa.gz")[0] == 0
    assert run(monkeypatch, capsys, "arpa", tmp_path / "x.arpa.gz", "-o", tmp_path / "lm-y",
               "--digit-class")[0] == 0
    first = run(monkeypatch, capsys, "perplexity", built, texts[0])[1].split()
    second = run(monkeypatch, capsys, "perplexity", tmp_path / "lm-y", texts[0])[1].split()
    assert float(second[-1]) == pytest.approx(float(first[-1]), abs=2e-4)


@pytest.mark.parametrize(("args", "code", "says"), [
    (("info", "no-such"), 3, "no language model 'no-such'"),
    (("build", "nowhere.txt", "-o", "x"), 1, "nowhere.txt: no such file"),
    (("build", "nowhere.txt", "-o", "x", "--prune", "a b"), 2, "not numbers"),
    (("arpa", "nowhere.arpa", "-o", "x"), 1, "nowhere.arpa")])
def test_failures_are_one_line(args, code, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    got, _, err = run(monkeypatch, capsys, *args)
    assert got == code
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_a_damaged_model_is_found(built, monkeypatch, capsys):
    data = bytearray((built / "lm.bin").read_bytes())
    data[-1] ^= 1
    (built / "lm.bin").write_bytes(bytes(data))
    code, _, err = run(monkeypatch, capsys, "info", built, "--check")
    assert code == 3
    assert "damaged" in err


def test_auto_is_the_usual_models_and_one_for_each_other_language(built, monkeypatch):
    from deeptext_cli.decode.languages import Languages
    from deeptext_cli.decode.ngram_mixture import LanguageMixture
    from deeptext_cli.engine import lm
    from deeptext_cli.errors import ModelError
    folder = built.parent
    monkeypatch.setattr(lm, "search_path", lambda: [folder])
    with pytest.raises(ModelError, match="no language model 'lm-en'"):
        lm.load_lms("auto")
    for name in ("lm-en", "lm-latin", "lm-fr", "lm-de"):
        shutil.copytree(built, folder / name)
    assert list(lm.find_lms("auto")) == ["lm-en", "lm-latin", "lm-de", "lm-fr"]  # lm-x is no one's
    found = lm.load_lms("auto")
    assert isinstance(found, Languages)
    assert isinstance(lm.load_lms("lm-en+lm-fr"), LanguageMixture)
    # all are copies, so that no language expects a line better than English
    [usual] = found.expecting(["a small language has few words"])
    assert len(usual.start()[0]) == 2
    # opened once, whoever asks
    assert lm.load_lms("lm-fr") is lm.load_lms("lm-fr")
