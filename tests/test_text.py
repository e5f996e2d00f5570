"""Charset and normalisation: properties that everything trained rests on."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deeptext_cli.text import Charset, control_characters, latin_charset, normalise

# single code points that survive NFC: what a charset may hold
CHARS = st.characters(exclude_categories=("Cs",)).filter(
    lambda c: unicodedata.normalize("NFC", c) == c)
CHARSETS = st.lists(CHARS, unique=True, max_size=30).map(Charset)


@given(CHARSETS, st.data())
def test_encode_and_decode_are_inverse(charset: Charset, data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from(charset.chars), max_size=20)
                     if charset.chars else st.just(""))
    classes = charset.encode(text)
    assert all(1 <= c < charset.classes for c in classes)  # never the blank
    assert charset.decode(classes) == text


@given(CHARSETS)
def test_class_numbers_follow_the_order_of_the_characters(charset: Charset) -> None:
    assert charset.lookup == ("", *charset.chars)
    assert charset.classes == len(charset) + 1 == len(charset.lookup)
    assert Charset(str(charset)) == charset


@given(CHARSETS, st.text(max_size=20))
def test_unknown_lists_each_foreign_character_once_in_order(charset: Charset, text: str) -> None:
    unknown = charset.unknown(text)
    assert all(c not in charset for c in unknown)
    assert unknown == sorted(set(text) - set(charset.chars), key=text.index)
    if unknown:
        with pytest.raises(KeyError):
            charset.encode(text)


@given(CHARSETS, CHARSETS)
def test_mapping_from_links_the_same_characters_and_the_blank(here: Charset,
                                                              there: Charset) -> None:
    mapping = here.mapping_from(there)
    assert mapping[0] == 0
    assert {here.lookup[a] for a in mapping} == ({*here.chars} & {*there.chars}) | {""}
    assert all(here.lookup[a] == there.lookup[b] for a, b in mapping.items())


@given(st.lists(st.text(max_size=10), max_size=5))
def test_of_texts_holds_exactly_the_characters_that_occur(texts: list[str]) -> None:
    texts = [unicodedata.normalize("NFC", t) for t in texts]
    whole = "".join(texts)
    if all(unicodedata.normalize("NFC", c) == c for c in whole):
        assert list(Charset.of_texts(texts).chars) == sorted(set(whole))


@pytest.mark.parametrize("bad", [["a", "b", "a"], ["ab"], [""], ["e\u0301"], ["\u212b"]])
def test_charset_refuses_duplicates_and_what_is_no_nfc_character(bad: list[str]) -> None:
    with pytest.raises(ValueError, match=r"duplicate|NFC"):
        Charset(bad)


@given(st.text(max_size=40))
def test_normalise_is_idempotent_nfc_and_single_spaced(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.normalize("NFC", once) == once
    assert once.split() == once.split(" ") or once == ""
    # nothing but white space goes
    assert "".join(once.split()) == unicodedata.normalize(
        "NFC", "".join(unicodedata.normalize("NFC", text).split()))


def test_normalise_composes_and_trims() -> None:
    assert normalise("  e\u0301tu\u0301\t\nde \u00a0 ") == "étú de"


def test_control_characters_are_named() -> None:
    assert control_characters("a\tb\u200bc\ud800 d") == ["\t", "\u200b", "\ud800"]


def test_latin_charset_covers_latin_europe_and_no_more() -> None:
    charset = latin_charset()
    assert 270 <= len(charset) <= 335
    assert all(unicodedata.normalize("NFC", c) == c for c in charset.chars)
    assert not control_characters(str(charset))
    pangrams = ("Příliš žluťoučký kůň úpěl ďábelské ódy. Zażółć gęślą jaźń! Voix ambiguë d'un "
                "cœur: Falsches Üben von Xylophonmusik quält jeden größeren Zwerg; Árvíztűrő tükör"
                "fúrógép. Flygande bäckasiner søka hwila på mjuka tuvor. Þessa ást — ŝaŭmo ĥoro "
                "ĝoja. El pingüino ¿Wenceslao? Ștefan țipă „bine“ și “good” ‘x’ 5 € 3 ‰ † … "
                "File → Save: π ≈ 3,14 ≤ ∞")
    assert charset.unknown(pangrams) == []
    # look-alikes and digraphs that nobody types would only cost accuracy
    assert [c for c in "\u0132\u0133\u0149\u013f\u0140\u0138\u00ad\u00a0" if c in charset] == []
