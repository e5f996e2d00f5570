"""Completion by shells: what is offered, and that it is quick."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support import ROOT

from deeptext_cli.cli.completion import language_models, output_formats, recognisers

AS_DEEPTEXT = ("import sys; sys.argv[0] = 'deeptext'; from deeptext_cli.cli.app import main\n"
               "try: main()\n"
               "finally: print(*sys.modules, file=sys.stderr)")


def completed(typed: str) -> tuple[list[str], set[str]]:
    """What bash is offered for the last word typed, and the modules that were imported for it."""
    done = subprocess.run(
        [sys.executable, "-c", AS_DEEPTEXT], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "_DEEPTEXT_COMPLETE": "complete_bash",
             "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1)})
    return done.stdout.split(), set(done.stderr.split())


@pytest.mark.parametrize(("typed", "offered"), [
    ("deeptext pre", ["prepare"]), ("deeptext read --model pri", ["print"]),
    ("deeptext read --format jso", ["json", "jsonl"]), ("deeptext eval --model pri", ["print"]),
    ("deeptext read --lm lm-fr", ["lm-fr"]), ("deeptext read --show-c", ["--show-confidence"])])
def test_commands_options_and_values_are_completed(typed: str, offered: list[str]) -> None:
    found, imported = completed(typed)
    assert found == offered
    assert not {"torch", "onnxruntime", "PIL", "cv2"} & imported


def test_only_what_reads_lines_is_offered(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.yaml").write_text("kind: [")
    monkeypatch.setenv("DEEPTEXT_MODELS", str(tmp_path))
    assert {"auto", "print", "hand"} <= set(recognisers(""))
    assert not {"detect", "broken"} & set(recognisers(""))
    assert {"auto", "none", "lm-en"} <= set(language_models(""))
    assert dict(output_formats("p"))["pdf"] == "searchable PDF"
