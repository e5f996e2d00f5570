"""Which lines of a val set are looked at."""

from __future__ import annotations

from pathlib import Path

from deeptext_cli.config.training import ValEntry
from deeptext_cli.data.dataset import LineDataset
from deeptext_cli.engine.val_lines import spread, val_lines


def test_lines_are_spread_evenly_from_the_first_to_the_last() -> None:
    assert spread(5) == spread(5, 5) == spread(5, 9) == [0, 1, 2, 3, 4]
    assert spread(101, 3) == [0, 50, 100]
    assert spread(0, 3) == []


def test_the_lower_of_two_limits_counts(tiny_set: Path) -> None:
    data = LineDataset(tiny_set, "val")
    last = data.label(len(data) - 1)
    for entry, limit in ((ValEntry(path=str(tiny_set), limit=4), 9),
                         (ValEntry(path=str(tiny_set), limit=9), 4),
                         (ValEntry(path=str(tiny_set), limit=4), None)):
        labels = [label for _, label in val_lines(entry, limit)]
        assert (len(labels), labels[0], labels[-1]) == (4, data.label(0), last)
