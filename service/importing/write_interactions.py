"""Write a batch of interactions with a handful of statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from service.database import portions
from service.importing.interaction_rows import PLAY, SKIP
from service.importing.track_names import TrackNames
from service.models import Base, Interaction, Track, User

_EVENTS = Base.metadata.tables[Interaction.__tablename__]
_TRACKS = Base.metadata.tables[Track.__tablename__]
_USERS = Base.metadata.tables[User.__tablename__]


NEAR = timedelta(seconds=5)
"""A play or skip of the same track by the same listener that follows sooner is the same one, sent
twice: no track that people replay is that short."""
_REPEATABLE = frozenset({PLAY, SKIP})


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
    title: str = ""
    artist: str = ""


@dataclass(frozen=True, slots=True)
class WrittenInteractions:
    """What became of a batch."""

    inserted: int
    updated: int
    unchanged: int
    users_created: int
    unknown_tracks: list[int]
    """Lines whose track is not in the catalogue."""


_NEW = 0
"""Stands for the id of an event that the batch is about to add."""


class _Stored(NamedTuple):
    id: int
    created_at: datetime | None
    rating: int | None
    listen_duration: int | None


def write_interactions(
    session: Session, events: Sequence[StagedInteraction], names: TrackNames
) -> WrittenInteractions:
    """Insert the events that are new; change a stored one whose rating or duration differs."""
    tracks = _tracks(session, events, names)
    known = [event for event in events if event.line in tracks]
    users, users_created = _listeners(session, {event.user for event in known})
    stored = _stored(session, users.values(), set(tracks.values()))

    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for event in known:
        place = (users[event.user], tracks[event.line], event.action)
        match = _match(stored[place], event)
        if match is None:
            added.append(_row(event, place))
            stored[place].append(_Stored(_NEW, event.created_at or event.presumed_at, None, None))
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
        unknown_tracks=[event.line for event in events if event.line not in tracks],
    )


_UPDATE = (
    update(_EVENTS)
    .where(_EVENTS.c.id == bindparam("row"))
    .values(rating=bindparam("new_rating"), listen_duration=bindparam("new_duration"))
)


def _tracks(
    session: Session, events: Sequence[StagedInteraction], names: TrackNames
) -> dict[int, int]:
    """Return line -> track of the events whose track is known: by its id, else by its names."""
    by_id = _ids(session, _TRACKS, {event.track for event in events})
    found: dict[int, int] = {}
    for event in events:
        track = by_id.get(event.track)
        if track is None and event.title and event.artist:
            track = names.find(session, event.title, event.artist)
        if track is not None:
            found[event.line] = track
    return found


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


def _match(stored: Sequence[_Stored], event: StagedInteraction) -> _Stored | None:
    """Return the stored event with this moment; without a moment, any will do.

    Of plays and skips, one that is `NEAR` will do, too.
    """
    at = event.created_at
    same = next((each for each in stored if at is None or each.created_at == at), None)
    if same or at is None or event.action not in _REPEATABLE:
        return same
    near = (each for each in stored if each.created_at and abs(each.created_at - at) <= NEAR)
    return next(near, None)


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
    """Return what to change in a stored event; what the file does not say stays.

    An event that only repeats a near one changes nothing: each is right about itself.
    """
    if stored.id == _NEW or (event.created_at and event.created_at != stored.created_at):
        return None
    rating = stored.rating if event.rating is None else event.rating
    duration = stored.listen_duration if event.listen_duration is None else event.listen_duration
    if (rating, duration) == (stored.rating, stored.listen_duration):
        return None
    return {"row": stored.id, "new_rating": rating, "new_duration": duration}
