"""One cell of text -> one value, within the ranges that the API accepts too."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from index.features import Feature

KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MAX_NAME = 600
MAX_GENRE = 100
MAX_GENRES = 8000
MAX_EXTERNAL_ID = 255
MAX_KEY = 10
MAX_INT = 2**31 - 1
CLOCK_SKEW = timedelta(minutes=5)

_UNKNOWN = frozenset({"", "na", "n/a", "null", "none"})
"""Stand for "unknown" in columns of numbers and dates; in columns of text they are text."""
NO_YEAR = "0000"
_DATE = re.compile(r"(\d{4})(?:\.0|-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RejectError(Exception):
    """A row cannot be imported; the message is the reason, without anything of the row."""


def number(text: str, name: str) -> float | None:
    """Return a finite number, None where it is unknown."""
    try:
        value = float(text)
    except ValueError:
        if text.strip().lower() in _UNKNOWN:
            return None
        raise RejectError(f"{name} is not a number") from None
    if not math.isfinite(value) or "_" in text:
        raise RejectError(f"{name} is not a finite number")
    return value


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
        except ValueError:
            return number(text, name)
        if low < value <= high and "_" not in text:
            return value
        known = ranged(text, name, low, high)
        return None if of.exclusive_minimum and known == low else known

    return parse


def whole(text: str, name: str, low: int, high: int) -> int | None:
    """Return a whole number within ``low..high``; ``12.0`` is one."""
    value = ranged(text, name, low, high)
    if value is not None and not value.is_integer():
        raise RejectError(f"{name} is not a whole number")
    return None if value is None else int(value)


def seconds(text: str, name: str, *, scale: float = 1.0) -> int | None:
    """Return a length of time in whole seconds; None for 0, which nothing lasts."""
    value = ranged(text, name, 0, MAX_INT * scale)
    return None if value is None else round(value / scale) or None


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


def names(text: str) -> list[str]:
    """Split text at ``;`` into trimmed, non-empty names."""
    if ";" not in text:
        return [text.strip()] if text.strip() else []
    return [part for part in (one.strip() for one in text.split(";")) if part]


def release_date(text: str) -> str | None:
    """Return ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, as precise as it is given."""
    text = text.strip()
    if text.lower() in _UNKNOWN or text == NO_YEAR:
        return None
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        raise RejectError("release_date is not YYYY, YYYY-MM or YYYY-MM-DD") from None
    return text.removesuffix(".0")


def moment(text: str, *, latest: datetime) -> datetime | None:
    """Return an ISO 8601 moment as UTC without zone; one without zone is UTC already."""
    text = text.strip()
    if text.lower() in _UNKNOWN:
        return None
    try:
        value = datetime.fromisoformat(text)
        value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise RejectError("created_at is not an ISO 8601 date and time") from None
    if not _EPOCH <= value <= latest:
        raise RejectError("created_at is before 1970 or in the future")
    return value.replace(tzinfo=None)
