import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text import fold, key, words


def test_key_trims_and_lowers() -> None:
    assert key("  Daft PUNK ") == "daft punk"
    assert key(None) == ""


def test_key_keeps_accents_apart() -> None:
    assert key("Café") != key("Cafe")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Beyoncé", "beyonce"),
        ("Beyonce\u0301", "beyonce"),
        ("Sigur Rós", "sigur ros"),
        ("MØ", "mo"),
        ("Æon", "aeon"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Łódź", "lodz"),
        ("Dvořák", "dvorak"),
        ("İstanbul", "istanbul"),
        ("\uff21\uff22\uff23", "abc"),
        ("ﬁre", "fire"),
        ("Ἀχιλλεύς", "αχιλλευσ"),
        ("Ёлка", "елка"),
        ("soft\u00adhyphen", "softhyphen"),
        ("☮\ufe0f", "☮"),
    ],
)
def test_fold_ignores_case_accents_and_typography(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_vowel_signs_are_not_accents() -> None:
    assert fold("हिन्दी") != fold("हन्द")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One More Time", [["one"], ["more"], ["time"]]),
        ("AC/DC live!", [["ac", "dc"], ["live"]]),
        ("Don't", [["don", "t"]]),
        ("Simon & Garfunkel", [["simon"], ["garfunkel"]]),
        ("snake_case", [["snake", "case"]]),
        ("東京 Night", [["東", "京"], ["night"]]),
        ("ab東", [["ab", "東"]]),
        ("tab\tand\nline\u2003em", [["tab"], ["and"], ["line"], ["em"]]),
        ("", []),
        ("?!* \"'()", []),
        ("🎵🎶", []),
        ("\ud800", []),
        ("a\0b", [["a", "b"]]),
    ],
)
def test_words_and_their_parts(text: str, found: list[list[str]]) -> None:
    assert words(text) == found


@given(st.text())
def test_parts_hold_only_letters_digits_and_vowel_signs(text: str) -> None:
    for parts in words(text):
        assert parts
        for part in parts:
            assert part
            assert all(c.isalnum() or unicodedata.category(c)[0] == "M" for c in part)
