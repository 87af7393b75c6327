"""Statements about hundreds of interactions, said as a MySQL server takes them.

This is the one place where SQLAlchemy's and the driver's share of a statement counts: PyMySQL
escapes each value, and takes each row apart, in Python.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import zip_longest

from sqlalchemy import Connection

from service.database import portions

_ROWS = (
    "SELECT id, NULL, NULL FROM users WHERE id IN ({users})"
    " UNION ALL SELECT NULL, id, duration FROM tracks WHERE id IN ({tracks})"
)
_JOINED = (
    "SELECT (SELECT GROUP_CONCAT(id) FROM users WHERE id IN ({users})),"
    " (SELECT GROUP_CONCAT(id, ':', COALESCE(duration, '')) FROM tracks WHERE id IN ({tracks}))"
)
"""Two texts instead of thousands of rows; `service.database.engine` lets them be long enough."""


def existing(
    connection: Connection, users: set[int], tracks: set[int]
) -> tuple[set[int], dict[int, int | None]]:
    """Return which of these users there are, and the lengths of those tracks that there are."""
    read = _read_rows if connection.dialect.name == "sqlite" else _read_joined
    found_users: set[int] = set()
    found_tracks: dict[int, int | None] = {}
    nobody: list[int] = []
    asked = portions(sorted(users)), portions(sorted(tracks))
    for some_users, some_tracks in zip_longest(*asked, fillvalue=nobody):
        more_users, more_tracks = read(connection, _listed(some_users), _listed(some_tracks))
        found_users |= more_users
        found_tracks |= more_tracks
    return found_users, found_tracks


def as_written(event: "Event") -> str:
    """Return the values of a row as MySQL reads them, in the order of the columns.

    Numbers need no quotes, an action is one of five words, and texts are given by their bytes: so
    there is nothing to escape.
    """
    rating, seconds, at = event.rating, event.listen_duration, event.created_at
    name, list_id = event.event_id, event.recommendation_id
    return (
        f"({event.user_id},{event.track_id},'{event.action}',"
        f"{'NULL' if rating is None else rating},{'NULL' if seconds is None else seconds},"
        f"{'NULL' if at is None else _quoted(at)},"
        f"{'NULL' if name is None else _bytes(name)},"
        f"{'NULL' if list_id is None else _bytes(list_id)})"
    )


def _read_rows(
    connection: Connection, users: str, tracks: str
) -> tuple[set[int], dict[int, int | None]]:
    found_users: set[int] = set()
    found_tracks: dict[int, int | None] = {}
    for user, track, duration in connection.exec_driver_sql(
        _ROWS.format(users=users, tracks=tracks)
    ):
        if track is None:
            found_users.add(user)
        else:
            found_tracks[track] = duration
    return found_users, found_tracks


def _read_joined(
    connection: Connection, users: str, tracks: str
) -> tuple[set[int], dict[int, int | None]]:
    statement = _JOINED.format(users=users, tracks=tracks)
    [(user_text, track_text)] = connection.exec_driver_sql(statement)
    pairs = [pair.partition(":") for pair in (track_text or "").split(",") if pair]
    return (
        set(map(int, user_text.split(","))) if user_text else set(),
        {int(track): int(seconds) if seconds else None for track, _, seconds in pairs},
    )


def _listed(ids: Sequence[int]) -> str:
    return ",".join(map(str, ids)) or "NULL"


@lru_cache(maxsize=64)
def _quoted(moment: datetime) -> str:
    """Return a moment in quotes; those of one request are often the same."""
    return f"'{moment.isoformat(' ', 'microseconds')}'"


def _bytes(text: str) -> str:
    return f"x'{text.encode().hex()}'"


@dataclass(slots=True)
class Event:
    """A row of the table; ``id`` is 0 until it is stored."""

    id: int
    user_id: int
    track_id: int
    action: str
    rating: int | None
    listen_duration: int | None
    created_at: datetime | None
    event_id: str | None
    recommendation_id: str | None
