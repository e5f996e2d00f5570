"""A receipt names all that a text rests on, and so changes when any of it does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support import ROOT

from deeptext_cli.document import Receipt
from deeptext_cli.engine.line_kinds import KINDS_FILE
from deeptext_cli.engine.models import find_model
from deeptext_cli.engine.reader import ReadOptions
from deeptext_cli.engine.receipts import receipt_key, run_receipt


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of the shipped models that `auto` reads with."""
    for name in ("print", "hand", "detect", "lm-en", "lm-latin", "lm-fr"):
        shutil.copytree(ROOT / "models" / name, tmp_path / name)
    monkeypatch.setenv("DEEPTEXT_MODELS", str(tmp_path))
    return tmp_path


def receipt(**options: object) -> Receipt:
    return run_receipt(ReadOptions(**options), find_model(str(options.get("model", "auto"))))


def test_auto_rests_on_all_its_models(shipped: Path) -> None:
    found = receipt().models
    assert {"print", "hand", "detect", "print kinds", "lm lm-latin", "lm auto"} <= set(found)
    assert all(len(v) == 16 for v in found.values())
    assert set(receipt(model="print", layout="line").models) == {"print", "lm lm-latin"}


def test_what_is_given_takes_the_place_of_the_models_own(shipped: Path) -> None:
    given = set(receipt(decoding={"lm": "lm-fr"}).models)
    assert {n for n in given if n.startswith("lm ")} == {"lm lm-fr"}
    assert not any(n.startswith("lm ") for n in receipt(decoding={"lm": "none"}).models)


def test_the_key_changes_with_each_part(shipped: Path) -> None:
    before = receipt_key(receipt())
    assert receipt_key(receipt()) == before
    kinds = shipped / "print" / KINDS_FILE
    kinds.write_bytes(kinds.read_bytes()[:-1] + b"\x01")
    after = receipt_key(receipt())
    assert after != before
    (shipped / "lm-fr" / "lm.yaml").write_text(  # built again
        (shipped / "lm-fr" / "lm.yaml").read_text().replace("sha256: ", "sha256: 0"))
    assert receipt_key(receipt()) != after


def test_a_lexicon_counts_by_what_it_says_and_pages_by_their_numbers(shipped: Path,
                                                                     tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    keys = []
    for text in ("one", "two"):
        words.write_text(text)
        keys.append(receipt_key(receipt(decoding={"lexicon": str(words)})))
    keys += [receipt_key(receipt(pages=pages)) for pages in ("1", "2")]
    assert len({*keys, receipt_key(receipt())}) == 5
