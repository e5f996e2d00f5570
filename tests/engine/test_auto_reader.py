"""Two models: who reads what, whose reading counts, and what the record says of it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml
from support import run_cli

from deeptext_cli.engine.auto_reader import TwoModelReader, is_better, open_lines
from deeptext_cli.engine.line_reader import LineReader, Reading, Span
from deeptext_cli.errors import ModelError


class Fixed:
    """A reader that says of image k, whose only pixel is k, what it was told to."""

    def __init__(self, name: str, confidences: dict[int, float]) -> None:
        self.name, self.confidences = name, confidences
        self.seen: list[int] = []
        self.searched: list[int] = []

    def read(self, images: Sequence[np.ndarray]) -> list[Reading]:
        self.seen += [int(i[0, 0]) for i in images]
        return [Reading(f"{self.name}{i[0, 0]}", self.confidences[int(i[0, 0])], (), self.name)
                for i in images]

    def read_surely(self, images: Sequence[np.ndarray], least: float,
                    ) -> tuple[dict[int, Reading], dict[int, Reading]]:
        readings = dict(enumerate(self.read(images)))
        left = {i: r for i, r in readings.items() if r.confidence < least}
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


def test_the_surer_reading_of_an_unsure_line_counts() -> None:
    first = Fixed("p", {0: 0.9, 1: 0.02, 2: 0.3, 3: 0.5, 4: 0.02})
    second = Fixed("h", {0: 1.0, 1: 0.6, 2: 0.9, 3: 0.9, 4: 0.1})
    reader = TwoModelReader(first, 0.5, lambda: second)
    assert [r.text for r in reader.read(pictures(0, 1, 2, 3, 4))] == ["p0", "h1", "p2", "p3", "p4"]
    assert second.seen == [1, 4]  # the second sees those alone of which it can be so much surer
    # the first searches unsure lines only where the second did no better: the last two of them
    assert first.searched == [2, 4]
    assert [r.text for r in reader.sketch(pictures(0, 1, 2))] == ["~p0", "~h1", "~p2"]


def test_characters_that_are_much_less_sure_do_not_replace_others() -> None:
    """A misread number is unlikely as a whole, and a made-up word less so, though its characters
    are unsure, each of them."""
    def reading(text: str, confidence: float, sure: float) -> Reading:
        return Reading(text, confidence, tuple(Span(c, 0, 1, sure) for c in text))

    number = reading("Date ?14-08-2018", 1e-5, 0.62)
    assert not is_better(reading("late at the en", 0.04, 0.14), number, 100)
    assert is_better(reading("dated at the end", 0.04, 0.5), number, 100)
    assert is_better(reading("o", 0.5, 0.1), reading("", 1e-3, 0.0), 100)


def test_a_page_is_read_by_the_model_that_most_of_it_asks_for() -> None:
    second = Fixed("h", {1: 0.45, 2: 0.45, 3: 0.45})
    # one line in three unsure: a printed page, where only what is beyond print is hand's
    printed = Fixed("p", {0: 0.9, 1: 0.02, 2: 0.9})
    reader = TwoModelReader(printed, 0.1, lambda: second)
    assert [r.text for r in reader.read(pictures(0, 1, 2))] == ["p0", "h1", "p2"]
    assert [r.text for r in reader.read_page(pictures(0, 1, 2))] == ["p0", "p1", "p2"]
    assert second.seen == [1]  # of the page, none was asked: it could not have been so much surer
    printed.confidences[1] = 0.001
    assert [r.text for r in reader.read_page(pictures(0, 1, 2))] == ["p0", "h1", "p2"]
    # a written page, where hand need not be six times as sure
    written = Fixed("p", {1: 0.09, 2: 0.09, 3: 0.01})
    reader = TwoModelReader(written, 0.1, lambda: second)
    assert [r.text for r in reader.read(pictures(1, 2, 3))] == ["p1", "p2", "h3"]
    assert [r.text for r in reader.read_page(pictures(1, 2, 3))] == ["h1", "h2", "h3"]
    assert reader.read_page([]) == []


def test_the_second_model_is_opened_once_and_only_when_needed() -> None:
    opened = []

    def open_second() -> Fixed:
        opened.append(1)
        return Fixed("h", {1: 0.6})

    reader = TwoModelReader(Fixed("p", {0: 0.9, 1: 0.02}), 0.5, open_second)
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
    assert isinstance(reader, TwoModelReader)
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
