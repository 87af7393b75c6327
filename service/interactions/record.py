"""Interactions are stored once, however often a client has to send them.

Several requests may share one transaction. Each is stored as a whole or not at all, and what is
wrong with one does not touch the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Table, func, select
from sqlalchemy.orm import Session

from service.database import portions, record_change
from service.errors import Conflict, FieldProblem, NotFound, Problem
from service.http import item_list, utc_now
from service.interactions.schemas import InteractionCreate
from service.interactions.statements import Event, as_written, existing
from service.models import Base, Interaction
from service.tracks import moment_text

DIFFERENT = "An interaction with this event_id is stored with other content."

_EVENTS: Table = Base.metadata.tables[Interaction.__tablename__]

_COLUMNS = (
    *("user_id", "track_id", "action", "rating"),
    *("listen_duration", "created_at", "event_id", "recommendation_id"),
)
_INSERT = f"INSERT INTO interactions ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608
_MARKS = f"({', '.join('?' * len(_COLUMNS))})"


@dataclass(frozen=True, slots=True)
class InteractionRequest:
    """What one request wants stored.

    ``listed`` tells whether it was a list: it decides how errors name their fields. The
    idempotency key names those without an event id of their own by their places.
    """

    interactions: Sequence[InteractionCreate]
    listed: bool
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class StoredInteractions:
    """Interactions as JSON in the order in which they came, and whether any of them is new."""

    items: list[bytes]
    any_new: bool

    def as_json(self, posting: InteractionRequest) -> bytes:
        """Return the reply to a posting."""
        return item_list(self.items) if posting.listed else self.items[0]


@dataclass(frozen=True, slots=True)
class NewEvents:
    """What a transaction added, and by which entries it told so in the change feed."""

    entries: Sequence[int]
    events: Sequence[Event]
    durations: dict[int, int | None]
    """Seconds by track id, of the tracks that the events are about."""


def store(
    session: Session, postings: Sequence[InteractionRequest], claim: Callable[[Sequence[int]], None]
) -> tuple[list[StoredInteractions | Problem], NewEvents]:
    """Store what can be stored; return what becomes of each posting with the commit.

    ``claim`` is told of the new entries of the change feed.

    A posting is refused as `NotFound` where it names a user or a track that isn't there, as
    `Conflict` where an event id is stored, or stands before in the same transaction, with other
    content. An event whose id is known with the same content is returned as it was stored.
    """
    connection = session.connection()
    params = [_wanted(posting, utc_now()) for posting in postings]
    transaction = _Transaction(connection, params)
    judged = [
        transaction.judge(posting, events) for posting, events in zip(postings, params, strict=True)
    ]

    new = transaction.new
    entries: list[int] = []
    if new:
        _insert(connection, new)
        entries = record_change(session, "interaction", [event.id for event in new])
        claim(entries)
    results = [each if isinstance(each, Problem) else _stored(*each) for each in judged]
    return results, NewEvents(entries, new, transaction.tracks)


def encode_interaction(row: Event | Interaction) -> bytes:
    """Return the JSON object of an interaction."""
    return orjson.dumps(
        {
            "id": row.id,
            "user_id": row.user_id,
            "track_id": row.track_id,
            "action": row.action,
            "rating": row.rating,
            "listen_duration": row.listen_duration,
            "created_at": _text_of(row.created_at),
            "event_id": row.event_id,
            "recommendation_id": row.recommendation_id,
        }
    )


@lru_cache(maxsize=64)
def _text_of(moment: datetime | None) -> str | None:
    """Do as `moment_text`: the moments of one request are often the same."""
    return moment_text(moment)


class _Transaction:
    """What is known so far, the database's rows and those of the postings accepted before."""

    def __init__(self, connection: Connection, params: Sequence[Sequence[Event]]) -> None:
        every = [event for events in params for event in events]
        names = {event.event_id for event in every if event.event_id is not None}
        self._known = _stored_events(connection, names)
        self._users, self.tracks = existing(
            connection, {event.user_id for event in every}, {event.track_id for event in every}
        )
        self.new: list[Event] = []

    def judge(
        self, posting: InteractionRequest, events: Sequence[Event]
    ) -> tuple[list[Event], bool] | Problem:
        """Return the rows of a posting and whether any is new; the new ones are to be stored."""
        rows: list[Event] = []
        own: dict[str, Event] = {}
        conflicts, unknown = [], []
        for place, (event, params) in enumerate(zip(events, posting.interactions, strict=True)):
            name = event.event_id
            row = None if name is None else own.get(name) or self._known.get(name)
            rows.append(row or event)
            if row is None:
                unknown += self._unknown(event, place, listed=posting.listed)
                if name is not None:
                    own[name] = event
            elif not _same(row, event, at_given=params.created_at is not None):
                where = _at(place, "event_id", listed=posting.listed)
                conflicts.append(FieldProblem(field=where, message=DIFFERENT))

        if conflicts:
            return Conflict(DIFFERENT, errors=conflicts)
        if unknown:
            return NotFound(unknown[0].message, errors=unknown)
        new = [row for row, event in zip(rows, events, strict=True) if row is event]
        self._known |= own
        self.new += new
        return rows, bool(new)

    def _unknown(self, event: Event, place: int, *, listed: bool) -> list[FieldProblem]:
        found = []
        if event.user_id not in self._users:
            found.append(_missing(_at(place, "user_id", listed=listed), "user"))
        if event.track_id not in self.tracks:
            found.append(_missing(_at(place, "track_id", listed=listed), "track"))
        return found


