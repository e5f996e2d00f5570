"""A language model must not correct codes: number plates, read by the shipped model."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import ROOT

from deeptext_cli.data.images import decode
from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import find_model
from deeptext_cli.metrics.distance import distance

LM = {"lm": "lm-en+lm-latin", "lm_weight": 0.6, "unsure_below": 1.0}


@pytest.mark.parametrize("source", ["plates_es_uc3m", "captcha_numbers_kr"])
def test_codes_are_no_worse_with_a_language_model(shared: Path, source: str) -> None:
    rows = (shared / source / "labels.tsv").read_text(encoding="utf-8").splitlines()[:300:3]
    names, labels = zip(*(row.split("\t") for row in rows), strict=True)
    folder = shared / source
    images = [decode((folder / n if (folder / n).exists() else folder / "images" / n).read_bytes())
              for n in names]
    model = find_model(ROOT / "models" / "print")

    def edits(changes: dict[str, object]) -> int:
        reader = LineReader(model, threads=1, decoder=make_decoder(model, changes))
        return sum(distance(r.text, label)
                   for r, label in zip(reader.read(images), labels, strict=True))

    assert edits(LM) <= edits({"decoder": "greedy"})
