import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from support import draw_line

from deeptext_cli.document import Page, PageError
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.read_run import ReadRun
from deeptext_cli.engine.reader import Reader, ReadOptions, Result
from deeptext_cli.engine.side_by_side import side_by_side
from deeptext_cli.errors import ImageUnreadable


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


def test_results_are_in_order_and_few_are_on_their_way(threads: ThreadPoolExecutor) -> None:
    given, drawn_by = 0, set()

    def source() -> Iterator[int]:
        nonlocal given
        for given in range(1, 31):
            drawn_by.add(threading.get_ident())
            yield given

    for done, result in enumerate(side_by_side(lambda x: x * x, source(), threads, ahead=2), 1):
        assert result == done * done
        assert given <= done + 2
    assert (done, drawn_by) == (30, {threading.get_ident()})


def test_what_goes_wrong_comes_in_its_turn(threads: ThreadPoolExecutor) -> None:
    def source() -> Iterator[int]:
        yield from range(4)
        raise ImageUnreadable("damaged")

    results = side_by_side(lambda x: 10 // (2 - x), source(), threads, ahead=4)
    assert [next(results), next(results)] == [5, 10]
    with pytest.raises(ZeroDivisionError):
        next(results)
    seen = []
    with pytest.raises(ImageUnreadable):
        seen.extend(side_by_side(str, source(), threads, ahead=4))
    assert seen == ["0", "1", "2", "3"]


def test_a_single_thing_is_worked_on_by_the_caller(threads: ThreadPoolExecutor) -> None:
    def here(_: int) -> int:
        return threading.get_ident()
    assert list(side_by_side(here, [1], threads, 2)) == [threading.get_ident()]
    assert threading.get_ident() not in list(side_by_side(here, [1, 2], threads, 2))
    assert list(side_by_side(here, [], threads, 2)) == []


def tiff(folder: Path, pages: int) -> InputFile:
    image = Image.fromarray(draw_line("123"))
    image.save(folder / "long.tif", save_all=True, append_images=[image] * (pages - 1))
    return InputFile(str(folder / "long.tif"))


@pytest.mark.parametrize("inputs", [1, 2])
def test_pages_of_one_file_are_read_side_by_side(tiny_model: Path, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch,
                                                 inputs: int) -> None:
    """Of one file alone, and of the one among others."""
    both = threading.Barrier(2)  # none goes on before there are two

    def read(self: Reader, path: str, frame: object, *rest: object) -> Page:
        both.wait(timeout=20)
        if frame.number == 3:  # type: ignore[attr-defined]
            raise ValueError("broken")
        return Page(path, frame.number, 9, 9)  # type: ignore[attr-defined]

    monkeypatch.setattr(Reader, "_read_page", read)
    monkeypatch.setattr(Reader, "_is_line", lambda self, grey: False)
    reader = Reader(ReadOptions(model=str(tiny_model), jobs=2), inputs=inputs)
    pages = [e.page for _, e in reader.events([tiff(tmp_path, 6)]) if isinstance(e, Result)]
    assert [p.page for p in pages] == [1, 2, 3, 4, 5, 6]
    assert [p.code for p in pages if isinstance(p, PageError)] == ["unexpected"]


def test_a_stop_finishes_the_pages_in_hand(tiny_model: Path, tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "_read_page", lambda self, path, frame, *rest: Page(
        path, frame.number, 9, 9))
    monkeypatch.setattr(Reader, "_is_line", lambda self, grey: False)
    run = ReadRun(ReadOptions(model=str(tiny_model), jobs=2))
    pages = []

    class Kept:
        def known(self, file: InputFile) -> str:
            return ""

        def add(self, *what: object) -> None: ...

        def close(self, complete: bool = True) -> None: ...

        def abandon(self) -> None: ...

    for result in run.read([tiff(tmp_path, 9)], Kept()):  # type: ignore[arg-type]
        pages.append(result.page)
        run.stop()
    assert [p.page for p in pages] == [1, 2, None]
    assert isinstance(pages[-1], PageError)
    assert pages[-1].code == "interrupted"


def test_one_large_file_starts_no_processes(tiny_model: Path, tmp_path: Path,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deeptext_cli.engine.read_run.MANY_BYTES", 1)
    run = ReadRun(ReadOptions(model=str(tiny_model), layout="line"))
    monkeypatch.setattr("deeptext_cli.engine.read_run.ReadPool", None)
    assert len(list(run._events([tiff(tmp_path, 2)]))) == 3
