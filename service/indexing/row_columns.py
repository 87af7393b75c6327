"""Database rows -> the arrays that a build and a delta read.

Programs write the original columns by plain SQL, and SQLite stores any value in any column. What
can't be a value of its column becomes unknown, what lies outside its range is moved to its end:
neither stops a build.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, DateTime, Dialect, Integer, cast, func, text, type_coerce
from sqlalchemy.types import NullType, TypeDecorator

from index.actions import ACTION_CODES
from index.catalogue import IdLookup, InteractionColumns, TrackColumns
from index.features import FEATURES
from service.models import Interaction, Track
from service.tracks import encode_card

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
Rows = Sequence[Sequence[Any]]

UNKNOWN_ACTION = 255
MICROSECOND = 1e-6
LONGEST_SECONDS = 1e9
"""Whoever listened to a track for longer than 30 years has listened to all of it."""
_ROWS_PER_STEP = 500_000
DAY_SECONDS = 86_400.0
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
EPOCH_JULIAN = 2_440_587.5


class TolerantMoment(TypeDecorator[datetime]):
    """Reads any stored moment; what is none becomes unknown instead of failing the read."""

    impl = NullType
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Take what the driver returns: text from SQLite, a datetime from MySQL."""
        if value is None or isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
            return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        except (ValueError, OverflowError):
            return None


def track_selection() -> list[ColumnElement[Any]]:
    """Return what to select of a track for `track_columns`."""
    return [
        type_coerce(column, TolerantMoment()).label(column.name)
        if isinstance(column.type, DateTime)
        else column
        for column in Track.__table__.columns
    ]


def track_columns(rows: Rows) -> TrackColumns:
    """Turn rows of `track_selection` into columns."""
    names = Track.__table__.columns.keys()
    columns = _transposed(rows, names)
    return TrackColumns(
        ids=whole_numbers(columns["id"]),
        features=cleaned_features({each.name: numbers(columns[each.name]) for each in FEATURES}),
        titles=[_text(value) or "" for value in columns["title"]],
        artists=[_text(value) or "" for value in columns["artist"]],
        albums=[_text(value) for value in columns["album"]],
        genres=[_text(value) for value in columns["genre"]],
        popularity=np.clip(numbers(columns["popularity"]), 0, 100),
        released=np.array([released_at(value) for value in columns["release_date"]], np.float64),
        cards=[_card(dict(zip(names, row, strict=True))) for row in rows],
    )


def cleaned_features(values: Mapping[str, Floats]) -> Floats:
    """Return features (n, 8), within their ranges and NaN where unknown, from those by name."""
    features = np.empty((len(values[FEATURES[0].name]), len(FEATURES)), np.float64)
    for position, feature in enumerate(FEATURES):
        known = values[feature.name]
        if feature.exclusive_minimum:
            known = np.where(known <= feature.minimum, np.nan, known)
        features[:, position] = np.clip(known, feature.minimum, feature.maximum)
    return features


def interaction_selection(kind: str) -> list[ColumnElement[Any]]:
    """Return what to select of an interaction for `interaction_columns`.

    Parameters
    ----------
    kind
        Of the database: ``mysql`` or ``sqlite``. Either turns moments into microseconds itself,
        which spares a Python object for each of a million rows.
    """
    if kind == "mysql":
        at: ColumnElement[Any] = func.timestampdiff(
            text("MICROSECOND"), text("'1970-01-01'"), Interaction.created_at
        )
    else:
        days = func.julianday(Interaction.created_at) - EPOCH_JULIAN
        at = cast(days * (DAY_SECONDS / MICROSECOND), Integer)
    named = ("user_id", "track_id", "action", "rating", "listen_duration")
    return [*(Interaction.__table__.c[name] for name in named), type_coerce(at, NullType())]


def interaction_columns(rows: Rows, seconds_of: Callable[[Ids], Floats]) -> InteractionColumns:
    """Turn rows of `interaction_selection` into columns, without those of unknown actions.

    Parameters
    ----------
    seconds_of
        Track ids -> lengths of the tracks in seconds, NaN where unknown.
    """
    names = ("user_id", "track_id", "action", "rating", "listen_duration", "at")
    columns = _transposed(rows, names)
    actions = [ACTION_CODES.get(action, UNKNOWN_ACTION) for action in columns["action"]]
    cleaned = cleaned_interactions(
        whole_numbers(columns["user_id"]),
        whole_numbers(columns["track_id"]),
        np.array(actions, np.uint8),
        numbers(columns["rating"]),
        numbers(columns["listen_duration"]),
        np.nan_to_num(numbers(columns["at"]) * MICROSECOND),
    )
    return in_shares(cleaned, seconds_of)


