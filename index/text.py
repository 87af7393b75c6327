"""How text is compared: `key` for identity, `fold` for search, `words` for what search sees."""

import re
import unicodedata

_ONLY_SIMPLE_WORDS = re.compile(r"[a-z0-9 ]*").fullmatch
_PART_BREAK = "\x1f"

_PLAIN_LETTERS = str.maketrans(
    {
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ħ": "h",
        "ŋ": "n",
        "ŧ": "t",
        "ĸ": "k",
        "ƀ": "b",
        "ƒ": "f",
        "ə": "e",
    }
)
"""Letters that people type plain, and that Unicode does not decompose."""

_UNSPACED_SCRIPTS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # Han radicals, kana, bopomofo
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)
"""Scripts written without spaces: each character is a part of its own."""


def key(text: str | None) -> str:
    """Return the form under which genres, artists and e-mails are compared: trimmed, lower case."""
    return text.strip().lower() if text else ""


def fold(text: str) -> str:
    """Return ``text`` as search compares it: without case, accents and typographic variants.

    Compatibility decomposition (NFKD) without combining marks, Unicode case folding, and plain
    letters for those that do not decompose (``ø``, ``æ``, ``ł``). Folding twice changes nothing.
    """
    if text.isascii():
        return text.lower()

    folded = _without_marks(_without_marks(text).casefold())
    return folded.translate(_PLAIN_LETTERS)


def _without_marks(text: str) -> str:
    return unicodedata.normalize("NFKD", text).translate(_UNMARKED)


class _Unmarked(dict[int, int | None]):
    """A translation table, filled as characters are met, that drops marks.

    Marks are accents, variation selectors and invisible joiners; vowel signs of a script stay.
    """

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        is_mark = (
            unicodedata.combining(character) != 0
            or "\ufe00" <= character <= "\ufe0f"
            or unicodedata.category(character) == "Cf"
        )
        self[code] = None if is_mark else code
        return self[code]


_UNMARKED = _Unmarked()


class _Splitter(dict[int, str]):
    """A translation table, filled as characters are met, that marks where words and parts end."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isspace():
            replacement = " "
        elif not character.isalnum() and unicodedata.category(character)[0] != "M":
            replacement = _PART_BREAK
        elif any(low <= code <= high for low, high in _UNSPACED_SCRIPTS):
            replacement = f"{_PART_BREAK}{character}{_PART_BREAK}"
        else:
            replacement = character
        self[code] = replacement
        return replacement


_SPLITTER = _Splitter()


def words(text: str) -> list[list[str]]:
    """Return the folded words of ``text``, each as its parts; what is not a letter or digit goes.

    Words end at white space, parts within them at punctuation and around each character of a
    script without spaces: ``"AC/DC live!"`` gives ``[["ac", "dc"], ["live"]]``.
    """
    folded = fold(text)
    if _ONLY_SIMPLE_WORDS(folded):
        return [[word] for word in folded.split()]

    split = (
        [part for part in word.split(_PART_BREAK) if part]
        for word in folded.translate(_SPLITTER).split(" ")
    )
    return [parts for parts in split if parts]
