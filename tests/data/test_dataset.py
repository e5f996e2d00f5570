"""Data sets on disk: round trip, determinism, damage, sharing between processes."""

from __future__ import annotations

import multiprocessing
import pickle
import random
import shutil
from pathlib import Path

import lmdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deeptext_cli.data.dataset import LineDataset, LineDatasetWriter
from deeptext_cli.errors import DataError, UsageError
from deeptext_cli.text import Charset

ROWS = [(random.Random(i).randbytes(40 + 97 * i % 9000), f"Zeile {i} ſ", f"p/{i}.png")
        for i in range(1200)]


def write(root: Path, rows: list[tuple[bytes, str, str]] = ROWS) -> None:
    with LineDatasetWriter(root, name="x", seed=3) as out:
        for i, (image, label, key) in enumerate(rows):
            out.add("val" if i % 5 == 0 else "train", image, label, key=key)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("d") / "x"
    write(path)
    return path


def test_round_trip(root: Path) -> None:
    train, val = LineDataset(root, "train"), LineDataset(root, "val")
    assert (len(train), len(val)) == (960, 240)
    assert train.info.seed == 3
    for i in (0, 1, 500, 959):
        image, label, key = [r for n, r in enumerate(ROWS) if n % 5][i]
        assert train[i] == (image, label)
        assert (train.label(i), train.key(i)) == (label, key)
    assert str(train.charset) == str(Charset.of_texts(r[1] for r in ROWS))


@settings(max_examples=15, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.binary(min_size=1, max_size=6000), st.text(
    st.characters(exclude_categories=["C"]), min_size=1)), min_size=1, max_size=30))
def test_any_bytes_and_text_come_back(tmp_path: Path, rows: list[tuple[bytes, str]]) -> None:
    nfc = [(b, t) for b, t in rows if all(Charset((c,)) for c in t if _single(c)) and
           all(map(_single, t))]
    if not nfc:
        return
    with LineDatasetWriter(tmp_path / "x") as out:
        for i, (image, label) in enumerate(nfc):
            out.add("train", image, label, key=str(i))
    data = LineDataset(tmp_path / "x", "train")
    assert [data[i] for i in range(len(data))] == nfc


def _single(c: str) -> bool:
    import unicodedata
    return unicodedata.normalize("NFC", c) == c


def test_the_field_reads_it(root: Path, tmp_path: Path) -> None:
    """The key convention of CRNN, clovaai and PARSeq, read as their loaders do."""
    shutil.copytree(root / "val", tmp_path / "val")  # LMDB opens a path once in a process
    with lmdb.open(str(tmp_path / "val"), readonly=True, lock=False) as env, env.begin() as txn:
        count = int(txn.get(b"num-samples"))
        assert count == 240
        assert txn.get(b"label-%09d" % count).decode() == ROWS[1195][1]
        assert txn.get(b"image-%09d" % 1) == ROWS[0][0]
        assert txn.get(b"image-%09d" % 0) is None


def test_same_lines_same_bytes(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "x")
    for name in ("train/data.mdb", "val/data.mdb", "dataset.yaml"):
        assert (tmp_path / "x" / name).read_bytes() == (root / name).read_bytes()


def test_another_order_is_another_checksum(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "x", [ROWS[1], ROWS[0], *ROWS[2:]])
    ours, other = LineDataset(root, "train").info, LineDataset(tmp_path / "x", "train").info
    assert ours.splits["train"].checksum != other.splits["train"].checksum


def test_an_exception_leaves_the_old_set(tmp_path: Path) -> None:
    write(tmp_path / "x", ROWS[:20])
    before = {p: p.read_bytes() for p in (tmp_path / "x").rglob("*") if p.is_file()}
    out = LineDatasetWriter(tmp_path / "x")
    out.__enter__()
    out.add("train", b"image", "label", key="k")
    out.__exit__(RuntimeError, RuntimeError(), None)
    assert {p: p.read_bytes() for p in (tmp_path / "x").rglob("*") if p.is_file()} == before


def test_replaced_while_open(tmp_path: Path) -> None:
    write(tmp_path / "x", ROWS[:20])
    old = LineDataset(tmp_path / "x", "train")
    first = old[0]
    with LineDatasetWriter(tmp_path / "x") as out:
        out.add("train", b"other", "o", key="k")
    assert LineDataset(tmp_path / "x", "train")[0] == (b"other", "o")
    assert old[0] == first
    with pytest.raises(UsageError, match="no split 'val'"):
        LineDataset(tmp_path / "x", "val")


def test_index_and_absence(root: Path, tmp_path: Path) -> None:
    data = LineDataset(root, "val")
    for i in (-1, len(data)):
        with pytest.raises(IndexError):
            data[i]
    with pytest.raises(UsageError, match="no split 'test' \\(it has: train, val\\)"):
        LineDataset(root, "test")
    with pytest.raises(UsageError, match=r"dataset\.yaml is missing"):
        LineDataset(tmp_path, "train")


def test_damage_is_named(tmp_path: Path) -> None:
    write(tmp_path / "x", ROWS[:20])
    (tmp_path / "x/val/data.mdb").write_bytes(b"no such thing" * 1000)
    with pytest.raises(DataError, match="not a readable LMDB"):
        LineDataset(tmp_path / "x", "val")
    text = (tmp_path / "x/dataset.yaml").read_text()
    (tmp_path / "x/dataset.yaml").write_text(text.replace("count: 16", "count: 17"))
    with pytest.raises(DataError, match="holds 16 lines"):
        LineDataset(tmp_path / "x", "train")


def _sum(data: LineDataset, begin: int, out: object) -> None:
    out.put(sum(len(data[i][0]) for i in range(begin, len(data), 2)))  # type: ignore[attr-defined]


def test_pickled_for_a_spawned_process(root: Path) -> None:
    data = LineDataset(root, "val")
    first = data[3]
    assert pickle.loads(pickle.dumps(data))[3] == first


def test_shared_with_forked_processes(root: Path) -> None:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("no fork on this system")
    data = LineDataset(root, "val")
    expected = sum(len(data[i][0]) for i in range(len(data)))  # opened before the fork
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    children = [context.Process(target=_sum, args=(data, i, queue)) for i in (0, 1)]
    for child in children:
        child.start()
    assert queue.get(timeout=60) + queue.get(timeout=60) == expected
    for child in children:
        child.join()
    assert data[0][0] == ROWS[0][0]  # and the parent's is still open


def test_a_split_that_is_no_more_leaves_nothing(tmp_path: Path) -> None:
    for splits in (("train", "val"), ("train",)):
        with LineDatasetWriter(tmp_path / "d", name="d") as out:
            for split in splits:
                out.add(split, b"image", "label", key="k")
    assert sorted(p.name for p in (tmp_path / "d").iterdir()) == ["dataset.yaml", "train"]
