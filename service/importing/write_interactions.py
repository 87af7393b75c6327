"""Write a batch of interactions with a handful of statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from service.database import portions
from service.models import Base, Interaction, Track, User

_EVENTS = Base.metadata.tables[Interaction.__tablename__]
_TRACKS = Base.metadata.tables[Track.__tablename__]
_USERS = Base.metadata.tables[User.__tablename__]


class StagedInteraction(NamedTuple):
    """One event of the file, with the line it comes from."""

    line: int
    user: str
    track: str
    action: str
    created_at: datetime | None
    """As the file says; where it says nothing, the event repeats any of its kind."""
    presumed_at: datetime
    """When it was, if it is new and the file doesn't say."""
    rating: int | None
    listen_duration: int | None


@dataclass(frozen=True, slots=True)
class WrittenInteractions:
    """What became of a batch."""

    inserted: int
    updated: int
    unchanged: int
    users_created: int
    unknown_tracks: list[int]
    """Lines whose track is not in the catalogue."""


class _Stored(NamedTuple):
    id: int
    created_at: datetime | None
    rating: int | None
    listen_duration: int | None


def write_interactions(
    session: Session, events: Sequence[StagedInteraction]
) -> WrittenInteractions:
    """Insert the events that are new; change a stored one whose rating or duration differs."""
    tracks = _ids(session, _TRACKS, {event.track for event in events})
    known = [event for event in events if event.track in tracks]
    users, users_created = _listeners(session, {event.user for event in known})
    stored = _stored(session, users.values(), {tracks[event.track] for event in known})

    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for event in known:
        place = (users[event.user], tracks[event.track], event.action)
        match = _match(stored[place], event.created_at)
        if match is None:
            added.append(_row(event, place))
        elif change := _change(match, event):
            changed.append(change)
    if added:
        session.execute(insert(_EVENTS), added)
    if changed:
        session.connection().execute(_UPDATE, changed)
    return WrittenInteractions(
        inserted=len(added),
        updated=len(changed),
        unchanged=len(known) - len(added) - len(changed),
        users_created=users_created,
        unknown_tracks=[event.line for event in events if event.track not in tracks],
    )


_UPDATE = (
    update(_EVENTS)
    .where(_EVENTS.c.id == bindparam("row"))
    .values(rating=bindparam("new_rating"), listen_duration=bindparam("new_duration"))
)


def _ids(session: Session, table: Table, external_ids: Iterable[str]) -> dict[str, int]:
    """Return the ids of the rows that have these external ids."""
    found: dict[str, int] = {}
    columns = select(table.c.external_id, table.c.id)
    for some in portions(external_ids):
        rows = session.execute(columns.where(table.c.external_id.in_(some)))
        found.update((external_id, row) for external_id, row in rows)
    return found


def _listeners(session: Session, external_ids: set[str]) -> tuple[dict[str, int], int]:
    """Return the ids of listeners, and how many had to be created for it."""
    known = _ids(session, _USERS, external_ids)
    missing = sorted(external_ids - known.keys())
    if missing:
        session.execute(insert(_USERS), [{"external_id": name} for name in missing])
        known |= _ids(session, _USERS, missing)
    return known, len(missing)


def _stored(
    session: Session, users: Iterable[int], tracks: Iterable[int]
) -> defaultdict[tuple[int, int, str], list[_Stored]]:
    """Return the stored events of these listeners on these tracks, oldest row first."""
    found: defaultdict[tuple[int, int, str], list[_Stored]] = defaultdict(list)
    row = _EVENTS.c
    what = select(
        row.user_id, row.track_id, row.action, row.id, row.created_at, row.rating,
        row.listen_duration,
    ).order_by(row.id)  # fmt: skip
    track_ids = list(tracks)
    for some_users in portions(users):
        for some_tracks in portions(track_ids):
            these = row.user_id.in_(some_users) & row.track_id.in_(some_tracks)
            for user, track, action, *rest in session.execute(what.where(these)):
                found[user, track, action].append(_Stored(*rest))
    return found


def _match(stored: Sequence[_Stored], at: datetime | None) -> _Stored | None:
    """Return the stored event with this moment; without a moment, any will do."""
    return next((event for event in stored if at is None or event.created_at == at), None)


def _row(event: StagedInteraction, place: tuple[int, int, str]) -> dict[str, Any]:
    user, track, action = place
    return {
        "user_id": user,
        "track_id": track,
        "action": action,
        "rating": event.rating,
        "listen_duration": event.listen_duration,
        "created_at": event.created_at or event.presumed_at,
    }


def _change(stored: _Stored, event: StagedInteraction) -> dict[str, Any] | None:
    """Return what to change in a stored event; what the file does not say stays."""
    rating = stored.rating if event.rating is None else event.rating
    duration = stored.listen_duration if event.listen_duration is None else event.listen_duration
    if (rating, duration) == (stored.rating, stored.listen_duration):
        return None
    return {"row": stored.id, "new_rating": rating, "new_duration": duration}
