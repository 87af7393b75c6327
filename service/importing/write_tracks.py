"""Write a batch of tracks with a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from service.database import portions
from service.importing.track_rows import TrackValues, identity
from service.models import Base, Track
from service.tracks import exact_length

_TABLE = Base.metadata.tables[Track.__tablename__]
COLUMNS = tuple(
    column.name
    for column in _TABLE.columns
    if column.name not in {"id", "created_at", "updated_at"}
)


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows a batch has added and changed."""

    inserted: int
    updated: int


def write_tracks(session: Session, tracks: Sequence[TrackValues]) -> Written:
    """Insert the tracks that are new and change those that differ from what is stored.

    What a file does not say is left as it is stored: an empty cell erases nothing.
    """
    stored = _stored(session, tracks)
    added, changed = [], []
    for track in tracks:
        values = _columns(track)
        row = stored.get(identity(track))
        if row is not None and "duration" in values:
            # Milliseconds of another length than the new one no longer count.
            values.setdefault("duration_ms", exact_length(values["duration"], row["duration_ms"]))
        if row is None:
            added.append(_BLANK | values)
        elif any(row[name] != value for name, value in values.items()):
            changed.append({f"new_{name}": value for name, value in (row | values).items()})
    if added:
        session.execute(insert(_TABLE), added)
    if changed:
        now = datetime.now(UTC).replace(tzinfo=None)
        session.connection().execute(_UPDATE, [row | {"new_updated_at": now} for row in changed])
    return Written(len(added), len(changed))


_BLANK: dict[str, Any] = dict.fromkeys(COLUMNS) | {"title": "", "artist": ""}
_UPDATE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("new_id"))
    .values({name: bindparam(f"new_{name}") for name in (*COLUMNS, "updated_at")})
)


def _columns(track: TrackValues) -> dict[str, Any]:
    """Return the columns that a file's values go into."""
    values = dict(track)
    if genres := values.pop("genres", None):
        values["genre"] = genres[0]
        values["genres"] = ";".join(genres) if len(genres) > 1 else None
    return values


def _stored(session: Session, tracks: Sequence[TrackValues]) -> dict[str, dict[str, Any]]:
    """Return the rows that the tracks may already have, by identity."""
    by_id = [track["external_id"] for track in tracks if "external_id" in track]
    by_title = [track["title"] for track in tracks if "external_id" not in track]
    rows = select(_TABLE.c.id, *(_TABLE.c[name] for name in COLUMNS)).order_by(_TABLE.c.id.desc())
    found: dict[str, dict[str, Any]] = {}
    for some in portions(by_id):
        for row in session.execute(rows.where(_TABLE.c.external_id.in_(some))).mappings():
            found[identity({"external_id": row["external_id"]})] = dict(row)
    for some in portions(by_title):
        same_title = rows.where(_TABLE.c.external_id.is_(None), _TABLE.c.title.in_(some))
        for row in session.execute(same_title).mappings():
            names = {name: row[name] or "" for name in ("title", "artist", "album")}
            found[identity(names)] = dict(row)
    return found
