"""Coverage-guided fuzzing of the parsers that meet foreign bytes.

    pip install atheris            # not among the project's dependencies
    python scripts/fuzz/parsers.py TARGET [libFuzzer options, as -max_total_time=600]
    python scripts/fuzz/parsers.py --list

A target fails by any exception but the errors of `deeptext_cli.errors`, by a hang or by memory
without bounds. libFuzzer writes the input that did it to `crash-*`; give that file to the target
to see it again.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["deeptext_cli", "tarfile", "PIL"]):
    import numpy as np
    from PIL import Image

    from deeptext_cli.data import strokes
    from deeptext_cli.data.formats.base import Listing
    from deeptext_cli.data.formats.registry import FORMATS
    from deeptext_cli.data.frames import frames
    from deeptext_cli.data.labels import check_label
    from deeptext_cli.decode import arpa, ngram_file
    from deeptext_cli.decode.pattern import compile_pattern
    from deeptext_cli.engine.archives import tar_members
    from deeptext_cli.engine.inputs import listed, page_filter, safe_name
    from deeptext_cli.engine.journal import Journal
    from deeptext_cli.engine.models import load_model
    from deeptext_cli.engine.records_delivery import RecordsDelivery
    from deeptext_cli.errors import DeepTextError
    from deeptext_cli.output.text import visible
    from deeptext_cli.text import Charset, latin_charset

SCRATCH = Path(tempfile.mkdtemp(prefix="deeptext-fuzz-"))
LATIN = latin_charset()
ROOT = Path(__file__).resolve().parents[2]


def _file(name: str, data: bytes) -> Path:
    path = SCRATCH / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def model(data: bytes) -> None:
    _file("model/model.onnx", b"")
    _file("model/model.yaml", data)
    load_model(SCRATCH / "model")


def charset(data: bytes) -> None:
    try:
        chars = Charset(data.decode("utf-8", "ignore"))
    except ValueError:  # as it says of itself
        return
    assert chars.classes == len(chars) + 1


def lm(data: bytes) -> None:
    ngram_file.read(_file("lm.bin", data if data else b""))


def arpa_file(data: bytes) -> None:
    arpa.read_arpa(_file("x.arpa", data))


def labels(data: bytes) -> None:
    check_label(_text(data), LATIN, None)


def stroke_file(data: bytes) -> None:
    found = strokes.StrokeSet(_file("s.npz", data))
    len(found)


def pattern(data: bytes) -> None:
    compile_pattern(_text(data[:40]), LATIN)


def pages(data: bytes) -> None:
    wanted = page_filter(_text(data))
    wanted(1)


def names(data: bytes) -> None:
    for file in listed(data):
        parts = Path(file.name).parts
        assert parts
        assert ".." not in parts
        assert not Path(file.name).is_absolute()
        visible(file.path).encode("utf-8", "surrogateescape")
    assert not safe_name(_text(data)).startswith("/")


def tar(data: bytes) -> None:
    for file in tar_members([str(_file("x.tar", data))]):
        assert ".." not in Path(file.name).parts
        assert not Path(file.name).is_absolute()


def image(data: bytes) -> None:
    for frame in frames(data, max_pixels=250_000):
        if not isinstance(frame.grey, DeepTextError):
            assert frame.grey.ndim == 2
            assert frame.grey.dtype == np.uint8


def journal(data: bytes) -> None:
    found = Journal(_file("journal", data), resume=True)
    found.names()
    found.close()


def records(data: bytes) -> None:
    for leftover in SCRATCH.glob("*r.jsonl*"):
        leftover.unlink()
    _file("r.jsonl", data)
    _file(".r.jsonl.partial", data[len(data) // 2:])
    RecordsDelivery(SCRATCH / "r.jsonl", resume=True).abandon()


# where each format looks for what it parses; the image that it names is there
# (LMDB and Parquet files are parsed by their libraries)
FORMAT_FILES = {
    "pages-jsonl": "pages.jsonl", "page-xml": "a.xml", "alto": "a.xml",
    "funsd": "annotations/a.json", "coco-text": "a.json", "paddle-det": "Label.txt",
    "paddle-rec": "rec_gt.txt", "iam": "lines.txt", "icdar": "gt_a.txt", "icdar-words": "gt.txt",
    "mjsynth": "annotation.txt", "gt-txt": "a.gt.txt", "sroie": "a.txt", "labels": "labels.tsv"}
FORMAT_SEEDS = {
    "pages-jsonl": b'{"image": "a.png", "width": 20, "height": 10, "lines": [{"box": [[0, 0], [9, 0'
                   b'], [9, 5], [0, 5]], "text": "a", "polygon": [[0, 0], [9, 0], [9, 5]]}]}\n',
    "page-xml": b'<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">'
                b'<Page imageFilename="a.png" imageWidth="20" imageHeight="10"><TextRegion>'
                b'<TextLine><Coords points="0,0 9,0 9,5 0,5"/><Baseline points="0,4 9,4"/>'
                b'<TextEquiv><Unicode>a</Unicode></TextEquiv></TextLine></TextRegion></Page>'
                b'</PcGts>',
    "alto": b'<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description><MeasurementUnit'
            b'>pixel</MeasurementUnit><sourceImageInformation><fileName>a.png</fileName>'
            b'</sourceImageInformation></Description><Layout><Page WIDTH="20" HEIGHT="10">'
            b'<PrintSpace><TextBlock><TextLine HPOS="0" VPOS="0" WIDTH="9" HEIGHT="5"><String '
            b'CONTENT="a" HPOS="0" VPOS="0" WIDTH="9" HEIGHT="5"/></TextLine></TextBlock>'
            b'</PrintSpace></Page></Layout></alto>',
    "funsd": b'{"form": [{"box": [0, 0, 9, 5], "text": "a", "label": "q", "id": 0, "linking": [], '
             b'"words": [{"box": [0, 0, 9, 5], "text": "a"}]}]}',
    "coco-text": b'{"imgs": {"1": {"id": 1, "file_name": "a.png", "set": "train", "width": 20, '
                 b'"height": 10}}, "anns": {"1": {"image_id": 1, "bbox": [0, 0, 9, 5], '
                 b'"utf8_string": "a", "mask": [0, 0, 9, 0, 9, 5]}}, "imgToAnns": {"1": [1]}}',
    "paddle-det": b'a.png\t[{"transcription": "a", "points": [[0,0],[9,0],[9,5],[0,5]]}]\n',
    "iam": b"# head\na ok 154 19 408 746 1661 89 A|MOVE\n",
    "icdar": b"0,0,9,0,9,5,0,5,word\n0, 0, 9, 5, \"word\"\n",
    "icdar-words": b'a.png, "word"\n', "sroie": b"0,0,9,0,9,5,0,5,WORD\n",
    "mjsynth": b"./a.png 3\n"}


def format_target(name: str) -> Callable[[bytes], None]:
    """The reader of one format, on a folder whose file of labels is fuzzed."""
    [chosen] = [f for f in FORMATS if f.name == name]
    folder = SCRATCH / name

    def run(data: bytes) -> None:
        _file(f"{name}/{FORMAT_FILES[name]}", data)
        if not (folder / "a.png").exists():
            Image.new("L", (20, 10), 255).save(folder / "a.png")
        listing = Listing.of(folder)
        chosen.detect(listing)
        for _ in chosen.read(listing):
            pass
    return run


TARGETS: dict[str, Callable[[bytes], None]] = {
    "model": model, "charset": charset, "lm": lm, "arpa": arpa_file, "labels": labels,
    "strokes": stroke_file, "pattern": pattern, "pages": pages, "names": names, "tar": tar,
    "image": image, "journal": journal, "records": records}
TARGETS |= {f"format-{f.name}": format_target(f.name) for f in FORMATS
            if f.name in FORMAT_FILES}


def seeds(target: str) -> list[bytes]:
    """Inputs to start from."""
    if target == "model":
        return [(ROOT / "models" / "print" / "model.yaml").read_bytes()]
    if target == "tar":
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            info = tarfile.TarInfo("a/b.png")
            info.size = 3
            archive.addfile(info, io.BytesIO(b"abc"))
        return [out.getvalue()]
    if target == "image":
        found = []
        for kind in ("PNG", "TIFF", "GIF", "BMP", "JPEG", "PPM", "WEBP"):
            data = io.BytesIO()
            Image.new("L", (9, 5), 77).save(data, kind)
            found.append(data.getvalue())
        return [*found, b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type"
                b"/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox"
                b"[0 0 20 10]>>endobj trailer<</Root 1 0 R>>"]
    if target == "strokes":
        data = io.BytesIO()
        np.savez(data, delta=np.zeros((4, 2), np.int16), pen_up=np.zeros(1, np.uint8),
                 offset=np.array([0, 4]), id=np.array(["a"]), text=np.array(["b"]))
        return [data.getvalue()]
    if target.removeprefix("format-") in FORMAT_SEEDS:
        return [FORMAT_SEEDS[target.removeprefix("format-")]]
    return [b"a.png\tb\n", b"{}\n", b"<a/>", b"1-3,5-", b"[A-Z]{2}(a|b)*\\d?", b"a\0b/../c\0",
            b'{"path": "a", "name": "a", "sha256": "1", "key": "k", "files": {"a.txt": 1}}\n',
            b'{"path": "a", "receipt": {"sha256": "1"}}\n', b"\\data\\\nngram 1=1\n\n\\1-grams:\n"
            b"-1\ta\n\n\\end\\\n"]


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] == "--list":
        print("\n".join(TARGETS))
        return
    name = sys.argv.pop(1)
    run = TARGETS[name]

    def one(data: bytes) -> None:
        with contextlib.suppress(DeepTextError):
            run(data)
    given = [a for a in sys.argv[1:] if not a.startswith("-")]
    if not given:
        corpus = SCRATCH / "corpus"
        corpus.mkdir()
        for i, seed in enumerate(seeds(name)):
            (corpus / f"seed{i}").write_bytes(seed)
        sys.argv.append(str(corpus))
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