def _wanted(posting: InteractionRequest, now: datetime) -> list[Event]:
    key = posting.idempotency_key
    return [
        Event(
            0,
            each.user_id,
            each.track_id,
            each.action,
            each.rating,
            each.listen_duration,
            each.created_at or now,
            each.event_id if each.event_id is not None or key is None else f"{key}/{place}",
            each.recommendation_id,
        )
        for place, each in enumerate(posting.interactions)
    ]


def _stored(rows: Sequence[Event], any_new: bool) -> StoredInteractions:
    return StoredInteractions([encode_interaction(row) for row in rows], any_new)


def _same(row: Event, event: Event, *, at_given: bool) -> bool:
    """Compare what a client says again; a time that it doesn't say is the time of the first."""
    return (
        row.user_id == event.user_id
        and row.track_id == event.track_id
        and row.action == event.action
        and row.rating == event.rating
        and row.listen_duration == event.listen_duration
        and row.recommendation_id == event.recommendation_id
        and (not at_given or row.created_at == event.created_at)
    )


def _stored_events(connection: Connection, names: set[str]) -> dict[str, Event]:
    columns = [_EVENTS.c[name] for name in Event.__slots__]
    return {
        row.event_id: Event(*row)
        for some in portions(sorted(names))
        for row in connection.execute(select(*columns).where(_EVENTS.c.event_id.in_(some)))
    }


def _insert(connection: Connection, events: Sequence[Event]) -> None:
    """Insert all at once and give each its id: one statement takes a run of ids."""
    if connection.dialect.name == "sqlite":
        rows = [_values(event) for event in events]
        connection.exec_driver_sql(_INSERT + _MARKS, rows)
        last = connection.execute(select(func.last_insert_rowid())).scalar_one()
        first, step = last - len(events) + 1, 1
    else:
        statement = _INSERT + ",".join([as_written(event) for event in events])
        result = connection.exec_driver_sql(statement)
        first, step = result.lastrowid, connection.info["auto_increment_increment"]
    for place, event in enumerate(events):
        event.id = first + place * step


def _values(event: Event) -> tuple[Any, ...]:
    """Return what the columns take: what their types would make of it, at a third of the time."""
    at = event.created_at
    return (
        event.user_id,
        event.track_id,
        event.action,
        event.rating,
        event.listen_duration,
        None if at is None else at.isoformat(" ", "microseconds"),
        event.event_id,
        event.recommendation_id,
    )


def _missing(field: str, noun: str) -> FieldProblem:
    return FieldProblem(field=field, message=f"There is no {noun} with this id.")


def _at(place: int, name: str, *, listed: bool) -> str:
    return f"body.{place}.{name}" if listed else f"body.{name}"
