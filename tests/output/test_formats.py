from __future__ import annotations

import subprocess
import sys

import pytest

from deeptext_cli.errors import UsageError
from deeptext_cli.output.formats import FORMATS, get_format, infer_format, open_writer
from deeptext_cli.output.writer import Writer


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_writer_and_a_suffix_of_its_own(name: str) -> None:
    assert isinstance(open_writer(name), Writer)
    assert infer_format(f"out/PAGE{FORMATS[name].suffixes[0].upper()}").name == name


def test_longest_suffix_wins() -> None:
    assert infer_format("a.alto.xml").name == "alto"
    assert infer_format("a.page.xml").name == "page"
    assert infer_format("a.xml").name == "page"
    suffixes = [s for f in FORMATS.values() for s in f.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_unknown_names_say_what_there_is() -> None:
    with pytest.raises(UsageError, match="'markdown'"):
        get_format("markdwn")
    with pytest.raises(UsageError, match=r"\.pdf"):
        infer_format("out.docx")
    with pytest.raises(UsageError):
        infer_format("out")


def test_asking_for_formats_imports_no_library() -> None:
    code = ("import sys, deeptext_cli.output.formats as f; f.open_writer('hocr'); "
            "f.open_writer('jsonl'); "
            "print([m for m in ('cv2', 'pypdfium2', 'fontTools', 'PIL', 'lxml') "
            "if m in sys.modules])")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize(("name", "meant"), [
    ("md", "markdown"), ("xml", "page"), ("html", "hocr"), ("TXT", "text"), ("alto.xml", "alto"),
    ("PDF", "pdf")])
def test_a_suffix_is_a_name_too(name: str, meant: str) -> None:
    assert get_format(name).name == meant
