"""Reading: the same text however the work is divided; a bad file is a record of its own."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support import ROOT, draw_line, random_digits

from deeptext_cli.data.images import encode_png
from deeptext_cli.data.line import normalise_line
from deeptext_cli.decode.decoder import Decoder, Sketch
from deeptext_cli.decode.result import Decoded
from deeptext_cli.document import Page, PageError
from deeptext_cli.engine import line_reader, looks
from deeptext_cli.engine.assemble import baseline_of, part_of, words_of
from deeptext_cli.engine.decoding import make_decoder
from deeptext_cli.engine.inputs import InputFile
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.looks import Span
from deeptext_cli.engine.models import find_model
from deeptext_cli.engine.reader import Reader, ReadOptions
from deeptext_cli.errors import ModelError


@pytest.fixture(scope="module")
def images() -> list[tuple[str, np.ndarray]]:
    rng = np.random.default_rng(5)
    texts = [random_digits(rng, 1, 6) for _ in range(30)]
    return [(t, draw_line(t, rng)) for t in texts]


@pytest.fixture
def files(tmp_path: Path, images: list[tuple[str, np.ndarray]]) -> list[InputFile]:
    """Thirty good images; among them an empty, a broken, a huge and a missing one."""
    out = []
    for i, (_, image) in enumerate(images):
        path = tmp_path / f"{i:02}.png"
        path.write_bytes(encode_png(image))
        out.append(InputFile(str(path)))
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "broken.png").write_bytes(encode_png(images[0][1])[:80])
    (tmp_path / "huge.png").write_bytes(encode_png(np.full((2000, 1000), 255, np.uint8)))
    for at, name in ((0, "empty.png"), (7, "broken.png"), (20, "huge.png"), (33, "none.png")):
        out.insert(at, InputFile(str(tmp_path / name)))
    return out


def read(model: Path, files: list[InputFile], **options: object) -> list[Page | PageError]:
    options = {"layout": "line", "jobs": 1, "max_pixels": 1_000_000} | options
    reader = Reader(ReadOptions(model=str(model), **options), inputs=len(files))  # type: ignore[arg-type]
    return [r.page for r in reader.read(files)]


def test_lines_read_alike_alone_and_together(tiny_model: Path,
                                             images: list[tuple[str, np.ndarray]]) -> None:
    pixels = [image for _, image in images]
    whole = LineReader(find_model(tiny_model), threads=1, batch=16).read(pixels)
    for batch in (1, 3):
        reader = LineReader(find_model(tiny_model), threads=1, batch=batch)
        parts = reader.read(pixels[:7]) + reader.read(pixels[7:])
        assert [r.text for r in parts] == [r.text for r in whole]
        np.testing.assert_allclose([r.confidence for r in parts],
                                   [r.confidence for r in whole], atol=1e-3)
    right = sum(r.text == t for r, (t, _) in zip(whole, images, strict=True))
    assert right >= 20
    assert all(0 <= r.confidence <= 1 for r in whole)


def test_unsure_lines_are_looked_at_again(monkeypatch: pytest.MonkeyPatch,
                                          images: list[tuple[str, np.ndarray]]) -> None:
    pixels = [image for _, image in images]
    model = find_model("print")
    model = dataclasses.replace(model, spec=model.spec.model_copy(update={"look_again": 0.0}))
    right = [r.text for r in LineReader(model, threads=1).read(pixels)]
    views = []

    def mistaken(image: np.ndarray, height: int, **how: object) -> np.ndarray:
        """Shows lines in a mirror, unless told to look the other way."""
        views.append(how | {"aspect": image.shape[1] / image.shape[0]})
        line = normalise_line(image, height, **how | {"polarity": "auto"})  # type: ignore[arg-type]
        return line if how["polarity"] == "other" else line[:, ::-1]

    monkeypatch.setattr(line_reader, "normalise_line", mistaken)
    monkeypatch.setattr(looks, "MUCH_INK", 0.0)
    middle = float(np.median([p.shape[1] / p.shape[0] for p in pixels]))
    monkeypatch.setattr(looks, "WORD", middle)
    once = [r.text for r in LineReader(model, threads=1).read(pixels)]
    assert len(views) == len(pixels)
    again = dataclasses.replace(model, spec=model.spec.model_copy(update={"look_again": 0.98}))
    texts = [r.text for r in LineReader(again, threads=1).read(pixels)]
    assert sum(a == b for a, b in zip(texts, right, strict=True)) >= 24
    assert sum(a == b for a, b in zip(once, right, strict=True)) <= 15
    assert any(not how["band"] for how in views)
    squeezed = {how["aspect"] for how in views if "stretch" in how}
    assert squeezed
    assert max(squeezed) < middle < max(how["aspect"] for how in views)


def test_lines_of_documents_need_to_be_less_sure_to_be_looked_at_again(
        monkeypatch: pytest.MonkeyPatch, images: list[tuple[str, np.ndarray]]) -> None:
    views = []

    def counted(image: np.ndarray, height: int, **how: object) -> np.ndarray:
        views.append(how)
        return normalise_line(image, height, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(line_reader, "normalise_line", counted)
    reader = LineReader(find_model("print"), threads=1)
    looked = {}
    for sure in (0.85, 0.75):
        monkeypatch.setattr(looks.Look, "sureness", sure)
        for thorough in (True, False):
            views.clear()
            reader.read([images[0][1]], thorough=thorough)
            looked[sure, thorough] = len(views) > 1
    assert looked == {(0.85, True): True, (0.85, False): False, (0.75, True): True,
                      (0.75, False): True}


def test_looks_are_decoded_together_but_for_documents_of_print(
        monkeypatch: pytest.MonkeyPatch, images: list[tuple[str, np.ndarray]]) -> None:
    calls = []
    original = Decoder.decode_together

    def counted(self: Decoder, log_probs: Sequence[np.ndarray], *rest: Any) -> Any:
        calls.append(len(log_probs))
        return original(self, log_probs, *rest)

    monkeypatch.setattr(Decoder, "decode_together", counted)
    monkeypatch.setattr(Decoder, "searches", lambda self, sketch: True)
    model = find_model("print")
    picture = images[0][1]
    for written, expected in ((False, [True, False]), (True, [True, True])):
        spec = model.spec.model_copy(update={"written": written, "look_again": 1.0})
        reader = LineReader(dataclasses.replace(model, spec=spec), threads=1)
        for thorough, together in zip((True, False), expected, strict=True):
            calls.clear()
            reading = reader.read([picture], thorough=thorough)[0]
            assert bool(calls) == together
            assert reading.text == images[0][0]
            if written:
                assert calls == [4]


def test_a_model_without_a_band_looks_closer_at_unsure_lines(
        monkeypatch: pytest.MonkeyPatch, images: list[tuple[str, np.ndarray]]) -> None:
    pixels = [image for _, image in images]
    model = find_model("print")
    trims = []

    def blind(image: np.ndarray, height: int, **how: object) -> np.ndarray:
        """Shows an empty line, unless told to look closer."""
        trims.append(how.get("trim", 0.0))
        line = normalise_line(image, height, **how | {"trim": 0.0})  # type: ignore[arg-type]
        return line if how.get("trim") else np.full_like(line, 255)

    monkeypatch.setattr(line_reader, "normalise_line", blind)
    spec = model.spec.model_copy(update={"look_again": 0.999, "band": False})
    readings = LineReader(dataclasses.replace(model, spec=spec), threads=1).read(pixels)
    assert sum(r.text == t for r, (t, _) in zip(readings, images, strict=True)) >= 20
    assert trims.count(looks.TRIMMED) == len(images)


def test_a_long_line_with_one_doubtful_character_is_no_unsure_one() -> None:
    said = looks.Posteriors(np.zeros((1, 2), np.float32), None, {})
    surenesses = []
    for text in ("", "a", "a" * 50):
        decoded = Decoded(text, 0.0, (), 0.4)
        surenesses.append(looks.Look(1.0, said, Sketch(decoded, 0.4)).sureness)
    assert surenesses == pytest.approx([0.4, 0.4, 0.9818], abs=1e-3)


def test_a_constraint_holds_for_lines_whose_search_is_put_off(
        tiny_model: Path, images: list[tuple[str, np.ndarray]]) -> None:
    model = find_model(tiny_model)
    model = dataclasses.replace(model, spec=model.spec.model_copy(update={"look_again": 0.99}))
    decoder = make_decoder(model, {"pattern": "[4-7]{2}"})  # which no line says
    pixels = [image for _, image in images[:6]]
    reader = LineReader(model, threads=1, decoder=decoder)
    readings, left = reader.read_surely(pixels, lambda odds: 1.0)
    assert (sorted(readings), left) == (list(range(6)), {})
    for reading in readings.values():
        assert len(reading.text) == 2
        assert set(reading.text) <= set("4567")
        assert reading.confidence < 0.5


def test_spans_run_along_the_line(tiny_model: Path,
                                  images: list[tuple[str, np.ndarray]]) -> None:
    for reading in LineReader(find_model(tiny_model), threads=1).read([i for _, i in images]):
        assert "".join(s.char for s in reading.spans) == reading.text
        assert all(0 <= s.start < s.end <= 1 and 0 < s.probability <= 1 for s in reading.spans)
        starts = [s.start for s in reading.spans]
        assert starts == sorted(starts)


@pytest.mark.parametrize("options", [{"jobs": 1}, {"jobs": 1, "batch": 1}, {"jobs": 3, "batch": 2},
                                     {"jobs": 2, "batch": 16}], ids=str)
def test_results_in_order_with_bad_files_isolated(
        tiny_model: Path, files: list[InputFile], images: list[tuple[str, np.ndarray]],
        options: dict[str, object]) -> None:
    pages = read(tiny_model, files, **options)
    assert [p.path for p in pages] == [f.path for f in files]
    errors = {Path(p.path).name: p for p in pages if isinstance(p, PageError)}
    assert {n: e.code for n, e in errors.items()} == {
        "empty.png": "image-unreadable", "broken.png": "image-unreadable",
        "huge.png": "image-too-large", "none.png": "image-unreadable"}
    assert "0 bytes" in errors["empty.png"].message
    assert "2000" in errors["huge.png"].message
    expected = [r.text for r in LineReader(find_model(tiny_model), threads=1).read(
        [i for _, i in images])]
    assert [p.text for p in pages if isinstance(p, Page)] == expected


def test_a_file_that_breaks_a_library_is_found_and_the_others_are_read(
        tiny_model: Path, files: list[InputFile], monkeypatch: pytest.MonkeyPatch) -> None:
    real = LineReader.read

    def fragile(self: LineReader, images: list[np.ndarray]) -> object:
        if any(i.shape[0] == 33 for i in images):
            raise RuntimeError("assertion failed\nin resize")
        return real(self, images)
    monkeypatch.setattr(LineReader, "read", fragile)
    good = [f for f in files if Path(f.path).stem.isdigit()]
    Path(good[4].path).write_bytes(encode_png(draw_line("123", height=33)))
    pages = read(tiny_model, good, jobs=2, batch=8)
    assert [p.path for p in pages] == [f.path for f in good]
    [error] = [p for p in pages if isinstance(p, PageError)]
    assert (error.path, error.code) == (good[4].path, "unexpected")
    assert error.message == "RuntimeError: assertion failed in resize"


def test_a_damaged_model_ends_the_batch(tiny_model: Path, tmp_path: Path,
                                        files: list[InputFile]) -> None:
    with pytest.raises(ModelError):
        read(tmp_path, files)


def test_results_come_while_inputs_still_do(tiny_model: Path, files: list[InputFile]) -> None:
    taken: list[str] = []

    def slowly() -> Iterator[InputFile]:
        for f in files:
            taken.append(f.path)
            yield f
    reader = Reader(ReadOptions(model=str(tiny_model), layout="line", jobs=1))
    results = reader.read(slowly())
    assert next(results).page.path == files[0].path
    assert len(taken) < len(files)


def test_a_page_has_the_line_with_its_box(tiny_model: Path, lines: Callable[..., list[Path]],
                                          ) -> None:
    [path] = lines("123")
    [page] = read(tiny_model, [InputFile(str(path))])
    assert isinstance(page, Page)
    assert page.model == "tiny"
    [line] = page.lines
    assert line.box == ((0, 0), (page.width, 0), (page.width, page.height), (0, page.height))
    assert page.text == line.text == "".join(w.text for w in line.words)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 2), (2000, 9), (9, 3000)])
@pytest.mark.parametrize("fill", [0, 127, 255])
def test_odd_shapes_are_answered(tiny_model: Path, shape: tuple[int, int], fill: int) -> None:
    reader = LineReader(find_model(tiny_model), threads=1)
    [reading] = reader.read([np.full(shape, fill, np.uint8)])
    assert isinstance(reading.text, str)
    assert reader.read([]) == []


def test_a_baseline_runs_below_the_letters_and_above_their_tails() -> None:
    box = ((10.0, 10.0), (110.0, 20.0), (108.0, 40.0), (8.0, 30.0))
    (x0, y0), (_, y1) = baseline_of("Hello", box)
    assert (x0 < 9, 26 < y0 < 28, y1 - y0) == (True, True, pytest.approx(10))
    assert baseline_of("Hello, Jürgen", box)[0][1] < y0 - 1
    bent = ((0, 0), (50, 9), (100, 0), (100, 20), (50, 29), (0, 20))
    heights = [y for _, y in baseline_of("Hello", box, bent)]
    assert heights == pytest.approx([heights[0], heights[0] + 9, heights[0]])


def test_words_take_their_part_of_the_box() -> None:
    spans = [Span("a", 0.0, 0.1, 0.9), Span("b", 0.2, 0.3, 0.5), Span(" ", 0.4, 0.5, 0.8),
             Span("c", 0.7, 0.8, 0.6)]
    first, second = words_of(spans, part_of(((0, 0), (100, 0), (100, 10), (0, 10))))
    assert (first.text, second.text) == ("ab", "c")
    assert first.confidence == pytest.approx(0.45)
    assert first.box[0][0] == 0
    assert 30 <= first.box[1][0] <= 45 < 60 <= second.box[0][0] < second.box[1][0] <= 100
    assert {y for _, y in first.box} == {0, 10}
    assert words_of([], part_of(((0, 0), (1, 0), (1, 1), (0, 1)))) == ()


def test_a_word_far_behind_another_begins_where_it_is_read() -> None:
    spans = [Span(c, x, x, 0.9) for c, x in zip("ab c", (0.05, 0.15, 0.25, 0.85), strict=True)]
    first, second = words_of(spans, part_of(((0, 0), (100, 0), (100, 10), (0, 10))))
    assert first.box[1][0] == pytest.approx(20)
    assert second.box[0][0] == pytest.approx(77.5)


@pytest.mark.parametrize(("layout", "one"), [("auto", False), ("line", True)])
def test_a_page_taken_for_a_line_is_read_as_a_page_after_all(
        monkeypatch: pytest.MonkeyPatch, layout: str, one: bool) -> None:
    monkeypatch.setattr("deeptext_cli.engine.reader.is_single_line", lambda grey: True)
    path = ROOT / "samples" / "pages" / "receipt.png"
    [page] = read(Path("print"), [InputFile(str(path))], layout=layout)
    assert isinstance(page, Page)
    assert (len(page.lines) <= 1) == one


def test_what_cannot_be_read_as_a_page_stays_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Page:
        raise RuntimeError("a library broke")
    monkeypatch.setattr("deeptext_cli.engine.reader.is_single_line", lambda grey: True)
    monkeypatch.setattr(Reader, "_read_page", broken)
    path = ROOT / "samples" / "pages" / "receipt.png"
    [page] = read(Path("print"), [InputFile(str(path))], layout="auto")
    assert isinstance(page, Page)
    assert len(page.lines) <= 1
    assert page.notes == ("read as a line, since as a page: a library broke",)


def test_threads_share_one_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from deeptext_cli.engine.detect import LineDetector
    opened = []
    real = LineDetector.__init__

    def counted(self: LineDetector, *args: object, **rest: object) -> None:
        opened.append(self)
        time.sleep(0.05)
        real(self, *args, **rest)  # type: ignore[arg-type]
    monkeypatch.setattr(LineDetector, "__init__", counted)
    files = []
    for k in range(4):
        files.append(tmp_path / f"{k}.png")
        files[-1].write_bytes(encode_png(np.full((300, 300), 255, np.uint8)))
    reader = Reader(ReadOptions(model="print", layout="auto", jobs=4), inputs=4)
    assert len(list(reader.read([InputFile(str(f)) for f in files]))) == 4
    assert len(opened) == 1


@pytest.mark.parametrize(("pages", "after", "numbers", "says"), [
    ("2-", 0, [2, 3], None), ("1,9", 0, [1], None), ("1", 1, [], None),
    ("7", 0, [], "it has 3 pages, none of --pages 7")])
def test_a_file_without_a_wanted_page_says_so(tiny_model: Path, tmp_path: Path, pages: str,
                                              after: int, numbers: list[int],
                                              says: str | None) -> None:
    image = Image.fromarray(draw_line("123"))
    image.save(tmp_path / "x.tif", save_all=True, append_images=[image] * 2)
    found = read(tiny_model, [InputFile(str(tmp_path / "x.tif"), after=after)], pages=pages)
    assert [p.page for p in found if isinstance(p, Page)] == numbers
    assert [p.message for p in found if isinstance(p, PageError)] == ([says] if says else [])
