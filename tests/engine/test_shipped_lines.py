"""The shipped models for print on the sample lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from deeptext_cli.data.images import decode
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import find_model
from deeptext_cli.metrics.text_metrics import measure

LINES = Path(__file__).resolve().parents[2] / "samples" / "lines"


@pytest.mark.parametrize(("model", "most"), [("print", 0.01), ("quick", 0.03)])
def test_sample_lines_are_read(model: str, most: float) -> None:
    rows = [row.split("\t") for row in (LINES / "labels.tsv").read_text("utf-8").splitlines()]
    reader = LineReader(find_model(model), threads=1)
    readings = reader.read([decode((LINES / name).read_bytes()) for name, _ in rows])
    counts = measure([(label, r.text) for (_, label), r in zip(rows, readings, strict=True)])
    assert counts.cer <= most
