"""Dates and moments, in the shapes in which files hold them."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from service.importing.values import UNKNOWN, RejectError

NO_YEAR = "0000"
_DATE = re.compile(r"(\d{4})(?:\.0|-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_YEAR_FIRST = re.compile(
    r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?:[T ]\d{1,2}:\d\d.*)?", re.ASCII | re.DOTALL
)
_COMPACT = re.compile(r"((?:19|20)\d\d)([01]\d)([0-3]\d)", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?: \d{1,2}:\d\d.*)?", re.ASCII)
_NAMED_MONTH = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%B %Y", "%b %Y")
_PRECISION = {"%B %Y": 7, "%b %Y": 7}

_SECONDS = re.compile(r"\d{9,19}(?:\.\d+)?", re.ASCII)
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)
_FOURTEEN_DIGITS = re.compile(r"(?:19|20)\d{12}", re.ASCII)
_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))
"""Numbers below the first count so many parts of a second since 1970."""
_MOMENTS = (
    "%d %b %Y, %H:%M",
    "%d %b %Y %H:%M",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y, %H:%M:%S",
    "%b %d, %Y, %I:%M:%S %p",
    "%b %d, %Y %I:%M:%S %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%a %b %d %H:%M:%S %z %Y",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def release_date(text: str) -> str | None:
    """Return ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, as precise as it is given."""
    text = text.strip()
    if text.lower() in UNKNOWN or text.startswith(NO_YEAR):
        return None
    try:
        if match := _DATE.fullmatch(text):
            return _day(match[1], match[2], match[3])
        return _written_otherwise(text)
    except ValueError:
        raise RejectError("release_date is not YYYY, YYYY-MM or YYYY-MM-DD") from None


def _written_otherwise(text: str) -> str:
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], match[3], match[4])
    if match := _COMPACT.fullmatch(text):
        return _day(*match.groups())
    if match := _YEAR_LAST.fullmatch(text):
        return _day(match[4], *_month_and_day(match[1], match[3], dots=match[2] == "."))
    words = " ".join(re.sub(r"[,\-]", " ", text).split())
    for shape in _NAMED_MONTH:
        try:
            found = datetime.strptime(f"1 {words}", f"%d {shape}") if "%d" not in shape else None
            found = found or datetime.strptime(words, shape)
        except ValueError:
            continue
        return found.date().isoformat()[: _PRECISION.get(shape, 10)]
    raise ValueError(text)


def _day(year: str, month: str | None, day: str | None) -> str:
    """Return a date; month and day 0 stand for unknown ones."""
    parts = [int(year), int(month or 0), int(day or 0)]
    known = parts[: 1 if not parts[1] else 2 if not parts[2] else 3]
    first = date(*[*known, 1, 1][:3])
    return first.isoformat()[: (4, 7, 10)[len(known) - 1]]


def _month_and_day(first: str, second: str, *, dots: bool) -> tuple[str, str]:
    """Tell month from day; with dots the day stands first, else it must be past 12."""
    if dots or int(first) > 12 or int(first) == int(second):
        return second, first
    if int(second) > 12:
        return first, second
    raise ValueError("day and month could be either")


def moment(text: str, *, latest: datetime) -> datetime | None:
    """Return a moment as UTC without zone; one without zone is UTC already.

    Takes ISO 8601, seconds, milliseconds, microseconds and nanoseconds since 1970, and the shapes
    of other exports.
    """
    text = text.strip()
    if text.lower() in UNKNOWN:
        return None
    try:
        value = _moment(text)
        value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise RejectError("created_at is not an ISO 8601 date and time") from None
    if not _EPOCH <= value <= latest:
        raise RejectError("created_at is before 1970 or in the future")
    return value.replace(tzinfo=None)


def _moment(text: str) -> datetime:
    if _FOURTEEN_DIGITS.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d%H%M%S")
    if _SECONDS.fullmatch(text):
        return _since_1970(text)
    if _ROUNDED.fullmatch(text):
        raise RejectError("created_at is a number that a spreadsheet has rounded")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _moment_in_words(text.removesuffix(" UTC").removesuffix(" GMT"), text)


def _since_1970(text: str) -> datetime:
    value = float(text)
    whole = int(text.partition(".")[0])
    per_second = next(unit for below, unit in _UNITS if whole < below)
    seconds, rest = divmod(whole, per_second)
    fraction = value % 1 if per_second == 1 else rest / per_second
    return datetime.fromtimestamp(seconds, UTC).replace(
        microsecond=min(round(fraction * 1e6), 999_999)
    )


def _moment_in_words(plain: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        pass
    for shape in _MOMENTS:
        try:
            return datetime.strptime(plain, shape)
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(text)
    except (TypeError, IndexError):
        raise ValueError(text) from None
