"""Two models: who reads what, whose reading counts, and what the record says of it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml
from support import run_cli

from deeptext_cli.engine.auto_reader import AutoReader, is_better, open_lines
from deeptext_cli.engine.line_kinds import Odds
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.looks import Reading, Span
from deeptext_cli.errors import ModelError


class Fixed:
    """A reader that says of image k, whose only pixel is k, what it was told to."""

    def __init__(self, name: str, confidences: dict[int, float],
                 odds: dict[int, dict[str, float]] | None = None) -> None:
        self.name, self.confidences, self.odds = name, confidences, odds or {}
        self.seen: list[int] = []
        self.searched: list[int] = []

    def read(self, images: Sequence[np.ndarray], *, thorough: bool = True) -> list[Reading]:
        numbers = [int(i[0, 0]) for i in images]
        self.seen += numbers
        return [Reading(f"{self.name}{k}", self.confidences[k], (), self.name,
                        self.odds.get(k, {})) for k in numbers]

    looks_again = False

    def read_once(self, images: Sequence[np.ndarray]) -> list[Reading]:
        return self.read(images)

    def read_surely(self, images: Sequence[np.ndarray], least: Callable[[Odds], float],
                    thorough: bool = True) -> tuple[dict[int, Reading], dict[int, Reading]]:
        readings = dict(enumerate(self.read(images)))
        left = {i: r for i, r in readings.items() if r.confidence < least(r.odds)}
        return {i: r for i, r in readings.items() if i not in left}, left

    def greedy(self, looks: dict[int, Reading]) -> dict[int, Reading]:
        return {i: dataclasses.replace(r, text=f"~{r.text}") for i, r in looks.items()}

    def decode(self, looks: dict[int, Reading]) -> dict[int, Reading]:
        self.searched += looks
        return dict(looks)

    def sketch(self, images: Sequence[np.ndarray]) -> list[Reading]:
        return [dataclasses.replace(r, text=f"~{r.text}") for r in self.read(images)]


def pictures(*numbers: int) -> list[np.ndarray]:
    return [np.full((1, 1), n, np.uint8) for n in numbers]


def texts(readings: list[Reading]) -> list[str]:
    return [r.text for r in readings]


def test_the_surer_reading_of_a_doubtful_line_counts() -> None:
    """Of a line whose kind is open another model must be e^2 = 7.4 times as sure."""
    first = Fixed("p", {0: 0.9, 1: 0.02, 2: 0.3, 3: 0.12, 4: 0.02})
    second = Fixed("h", {0: 1.0, 1: 0.6, 2: 1.0, 3: 0.8, 4: 0.1})
    reader = AutoReader(first, {"hand": lambda: second})
    assert texts(reader.read(pictures(0, 1, 2, 3, 4))) == ["p0", "h1", "p2", "p3", "p4"]
    assert second.seen == [1, 3, 4]  # it sees those alone of which it can be so much surer
    # the first searches doubtful lines only where the second did no better: the last two of them
    assert first.searched == [3, 4]
    assert texts(reader.sketch(pictures(0, 1, 2))) == ["~p0", "~h1", "~p2"]


def test_characters_that_are_much_less_sure_do_not_replace_others() -> None:
    """A misread number is unlikely as a whole, and a made-up word less so, though its characters
    are unsure, each of them."""
    def reading(text: str, confidence: float, sure: float) -> Reading:
        return Reading(text, confidence, tuple(Span(c, 0, 1, sure) for c in text))

    number = reading("Date ?14-08-2018", 1e-5, 0.62)
    assert not is_better(reading("late at the en", 0.04, 0.14), number, 100)
    assert is_better(reading("dated at the end", 0.04, 0.5), number, 100)
    assert is_better(reading("o", 0.5, 0.1), reading("", 1e-3, 0.0), 100)
    # a line that is clearly the other model's kind need not be read so surely
    assert is_better(reading("late at the en", 0.04, 0.14), number, 0.1)


def test_of_lines_of_its_kind_a_model_need_not_be_surer() -> None:
    kinds = {0: {"hand": 9.0}, 1: {"hand": -9.0}, 2: {"hand": 1.0}}
    first = Fixed("p", {0: 0.97, 1: 0.0002, 2: 0.3}, kinds)
    second = Fixed("h", {0: 0.5, 1: 0.99, 2: 0.99})
    reader = AutoReader(first, {"hand": lambda: second})
    # written: even a sure reading of print's is wrong; printed: not even an unsure one of it is
    assert texts(reader.read(pictures(0, 1, 2))) == ["h0", "p1", "h2"]
    assert second.seen == [0, 2]


def test_only_lines_that_are_a_models_are_looked_at_again_by_it() -> None:
    class Twice(Fixed):
        looks_again = True

        def read_once(self, images: Sequence[np.ndarray]) -> list[Reading]:
            return [dataclasses.replace(r, text=f"1{r.text}") for r in self.read(images)]

    kinds = {0: {"hand": 9.0}, 1: {"hand": 1.0}, 2: {"hand": 9.0}}
    first = Fixed("p", {0: 0.3, 1: 0.3, 2: 0.3}, kinds)
    second = Twice("h", {0: 0.9, 1: 0.4, 2: 0.9})
    reader = AutoReader(first, {"hand": lambda: second})
    read = reader.read(pictures(0, 1, 2))
    assert texts(read) == ["h0", "p1", "h2"]
    assert read[0].odds == {"hand": 9.0}
    assert second.seen == [0, 1, 2, 0, 2]


def test_a_line_not_of_its_kind_is_not_shown_to_a_model_however_unsure() -> None:
    """Nor where only a sketch is wanted; read thoroughly it is, alone or among others."""
    kinds = {0: {"hand": -1.2}, 1: {"hand": -0.9}}
    first = Fixed("p", {0: 0.0, 1: 0.0}, kinds)
    second = Fixed("h", {0: 0.9, 1: 0.9})
    reader = AutoReader(first, {"hand": lambda: second})
    assert texts(reader.read(pictures(0, 1), thorough=False)) == ["p0", "h1"]
    assert texts(reader.sketch(pictures(0, 1))) == ["~p0", "~h1"]
    assert set(second.seen) == {1}
    assert texts(reader.read(pictures(0, 1))) == ["h0", "h1"]
    assert texts(reader.read(pictures(*[0, 1] * 9))) == ["h0", "h1"] * 9


def test_of_several_models_the_one_that_gains_most_counts() -> None:
    first = Fixed("p", {0: 0.01, 1: 0.01, 2: 0.5}, {
        0: {"hand": 0.0, "scene": 3.0}, 1: {"hand": 3.0, "scene": 0.0},
        2: {"hand": 0.0, "scene": 0.0}})
    others = {"hand": Fixed("h", dict.fromkeys(range(3), 0.9)),
              "scene": Fixed("s", dict.fromkeys(range(3), 0.9))}
    reader = AutoReader(first, {k: partial(others.get, k) for k in others})
    assert texts(reader.read(pictures(0, 1, 2))) == ["s0", "h1", "p2"]


def test_another_model_is_opened_once_and_only_when_needed() -> None:
    opened = []

    def open_second() -> Fixed:
        opened.append(1)
        return Fixed("h", {1: 0.6})

    reader = AutoReader(Fixed("p", {0: 0.9, 1: 0.02}), {"hand": open_second})
    reader.read(pictures(0, 0))
    assert opened == []
    reader.read(pictures(1))
    reader.read(pictures(0, 1))
    assert opened == [1]
    assert reader.read([]) == []


def renamed(source: Path, to: Path, shift: float) -> Path:
    """A copy of a model under another name, whose confidence is moved by so many log-odds."""
    shutil.copytree(source, to)
    spec = yaml.safe_load((to / "model.yaml").read_text())
    spec["name"] = to.name
    spec["decoding"]["calibrator"] = {"kind": "logistic", "scale": 1.0, "shift": shift}
    (to / "model.yaml").write_text(yaml.safe_dump(spec))
    return to


@pytest.fixture
def models(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """print, which is sure of nothing, and hand, which is."""
    folder = tmp_path / "models"
    renamed(tiny_model, folder / "print", -30.0)
    renamed(tiny_model, folder / "hand", 5.0)
    monkeypatch.setenv("DEEPTEXT_MODELS", str(folder))
    return folder


def test_auto_is_print_and_hand(models: Path) -> None:
    model, reader = open_lines("auto", threads=1)
    assert model.spec.name == "print"
    assert isinstance(reader, AutoReader)
    assert isinstance(open_lines("print", threads=1)[1], LineReader)  # asked for by name: alone


def test_without_hand_print_reads_alone(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(models / "hand")
    monkeypatch.setattr("deeptext_cli.engine.models.search_path", lambda: [models])
    assert isinstance(open_lines("auto", threads=1)[1], LineReader)


def test_a_damaged_second_model_is_no_absent_one(models: Path) -> None:
    (models / "hand" / "model.yaml").write_text("x: [")
    with pytest.raises(ModelError, match="damaged"):
        open_lines("auto", threads=1)


def test_the_command_says_which_model_read_a_line(models: Path, lines) -> None:
    [image] = lines("123")
    done = run_cli("read", image, "--format", "jsonl", "--layout", "line")
    assert done.returncode == 0, done.stderr
    page = json.loads(done.stdout)
    assert page["model"] == "print"
    assert [line["model"] for line in page["lines"]] == ["hand"]
    by_name = json.loads(run_cli("read", image, "--format", "jsonl", "--layout", "line",
                                 "--model", "print").stdout)
    assert by_name["lines"][0]["text"] == page["text"]
    assert "model" not in by_name["lines"][0]
