"""Scripts that stand in the README: each way works, at a size where its figures mean nothing."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from support import ROOT, run_cli, tiny_settings

from deeptext_cli.data.dataset import LineDataset, LineDatasetWriter
from deeptext_cli.data.images import decode
from deeptext_cli.data.strokes import StrokeSet
from deeptext_cli.engine.line_kinds import KINDS_FILE, load_kinds
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import load_model, verify
from deeptext_cli.text import Charset

pytest.importorskip("torch", reason="training needs torch")
sys.path.insert(0, str(ROOT / "scripts"))
import gather_icons
import gather_texts


def script(name: str, *args: object, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, ROOT / "scripts" / name, *map(str, args)], cwd=cwd,
                          capture_output=True, text=True, timeout=290, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.parametrize("name", ["lines", "plates5"])
def test_reproduce_small(name: str, tmp_path: Path) -> None:
    """Prepared, trained, measured and read; the row comes last."""
    done = script("reproduce", name, "--small", "--jobs", 1, cwd=tmp_path)
    row = done.stdout.splitlines()[-1]
    assert row.startswith(f"{name} (small: no figures) | ")
    assert ": CER " in row if name == "lines" else ": exact " in row
    assert (tmp_path / f"runs/small-{name}/model/model.onnx").is_file()
    out = tmp_path / f"out/reproduce/small-{name}"
    assert (out / "report.html").stat().st_size > 10_000
    assert (out / "sheet.png").is_file()
    images = list((ROOT / "samples/lines").glob("*.png"))
    for suffix in ("png", "jsonl"):
        assert len(list((out / "read").glob(f"*.{suffix}"))) == len(images)
    shown = [line.split()[2] for line in done.stderr.splitlines()
             if line.startswith("$ deeptext ")]
    assert shown == ["prepare", *(["augment"] if name == "plates5" else []), "train", "eval",
                     "read"]


def test_reproduce_keeps_what_is_done(tmp_path: Path, tiny_set: Path, tiny_model: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/small-plates5").symlink_to(tiny_set)
    (tmp_path / "data/small-plates5-x2").symlink_to(tiny_set)
    (tmp_path / "runs/small-plates5").mkdir(parents=True)
    (tmp_path / "runs/small-plates5/model").symlink_to(tiny_model)
    (tmp_path / "runs/small-plates5/exported.txt").write_text(str(tiny_model))
    done = script("reproduce", "plates5", "--small", cwd=tmp_path)
    assert "plates5 (small: no figures) | nothing trained | small-plates5: exact " in done.stdout
    assert "$ deeptext prepare" not in done.stderr
    assert "$ deeptext train" not in done.stderr


def test_reproduce_says_which_model_is_not_shipped(tmp_path: Path) -> None:
    done = script("reproduce", "lines", "--shipped", cwd=tmp_path, code=1)
    assert done.stderr == "reproduce: no model of `lines` is shipped: leave --shipped out\n"


def test_reproduce_says_which_set_is_missing(tmp_path: Path) -> None:
    done = script("reproduce", "plates", "--source", tmp_path / "none", cwd=tmp_path, code=1)
    assert done.stderr == (f"reproduce: {tmp_path}/none/plates_es_uc3m is not there; this system "
                           "needs the set plates_es_uc3m: name the folder that holds it with "
                           "--source\n")


def test_ship(tmp_path: Path, tiny_set: Path, tiny_model: Path) -> None:
    """Half the old weights and half the new; the old decoding; a model that reads."""
    from safetensors.numpy import load_file
    old = tmp_path / "old"
    shutil.copytree(tiny_model, old)
    spec = yaml.safe_load((old / "model.yaml").read_text())
    spec["decoding"] |= {"decoder": "beam", "beam_width": 7}
    (old / "model.yaml").write_text(yaml.safe_dump(spec))
    settings = tiny_settings(tiny_set, steps=4, eval_every=4, batch=4, start=str(old))
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(settings))
    trained = run_cli("train", "--config", "tiny.yaml", "--run", "run", cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    script("ship.py", old, "run", "--share", 0.25, "-o", "new", cwd=tmp_path)
    a, b, c = (load_file(tmp_path / name / "weights.safetensors")
               for name in ("old", "run/model", "new"))
    moved = [k for k in c if k.endswith("weight") and not np.array_equal(a[k], b[k])]
    assert moved
    for k in moved:
        np.testing.assert_allclose(c[k], 0.75 * a[k] + 0.25 * b[k], rtol=1e-5, atol=1e-7)
    decoding = yaml.safe_load((tmp_path / "new/model.yaml").read_text())["decoding"]
    assert decoding["beam_width"] == 7
    image = next((ROOT / "samples/lines").glob("*.png"))
    assert run_cli("read", "--model", "new", image, cwd=tmp_path).returncode == 0


def test_ship_averages_the_characters_that_both_models_know(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs torch")
    import ship
    from safetensors.numpy import save_file
    save_file({"head.weight": np.array([[0.0], [2], [4]], np.float32),
               "stem": np.array([2.0], np.float32)}, tmp_path / "old")
    save_file({"head.weight": np.array([[4.0], [6], [8], [10]], np.float32),
               "stem": np.array([4.0], np.float32)}, tmp_path / "new")
    rows = Charset("xba").mapping_from(Charset("ab"))  # x is new; the blank is everybody's
    found = ship.mean(tmp_path / "old", tmp_path / "new", 0.5, rows)
    assert found["head.weight"].squeeze().tolist() == [2, 6, 6, 6]
    assert found["stem"].tolist() == [3]
    with pytest.raises(SystemExit):
        ship.mean(tmp_path / "old", tmp_path / "new", 0.5)


def test_ablate(tmp_path: Path, tiny_set: Path) -> None:
    """Each variant is trained once, and compared with the full engine on the same lines."""
    settings = tiny_settings(tiny_set, steps=3, eval_every=3, batch=4)
    settings["data"] = [{"path": str(tiny_set), "augment": "mild"}]
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(settings))
    call = ("ablate.py", "--config", "tiny.yaml", "-o", "runs", "--only", "no augmentation",
            "no recurrent layer", "--set", "seed=2")
    done = script(*call, cwd=tmp_path)
    rows = {c[1].strip(): [x.strip() for x in c[2:-1]] for line in done.stdout.splitlines()
            if len(c := line.split("|")) > 3}
    assert {"full", "no augmentation", "no recurrent layer", "full, beam search, all lines",
            "full, exact search, capitals and digits"} < set(rows)
    assert float(rows["no recurrent layer"][0][:-1]) < float(rows["full"][0][:-1])  # parameters
    assert rows["full"][3] == ""
    assert re.match(r"[+-]\d", rows["no augmentation"][3])
    config = yaml.safe_load((tmp_path / "runs/no-augmentation/config.yaml").read_text())
    assert (config["data"][0]["augment"], config["seed"]) == (None, 2)
    assert yaml.safe_load((tmp_path / "runs/full/config.yaml").read_text()
                          )["data"][0]["augment"] == "mild"
    assert "trained" not in script(*call, cwd=tmp_path).stdout  # what is done is kept


def test_ablate_synth(tmp_path: Path, tiny_set: Path) -> None:
    """Every variant starts from the same model of clean words, and keeps to its own recipe."""
    small = ["model.stem=8", "model.channels=[12, 16, 24]", "model.blocks=[1, 1, 1]",
             "model.rnn=16", "batch=2", "jobs=0", "optimiser.warmup=1",
             f"val=[{{path: {tiny_set}, limit: 4}}]"]
    call = ("ablate_synth.py", "-o", "runs", "--steps", 2, "--word-steps", 2, "--only",
            "black on white", *(x for s in small for x in ("--set", s)))
    done = script(*call, cwd=tmp_path)
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    assert [r.split("|")[1].strip() for r in rows] == ["", "---", "full", "black on white"]
    # a difference, with an interval unless two models of two steps say the same
    assert re.search(r", [+-]\d+\.\d( \([+-]\S+ to [+-]\S+\))? \|$", rows[3])
    assert "ink.clean=1" in (tmp_path / "runs/black-on-white.yaml").read_text()
    assert "overrides" not in (tmp_path / "runs/full.yaml").read_text()
    config = yaml.safe_load((tmp_path / "runs/black-on-white/config.yaml").read_text())
    assert config["start"] == "runs/clean-words/model"
    assert "minutes" not in script(*call, cwd=tmp_path).stdout  # what is done is kept


def test_few_shot(tmp_path: Path, tiny_set: Path, tiny_model: Path) -> None:
    """A row for each count, the model's own figures first."""
    done = script("few_shot.py", tiny_set, "--from", tiny_model, "--counts", 12, "-o",
                  tmp_path / "few", "--set", "steps=6", "--set", "eval_every=3", "--set", "jobs=0",
                  "--set", "threads=1", "--set", "optimiser.lr=1e-5", cwd=tmp_path)
    rows = [[c.strip() for c in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    assert [r[0] for r in rows] == ["images", "---", "0", "12"]
    assert float(rows[3][1]) > 50  # the tiny model reads these digits already
    assert len(list((tmp_path / "few/12/images").glob("*.png"))) == 12


@pytest.mark.parametrize(("label", "seen", "expected"), [
    ("TOTAL 12.50", "Total 12.50", "Total 12.50"),
    ("TOTAL 12.50", "TOTAL 12,50", "TOTAL 12.50"),        # the label's characters stay
    ("GOODS SOLD ARE", "Goods so1d are", "Goods sold are"),
    ("THANK YOU", "hank You", "Thank You"),               # a lost capital, as the other word has
    ("TAX INVOICE", "TAX INV0ICE", "TAX INVOICE"),
    ("12/05/2017", "12/05/2O17", "12/05/2017"),
    ("CASHIER", "%#?", None),
    ("A  B", "a b", "a  b"),
    ("ILIK SU", "İlik su", "ilik su"),
])
def test_recase_takes_the_case_and_no_more(label, seen, expected):
    from recase import recased
    assert recased(label, seen) == expected


def test_cut_letters(tmp_path: Path) -> None:
    """What is written apart comes out whole and under its name; joined-up letters stay out."""
    shapes = {"H": [[(0, 0), (0, 100)], [(60, 0), (60, 100)], [(0, 50), (60, 50)]],
              "L": [[(0, 0), (0, 100), (50, 100)]], "T": [[(0, 0), (70, 0)], [(35, 0), (35, 100)]],
              "E": [[(50, 0), (0, 0), (0, 100), (50, 100)], [(0, 50), (40, 50)]],
              "7": [[(0, 0), (60, 0), (20, 100)]]}

    def written(text: str, joined: bool = False) -> list[list[tuple[int, int]]]:
        x, strokes = 0, []
        for c in text:
            if c == " ":
                x += 60
                continue
            strokes += [[(x + px, py) for px, py in s] for s in shapes[c]]
            x = max(px for s in strokes for px, _ in s) + 30
        return [[p for s in strokes for p in s]] if joined else strokes

    texts = ["THE TEETH", "LET 777", "HELL TELL", "THE TEETH"]
    delta, up, offset = [], [], [0]
    for k, text in enumerate(texts):
        strokes = written(text, joined=k == 3)
        points = np.array([p for s in strokes for p in s], np.int16)
        delta.append(np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int16)))
        up += [j == len(s) - 1 for s in strokes for j in range(len(s))]
        offset.append(offset[-1] + len(points))
    np.savez_compressed(
        tmp_path / "strokes.npz", delta=np.concatenate(delta),
        pen_up=np.packbits(np.array(up, bool)), offset=np.array(offset, np.int64),
        id=np.array([f"w0{k}-1" for k in range(4)]), text=np.array(texts))
    script("cut_letters.py", "strokes.npz", "--model", ROOT / "models/hand", "-o", "letters.npz",
           cwd=tmp_path)
    cut = StrokeSet(tmp_path / "letters.npz")
    # where exactly a model sees a character differs from model to model
    assert len(cut) >= 0.5 * sum(len(t.replace(" ", "")) for t in texts[:3])
    for i in range(len(cut)):
        strokes, shape = cut.strokes(i), shapes[cut.text(i)]
        assert cut.writer(i) in {"w00", "w01", "w02"}
        assert sorted(np.ptp(np.concatenate(strokes), axis=0).tolist()) == \
            sorted(np.ptp(np.array([p for s in shape for p in s]), axis=0).tolist())
        assert len(strokes) == len(shape)


