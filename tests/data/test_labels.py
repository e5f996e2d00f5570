"""Labels: what is kept, what is cleaned, what is refused and why."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.data.labels import check_label, frames_needed
from deeptext_cli.text import Charset, control_characters, normalise


@pytest.mark.parametrize(("raw", "text", "fault", "remarks"), [
    ("  a \t b\n", "a b", None, []),
    ("e\u0301", "é", None, ["not-nfc"]),
    ("a\u200bb\ufeff", "ab", None, ["invisible-characters"]),
    ("", "", "empty-label", []),
    (" \u200b ", "", "empty-label", ["invisible-characters"]),
    ("a\x07", "a\x07", "control-character", []),
    ("a\u00adb", "a\u00adb", "control-character", []),
    ("a\ufffd", "a\ufffd", "lost-character", []),
    ("a\ue000", "a\ue000", None, []),
    ("\udc80", "\udc80", "control-character", []),
])
def test_cases(raw: str, text: str, fault: str | None, remarks: list[str]) -> None:
    got = check_label(raw, None, None)
    assert got.text == text
    assert (got.fault[0] if got.fault else None) == fault
    assert [code for code, _ in got.remarks] == remarks


def test_charset_and_null_text() -> None:
    charset = Charset("abc #")
    assert check_label("abä€", charset, None).fault == (
        "outside-charset", "not in the charset: 'ä' '€'")
    assert check_label("", charset, "#").text == "#"
    assert check_label("", charset, "?").fault == ("outside-charset", "not in the charset: '?'")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_what_is_kept_is_clean(raw: str) -> None:
    got = check_label(raw, None, None)
    if got.fault is None:
        assert got.text == normalise(got.text) != ""
        assert all(unicodedata.category(c) == "Co" for c in control_characters(got.text))


def test_frames() -> None:
    assert [frames_needed(t) for t in ("", "a", "ab", "aa", "aaa", "aabb")] == [0, 1, 2, 3, 5, 6]