def cleaned_interactions(
    user_ids: Ids,
    track_ids: Ids,
    actions: NDArray[np.uint8],
    ratings: NDArray[Any],
    seconds: NDArray[Any],
    at: Floats,
) -> InteractionColumns:
    """Return interactions with all values within their ranges, without those of unknown actions.

    What was listened to is not a share yet: see `in_shares`.

    Parameters
    ----------
    actions : codes, `UNKNOWN_ACTION` for others
    ratings : any numbers; what is not 1..5 counts as none
    seconds : listened to; what is below 0 or NaN is unknown
    at : seconds since 1970

    """
    known = (actions != UNKNOWN_ACTION) & (user_ids > 0) & (track_ids > 0)
    listened = np.where(seconds >= 0, np.minimum(seconds, LONGEST_SECONDS), np.nan)
    return InteractionColumns(
        user_ids=user_ids[known],
        track_ids=track_ids[known],
        actions=actions[known],
        ratings=np.where((ratings >= 1) & (ratings <= 5), ratings, 0)[known].astype(np.uint8),
        listened=listened[known].astype(np.float32),
        at=np.clip(at, 0, time.time())[known],
    )


def in_shares(
    interactions: InteractionColumns, seconds_of: Callable[[Ids], Floats]
) -> InteractionColumns:
    """Turn the seconds that were listened to into shares of the tracks, in place; return all.

    Parameters
    ----------
    seconds_of
        Track ids -> lengths of the tracks in seconds, NaN where unknown.
    """
    listened, track_ids = interactions.listened, interactions.track_ids
    for start in range(0, len(listened), _ROWS_PER_STEP):  # what lies between takes memory, too
        rows = slice(start, start + _ROWS_PER_STEP)
        listened[rows] = np.clip(listened[rows] / seconds_of(track_ids[rows]), 0, 1)
    return interactions


def lengths(track_ids: Ids, durations: Sequence[Any] | Floats) -> Callable[[Ids], Floats]:
    """Return a look-up of track lengths in seconds; NaN where a track or its length is unknown."""
    order = np.argsort(track_ids)
    places = IdLookup(track_ids[order])
    seconds = np.append(numbers(durations)[order], np.nan)  # of -1, which is no place
    seconds[~(seconds > 0)] = np.nan
    return lambda wanted: seconds[places.of(wanted)]


def numbers(values: Sequence[Any] | Floats) -> Floats:
    """Return finite numbers; NaN for everything else."""
    try:
        found = np.array(values, np.float64)  # None becomes NaN
    except (TypeError, ValueError, OverflowError):
        found = np.array([_number(value) for value in values], np.float64)
    found[~np.isfinite(found)] = np.nan
    return found


def whole_numbers(values: Sequence[Any]) -> Ids:
    """Return ids; 0, which no row has, for what is none."""
    try:
        return np.array(values, np.int64)
    except (TypeError, ValueError, OverflowError):
        return np.array([v if isinstance(v, int) else 0 for v in values], np.int64)


@lru_cache(maxsize=65_536)
def released_at(release_date: str | None) -> float:
    """Return the first moment of ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, in seconds since 1970."""
    try:
        year, month, day = (*str(release_date).split("-"), "1", "1")[:3]
        first = date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return float("nan")
    return (first.toordinal() - EPOCH_ORDINAL) * DAY_SECONDS


def _transposed(rows: Rows, names: Sequence[str]) -> dict[str, Sequence[Any]]:
    if not rows:
        return dict.fromkeys(names, ())
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return None if value is None else str(value)


def _card(track: dict[str, Any]) -> bytes:
    try:
        return encode_card(track)
    except (TypeError, ValueError):
        readable = {
            name: _text(value) if isinstance(value, bytes) else value
            for name, value in track.items()
        }
        return encode_card(readable)
