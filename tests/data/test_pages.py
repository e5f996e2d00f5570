"""Page sets: what is read, how it is split, and how words become lines."""

import json

import numpy as np
import pytest

from deeptext_cli.data.images import encode_png
from deeptext_cli.data.pages import PageSet, merge_words
from deeptext_cli.data.split import share_of
from deeptext_cli.errors import DataError, ImageError


def box(x0, y0, x1, y1):
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


def write_set(folder, pages):
    (folder / "pages").mkdir()
    rows = []
    for name, extra in pages.items():
        (folder / "pages" / name).write_bytes(encode_png(
            np.random.default_rng(len(rows)).integers(0, 256, (40, 60), dtype=np.uint8)))
        rows.append(json.dumps({"image": f"pages/{name}", "width": 60, "height": 40, **extra}))
    (folder / "pages.jsonl").write_text("\n".join(rows) + "\n")
    return folder


def test_lines_go_before_words_and_boxes_scale_with_the_image(tmp_path):
    write_set(tmp_path, {"a.png": {
        "width": 120, "height": 80, "split": "train",
        "lines": [{"box": box(10, 20, 110, 40), "text": "a line"},
                  {"box": box(10, 50, 30, 60), "text": "x", "ignore": True}, {"text": "no box"}],
        "words": [{"box": box(10, 20, 50, 40), "text": "a"}]},
        "b.png": {"split": "val", "lines": []}})
    page = PageSet(tmp_path, "train")[0]
    assert page.texts == ("a line", "x")
    assert page.quads[0].tolist() == box(5, 10, 55, 20)
    assert page.ignore.tolist() == [False, True]
    assert PageSet(tmp_path, "val")[0].quads.shape == (0, 4, 2)


def test_split_is_by_the_hash_of_the_page_and_complete(tmp_path):
    names = [f"{i}.png" for i in range(20)]
    write_set(tmp_path, {n: {"lines": [{"box": box(1, 1, 9, 9), "text": "x"}]} for n in names})
    parts = {s: {p.key(i) for i in range(len(p))}
             for s in ("train", "val") for p in [PageSet(tmp_path, s, val_share=0.25, seed=3)]}
    assert parts["train"].isdisjoint(parts["val"])
    assert parts["train"] | parts["val"] == {f"pages/{n}" for n in names}
    by_hash = sorted((f"pages/{n}" for n in names), key=lambda k: share_of(3, k))
    assert parts["val"] == set(by_hash[:5])


def test_val_pages_are_those_of_the_prepared_lines(tmp_path):
    from deeptext_cli.config.dataset import PrepareOptions
    from deeptext_cli.data.dataset import LineDataset
    from deeptext_cli.engine.preparer import find_sources, prepare
    rng = np.random.default_rng(0)
    source = tmp_path / "source"
    source.mkdir()
    write_set(source, {f"{i}.png": {"lines": [
        {"box": box(2, 2 + 9 * k, 50, 10 + 9 * k), "text": f"line {i} {k}"}
        for k in range(int(rng.integers(1, 4)))]} for i in range(12)})
    options = PrepareOptions(val_share=0.3, seed=5)
    prepare(find_sources([str(source)], options), tmp_path / "out", options)
    for split in ("train", "val"):
        lines = LineDataset(tmp_path / "out", split)
        pages = PageSet(source, split, val_share=0.3, seed=5)
        assert {lines.key(i).split("#")[0] for i in range(len(lines))} == \
            {pages.key(i) for i in range(len(pages))}


def test_faults_are_named(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        PageSet(tmp_path / "absent", "train")
    with pytest.raises(DataError, match="no page in split"):
        PageSet(tmp_path, "train")
    write_set(tmp_path, {"a.png": {"lines": []}, "b.png": {"lines": []}})
    (tmp_path / "pages" / "a.png").write_bytes(b"no image")
    (tmp_path / "pages.jsonl").write_text(
        (tmp_path / "pages.jsonl").read_text() + "{broken\n")
    pages = PageSet(tmp_path, "train", val_share=0)
    assert len(pages.faults) == 1
    with pytest.raises(ImageError):
        pages[0]


def test_words_become_lines_where_they_are_close():
    quads = np.array([box(100, 10, 140, 30), box(10, 11, 60, 31), box(66, 10, 96, 30),
                      box(200, 10, 240, 30), box(10, 60, 60, 80), box(70, 58, 120, 98)],
                     np.float32)
    texts = ["three", "one", "two", "far", "below", "tall"]
    merged, lines, ignore = merge_words(quads, texts, np.zeros(6, bool))
    assert sorted(lines) == ["below", "far", "one two three", "tall"]
    first = merged[lines.index("one two three")]
    assert first.tolist() == [[10, 11], [140, 10], [140, 30], [10, 31]]
    assert not ignore.any()
    ignored = np.array([False, False, True, False, False, False])
    _, lines, kept = merge_words(quads, texts, ignored)
    assert "two" in lines
    assert kept[lines.index("two")]
    assert merge_words(quads[:0], [], ignored[:0])[0].shape == (0, 4, 2)


def test_words_on_different_levels_are_different_lines():
    quads = np.array([box(10, 10, 60, 30), box(66, 24, 120, 44)], np.float32)
    assert merge_words(quads, ["one", "two"], np.zeros(2, bool))[1] == ("one", "two")
