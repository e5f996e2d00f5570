"""Recorded handwriting: the file's form, the split by writer, and what the drawing keeps."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.config.strokes import PaperShares, PenShares, StrokeStyle
from deeptext_cli.data.pens import draw_line
from deeptext_cli.data.strokes import StrokeSet
from deeptext_cli.errors import DataError

RECORDED = Path(__file__).parents[3] / "shared/data/hw-en-iamondb-rendered/strokes.npz"


def write(path: Path, lines: list[tuple[str, str, list[list[tuple[int, int]]]]]) -> Path:
    """A stroke file of (id, text, strokes with absolute points)."""
    deltas: list[np.ndarray] = []
    up: list[bool] = []
    offset = [0]
    for _, _, strokes in lines:
        points = np.array([p for s in strokes for p in s], np.int16).reshape(-1, 2)
        deltas.append(np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int16)))
        up += [k == len(s) - 1 for s in strokes for k in range(len(s))]
        offset.append(offset[-1] + len(points))
    np.savez_compressed(
        path, delta=np.concatenate(deltas), pen_up=np.packbits(np.array(up, bool)),
        offset=np.array(offset, np.int64), id=np.array([x[0] for x in lines]),
        text=np.array([x[1] for x in lines]))
    return path


def upright(n: int, height: int = 100, pitch: int = 60) -> list[list[tuple[int, int]]]:
    """n upright strokes, as someone writes `lll`."""
    return [[(50 + i * pitch, y) for y in range(10, 10 + height + 1, 5)] for i in range(n)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(f"{w}0{k}-0{k}", "l" * (k + 3), upright(k + 3))
            for w in ("a0", "a1", "b0", "b1", "c0", "c1") for k in range(4)]
    rows.insert(2, ("a0x-09", "  ", upright(2)))       # nothing is known about what it says
    rows.insert(5, ("a0x-10", ".", [[(3, 4)]]))        # one point is no line
    return write(tmp_path / "s.npz", rows)


def test_reads_points_texts_and_pen_lifts_back(path: Path) -> None:
    lines = StrokeSet(path)
    assert len(lines) == 24
    assert [lines.text(i) for i in range(4)] == ["lll", "llll", "lllll", "llllll"]
    assert lines.id(2) == "a002-02"
    assert lines.writer(2) == "a00"
    for i in range(len(lines)):
        strokes = lines.strokes(i)
        assert len(strokes) == len(lines.text(i))
        expected = np.array(upright(len(strokes)), np.float32) - (50, 10)
        np.testing.assert_array_equal(np.stack(strokes), expected)
    with pytest.raises(IndexError):
        lines.text(24)


def test_copies_in_other_processes_read_the_file_themselves(path: Path) -> None:
    lines = StrokeSet(path)
    data = pickle.dumps(lines)
    assert len(data) < 2000
    again = pickle.loads(data)
    np.testing.assert_array_equal(again.render(3, np.random.default_rng(1), 40),
                                  lines.render(3, np.random.default_rng(1), 40))


def test_a_writer_is_in_one_split_alone(tmp_path: Path) -> None:
    rows = [(f"w{w:02d}-{k}", "ll", upright(2)) for w in range(40) for k in range(5)]
    lines = StrokeSet(write(tmp_path / "s.npz", rows))
    train, val = lines.split(0.2, seed=3)
    assert sorted([*train.tolist(), *val.tolist()]) == list(range(200))
    assert not {lines.writer(i) for i in train} & {lines.writer(i) for i in val}
    assert 30 <= len(val) <= 50
    assert [a.tolist() for a in lines.split(0.2, seed=3)] == [train.tolist(), val.tolist()]
    assert lines.split(0.2, seed=4)[1].tolist() != val.tolist()


def test_a_drawing_is_a_function_of_line_and_generator(path: Path) -> None:
    lines = StrokeSet(path)
    a = lines.render(1, np.random.default_rng(5), 48)
    np.testing.assert_array_equal(a, lines.render(1, np.random.default_rng(5), 48))
    assert a.dtype == np.uint8
    assert a.shape[0] == 48
    assert len({lines.render(1, np.random.default_rng(s), 48).tobytes() for s in range(8)}) == 8


PLAIN = StrokeStyle(papers=PaperShares(plain=1, ruled=0, squared=0, form=0), light_on_dark=0,
                    neighbours=0)


def inked(image: np.ndarray) -> np.ndarray:
    """What is clearly darker than this sheet."""
    paper = float(np.percentile(image, 90))
    return image < paper - 0.5 * (paper - float(image.min()))


@settings(max_examples=60, deadline=None)
@given(n=st.integers(2, 12), height=st.integers(24, 90), seed=st.integers(0, 2 ** 32 - 1),
       pen=st.sampled_from(["ballpoint", "fountain", "marker"]))
def test_all_strokes_are_there_and_apart(n: int, height: int, seed: int, pen: str) -> None:
    import cv2

    style = PLAIN.model_copy(update={"pens": PenShares(
        **{p: float(p == pen) for p in ("ballpoint", "fountain", "pencil", "marker")})})
    strokes = [np.array(s, np.float32) for s in upright(n)]
    image = draw_line(strokes, np.random.default_rng(seed), height, style)
    count, _, stats, _ = cv2.connectedComponentsWithStats(inked(image).astype(np.uint8))
    tall = stats[1:, cv2.CC_STAT_HEIGHT]
    assert count - 1 >= n  # ink may skip, strokes never merge
    assert (tall > 0.25 * height).sum() >= n or count - 1 > n
    dark = inked(image)
    assert not dark[:, 0].any()
    assert not dark[:, -1].any()


@pytest.mark.parametrize("strokes", [
    [[(0, 0), (0, 0)]], [[(5, 5)], [(9, 5)]], [[(0, 0), (4000, 0)]], [[(0, 0), (0, 900)]],
    [[(0, 0), (30000, 10)], [(1, 1)]]])
def test_odd_lines_are_drawn_within_bounds(strokes: list[list[tuple[int, int]]]) -> None:
    parts = [np.array(s, np.float32) for s in strokes]
    for seed in range(6):
        image = draw_line(parts, np.random.default_rng(seed), 48, StrokeStyle(), above=parts,
                          below=parts)
        assert image.shape[0] == 48
        assert 2 <= image.shape[1] <= 48 * 70


def test_neighbours_show_slivers_and_leave_the_line_alone() -> None:
    style = PLAIN.model_copy(update={"slope": 0.0, "fill": (0.6, 0.7)})
    line = [np.array(s, np.float32) for s in upright(6)]
    rows = []
    for seed in range(30):
        alone = inked(draw_line(line, np.random.default_rng(seed), 60, style))
        with_others = inked(draw_line(line, np.random.default_rng(seed), 60, style, line, line))
        assert alone.sum() > 0
        rows.append((with_others[:4].any() or with_others[-4:].any(), alone[:2].any()))
    assert sum(r[0] for r in rows) >= 8
    assert not any(r[1] for r in rows)


@pytest.mark.parametrize(("change", "said"), [
    ({"delta": np.zeros((4, 3), np.int16)}, "delta"),
    ({"offset": np.array([0, 9, 4])}, "offset falls"),
    ({"offset": np.array([0, 99999])}, "beyond"),
    ({"pen_up": np.zeros(1, np.uint8)}, "too short"),
    ({"text": np.array(["a"])}, "text"),
    ({"text": np.array([None, {}], object)}, "pickle|Object"),
    ({"text": np.array([1, 2])}, "text is of another form"),
    ({"offset": np.array([0.0, 4.0])}, "offset is of another form"),
    ({"pen_up": np.zeros((1, 1), np.uint8)}, "pen_up is of another form"),
    ({"delta": None}, "no delta")])
def test_damaged_files_are_named(path: Path, tmp_path: Path, change: dict[str, object],
                                 said: str) -> None:
    with np.load(path) as z:
        arrays = {k: z[k] for k in z.files}
    arrays.update(change)  # type: ignore[arg-type]
    bad = tmp_path / "bad.npz"
    np.savez(bad, **{k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(DataError, match=said):
        StrokeSet(bad)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such"):
        StrokeSet(tmp_path / "absent.npz")
    for content in (b"", b"PK\x03\x04broken", b"text"):
        (tmp_path / "x.npz").write_bytes(content)
        with pytest.raises(DataError):
            StrokeSet(tmp_path / "x.npz")


def test_a_way_of_packing_that_nobody_knows_is_named(path: Path, tmp_path: Path) -> None:
    """Found by fuzzing: zipfile raises NotImplementedError."""
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    while at >= 0:
        data[at + 10] = 99
        at = data.rfind(b"PK\x01\x02", 0, at)
    (tmp_path / "x.npz").write_bytes(data)
    with pytest.raises(DataError, match="compression"):
        StrokeSet(tmp_path / "x.npz")


@pytest.mark.skipif(not RECORDED.is_file(), reason=f"development data not here: {RECORDED}")
def test_recorded_lines() -> None:
    lines = StrokeSet(RECORDED)
    assert len(lines) == 11205
    train, val = lines.split(0.1)
    assert len(train) + len(val) == len(lines)
    assert 0.05 < len(val) / len(lines) < 0.15
    for i in range(0, len(lines), 1500):
        image = lines.render(i, np.random.default_rng(i), 48)
        assert image.shape[0] == 48
        assert image.shape[1] > 4 * len(lines.text(i))  # letters have some width
