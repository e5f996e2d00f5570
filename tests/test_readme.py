"""The README's commands work as they are written.

Blocks fenced as `sh` are run, in their order, in a folder that holds what the checkout holds.
Commands in blocks without a language are too long for a test: `deeptext` ones are checked to have
the options they name, `make` ones to be targets.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT, run_cli

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)


def commands(language: str) -> list[str]:
    """The command lines of all blocks of a language, without comments."""
    body = "\n".join(text for name, text in BLOCKS if name == language).replace("\\\n", " ")
    lines = [re.sub(r"\s+#.*$", "", line).strip() for line in body.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the checkout, into which commands may write."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("samples", "configs", "models", "docs"):
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)
    scripts = folder / "bin"
    scripts.mkdir()
    command = scripts / "deeptext"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m deeptext_cli "$@"\n')
    command.chmod(0o755)
    return folder


def test_there_is_something_to_run() -> None:
    assert any(c.startswith("deeptext read ") for c in commands("sh"))
    assert {name for name, _ in BLOCKS} <= {"", "sh", "yaml", "json", "text"}


@pytest.mark.parametrize("command", commands("sh"))
def test_short_commands_run(command: str, place: Path) -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=place, capture_output=True, timeout=250,
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200",
                          "PATH": f"{place / 'bin'}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("command", [c for c in commands("") if c.startswith("deeptext ")])
def test_long_commands_name_options_that_there_are(command: str) -> None:
    words = shlex.split(command)[1:]
    depth = 2 if words[0] in ("models", "lm") else 1
    text = run_cli(*words[:depth], "--help").stdout
    missing = [w for w in words[depth:] if w.startswith("-") and w != "-"
               and not re.search(rf"(?<![\w-]){re.escape(w.partition('=')[0])}(?![\w-])", text)]
    assert missing == []
    for word in words[depth:]:
        if word.startswith("configs/"):
            assert (ROOT / word).is_file(), word


@pytest.mark.parametrize("command", [c for c in commands("") if c.startswith("make ")])
def test_make_targets_exist(command: str) -> None:
    done = subprocess.run(["make", "-n", *shlex.split(command)[1:]], cwd=ROOT, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`(scripts/[^`]+)`", README))))
def test_scripts_know_what_they_are_asked_for(command: str) -> None:
    done = subprocess.run([sys.executable, *shlex.split(command), "--help"], cwd=ROOT, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert os.access(ROOT / command.split()[0], os.X_OK)


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
