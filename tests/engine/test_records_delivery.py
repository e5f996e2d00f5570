"""A jsonl file that a later run goes on with, wherever the earlier one was killed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from deeptext_cli.document import Line, Page, PageError, Receipt, box_of_rect, page_of_lines
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.reader import FileEnd, Result
from deeptext_cli.engine.receipts import receipt_key
from deeptext_cli.engine.records_delivery import RecordsDelivery
from deeptext_cli.errors import UsageError

RECEIPT = Receipt("0", {"m": "1"}, {"layout": "auto"})
KEY = receipt_key(RECEIPT)
# name -> content (its hash), and its pages: 1 read, 0 failed
INPUTS = {"a": ("1", [1]), "b": ("2", [1, 1, 1]), "c": ("3", [0]), "d": ("4", [1, 0]),
          "caf\udce9": ("5", [1]), "f": ("6", [])}
State = dict[str, tuple[str, list[int]]]


def page(path: str, number: int, ok: int, sha256: str) -> Page | PageError:
    receipt = Receipt("0", {"m": "1"}, {"layout": "auto"}, sha256)
    if not ok:
        return PageError(path, "image", "x", number, receipt)
    return page_of_lines(path, number, 40, 10, [Line(f"{sha256} \u2028ä", 0.9, box_of_rect(
        0, 0, 40, 10))], receipt=receipt)


def run(out: Path, inputs: State, *, resume: bool = False, most: int = 10**9,
        end: str = "close", key: str = KEY) -> int:
    """A run that ends after `most` events; returns how many pages it read anew."""
    delivery = RecordsDelivery(out, resume=resume, key=key)
    read = events = 0

    def add(file: InputFile, event: Result | FileEnd) -> None:
        nonlocal events
        if events < most:
            delivery.add(file, event)
        events += 1
    for path, (sha256, pages) in inputs.items():
        file = InputFile(path)
        if delivery.known(file) == sha256:
            add(file, FileEnd(sha256, unchanged=True))
            continue
        for number, ok in enumerate(pages, 1):
            read += events < most
            add(file, Result(page(path, number, ok, sha256)))
        add(file, FileEnd(sha256))
    if end == "kill":
        delivery._file.flush()
        delivery._lock.release()  # as the system does
    else:
        delivery.close(complete=events <= most)
    return read


def test_records_of_all_inputs_in_order_and_nothing_else(tmp_path: Path) -> None:
    run(tmp_path / "o.jsonl", INPUTS)
    records = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().split("\n")[:-1]]
    assert [r["path"] for r in records] == ["a", "b", "b", "b", "c", "d", "d", "caf\udce9"]
    assert records[0]["receipt"] == {"sha256": "1", "models": {"m": "1"}, "version": "0",
                                     "options": {"layout": "auto"}}
    assert [p.name for p in tmp_path.iterdir()] == ["o.jsonl"]


@given(kills=st.lists(st.tuples(st.integers(0, 16), st.integers(0, 200), st.booleans()),
                      max_size=4))
@example([(4, 2, False)])
@example([(3, 0, True)])
@example([(3, 0, False), (2, 0, False)])
@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_killed_anywhere_and_gone_on_with_it_is_the_same_file(
        tmp_path: Path, kills: list[tuple[int, int, bool]]) -> None:
    """Each kill: after so many events, with so many bytes of the last record lost, or Ctrl-C."""
    folder = tmp_path / "x"
    shutil.rmtree(folder, ignore_errors=True)
    run(folder / "whole.jsonl", INPUTS)
    out = folder / "o.jsonl"
    for at, (most, lost, interrupt) in enumerate(kills):
        run(out, INPUTS, resume=at > 0, most=most, end="close" if interrupt else "kill")
        partial = folder / ".o.jsonl.partial"
        if partial.exists():
            data = partial.read_bytes()
            last = data.rstrip(b"\n").rfind(b"\n") + 1
            partial.write_bytes(data[:max(last, len(data) - lost)])
    run(out, INPUTS, resume=bool(kills))
    assert out.read_bytes() == (folder / "whole.jsonl").read_bytes()
    assert sorted(p.name for p in folder.iterdir()) == ["o.jsonl", "whole.jsonl"]


def test_only_what_changed_or_failed_is_read_anew(tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    run(out, INPUTS)
    assert run(out, INPUTS, resume=True) == 3            # c, and both pages of d
    assert run(out, INPUTS | {"a": ("7", [1])}, resume=True) == 4
    assert run(out, INPUTS, resume=True, key="other") == 8
    assert run(out, INPUTS) == 8
    run(out, {k: INPUTS[k] for k in ("b", "a")}, resume=True)
    assert [json.loads(r)["path"] for r in out.read_text().split("\n")[:-1]] == ["b"] * 3 + ["a"]


def test_a_kill_costs_one_input_at_most_however_often(tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    many: State = {f"{i:03}": (str(i), [1]) for i in range(100)}
    run(out, many, most=2 * 60, end="kill")
    run(out, many, resume=True, most=5, end="kill")      # early in the second run
    run(out, many, resume=True, most=5, end="close")     # Ctrl-C early in the third
    assert run(out, many, resume=True) <= 100 - 60 + 2


def test_foreign_lines_are_no_records(tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    out.write_bytes(b'7\n{"path": 1}\n\0\n{"path": "a", "receipt": {"sha256": "1"}}\nno end')
    run(out, INPUTS, resume=True)
    assert len(out.read_bytes().splitlines()) == 8


def test_two_runs_never_write_one_file(tmp_path: Path) -> None:
    first = RecordsDelivery(tmp_path / "o.jsonl")
    with pytest.raises(UsageError, match="by another process"):
        RecordsDelivery(tmp_path / "o.jsonl", resume=True)
    first.close()
