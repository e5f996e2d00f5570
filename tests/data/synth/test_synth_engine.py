"""The synthesiser as a whole: determinism, labels, and every shipped recipe."""

from __future__ import annotations

import pickle
import re
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from deeptext_cli.config.synth import SynthRecipe, TextSource
from deeptext_cli.data.synth.corpus import (
    Corpus,
    RandomStrings,
    accented,
    builtin_text,
    punctuated,
    referenced,
    vary,
)
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.engine import LineSynthesiser, load_recipe, recipe_charset
from deeptext_cli.data.synth.look_scene import OTHERS, among_others
from deeptext_cli.data.synth.numbers import NumberLines
from deeptext_cli.data.synth.screens import ScreenLines
from deeptext_cli.data.synth.texts import Texts
from deeptext_cli.errors import ConfigError, DataError
from deeptext_cli.text import Charset, latin_charset, normalise

RECIPES = Path(__file__).parents[3] / "configs" / "synth"
# Recipes of whole pages are another engine's
NAMES = sorted(p.stem for p in RECIPES.glob("*.yaml")
               if "look: page" not in p.read_text(encoding="utf-8"))
# Text of the package alone, so that the tests say the same wherever they run
BUILTIN = ["text.files=[]", "strokes.path=''"]


def _synth(name: str, fonts: Path, seed: int = 3, charset: Charset | None = None,
           overrides: tuple[str, ...] = ()) -> LineSynthesiser:
    recipe = load_recipe(RECIPES / f"{name}.yaml", [*BUILTIN, *overrides], fonts=[fonts])
    return LineSynthesiser(recipe, charset=charset, seed=seed)


def _bytes_of(job: tuple[LineSynthesiser, int]) -> tuple[bytes, tuple[int, ...], str]:
    image, text = job[0].sample(job[1])
    return image.tobytes(), image.shape, text