def recombined(name: str, source: str, count: int, cwd: Path) -> tuple[str, list[str], list[str]]:
    """What a script says that makes new lines, their labels, and what `print` reads; made again,
    they are the same."""
    for out in ("mixed", "again"):
        done = script(name, source, "-o", out, "--model", ROOT / "models/print",
                      "--count", count, "--seed", 3, cwd=cwd)
    mixed, again = (LineDataset(cwd / out, "train") for out in ("mixed", "again"))
    assert len(mixed) == count
    assert [again[i] for i in range(count)] == [mixed[i] for i in range(count)]
    read = LineReader(load_model(ROOT / "models/print"), threads=1).read(
        [decode(mixed[i][0]) for i in range(count)])
    return done.stderr, [mixed.label(i) for i in range(count)], [r.text for r in read]


def test_recombine(tmp_path: Path) -> None:
    """New lines hold words of the training lines, each under its own text."""
    texts = ["Letters of the garden", "seven brown horses", "market house behind",
             "winter came early here", "a bridge over water", "green fields beyond"]
    with LineDatasetWriter(tmp_path / "lines") as out:
        for k, text in enumerate(texts):
            image = np.full((60, 30 + 20 * len(text)), 245, np.uint8)
            cv2.putText(image, text, (12, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 30, 2, cv2.LINE_AA)
            out.add("train", cv2.imencode(".png", image)[1].tobytes(), text, key=f"{k}.png")
        out.add("val", cv2.imencode(".png", image)[1].tobytes(), "never seen", key="val.png")
    said, labels, read = recombined("recombine.py", "lines", 12, tmp_path)
    assert "6 of 6 lines cut into 21 words" in said
    assert not set(labels) & set(texts)
    assert {w for x in labels for w in x.split()} <= {w for x in texts for w in x.split()}
    assert sum(r == label for r, label in zip(read, labels, strict=True)) >= 10


def test_recombine_words(tmp_path: Path) -> None:
    """New words are parts of training words, on grounds and tones that go together."""
    texts = ["HOTEL", "MARKET", "GARDEN", "WINTER", "bridge", "fields", "horses", "20458"]
    with LineDatasetWriter(tmp_path / "words") as out:
        for k, text in enumerate(texts):
            ground, ink = ((60, 220), (215, 40))[k % 2]
            image = np.full((48 + 3 * k, 30 + 26 * len(text)), ground, np.uint8)
            for i, c in enumerate(text):
                cv2.putText(image, c, (14 + 26 * i, 34 + k), cv2.FONT_HERSHEY_SIMPLEX, 0.9,
                            ink, 2, cv2.LINE_AA)
            out.add("train", cv2.imencode(".png", image)[1].tobytes(), text, key=f"{k}.png")
    said, labels, read = recombined("recombine_words.py", "words", 40, tmp_path)
    assert "8 of 8 words cut at" in said
    assert not set(labels) & set(texts)
    parts = {t[a:b] for t in texts for b in range(len(t) + 1) for a in range(b)}
    once = [x for x in labels if x in parts]
    twice = [x for x in labels if any(x[:k] in parts and x[k:] in parts for k in range(len(x)))]
    assert len(once) >= 10
    assert len(set(twice) - set(once)) >= 5
    assert all(x.isupper() or x.islower() or x.isdigit() for x in labels)
    assert sum(r.lower() == x.lower() for r, x in zip(read, labels, strict=True)) >= 28


def test_fit_kinds(tmp_path: Path, tiny_set: Path, tiny_model: Path) -> None:
    """Of a set and the same one badly photographed; what is fitted can be told of lines."""
    model = shutil.copytree(tiny_model, tmp_path / "model")
    (tmp_path / "kinds.yaml").write_text(yaml.safe_dump({"lines": 60, "kinds": {
        "print": [{"path": str(tiny_set)}], "hand": [{"path": str(tiny_set),
                                                       "augment": "camera"}]}},
        sort_keys=False))
    done = script("fit_kinds.py", model, "--config", "kinds.yaml", cwd=tmp_path)
    told = done.stdout.splitlines()[-1]
    assert told.startswith("hand: ")
    assert float(told.split()[1]) > float(told.split("told,")[1].split()[0]) + 20
    kinds = load_kinds(model)
    assert kinds is not None
    assert kinds.names == ("hand",)
    assert KINDS_FILE in load_model(model).spec.checksums
    verify(load_model(model), (KINDS_FILE,))


# -- gathered texts

@pytest.mark.parametrize(("path", "language"), [
    ("usr/share/games/wesnoth/1.16/locale/pt_BR/LC_MESSAGES/wesnoth.mo", "pt"),
    ("usr/share/help/C/gnome-help/a.page", "en"), ("usr/share/man/nb/man1/ls.1.gz", "nb"),
    ("usr/share/doc/installation-guide-amd64/cs/ch01.html", "cs"),
    ("usr/share/doc/manual.fr.html", "fr"), ("usr/share/locale/sr@latin/a.mo", ""),
    ("usr/share/help/ru/gnome-help/a.page", "")])
def test_gathered_texts_are_told_by_their_paths(path, language):
    assert gather_texts.language_of(Path(path)) == language


@pytest.mark.parametrize(("package", "language"), [
    ("libreoffice-help-pt-br", "pt"), ("libreoffice-help-en-us", "en"), ("fortunes-br", "pt"),
    ("fortunes", "en"), ("manpages-de", "de"), ("dict-wn", "en")])
def test_gathered_texts_are_told_by_their_packages(package, language):
    assert gather_texts.named(package) == language


def test_gathered_texts_are_running_text(tmp_path):
    page = """<title>Uber Schrift</title><style>p {color: red}</style>
        <p>Ein <b>ganzer</b> Satz &amp; noch\n mehr davon.</p><p>ls -l /usr/bin | grep x=1 {}</p>"""
    assert list(gather_texts.usable(gather_texts.paragraphs(page))) \
        == ["Ein ganzer Satz & noch mehr davon."]
    manual = tmp_path / "ls.1.gz"
    with gzip.open(manual, "wt", encoding="utf-8") as out:
        out.write(".SH NOM\nls \\- affiche\nle contenu de \\fIr\u00e9pertoires\\fP\n.PP\ncourt\n")
    assert list(gather_texts.usable(gather_texts.manual(manual))) \
        == ["ls affiche le contenu de r\u00e9pertoires"]
    drawn = gather_texts.sentences({"der": 0.5, "Haus": 0.2, "2020": 0.3})
    assert len(drawn) == -(-gather_texts.WORDS // 9)
    assert set(" ".join(drawn).lower().replace(".", "").split()) == {"der", "haus"}
    assert gather_texts.sentences({}) == []


# -- gathered icons

@pytest.mark.parametrize(("name", "kept"), [
    ("edit-copy", True), ("folder", True), ("mail", True), ("check_box", True),
    ("format-text-bold", False), ("go-previous", False), ("zoom-1", False), ("dollar", False)])
def test_icons_that_show_characters_are_told_by_their_names(name, kept):
    assert (gather_icons.READ.search(name) is None) == kept


def test_icons_fill_their_square_and_what_is_no_icon_is_left_out():
    image = np.zeros((64, 64, 4), np.uint8)
    image[20:40, 10:50] = (200, 100, 50, 255)
    tone, cover = gather_icons.squared(image)
    assert tone.shape == cover.shape == (gather_icons.SIZE,) * 2
    assert cover[24].tolist() == [255] * gather_icons.SIZE  # as wide as the square
    assert not cover[:10].any()
    assert not cover[-10:].any()
    assert abs(int(tone[24, 24]) - 124) < 3  # luma of its colour
    image[:] = 0
    image[30:33, 5:60] = 255  # a dash
    assert gather_icons.squared(image) is None
    assert gather_icons.squared(np.zeros((20, 20, 4), np.uint8)) is None


def test_a_theme_gives_each_icon_once_of_the_size_that_fits(tmp_path):
    import random

    import cv2
    for size in (16, 48, 256):
        folder = tmp_path / str(size)
        folder.mkdir()
        for name in ("folder", "format-text-bold"):
            assert cv2.imwrite(str(folder / f"{name}.png"), np.full((size, size, 4), 9, np.uint8))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    found = list(gather_icons.themes(tmp_path, random.Random(0)))
    assert [(name, image.shape) for name, image in found] == [("folder", (48, 48, 4))]
