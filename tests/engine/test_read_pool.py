"""Worker processes: order, bounds, and pages that hang or kill. The workers are not real."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import fake_worker
import pytest

from deeptext_cli.document import PageError, Receipt
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.read_pool import ReadPool
from deeptext_cli.engine.reader import FileEnd, ReadOptions, Result
from deeptext_cli.errors import DeepTextError

RECEIPT = Receipt("0", {"m": "1"}, {})


def pool(jobs: int = 2, timeout: float | None = None, colour: bool = False) -> ReadPool:
    return ReadPool(ReadOptions(colour=colour), RECEIPT, jobs=jobs, timeout=timeout,
                    target=fake_worker.work)


def files(*contents: str, folder: Path | None = None) -> list[InputFile]:
    return [InputFile(f"{i}", str(folder / f"{i}") if folder else f"{i}", data=c.encode())
            for i, c in enumerate(contents)]


def told(events: Iterator[object]) -> list[str]:
    """Events as short text: `0:1` page 1 of file 0, `0:timeout@2` an error, `0.` its end."""
    out = []
    for file, event in events:  # type: ignore[misc]
        if isinstance(event, FileEnd):
            out.append(f"{file.path}.")
        elif isinstance(event.page, PageError):
            assert event.page.receipt is not None
            at = "" if event.page.page is None else f"@{event.page.page}"
            out.append(f"{file.path}:{event.page.code}{at}")
        else:
            out.append(f"{file.path}:{event.page.page}")
    return out


def test_results_are_in_the_order_of_the_inputs() -> None:
    given = files(*["s", ".", "...", ".s."] * 20)
    expected = [x for f in given for x in
                [*(f"{f.path}:{n + 1}" for n in range(len(f.data or b""))), f"{f.path}."]]
    assert told(pool(3).events(given)) == expected


def test_several_workers_are_at_it() -> None:
    pids = {event.page.width for _, event in pool(2).events(files(*["s"] * 300))
            if isinstance(event, Result)}  # type: ignore[union-attr]
    assert len(pids) == 2


def test_a_page_that_kills_its_worker_is_named_and_all_others_are_read() -> None:
    assert told(pool().events(files(".", ".k.", ".", "k"))) == [
        "0:1", "0.", "1:1", "1:worker-died@2", "1:3", "1.", "2:1", "2.",
        "3:worker-died@1", "3."]


def test_one_that_kills_it_once_is_read_alone_the_second_time(tmp_path: Path) -> None:
    assert told(pool().events(files(".", "..1.", ".", folder=tmp_path))) == [
        "0:1", "0.", "1:1", "1:2", "1:3", "1:4", "1.", "2:1", "2."]


def test_pages_that_hang_are_named_and_the_file_is_given_up_after_three() -> None:
    began = time.monotonic()
    events = list(pool(timeout=0.4).events(files(".", "h.", "hhhh.", ".")))
    assert told(iter(events)) == [
        "0:1", "0.", "1:timeout@1", "1:2", "1.", "2:timeout@1", "2:timeout@2", "2:timeout@3",
        "2.", "3:1", "3."]
    messages = [e.page.message for _, e in events
                if isinstance(e, Result) and isinstance(e.page, PageError)]
    assert messages[0] == "more than 0.4 s a page"
    assert messages[-1] == "more than 0.4 s a page; the file is given up"
    assert time.monotonic() - began < 60


def test_a_broken_model_ends_the_run() -> None:
    with pytest.raises(DeepTextError, match="broken") as e:
        list(pool().events(files(".", "m", ".")))
    assert (e.value.exit_code, e.value.remedy) == (3, "mend it")


def test_workers_that_cannot_start_end_the_run() -> None:
    broken = ReadPool(ReadOptions(), RECEIPT, jobs=1, target=fake_worker.never_ready)
    with pytest.raises(DeepTextError, match="die as they start"):
        list(broken.events(files(".")))


def test_workers_that_hang_as_they_start_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deeptext_cli.engine.read_pool.START_SECONDS", 0.2)
    hanging = ReadPool(ReadOptions(), RECEIPT, jobs=2, target=fake_worker.hangs_at_start)
    with pytest.raises(DeepTextError, match="as they start, or hang"):
        list(hanging.events(files(".", ".")))
    assert hanging._workers == []


def test_workers_that_are_ready_in_the_time_of_a_page_may_be_slow(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deeptext_cli.engine.read_pool.START_SECONDS", 0)
    assert told(pool(timeout=60).events(files("."))) == ["0:1", "0."]


def test_workers_that_grow_are_replaced() -> None:
    given = files(*["."] * 200)
    events = list(ReadPool(ReadOptions(), RECEIPT, jobs=1, target=fake_worker.fat).events(given))
    assert told(iter(events)) == [x for f in given for x in (f"{f.path}:1", f"{f.path}.")]
    pids = {e.page.width for _, e in events if isinstance(e, Result)}  # type: ignore[union-attr]
    assert len(pids) >= 2


@pytest.mark.parametrize("colour", [False, True])
def test_inputs_are_not_taken_far_ahead(colour: bool) -> None:
    """The first file takes its time: meanwhile only so many others are begun."""
    taken = []

    def source() -> Iterator[InputFile]:
        for file in files("s" * 20, *["."] * 2000):
            taken.append(file)
            yield file
    events = pool(colour=colour).events(source())
    next(events)
    assert len(taken) < (150 if colour else 600)
    assert len(told(events)) == 20 + 2 * 2000 + 1 - 1
    events.close()


def test_results_that_wait_for_their_turn_hold_their_worker_up() -> None:
    """A long file behind a slow one: its pages do not pile up in the pool."""
    p = pool(colour=True)
    events = p.events(files("s" * 30, ".", "." * 5000))
    next(events)
    assert max(map(len, p._events.values())) < 100
    assert len(told(events)) == 29 + 1 + 2 + 5001


def test_what_is_begun_is_finished_after_a_stop() -> None:
    stopped: list[int] = []

    def endless() -> Iterator[InputFile]:
        n = 0
        while True:
            yield InputFile(str(n), data=b"s")
            n += 1
    ended, pages = [], []
    for file, event in pool().events(endless(), lambda: bool(stopped)):
        (ended if isinstance(event, FileEnd) else pages).append(file.path)
        if len(ended) == 5:
            stopped.append(1)
    assert ended == pages == [str(n) for n in range(len(ended))]
    assert 5 <= len(ended) < 2000


def test_what_the_source_raises_is_raised() -> None:
    def source() -> Iterator[InputFile]:
        yield InputFile("0", data=b".")
        raise DeepTextError("no more")
    with pytest.raises(DeepTextError, match="no more"):
        list(pool().events(source()))


def test_memory_does_not_grow_with_the_number_of_inputs() -> None:
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("needs /proc")

    def resident() -> int:
        [line] = [x for x in status.read_text().splitlines() if x.startswith("VmRSS")]
        return int(line.split()[1])
    p = pool()
    seen = []
    source = (InputFile(str(n), data=b"." + b"." * (n % 3)) for n in range(12_000))
    for n, _ in enumerate(p.events(source)):
        if n in (6_000, 30_000):
            seen.append(resident())
        assert len(p._files) <= p._window
    assert n == 36_000 - 1
    assert seen[1] - seen[0] < 4_000  # KiB, after 2,000 and after 10,000 inputs
    assert not p._files
    assert sum(map(len, p._events.values())) == 0
    assert len(p._events) + len(p._last_page) + len(p._failures) < 10


def test_a_stop_ends_long_files_between_their_pages() -> None:
    stopped: list[bool] = []
    found = []
    for what in pool(1).events(files("." + "s" * 200, ".", "ss"), lambda: bool(stopped)):
        stopped.append(True)
        found.append(what)
    seen = told(iter(found))
    assert seen[0] == "0:1"
    assert seen.index("0:interrupted") < 150
    assert seen[seen.index("0:interrupted"):] == ["0:interrupted", "0.", "1:1", "1.", "2:1",
                                                  "2:interrupted", "2."]
