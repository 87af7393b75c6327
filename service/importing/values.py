"""One cell of text -> one value, within the ranges that the API accepts too."""

import math
import re
from collections.abc import Callable
from datetime import timedelta

from index.features import Feature

KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MAX_NAME = 600
MAX_GENRE = 100
MAX_GENRES = 8000
MAX_EXTERNAL_ID = 255
MAX_KEY = 10
MAX_INT = 2**31 - 1
CLOCK_SKEW = timedelta(minutes=5)

UNKNOWN = frozenset(
    {"", "na", "n/a", "n.a.", "null", "none", "<na>", "#n/a", "\\n", "-", "?", "unknown"}
)
"""Stand for "unknown" in columns of numbers, dates and ids; in columns of text they are text."""
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([.,'\u2019 \u00a0\u202f])\d{3})(?:\1\d{3})*", re.ASCII)
"""A whole number whose thousands are set apart."""
_MINUS = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-"})
_CLOCK = re.compile(r"(?:(\d+):)?([0-5]?\d):([0-5]\d(?:[.,]\d+)?)", re.ASCII)
_ISO_LENGTH = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.ASCII)
_METRE = re.compile(r"(\d{1,2})\s*/\s*\d{1,2}", re.ASCII)
_MODES = {"minor": 0, "min": 0, "major": 1, "maj": 1}
_TRUTHS = {
    **dict.fromkeys(("true", "t", "yes", "y", "explicit"), True),
    **dict.fromkeys(("false", "f", "no", "n", "clean"), False),
}


class RejectError(Exception):
    """A row or cell cannot be imported; the message is the reason, without anything of the row."""


class PassedOverError(Exception):
    """A row is about something that is not imported, such as an episode; the message says what."""


def number(text: str, name: str) -> float | None:
    """Return a finite number, None where it is unknown."""
    try:
        value = float(text)
    except ValueError:
        if text.strip().lower() in UNKNOWN:
            return None
        value = _with_comma(text, name)
    if not math.isfinite(value) or "_" in text:
        raise RejectError(f"{name} is not a finite number")
    return value


def _with_comma(text: str, name: str) -> float:
    """Return a number with a decimal comma or a typographic minus."""
    text = text.strip().translate(_MINUS)
    try:
        return float(text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text)
    except ValueError:
        raise RejectError(f"{name} is not a number") from None


def ranged(text: str, name: str, low: float, high: float) -> float | None:
    """Return a number within ``low..high``, None where it is unknown."""
    value = number(text, name)
    if value is not None and not low <= value <= high:
        raise RejectError(f"{name} is out of range ({low:,.10g} to {high:,.10g})")
    return value


def feature_parser(of: Feature) -> Callable[[str], float | None]:
    """Return the parser of an audio feature; 0 is "unknown" where its range leaves 0 out."""
    name, low, high = of.name, of.minimum, of.maximum

    def parse(text: str) -> float | None:
        try:  # Most cells are plain numbers: this is the innermost loop of an import.
            value = float(text)
            if low < value <= high and "_" not in text:
                return value
        except ValueError:
            pass
        known = ranged(text, name, low, high)
        return None if of.exclusive_minimum and known == low else known

    return parse


def whole(text: str, name: str, low: int, high: int) -> int | None:
    """Return a whole number within ``low..high``; ``12.0`` is one."""
    value = ranged(text, name, low, high)
    if value is not None and not value.is_integer():
        raise RejectError(f"{name} is not a whole number")
    return None if value is None else int(value)


def seconds(text: str, name: str) -> int | None:
    """Return a length of time in whole seconds; None for 0, which nothing lasts.

    ``3:45``, ``1:02:03`` and ``PT3M45S`` are lengths, too.
    """
    if clock := _CLOCK.fullmatch(text.strip()) or _ISO_LENGTH.fullmatch(text.strip()):
        hours, minutes, rest = (float((part or "0").replace(",", ".")) for part in clock.groups())
        text = str(3600 * hours + 60 * minutes + rest)
    if "," in text and _GROUPED.fullmatch(text.strip()):
        raise RejectError(f"{name} may have a decimal comma or set thousands apart")
    value = ranged(text, name, 0, MAX_INT)
    return None if value is None else round(value) or None


def milliseconds(text: str, name: str) -> int | None:
    """Return a length of time in whole milliseconds; None for 0, which nothing lasts."""
    if not text.isdigit() and _GROUPED.fullmatch(text.strip()):
        text = re.sub(r"\D", "", text)
    value = ranged(text, name, 0, MAX_INT * 1000)
    return None if value is None else round(value) or None


def mode(text: str) -> int | None:
    """Return 0 for minor, 1 for major; -1 is unknown."""
    named = _MODES.get(text.strip().lower())
    if named is not None:
        return named
    value = whole(text, "mode", -1, 1)
    return None if value == -1 else value


def time_signature(text: str) -> int | None:
    """Return the beats in a bar, of ``4`` or of ``4/4``; 0 is unknown."""
    if metre := _METRE.fullmatch(text.strip()):
        text = metre[1]
    return whole(text, "time_signature", 0, 32) or None


def truth(text: str, name: str) -> bool | None:
    """Return yes or no, in words or as 1 and 0."""
    named = _TRUTHS.get(text.strip().lower())
    if named is not None:
        return named
    value = whole(text, name, 0, 1)
    return None if value is None else bool(value)


def musical_key(text: str) -> str | None:
    """Return a note name for 0..11 (0 is C), None for -1, any other text as it is."""
    text = text.strip()
    try:
        pitch = float(text)
    except ValueError:
        return limited(text, "key", MAX_KEY) or None
    if pitch == -1:
        return None
    if pitch not in range(12):
        raise RejectError("key is out of range (-1 to 11)")
    return KEYS[int(pitch)]


def limited(text: str, name: str, most: int) -> str:
    """Return trimmed text of at most ``most`` characters."""
    text = text.strip()
    if len(text) > most:
        raise RejectError(f"{name} is longer than {most} characters")
    return text
