"""What is known about a data set after a look at every item: counts, histograms, findings."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from deeptext_cli.data.formats.base import Fault

MAX_REMARKS = 1000  # remarks of one kind that are listed; all are counted. Faults: all listed

TITLES = {
    "missing-image": "image file is not there",
    "image-unreadable": "image unreadable or cut short",
    "image-too-large": "image too large, not decoded",
    "outside-folder": "path leads out of the folder, not opened",
    "bad-row": "row without image and text",
    "bad-file": "annotation file unreadable",
    "bad-box": "box without area or off the page",
    "size-mismatch": "boxes made for an image of another size",
    "several-lines": "several lines of text for one image",
    "empty-label": "empty label",
    "control-character": "control character in the label",
    "lost-character": "U+FFFD in the label",
    "outside-charset": "label outside the charset",
    "too-narrow": "label longer than the frames CTC has",
    "blank-image": "image of one even tone",
    "leak": "same image in train and val",
    "duplicate": "same image and label again",
    "near-duplicate": "nearly the same image, same label",
    "near-leak": "nearly the same image in train and val",
    "conflicting-labels": "same image, other label",
    "near-conflict": "nearly the same image, other label",
    "not-nfc": "label was not NFC",
    "invisible-characters": "invisible characters removed from the label",
    "found-by-name": "paths that are wrong, images found by name",
    "unlabelled": "images without a label",
    "odd-split": "split that is none",
    "unused-text": "text of a page that none of its lines has",
    "odd-names": "names that are no labels, it seems",
    "not-utf-8": "labels file is not UTF-8",
    "odd-aspect": "odd aspect ratio",
    "tiny": "fewer than 8 pixels high",
    "unexpected": "unexpected failure",
}


@dataclass
class Doctor:
    """Collects findings in reading order; `report` gives what `doctor.json` holds."""

    faults: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    kept_out: list[Fault] = field(default_factory=list)
    remarked: list[Fault] = field(default_factory=list)
    splits: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    heights: Counter[int] = field(default_factory=Counter)
    aspects: Counter[int] = field(default_factory=Counter)
    ignored: int = 0
    items: int = 0

    def find(self, fault: Fault) -> None:
        """Note a fault or a remark."""
        if fault.kept_out:
            self.faults[fault.code] += 1
            self.kept_out.append(fault)
        else:
            self.remarks[fault.code] += 1
            if self.remarks[fault.code] <= MAX_REMARKS:
                self.remarked.append(fault)

    def take(self, split: str, text: str, width: int, height: int) -> None:
        """Note a line that is kept."""
        self.items += 1
        self.splits[split] += 1
        self.characters.update(text)
        self.lengths[len(text)] += 1
        self.heights[height] += 1
        self.aspects[round(width / height)] += 1

    @property
    def clean(self) -> bool:
        """Whether nothing was kept out."""
        return not self.faults

    def report(self) -> dict[str, Any]:
        """Everything as plain values, in a fixed order."""
        return {
            "lines": self.items, "splits": dict(sorted(self.splits.items())),
            "kept_out": sum(self.faults.values()), "ignored": self.ignored,
            "faults": dict(sorted(self.faults.items())),
            "remarks": dict(sorted(self.remarks.items())),
            "charset": dict(sorted(self.characters.items())),
            "label_lengths": _histogram(self.lengths), "image_heights": _histogram(self.heights),
            "aspect_ratios": _histogram(self.aspects),
            "findings": [_row(f) for f in (*self.kept_out, *self.remarked)],
        }

    def to_json(self) -> str:
        """The text of `doctor.json`."""
        return json.dumps(self.report(), ensure_ascii=False, indent=1) + "\n"


def _histogram(counts: Counter[int]) -> dict[str, int]:
    return {str(k): counts[k] for k in sorted(counts)}


def _row(f: Fault) -> dict[str, Any]:
    return {"code": f.code, "where": f.where, "key": f.key, "message": f.message,
            "kept_out": f.kept_out}
