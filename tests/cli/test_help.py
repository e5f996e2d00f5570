"""Help: every command has one, with examples; mistakes are one line and exit code 2."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import run_cli

COMMANDS = ("prepare", "augment", "train", "eval", "read")


def test_help_lists_the_commands() -> None:
    done = run_cli("--help")
    assert done.returncode == 0
    for command in (*COMMANDS, "models", "lm"):
        assert re.search(rf"\b{command}\b", done.stdout), command
    assert "130 interrupted" in " ".join(done.stdout.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_examples(command: str) -> None:
    done = run_cli(command, "--help")
    assert done.returncode == 0
    assert "Examples" in done.stdout
    assert f"deeptext {command} " in done.stdout


@pytest.mark.parametrize(("command", "words"), [
    ("eval", "[the newest run's]"), ("train", "[runs/NAME/model]"), ("train", "[runs/NAME]"),
    ("prepare", "[data/NAME after a single input]"), ("augment", "[default: document]")])
def test_brackets_are_no_markup(command: str, words: str) -> None:
    shown = run_cli(command, "--help").stdout.replace("\u2502", " ")
    assert words in " ".join(shown.split())


HABITS = {"read": ["--layout", "--format", "--model", "--output", "--device", "--batch-size",
                   "--jobs", "--quiet", "--verbose"],
          "train": ["--config", "--set", "--device", "--seed", "--resume", "--from", "--output"],
          "eval": ["--model", "--data", "--split", "--json", "--sheet", "--jobs", "--device",
                   "--batch-size", "--seed"],
          "prepare": ["--output", "--group", "--null-text", "--format", "--jobs", "--seed"],
          "augment": ["--output", "--config", "--set", "--jobs", "--seed", "--preset"]}


@pytest.mark.parametrize("command", COMMANDS)
def test_options_are_those_of_the_field(command: str) -> None:
    text = run_cli(command, "--help").stdout
    assert [o for o in HABITS[command] if o not in text] == []


def test_the_presets_are_named() -> None:
    from deeptext_cli.config.augment_presets import PRESETS

    text = run_cli("augment", "--help").stdout
    assert [name for name in PRESETS if not re.search(rf"{name}[,.]", text)] == []


def test_the_version_is_the_package_s() -> None:
    from deeptext_cli import __version__
    assert run_cli("--version").stdout == f"deeptext {__version__}\n"


@pytest.mark.parametrize(("arguments", "words"), [
    (["reed", "x.png"], "reed"),
    (["read"], "PATHS"),
    (["read", "x.png", "--format", "jsn"], "did you mean 'json'?"),
    (["read", "x.png", "--layout", "poem"], "one of auto, page, block, line, word"),
    (["read", "x.png", "--batch-size", "0"], "batch-size"),
    (["read", "x.png", "--wat"], "--wat"),
    (["read", "https://example.org/x.png"], "download it first"),
    (["read", "x.png", "-o", "x.unknown"], "does not tell the format"),
    (["read", "x.png", "--format", "json", "--format", "tsv"], "several formats need a folder"),
    (["read", "x.png", "-o", "-", "--format", "json", "--format", "tsv"], "need a folder"),
    (["train"], "--config FILE or --data FOLDER"),
    (["train", "-c", "none.yaml"], "none.yaml: No such file"),
    (["train", "--data", "none"], "deeptext prepare"),
    (["eval"], "no finished training run"),
    (["eval", "--format", "xml"], "text or json"),
    (["prepare", "x", "y"], "-o is missing"),
])
def test_mistakes_are_one_line_and_no_traceback(tmp_path: Path, arguments: list[str],
                                                words: str) -> None:
    done = run_cli(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("deeptext: ")
    assert done.stdout == ""


def test_verbose_shows_where_an_error_comes_from(tmp_path: Path) -> None:
    done = run_cli("read", "x.png", "--model", "nobody", "-v", cwd=tmp_path)
    assert done.returncode == 3
    assert "Traceback" in done.stderr
    quiet = run_cli("read", "x.png", "--model", "nobody", "-q", cwd=tmp_path)
    assert quiet.returncode == 3
    assert "Traceback" not in quiet.stderr
    assert "no model 'nobody'" in quiet.stderr
