"""Words and numbers composed of single handwritten characters."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from deeptext_cli.data.synth.composed import Composed
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.engine import LineSynthesiser, load_recipe, recipe_charset
from deeptext_cli.data.synth.texts import Texts

# a character's shape: strokes of (x, y), y down
SHAPES = {"1": [[(0, 0), (0, 50), (0, 100)]],
          "7": [[(0, 0), (60, 0), (20, 100)]],
          "T": [[(0, 0), (70, 0)], [(35, 0), (35, 100)]],
          "L": [[(0, 0), (0, 90), (50, 90)]]}


def letters(path: Path, writers: tuple[str, ...] = ("aaa", "bbb", "ccc", "ddd", "eee")) -> Path:
    """A file of single characters, each twice by each writer, who write in different sizes."""
    delta, up, offset, ids, texts = [], [], [0], [], []
    for k, writer in enumerate(writers):
        for char, strokes in SHAPES.items():
            for _ in range(2):
                points = np.array([p for s in strokes for p in s], np.int16) * (k + 1)
                delta.append(np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int16)))
                up += [j == len(s) - 1 for s in strokes for j in range(len(s))]
                offset.append(offset[-1] + len(points))
                ids.append(f"{writer}-{char}")
                texts.append(char)
    np.savez_compressed(path, delta=np.concatenate(delta), pen_up=np.packbits(np.array(up, bool)),
                        offset=np.array(offset, np.int64), id=np.array(ids), text=np.array(texts))
    return path


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    letters(tmp_path / "letters.npz")
    (tmp_path / "words.txt").write_text("till 17 tilt, 7.1 lilt LT\n" * 20, encoding="utf-8")
    path = tmp_path / "filled.yaml"
    path.write_text(json.dumps({
        "text": {"kind": "prose", "random": 0.0, "files": [{"path": "words.txt"}]},
        "strokes": {"path": "letters.npz", "letters": True, "share": 1.0}}), encoding="utf-8")
    return path


def composed(path: Path) -> Composed:
    recipe = load_recipe(path)
    found = Composed.of(recipe, Texts(recipe, recipe_charset(recipe)))
    assert found is not None
    return found


def test_labels_hold_what_is_drawn_and_nothing_else(recipe: Path) -> None:
    lines = LineSynthesiser(load_recipe(recipe), seed=3)
    for i in range(30):
        image, text = lines.sample(i)
        assert set(text) <= set("TL17.,- '")  # no I: nobody wrote one
        assert text == " ".join(text.split())
        assert image.ndim == 2
        assert image.max() - int(image.min()) > 40
        again, same = lines.sample(i)
        assert same == text
        assert np.array_equal(again, image)


def test_characters_follow_one_another_on_a_line(recipe: Path) -> None:
    found = composed(recipe)
    for seed in range(20):
        strokes = found.strokes("L7 T1.", Dice(np.random.default_rng(seed)))
        assert len(strokes) == 6  # T has two
        starts = [float(s[:, 0].min()) for s in strokes]
        ends = [float(s[:, 0].max()) for s in strokes]
        for k in (0, 1, 3, 4):  # the second stroke of T begins within its first
            assert starts[k + 1] > ends[k]
        assert starts[2] - ends[1] > starts[1] - ends[0]  # the space is wider than the gap
        for k in (0, 1, 4):  # all of a height, whatever the writer's size
            assert 80 < np.ptp(strokes[k][:, 1]) < 115
            assert abs(strokes[k][:, 1].max()) < 10  # and on the line


def test_what_is_composed_can_be_seen_where_it_should_be(recipe: Path) -> None:
    strokes = composed(recipe).strokes("T L", Dice(np.random.default_rng(5)))
    points = np.concatenate(strokes)
    canvas = np.zeros((140, int(points[:, 0].max()) + 40), np.uint8)
    for s in strokes:
        cv2.polylines(canvas, [np.round(s + np.array([20, 120])).astype(np.int32)], False, 255, 3)
    columns = np.flatnonzero(canvas.any(axis=0))
    assert (np.diff(columns) > 20).sum() == 1  # two words


def test_text_that_cannot_be_composed_is_another_text(recipe: Path) -> None:
    (recipe.parent / "words.txt").write_text("xyz - .\n", encoding="utf-8")
    with pytest.raises(LookupError):
        composed(recipe).draw(Dice(np.random.default_rng(0)))


def test_without_the_file_faces_draw_the_lines(recipe: Path) -> None:
    (recipe.parent / "letters.npz").unlink()
    loaded = load_recipe(recipe)
    assert Composed.of(loaded, Texts(loaded, recipe_charset(loaded))) is None


def test_writers_kept_for_validation_are_kept_out(tmp_path: Path) -> None:
    writers = tuple(f"w{k:02}" for k in range(30))
    letters(tmp_path / "letters.npz", writers)
    parts = {}
    for part in ("train", "val"):
        (tmp_path / "r.yaml").write_text(json.dumps({"strokes": {
            "path": "letters.npz", "letters": True, "val_share": 0.3, "part": part}}),
            encoding="utf-8")
        parts[part] = set(composed(tmp_path / "r.yaml")._writers)
    assert parts["train"] | parts["val"] == set(writers)
    assert not parts["train"] & parts["val"]
    assert parts["val"]
