"""``GET /tracks/``: which tracks a query means, alike on every database."""

from collections.abc import Callable
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, and_, cast, func, literal, or_, select
from sqlalchemy.dialects.mysql import BINARY
from sqlalchemy.orm import InstrumentedAttribute, Session

from index.features import FEATURE_NAMES
from index.text import key
from service.http import is_sqlite
from service.models import Track
from service.tracks.schemas import TrackQuery
from service.tracks.track_json import CARD_COLUMNS

DOTTED_I = "\u0130"
"""The one letter whose lower case is two characters."""

TextColumn: TypeAlias = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


def matching(session: Session, params: TrackQuery) -> Select[*tuple[object, ...]]:
    """Select the columns of a card of every track that meets all conditions."""
    conditions = [*_ranges(params)]
    if params.external_id is not None:
        conditions.append(Track.external_id == params.external_id)
    if params.genre is not None:
        conditions.append(_genre(session, params.genre))
    if params.artist is not None:
        conditions.append(_whole(session, Track.artist, params.artist))
    if params.album is not None:
        conditions.append(_whole(session, Track.album, params.album))
    return select(*(getattr(Track, name) for name in CARD_COLUMNS)).where(*conditions)


def _ranges(params: TrackQuery) -> list[ColumnElement[bool]]:
    conditions = []
    for name in ("duration", *FEATURE_NAMES):
        column = getattr(Track, name)
        if (low := getattr(params, f"min_{name}")) is not None:
            conditions.append(column >= low)
        if (high := getattr(params, f"max_{name}")) is not None:
            conditions.append(column <= high)
    return conditions


def _genre(session: Session, genre: str) -> ColumnElement[bool]:
    """Compare the primary genre trimmed and without case."""
    if is_sqlite(session):
        # There are few genres, and their index is enough to tell them.
        maybe: ColumnElement[bool] = Track.genre.is_not(None)
    else:
        begins = Track.genre.startswith(genre.strip(), autoescape=True)
        maybe = or_(begins, *(Track.genre.startswith(blank) for blank in " \t\r\n"))
    return _spelled(session, Track.genre, maybe, lambda found: key(found) == key(genre))


def _whole(session: Session, column: TextColumn, text: str) -> ColumnElement[bool]:
    """Compare a column as a whole and without case."""
    lower = text.lower()
    if is_sqlite(session):
        as_long = or_(func.length(column) == len(lower), func.instr(column, DOTTED_I) > 0)
        maybe = and_(as_long, func.segue_lower(column) == lower)
    else:
        dotted = lower.replace(DOTTED_I.lower(), DOTTED_I)
        maybe = column.in_({text, lower, text.upper(), text.title(), dotted})
    return _spelled(session, column, maybe, lambda found: found.lower() == lower)


def _spelled(
    session: Session, column: TextColumn, maybe: ColumnElement[bool], same: Callable[[str], bool]
) -> ColumnElement[bool]:
    """Match the spellings that Python finds to be the same, byte by byte.

    The database proposes spellings by its own rules, which tell fewer texts apart. So the answer
    is the same on every database, and its indexes still do the work.
    """
    if is_sqlite(session):
        found = session.scalars(select(column).where(maybe).distinct())
        return column.in_([text for text in found if text is not None and same(text)])

    # DISTINCT goes by the collation too: without the cast, one of é and e would stand for both.
    spelled = cast(column, BINARY)
    proposed = session.scalars(select(spelled).where(maybe).distinct())
    texts = [raw.decode() for raw in proposed if same(raw.decode())]
    exact = spelled.in_([literal(text.encode(), BINARY) for text in texts])
    return and_(column.in_(texts), exact)
