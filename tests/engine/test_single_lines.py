"""Lines that run down or up an image are read as they run; others are looked at once."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from support import run_cli

from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import find_model
from deeptext_cli.engine.single_lines import read_singles


def test_lines_that_run_down_or_up(lines, tmp_path: Path) -> None:
    [path] = lines("271828")
    level = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    down, up = np.rot90(level, -1), np.rot90(level, 1)
    reader = LineReader(find_model("print"), threads=1)
    found = read_singles(reader, [level, down, up])
    assert [(x.reading.text, x.quarters) for x in found] == [
        ("271828", 0), ("271828", 1), ("271828", 3)]
    assert read_singles(reader, []) == []

    # the record's boxes begin where the text does: at the top right where it runs down
    for name, image, corners in (("down", down, ("right", "top")), ("up", up, ("left", "bottom"))):
        cv2.imwrite(str(tmp_path / f"{name}.png"), image)
        done = run_cli("read", tmp_path / f"{name}.png", "--layout", "line", "--format", "jsonl",
                       "--model", "print")
        [line] = json.loads(done.stdout)["lines"]
        assert line["text"] == "271828"
        h, w = image.shape
        assert line["box"][0] == [w if corners[0] == "right" else 0,
                                  h if corners[1] == "bottom" else 0]
        [word] = line["words"]
        ys = [y for _, y in word["box"]]
        assert max(ys) - min(ys) > 0.5 * h


def test_an_upright_character_stays_upright(lines) -> None:
    [path] = lines("8")
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    narrow = image[:, :max(1, int(image.shape[0] / 1.6))] if image.shape[1] * 1.6 > image.shape[0] \
        else image
    [found] = read_singles(LineReader(find_model("print"), threads=1), [narrow])
    assert found.quarters == 0
