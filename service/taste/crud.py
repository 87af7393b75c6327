"""What listeners say of their own taste: each verb runs in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from index.catalogue import key_of_artist
from index.listener import NO_EDITS, Forgotten, TasteEdits, content_of, edits_of
from index.text import key
from service.database import record_change
from service.errors import NotFound, Unprocessable
from service.http import utc_now
from service.models import Taste, User
from service.taste.schemas import TasteUpdate
from service.users import UNKNOWN

LONGEST = 60_000
"""Bytes that a listener's edits may take: a TEXT of MySQL holds 65,535."""
NEUTRAL = 1.0


def change_taste(session: Session, user_id: int, params: TasteUpdate) -> None:
    """Change what is given. Raises NotFound and Unprocessable."""
    _store(session, user_id, lambda edits: _changed(edits, params))


def forget_taste(session: Session, user_id: int, forgotten: Forgotten) -> None:
    """Let some events not count any more. Raises NotFound and Unprocessable."""
    _store(session, user_id, lambda edits: _having_forgotten(edits, forgotten))


def forget_everything(session: Session, user_id: int, forgotten: Forgotten) -> None:
    """Let no event up to now count any more, and take back all that was said. Raises NotFound."""
    _store(session, user_id, lambda _edits: replace(NO_EDITS, forgotten=(forgotten,)))


def _store(session: Session, user_id: int, change: Callable[[TasteEdits], TasteEdits]) -> None:
    # The row of the user is there in any case: who holds it changes the edits alone.
    if session.get(User, user_id, with_for_update=True) is None:
        raise NotFound(UNKNOWN, field="path.user_id")
    taste = session.get(Taste, user_id)
    content = content_of(change(edits_of(taste.edits.encode() if taste else b"")))
    if len(content) > LONGEST:
        raise Unprocessable("There are too many edits to keep. Forget more at once.", field="body")
    if taste is None:
        taste = Taste(user_id=user_id)
        session.add(taste)
    taste.edits, taste.updated_at = content.decode(), utc_now()
    session.flush()
    record_change(session, "taste", [user_id])


def _changed(edits: TasteEdits, params: TasteUpdate) -> TasteEdits:
    weights, pins, mutes = params.weights, params.pins, params.mutes
    pinned = (
        _unless_given(pins.genres, edits.pinned_genres, mutes.genres, key),
        _unless_given(pins.artists, edits.pinned_artists, mutes.artists, key_of_artist),
    )
    muted = (
        _unless_given(mutes.genres, edits.muted_genres, pins.genres, key),
        _unless_given(mutes.artists, edits.muted_artists, pins.artists, key_of_artist),
    )
    return replace(
        edits,
        genre_weights=_merged(edits.genre_weights, weights.genres, key),
        artist_weights=_merged(edits.artist_weights, weights.artists, key_of_artist),
        feature_weights=_merged(edits.feature_weights, _by_name(weights.features), str),
        pinned_genres=pinned[0],
        pinned_artists=pinned[1],
        pinned_features=_pinned(edits.pinned_features, _by_name(pins.features)),
        muted_genres=muted[0],
        muted_artists=muted[1],
    )


def _by_name(values: Mapping[Any, float | None]) -> dict[str, float | None]:
    return {str(name): value for name, value in values.items()}


def _pinned(before: Mapping[str, float], given: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in {**before, **given}.items() if value is not None}


def _merged(
    before: Mapping[str, float],
    given: Mapping[str, float | None],
    identity: Callable[[str], object],
) -> dict[str, float]:
    """Return weights with those given, by names that mean the same; 1 is none."""
    found = {identity(name): (name, value) for name, value in before.items()}
    for name, value in given.items():
        found.pop(identity(name), None)
        if value is not None and value != NEUTRAL:
            found[identity(name)] = (name, value)
    return dict(found.values())


def _unless_given(
    given: list[str] | None,
    before: tuple[str, ...],
    opposite: list[str] | None,
    identity: Callable[[str], object],
) -> tuple[str, ...]:
    """Return the names given, or else those before without what now says the opposite."""
    gone = set(map(identity, opposite or ()))
    names = before if given is None else tuple(given)
    kept = {identity(name): name for name in names if identity(name) not in gone}
    return tuple(kept.values())


def _having_forgotten(edits: TasteEdits, forgotten: Forgotten) -> TasteEdits:
    """Add to what is forgotten, and drop what is forgotten with it."""
    kept = tuple(each for each in edits.forgotten if not _covers(forgotten, each))
    return replace(edits, forgotten=(*kept, forgotten))


def _covers(wide: Forgotten, narrow: Forgotten) -> bool:
    return wide.until >= narrow.until and all(
        getattr(wide, name) in (None, getattr(narrow, name))
        for name in ("track_id", "artist", "genre")
    )
