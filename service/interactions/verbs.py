"""Interactions are stored once, however often a client has to send them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service.errors import Conflict, FieldProblem, NotFound
from service.fields import utc_now
from service.indexing.changes import record_change
from service.interactions.schemas import InteractionCreate, InteractionQuery
from service.models import Interaction, Track, User
from service.tracks.card import moment_text
from service.users.verbs import UNKNOWN as UNKNOWN_USER

DIFFERENT = "An interaction with this event_id is stored with other content."


@dataclass(frozen=True, slots=True)
class Stored:
    """Interactions as JSON in the order in which they came, and whether any of them is new."""

    items: list[bytes]
    any_new: bool


def add_interactions(
    session: Session,
    interactions: Sequence[InteractionCreate],
    *,
    listed: bool,
    idempotency_key: str | None = None,
) -> Stored:
    """Store interactions, all or none; one whose event id is known is returned as it was stored.

    ``listed`` tells whether they came as a list: it decides how errors name their fields. The
    idempotency key names those without an event id of their own by their places.

    Raises
    ------
    NotFound
        There is no such user or track.
    Conflict
        An event id is stored, or stands twice in the list, with different content.
    """
    event_ids = [_event_id(each, i, idempotency_key) for i, each in enumerate(interactions)]
    known = _known(session, event_ids)
    now = utc_now()
    rows: list[Interaction] = []
    new: list[Interaction] = []
    conflicts = []

    for place, (wanted, event_id) in enumerate(zip(interactions, event_ids, strict=True)):
        row = known.get(event_id) if event_id is not None else None
        if row is None:
            row = Interaction(**wanted.model_dump(exclude={"event_id"}), event_id=event_id)
            row.created_at = row.created_at or now
            new.append(row)
            if event_id is not None:
                known[event_id] = row
        elif not _same(row, wanted):
            conflicts.append(FieldProblem(field=_at(place, "event_id", listed), message=DIFFERENT))
        rows.append(row)

    if conflicts:
        raise Conflict(DIFFERENT, errors=conflicts)
    if new:
        _require_known(session, rows, new, listed=listed)
        session.add_all(new)
        session.flush()
        record_change(session, "interaction", [row.id for row in new])
    return Stored([encode_interaction(row) for row in rows], bool(new))


def matching(session: Session, user_id: int, wanted: InteractionQuery) -> Select[Interaction]:
    """Select what a user did. Raises NotFound."""
    if session.scalar(select(User.id).where(User.id == user_id)) is None:
        raise NotFound(UNKNOWN_USER, field="path.user_id")
    query = select(Interaction).where(Interaction.user_id == user_id)
    return query if wanted.action is None else query.where(Interaction.action == wanted.action)


def encode_interaction(row: Interaction) -> bytes:
    """Return the JSON object of an interaction."""
    return orjson.dumps(
        {
            "id": row.id,
            "user_id": row.user_id,
            "track_id": row.track_id,
            "action": row.action,
            "rating": row.rating,
            "listen_duration": row.listen_duration,
            "created_at": moment_text(row.created_at),
            "event_id": row.event_id,
        }
    )


def _event_id(wanted: InteractionCreate, place: int, idempotency_key: str | None) -> str | None:
    if wanted.event_id is not None or idempotency_key is None:
        return wanted.event_id
    return f"{idempotency_key}/{place}"


def _known(session: Session, event_ids: Iterable[str | None]) -> dict[str, Interaction]:
    wanted = {each for each in event_ids if each is not None}
    if not wanted:
        return {}
    rows = session.scalars(select(Interaction).where(Interaction.event_id.in_(wanted)))
    return {row.event_id: row for row in rows if row.event_id is not None}


def _same(row: Interaction, wanted: InteractionCreate) -> bool:
    """Compare what a client says again; a time that it doesn't say is the time of the first."""
    given = wanted.model_dump(exclude={"event_id"})
    if given["created_at"] is None:
        del given["created_at"]
    return all(getattr(row, name) == value for name, value in given.items())


def _require_known(
    session: Session, rows: Sequence[Interaction], new: Sequence[Interaction], *, listed: bool
) -> None:
    users = _existing(session, User, {row.user_id for row in new})
    tracks = _existing(session, Track, {row.track_id for row in new})
    errors: list[FieldProblem] = []
    for place, row in enumerate(rows):
        if row.id is not None:
            continue
        if row.user_id not in users:
            errors.append(_unknown(_at(place, "user_id", listed), "user"))
        if row.track_id not in tracks:
            errors.append(_unknown(_at(place, "track_id", listed), "track"))
    if errors:
        raise NotFound(errors[0].message, errors=errors)


def _existing(session: Session, model: type[User] | type[Track], ids: set[int]) -> set[Any]:
    return set(session.scalars(select(model.id).where(model.id.in_(ids))))


def _unknown(field: str, noun: str) -> FieldProblem:
    return FieldProblem(field=field, message=f"There is no {noun} with this id.")


def _at(place: int, name: str, listed: bool) -> str:
    return f"body.{place}.{name}" if listed else f"body.{name}"
