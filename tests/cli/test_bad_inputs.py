"""Over a hundred inputs that are damaged, hostile or odd: each is read or named, in one run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import bad_inputs
import pytest
from support import draw_line, run_cli

CODES = {"image-unreadable", "image-too-large"}


@pytest.mark.parametrize("options", [["--jobs", "1"], ["--jobs", "2", "--timeout", "100"]],
                         ids=["in one process", "in worker processes"])
def test_every_input_is_read_or_named(tiny_model: Path, tmp_path: Path,
                                      options: list[str]) -> None:
    folder = tmp_path / "in"
    expected = bad_inputs.write(folder, draw_line(bad_inputs.TEXT))
    assert len(expected) > 100
    done = run_cli("read", folder, "--model", tiny_model, "--layout", "line", "--format", "jsonl",
                   *options, timeout=280)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    found: dict[str, list[dict[str, object]]] = {}
    for line in done.stdout.split("\n")[:-1]:
        record = json.loads(line)
        found.setdefault(os.path.basename(record["path"]), []).append(record)
    assert found.keys() == expected.keys()
    wrong = {}
    for name, want in expected.items():
        texts = [r["text"] for r in found[name] if "text" in r]
        errors = [r["error"] for r in found[name] if "error" in r]
        if not all(e["code"] in CODES and e["message"] for e in errors):  # type: ignore[index]
            wrong[name] = errors
        if (want == "text" and (errors or set(texts) != {bad_inputs.TEXT})) \
                or (want == "error" and not errors):
            wrong[name] = [want, texts, errors]
    assert wrong == {}
    failed = sum(any("error" in r for r in records) for records in found.values())
    *lines, summary = done.stderr.splitlines()
    assert summary == f"deeptext: {len(expected) - failed} read, {failed} failed"
    assert all(line.startswith("deeptext: ") for line in lines)
    assert len(lines) == sum("error" in r for records in found.values() for r in records)
