"""`deeptext eval`: figures for people and for programs, the sheet, the report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image
from support import run_cli, write_set


def test_the_table_has_sums_and_the_worst_lines(tiny_model: Path, tmp_path: Path) -> None:
    data = write_set(tmp_path / "d", 2, 60, seed=77)
    done = run_cli("eval", "--model", tiny_model, "--data", data)
    assert done.returncode == 0, done.stderr
    for words in ("CER", "WER", "exact match", "1-NED", "mean Levenshtein", "of 60 lines",
                  "characters", "lines/s"):
        assert words in done.stdout, words
    figures = json.loads(run_cli("eval", "--model", tiny_model, "--data", data, "--json").stdout)
    wrong = figures["counts"]["lines"] - figures["counts"]["exact_lines"]
    assert len(figures["worst"]) == min(20, wrong)
    if wrong:
        assert f"worst of {wrong} lines with errors" in done.stdout
    edits = [w["edits"] for w in figures["worst"]]
    assert edits == sorted(edits, reverse=True)


def test_json_has_sums_and_rates(tiny_model: Path, tiny_set: Path) -> None:
    done = run_cli("eval", "--model", tiny_model, "--data", tiny_set, "--format", "json")
    figures = json.loads(done.stdout)
    assert done.stderr == ""
    counts, rates = figures["counts"], figures["rates"]
    assert set(rates) == {"cer", "wer", "exact", "one_minus_ned", "mean_levenshtein"}
    assert rates["cer"]["value"] == pytest.approx(counts["char_edits"] / counts["characters"])
    assert rates["exact"]["value"] == pytest.approx(counts["exact_lines"] / counts["lines"])
    assert rates["mean_levenshtein"]["value"] == pytest.approx(
        counts["char_edits"] / counts["lines"])
    assert figures["lines_per_second"] > 0


def test_sheet_and_report_are_files(tiny_model: Path, tiny_set: Path, tmp_path: Path) -> None:
    pytest.importorskip("jinja2", reason="the report's template engine is in the eval extra")
    done = run_cli("eval", "--model", tiny_model, "--data", tiny_set, "--sheet", "s.png",
                   "--report", "r.html", "--limit", "8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "s.png") as sheet:
        assert sheet.format == "PNG"
    assert "<html" in (tmp_path / "r.html").read_text()


def test_against_another_model(tiny_model: Path, tiny_set: Path) -> None:
    done = run_cli("eval", "--model", tiny_model, "--against", tiny_model, "--data", tiny_set,
                   "--json")
    comparison = json.loads(done.stdout)["comparison"]
    assert comparison["lines_equal"] == 40
    assert comparison["rates"]["cer"]["low"] is None
    done = run_cli("eval", "--model", tiny_model, "--against", tiny_model, "--data", tiny_set)
    shown = done.stdout.partition("against ")[2]
    assert shown.count("unclear") == 5
    assert "0 lines with fewer edits, 0 with more, 40 with as many" in shown


def test_no_error_is_no_certainty(tiny_model: Path, tmp_path: Path) -> None:
    """Four lines that are right say nothing of an interval."""
    data = write_set(tmp_path / "d", 1, 4, seed=3)
    done = run_cli("eval", "--model", tiny_model, "--data", data)
    assert "4 of 4 lines" in done.stdout
    assert " to " not in done.stdout


def test_an_absent_model_is_exit_code_3_and_absent_data_2(tiny_model: Path, tmp_path: Path,
                                                          tiny_set: Path) -> None:
    assert run_cli("eval", "--model", "nobody", "--data", tiny_set).returncode == 3
    done = run_cli("eval", "--model", tiny_model, "--data", tmp_path / "none")
    assert done.returncode == 2
    assert "deeptext prepare" in done.stderr
    done = run_cli("eval", "--model", tiny_model, "--data", tiny_set, "--split", "test")
    assert done.returncode == 2
    assert "it has: train, val" in done.stderr


def test_it_measures_what_one_reads_with(tiny_model: Path, tiny_set: Path) -> None:
    """Constraints and search, as `read` has them."""
    asked = ("eval", "--model", tiny_model, "--data", tiny_set, "--json")
    done = run_cli(*asked, "--pattern", "77", "--limit", "8")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert {w["prediction"] for w in figures["worst"]} <= {"77", ""}
    assert figures["rates"]["cer"]["value"] > 0.5
    done = run_cli(*asked, "--lexicon-bias", "1")
    assert done.returncode == 2
    assert "--lexicon-bias does nothing without --lexicon" in done.stderr


def test_a_model_and_its_copy_are_told_apart(tiny_model: Path, tiny_set: Path, tmp_path: Path,
                                             ) -> None:
    shutil.copytree(tiny_model, tmp_path / "copy")
    shutil.copytree(tiny_model, tmp_path / "tiny")
    done = run_cli("eval", "--model", "copy", "--against", "tiny", "--data", tiny_set, "--limit",
                   "4", cwd=tmp_path)
    assert "copy on" in done.stdout
    assert "against tiny" in done.stdout