def test_the_recipes_of_the_issue_are_there() -> None:
    assert {"prose", "numbers", "screens", "scene", "captcha", "plates5", "words", "handwriting",
            "print"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_gives_readable_lines(name: str, fonts: Path) -> None:
    synth = _synth(name, fonts)
    for i in range(40):
        image, text = synth.sample(i)
        assert image.dtype == np.uint8
        assert image.ndim == 2
        h, w = image.shape
        assert 6 <= h <= 400
        assert 6 <= w <= 4000
        assert w >= 1.2 * len(text), (i, text)     # room for every character
        assert int(image.max()) - int(image.min()) > 20
        assert text
        assert normalise(text) == text
        assert not synth.charset.unknown(text)


@pytest.mark.parametrize("name", ["prose", "print"])
def test_samples_do_not_depend_on_workers_or_order(name: str, fonts: Path) -> None:
    synth = _synth(name, fonts)
    jobs = [(synth, i) for i in range(24)]
    backwards = [_bytes_of(job) for job in reversed(jobs)][::-1]
    with ProcessPoolExecutor(2) as pool:
        assert list(pool.map(_bytes_of, jobs, chunksize=5)) == backwards
    copy = pickle.loads(pickle.dumps(synth))
    assert _bytes_of((copy, 7)) == backwards[7]
    other = _synth(name, fonts, seed=4)
    assert [_bytes_of((other, i)) for i in range(5)] != backwards[:5]


def test_five_digits_exactly(fonts: Path) -> None:
    synth = _synth("plates5", fonts)
    assert str(synth.charset) == "0123456789"
    assert all(re.fullmatch(r"[0-9]{5}", synth.sample(i)[1]) for i in range(150))


def test_captcha_takes_its_own_alphabet(fonts: Path) -> None:
    synth = _synth("captcha", fonts)
    texts = [synth.sample(i)[1] for i in range(60)]
    assert {len(t) for t in texts} == {5, 6}
    assert set("".join(texts)) == set(synth.charset.chars) == set("2345678bcdefgmnpwxy")


def test_charset_of_a_mix_covers_its_parts() -> None:
    charset = recipe_charset(load_recipe(RECIPES / "print.yaml"))
    assert set(latin_charset().chars) <= set(charset.chars)


def test_labels_keep_to_a_narrow_charset(fonts: Path) -> None:
    charset = Charset("abcdefghijklmnopqrstuvwxyz .")
    synth = _synth("prose", fonts, charset=charset)
    texts = [synth.sample(i)[1] for i in range(60)]
    assert all(not charset.unknown(t) for t in texts)
    with pytest.raises(ConfigError, match="no text of the charset"):
        _synth("plates5", fonts, charset=Charset("xyz")).sample(0)


def test_text_that_no_font_can_draw(fonts: Path, tmp_path: Path) -> None:
    """Such lines are passed over; a recipe that has no others says so."""
    half = tmp_path / "half.txt"
    half.write_text("latin words here \u4e2d\u6587\u4e2d\u6587\u4e2d\u6587 " * 50, "utf-8")
    settings = ["text.random=0", "text.max_length=12", "augment=null"]
    charset = Charset("latinwordshe \u4e2d\u6587")
    recipe = load_recipe(RECIPES / "prose.yaml", settings, fonts=[fonts], text=[half])
    synth = LineSynthesiser(recipe, charset=charset, seed=1)
    assert all(synth.sample(i)[1].isascii() for i in range(10))
    only = tmp_path / "only.txt"
    only.write_text("\u4e2d\u6587 " * 200, "utf-8")
    recipe = load_recipe(RECIPES / "prose.yaml", settings, fonts=[fonts], text=[only])
    with pytest.raises(ConfigError, match="a font can draw"):
        LineSynthesiser(recipe, charset=charset, seed=1).sample(0)


def test_rare_characters_are_all_met() -> None:
    charset = latin_charset()
    texts = Texts(load_recipe(RECIPES / "prose.yaml", BUILTIN), charset)
    dice = Dice(np.random.default_rng(0))
    drawn = Counter("".join(texts.random(dice, frozenset(charset.chars)) for _ in range(6000)))
    drawn.update("".join(texts.running(dice) for _ in range(500)))
    assert not set(charset.chars) - set(drawn)
    assert min(drawn.values()) > 20


def test_text_override_and_missing_files(fonts: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("zebra " * 200, encoding="utf-8")
    recipe = load_recipe(RECIPES / "prose.yaml", ["text.random=0", "text.upper=0", "text.title=0"],
                         fonts=[fonts], text=[tmp_path / "t.txt"])
    synth = LineSynthesiser(recipe, seed=1)
    words = " ".join(synth.sample(i)[1] for i in range(30)).split()
    assert words.count("zebra") > 0.7 * len(words)
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\xff" * 100)
    with pytest.raises(DataError, match="cannot be read"):
        Corpus([TextSource(path=str(tmp_path / "bad.txt"))])


def test_overrides_reach_every_part_of_a_mix(fonts: Path) -> None:
    recipe = load_recipe(RECIPES / "print.yaml", ["augment=null"], fonts=[fonts])
    assert any("augment=null" in o for o in recipe.overrides)
    assert any(str(fonts) in o for o in recipe.overrides)


def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("text:\n  kinds: prose\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"r\.yaml:2.*text\.kinds.*did you mean 'kind'"):
        load_recipe(tmp_path / "r.yaml")
    with pytest.raises(ConfigError, match="min_length is above"):
        load_recipe(RECIPES / "prose.yaml", ["text.min_length=90"])


def test_recipes_read_back_as_written() -> None:
    for name in NAMES:
        recipe = load_recipe(RECIPES / f"{name}.yaml")
        assert recipe.name == name
        assert SynthRecipe.model_validate(recipe.model_dump()) == recipe


def test_numbers_are_of_many_kinds() -> None:
    lines = NumberLines(Corpus([]))
    dice = Dice(np.random.default_rng(0))
    drawn = [lines.draw(dice) for _ in range(3000)]
    joined = "\n".join(drawn)
    for pattern in (r"\d+\.\d\d$", r"\d\d/\d\d/\d{4}", r"\d{1,2}:\d\d", r"@\w+\.", r"\d %|\d%",
                    r"[$€£]", r"^[A-Z][\w .]+:", r"   ", r"\(.+\)", r"www\.", r"\d,\d\d"):
        assert re.search(pattern, joined, re.MULTILINE), pattern
    assert len(set(drawn)) > 2600


def test_screens_show_code_paths_and_menus() -> None:
    lines = ScreenLines(Corpus([]))
    dice = Dice(np.random.default_rng(0))
    drawn = [lines.draw(dice) for _ in range(3000)]
    joined = "\n".join(drawn)
    for pattern in (r"[a-z]_[a-z]", r"\b__[a-z]+__", r"^\$ \w", r"\(.*\)", r"[a-z] == ", r"https://\w",
                    r"^C:\\", r"^/(usr|etc|tmp|home|var)/", r"@[\w.]+\.", r'"\w+": ', r"Ctrl\+",
                    r"</\w+>", r"\[(INFO|ERROR|DEBUG)\]", r"^[A-Z]+_[A-Z]", r"^# ", r"[;{]$"):
        assert re.search(pattern, joined, re.MULTILINE), pattern
    assert len(set(drawn)) > 2600


def test_names_where_the_text_has_only_punctuation(tmp_path: Path) -> None:
    (tmp_path / "marks.txt").write_text("— — – — - – — " * 40, "utf-8")
    corpus = Corpus([TextSource(path=str(tmp_path / "marks.txt"))])
    dice = Dice(np.random.default_rng(0))
    for lines in (NumberLines(corpus), ScreenLines(corpus)):
        assert all(lines.draw(dice).strip() for _ in range(3000))


def test_distinct_words_are_all_alike_likely(tmp_path: Path) -> None:
    text = "the " * 300 + "«rare», (seldom) once! " + "the " * 300
    (tmp_path / "a.txt").write_text(text, "utf-8")
    corpus = Corpus([TextSource(path=str(tmp_path / "a.txt"))])
    dice = Dice(np.random.default_rng(0))
    seen = Counter(corpus.distinct_words(dice, 1, 1) for _ in range(2000))
    assert set(seen) == {"the", "rare", "seldom", "once"}
    assert max(seen.values()) < 1.3 * min(seen.values())
    assert all(len(corpus.distinct_words(dice, 2, 3).split()) in (2, 3) for _ in range(50))


def test_no_distinct_words_where_the_text_has_only_punctuation(tmp_path: Path) -> None:
    (tmp_path / "marks.txt").write_text("— — – — - – — " * 40, "utf-8")
    corpus = Corpus([TextSource(path=str(tmp_path / "marks.txt"))])
    assert corpus.distinct_words(Dice(np.random.default_rng(0)), 1, 2).strip()


def test_neighbours_stand_around_and_not_upon_the_word() -> None:
    layers = np.zeros((60, 100, 3), np.uint8)
    layers[20:40, 10:90, 0] = 255
    met = np.zeros(4, int)
    for seed in range(200):
        out = among_others(layers, Dice(np.random.default_rng(seed)),
                           lambda: np.full((20, 70), 255, np.uint8))
        y, x = np.nonzero(out[..., 0])
        box = slice(y.min(), y.max() + 1), slice(x.min(), x.max() + 1)
        assert out[..., 0][box].all()
        assert out.shape[2] == OTHERS + 1
        others = out[..., OTHERS]
        assert not others[box].any()
        met += [bool(part.any()) for part in (
            others[:box[0].start], others[box[0].stop:], others[box[0], :box[1].start],
            others[box[0], box[1].stop:])]
    above, below, left, right = met / 200
    assert 0.35 < above < 0.65
    assert 0.35 < below < 0.65
    assert 0.1 < left < 0.35
    assert 0.1 < right < 0.35


def test_slices_keep_to_lengths_and_words(tmp_path: Path) -> None:
    corpus = Corpus([TextSource(path=str(tmp_path / "absent*.txt"))])  # then the built-in text
    dice = Dice(np.random.default_rng(0))
    pieces = [corpus.slice(dice, 5, 30) for _ in range(400)]
    assert all(1 <= len(p) <= 30 for p in pieces)
    text = builtin_text()
    whole = sum(f" {p} " in f" {text} " for p in pieces)
    assert whole > 0.75 * len(pieces)
    assert len(set(pieces)) > 300


def test_variants_change_letters_only_as_told() -> None:
    dice = Dice(np.random.default_rng(0))
    assert vary("Straße zu", dice, upper=1, title=0) == "STRAßE ZU"
    assert vary("it's a day", Dice(np.random.default_rng(1)), upper=0, title=1)[:6] == "It's A"
    plain = "letters without accents " * 20
    marked = accented(plain, dice)
    assert marked != plain
    assert len(marked) == len(plain)


def test_random_strings_use_every_character() -> None:
    strings = RandomStrings("abcXYZ019-+éß ")
    dice = Dice(np.random.default_rng(0))
    drawn = [strings.draw(dice, 1, 12) for _ in range(500)]
    assert set("".join(drawn)) == set("abcXYZ019-+éß ")
    assert all(1 <= len(d) <= 12 for d in drawn)


def test_signs_are_added_and_nothing_is_lost() -> None:
    text = "She could see, he said, what I had seen there"
    made = [punctuated(text, Dice(np.random.default_rng(i))) for i in range(1500)]
    letters = re.sub(r"\W", "", text)
    assert all(re.sub(r"[\WΔΣΩπ]", "", m).rstrip("²¹") == letters for m in made)
    assert set("“”„«»‘’\"'()[]—–…") <= set("".join(made))
    assert sum(m == text for m in made) < 75
    # a quotation may begin or end on another line
    assert any("“" in m and "”" not in m for m in made)
    assert any("”" in m and "“" not in m and "„" not in m for m in made)
    assert punctuated("", Dice(np.random.default_rng(0))) == ""


def test_the_share_of_texts_with_more_signs() -> None:
    def signs(share: float) -> int:
        return sum(bool(re.search("[“”«»„‘]", vary(
            "so it was said", Dice(np.random.default_rng(i)), upper=0, title=0, signs=share)))
            for i in range(300))
    assert signs(0.0) == 0
    assert 60 < signs(1.0) < 240


def test_the_share_of_texts_with_more_accents() -> None:
    text = "there was a land of letters with no marks over them"

    def marked(share: float) -> int:
        return sum(vary(text, Dice(np.random.default_rng(i)), upper=0, title=0, accents=share)
                   != text for i in range(200))
    assert marked(0.0) == 0
    assert 60 < marked(0.4) < 100
    assert marked(1.0) > 195


def test_references_are_put_among_the_words() -> None:
    text = "the quick brown fox"
    made = [referenced(text, Dice(np.random.default_rng(i))) for i in range(800)]
    for line in made:
        rest = re.sub(r"(?<=\w)\[", " [", line).split()
        for word in text.split():  # all words stay, in their order
            rest = rest[rest.index(word) + 1:]
        assert len(line) > len(text)
        assert line.count("[") == line.count("]")
        assert line.count("(") <= line.count(")")
    for pattern in (r"^\[\d+\]", r"\(\d{4}\)", r"\d–\d", r"\w\[\d+\]", r"\b[A-Z]\.,", r"\d{4}s\b"):
        assert sum(bool(re.search(pattern, line)) for line in made) > 8
    assert referenced("", Dice(np.random.default_rng(0)))


def test_wide_quotation_marks_are_two_single_ones_in_the_picture_alone(
        tmp_path: Path, fonts: Path) -> None:
    (tmp_path / "text.txt").write_text("“Alas!” " * 400, encoding="utf-8")
    plain = ["text.files=[{path: text.txt}]", "text.random=0", "text.upper=0", "text.title=0",
             "text.accents=0", "crop.neighbours=0", "crop.rules=0", "layout.shaped=0",
             "fonts.kinds={serif: 1, sans: 1}", "ink.texture=0"]
    (tmp_path / "r.yaml").write_text("{}", encoding="utf-8")
    made = {}
    for share in (0, 1):
        synth = LineSynthesiser(load_recipe(
            tmp_path / "r.yaml", [*plain, f"layout.wide_quotes={share}"], fonts=[fonts]))
        made[share] = [synth.sample(i) for i in range(20)]
    assert [t for _, t in made[0]] == [t for _, t in made[1]]
    assert not any("‘‘" in t or "''" in t for _, t in made[1])
    assert sum(a.shape != b.shape for (a, _), (b, _) in
               zip(made[0], made[1], strict=True)) > 10


def test_lines_to_write_on_run_up_to_the_text(tmp_path: Path, fonts: Path) -> None:
    """Ink at the baseline's height at the picture's edge, which the label does not know of."""
    (tmp_path / "text.txt").write_text("Mine own romance " * 400, encoding="utf-8")
    plain = ["text.files=[{path: text.txt}]", "text.random=0", "text.accents=0",
             "crop.neighbours=0", "crop.rules=0", "layout.underline=0", "layout.skew=0",
             "ink.clean=1", "ink.inverted=0", "ink.texture=0", "wear.fax=0", "wear.thermal=0",
             "layout.stretch=0", "crop.tight=0"]
    (tmp_path / "r.yaml").write_text("{}", encoding="utf-8")

    def edges(share: float) -> list[bool]:
        synth = LineSynthesiser(load_recipe(
            tmp_path / "r.yaml", [*plain, f"crop.write_on={share}"], fonts=[fonts]))
        made = [synth.sample(i) for i in range(30)]
        assert not any("_" in text for _, text in made)
        return [bool((image[:, [0, -1]].min(axis=0) < 140).any()) for image, _ in made]

    assert sum(edges(0.0)) < 6 < 18 < sum(edges(1.0))
