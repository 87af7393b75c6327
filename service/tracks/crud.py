"""What happens to tracks: each verb runs in one transaction and records its change."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from index.text import key
from service.database import record_change
from service.errors import Conflict, FieldProblem, NotFound
from service.http import utc_now
from service.models import Interaction, Track
from service.tracks.lengths import changed, completed
from service.tracks.schemas import TrackCreate, TrackUpdate
from service.tracks.track_json import CARD_COLUMNS, all_genres, encode_card

UNKNOWN = "There is no track with this id."
TAKEN = "This external_id is already in use."


def add_tracks(session: Session, tracks: Sequence[TrackCreate], *, listed: bool) -> list[bytes]:
    """Store new tracks, all or none, and return their cards in order.

    ``listed`` tells whether they came as a list: it decides how errors name their fields.

    Raises
    ------
    Conflict
        An external id is in use already, or twice in the list.
    """
    _require_free(session, [track.external_id for track in tracks], listed=listed)
    now = utc_now()
    rows = [Track(**_columns(track.model_dump()), created_at=now) for track in tracks]
    session.add_all(rows)
    session.flush()
    record_change(session, "track", [row.id for row in rows])
    return [_card(row) for row in rows]


def change_track(session: Session, track_id: int, update: TrackUpdate) -> bytes:
    """Change the given fields of a track and return its card. Raises NotFound and Conflict."""
    track = session.get(Track, track_id, with_for_update=True)
    if track is None:
        raise NotFound(UNKNOWN, field="path.track_id")
    given = update.model_dump(exclude_unset=True)
    wanted_id = given.get("external_id")
    if wanted_id is not None and wanted_id != track.external_id:
        _require_free(session, [wanted_id], listed=False)

    for name, value in _changes(track, given).items():
        setattr(track, name, value)
    track.updated_at = utc_now()
    session.flush()
    record_change(session, "track", [track_id])
    return _card(track)


def delete_track(session: Session, track_id: int) -> None:
    """Delete a track and its interactions. Raises NotFound."""
    if session.get(Track, track_id, with_for_update=True) is None:
        raise NotFound(UNKNOWN, field="path.track_id")
    session.execute(delete(Interaction).where(Interaction.track_id == track_id))
    session.execute(delete(Track).where(Track.id == track_id))
    record_change(session, "track", [track_id])


def read_track(session: Session, track_id: int) -> bytes | None:
    """Return the card of a track, None if there is none."""
    columns = [getattr(Track, name) for name in CARD_COLUMNS]
    row = session.execute(select(*columns).where(Track.id == track_id)).mappings().first()
    return encode_card(dict(row)) if row else None


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    """Turn the fields of a new track into columns: the list of genres is kept as one text."""
    genres = given.pop("genres", None)
    if genres:
        given["genre"] = given["genre"] or genres[0]
    return {**completed(given), "genres": _joined(given["genre"], genres or [])}


def _changes(track: Track, given: dict[str, Any]) -> dict[str, Any]:
    """Turn the fields of an update into columns; genres follow each other, and so do lengths."""
    given = changed(given, track.duration_ms)
    if "genre" not in given and "genres" not in given:
        return given
    before = all_genres(track.genre, track.genres)
    genres = given.pop("genres", before[1:] if given.get("genre") else []) or []
    if "genre" not in given:
        given["genre"] = genres[0] if genres else track.genre
    return {**given, "genres": _joined(given["genre"], genres)}


def _joined(primary: str | None, genres: Sequence[str]) -> str | None:
    if primary is None:
        return None
    distinct = {key(genre): genre for genre in reversed(genres)}
    distinct.pop(key(primary), None)
    further = [genre for genre in genres if distinct.get(key(genre)) == genre]
    if not further or ";" in primary:
        return None
    return ";".join([primary, *dict.fromkeys(further)])


def _require_free(session: Session, ids: Sequence[str | None], *, listed: bool) -> None:
    params = {each for each in ids if each is not None}
    taken = set(
        session.scalars(select(Track.external_id).where(Track.external_id.in_(params)))
        if params
        else ()
    )
    at_fault = []
    for position, each in enumerate(ids):
        if each is not None and each in taken:
            field = f"body.{position}.external_id" if listed else "body.external_id"
            at_fault.append(FieldProblem(field=field, message=TAKEN))
        taken.add(each)
    if at_fault:
        raise Conflict(TAKEN, errors=at_fault)


def _card(track: Track) -> bytes:
    return encode_card({name: getattr(track, name) for name in CARD_COLUMNS})
