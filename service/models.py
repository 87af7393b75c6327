"""All tables. Revision 1 is the schema that databases already have; the rest came later."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.dialects.mysql import DATETIME, VARBINARY, VARCHAR
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class ByteText(TypeDecorator[str]):
    """Text that is compared byte by byte: VARBINARY on MySQL, plain text on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of a dialect; UTF-8 takes up to four bytes a character."""
        if dialect.name == "mysql":
            return dialect.type_descriptor(VARBINARY(4 * self.length))
        return dialect.type_descriptor(String(self.length))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Encode for MySQL."""
        return value.encode() if value is not None and dialect.name == "mysql" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Decode what MySQL returns; plain SQL may have written anything."""
        return value.decode(errors="replace") if isinstance(value, bytes) else value


class current_moment(FunctionElement[datetime]):  # noqa: N801
    """The database's clock in UTC, as precise as `Moment` (MySQL wants the digits to agree)."""

    type = DateTime()
    inherit_cache = True


@compiles(current_moment)
def _plain_moment(_element: current_moment, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CURRENT_TIMESTAMP"


@compiles(current_moment, "mysql")
def _mysql_moment(_element: current_moment, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CURRENT_TIMESTAMP(6)"


Moment = DateTime().with_variant(DATETIME(fsp=6), "mysql")
"""A moment in UTC, without zone, to the microsecond."""
Email = String(255).with_variant(VARCHAR(255, collation="utf8mb4_bin"), "mysql")
"""As written; a collation that takes é for e would refuse what SQLite accepts."""
LongId = BigInteger().with_variant(Integer(), "sqlite")


# The id of a deleted row is never given out again: a reader that knew the old row would take the
# new one for it. InnoDB behaves so by itself.
TABLE_OPTIONS = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "sqlite_autoincrement": True}
COUNTS_OPTIONS = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}
"""Of tables whose keys are no ids that anything gives out."""


class Base(DeclarativeBase):
    """Base of all tables."""

    __table_args__: Any = TABLE_OPTIONS


class User(Base):
    """A listener. ``email_key`` is the trimmed, lower-case e-mail that must be unique."""

    __tablename__ = "users"
    __table_args__ = (
        Index("idx_email", "email"),
        Index("uq_users_external_id", "external_id", unique=True),
        Index("uq_users_email_key", "email_key", unique=True),
        # Finds the rows that plain SQL wrote and that have no key yet.
        Index("idx_email_key_email", "email_key", "email"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    email: Mapped[str | None] = mapped_column(Email, unique=True)
    username: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime | None] = mapped_column(Moment, server_default=current_moment())
    external_id: Mapped[str | None] = mapped_column(ByteText(255))
    email_key: Mapped[str | None] = mapped_column(ByteText(255))


class Track(Base):
    """A track with its eight audio features, each of which may be unknown."""

    __tablename__ = "tracks"
    __table_args__ = (
        Index("idx_title", "title"),
        Index("idx_artist", "artist"),
        Index("idx_genre", "genre"),
        Index("idx_artist_genre", "artist", "genre"),
        Index("uq_tracks_external_id", "external_id", unique=True),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    title: Mapped[str] = mapped_column(String(600))
    artist: Mapped[str] = mapped_column(String(600))
    album: Mapped[str | None] = mapped_column(String(600))
    genre: Mapped[str | None] = mapped_column(String(100))
    duration: Mapped[int | None] = mapped_column(Integer)
    tempo: Mapped[float | None] = mapped_column(Double)
    key: Mapped[str | None] = mapped_column(String(10))
    energy: Mapped[float | None] = mapped_column(Double)
    danceability: Mapped[float | None] = mapped_column(Double)
    valence: Mapped[float | None] = mapped_column(Double)
    acousticness: Mapped[float | None] = mapped_column(Double)
    instrumentalness: Mapped[float | None] = mapped_column(Double)
    loudness: Mapped[float | None] = mapped_column(Double)
    speechiness: Mapped[float | None] = mapped_column(Double)
    created_at: Mapped[datetime | None] = mapped_column(Moment, server_default=current_moment())
    external_id: Mapped[str | None] = mapped_column(ByteText(255))
    genres: Mapped[str | None] = mapped_column(Text)
    """All genres joined by ``;``, the primary one first; NULL means just ``genre``."""
    popularity: Mapped[float | None] = mapped_column(Double)
    """0..100, as the catalogue's owner says."""
    release_date: Mapped[str | None] = mapped_column(String(10))
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``: as precise as it is known."""
    updated_at: Mapped[datetime | None] = mapped_column(Moment)
    mode: Mapped[int | None] = mapped_column(Integer)
    """0 for minor, 1 for major."""
    time_signature: Mapped[int | None] = mapped_column(Integer)
    """Beats in a bar."""
    liveness: Mapped[float | None] = mapped_column(Double)
    """0..1."""
    explicit: Mapped[bool | None] = mapped_column(Boolean)
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    """The exact length; ``duration`` is the same in seconds."""


class Interaction(Base):
    """What a listener did with a track, once."""

    __tablename__ = "interactions"
    __table_args__ = (
        Index("idx_user_id", "user_id"),
        Index("idx_track_id", "track_id"),
        Index("idx_user_track", "user_id", "track_id"),
        Index("idx_user_created", "user_id", "created_at"),
        Index("uq_interactions_event_id", "event_id", unique=True),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    track_id: Mapped[int] = mapped_column(ForeignKey("tracks.id"))
    action: Mapped[str] = mapped_column(String(50))
    rating: Mapped[int | None] = mapped_column(Integer)
    listen_duration: Mapped[int | None] = mapped_column(Integer)
    """Seconds."""
    created_at: Mapped[datetime | None] = mapped_column(Moment, server_default=current_moment())
    event_id: Mapped[str | None] = mapped_column(ByteText(110))
    recommendation_id: Mapped[str | None] = mapped_column(ByteText(96))
    """The list that it came from: `service.outcomes.ids`."""


class Taste(Base):
    """What a listener says of their own taste."""

    __tablename__ = "segue_tastes"
    __table_args__ = (COUNTS_OPTIONS,)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    edits: Mapped[str] = mapped_column(Text)
    """JSON: `index.listener.taste_edits.content_of`."""
    updated_at: Mapped[datetime] = mapped_column(Moment, server_default=current_moment())


class Change(Base):
    """One entry of the change feed: which rows one transaction added, changed or removed."""

    __tablename__ = "segue_changes"
    id: Mapped[int] = mapped_column(LongId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    """``track``, ``user``, ``interaction`` or ``taste``."""
    ids: Mapped[str] = mapped_column(Text)
    """A JSON list of the rows' ids."""
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=current_moment())


class Rebuild(Base):
    """A rebuild that was asked for, and what became of it."""

    __tablename__ = "segue_rebuilds"

    id: Mapped[int] = mapped_column(LongId, primary_key=True, autoincrement=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    """``queued``, ``running``, ``done`` or ``failed``."""
    reason: Mapped[str] = mapped_column(String(50))
    requested_at: Mapped[datetime] = mapped_column(Moment, server_default=current_moment())
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    generation: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None] = mapped_column(Text)


class Meta(Base):
    """Facts about this database: ``database_uuid``, the last ``generation`` number given out."""

    __tablename__ = "segue_meta"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[str] = mapped_column(String(255))


class Impressions(Base):
    """What was shown on a day (UTC): lists, their items, and how many different tracks."""

    __tablename__ = "segue_impressions"
    __table_args__ = (COUNTS_OPTIONS,)

    day: Mapped[date] = mapped_column(primary_key=True)
    scenario: Mapped[str] = mapped_column(String(20), primary_key=True)
    lists: Mapped[int] = mapped_column(BigInteger)
    items: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[bytes] = mapped_column(LargeBinary(65535))
    """The different tracks: registers of `index.experiments.hyperloglog`."""


class Showing(Base):
    """What a listener did with one track of one list, for as long as it may go on."""

    __tablename__ = "segue_showings"
    __table_args__ = (
        Index("ix_segue_showings_listener", "user_id", "track_id"),
        Index("ix_segue_showings_track_id", "track_id"),
        Index("ix_segue_showings_day", "day"),
        COUNTS_OPTIONS,
    )

    recommendation_id: Mapped[str] = mapped_column(ByteText(96), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    track_id: Mapped[int] = mapped_column(
        ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[date]
    """Of the first thing done."""
    plays: Mapped[int]
    """From the list, and later ones from elsewhere."""
    accepted: Mapped[bool]
    skipped: Mapped[bool]
    timed: Mapped[bool]
    """Whether it is known how much of a play was heard."""
    completed: Mapped[bool]


class Outcomes(Base):
    """Showings by the day on which they began, and what became of them."""

    __tablename__ = "segue_outcomes"
    __table_args__ = (COUNTS_OPTIONS,)

    day: Mapped[date] = mapped_column(primary_key=True)
    scenario: Mapped[str] = mapped_column(String(20), primary_key=True)
    acted: Mapped[int] = mapped_column(BigInteger)
    accepted: Mapped[int] = mapped_column(BigInteger)
    skipped: Mapped[int] = mapped_column(BigInteger)
    timed: Mapped[int] = mapped_column(BigInteger)
    completed: Mapped[int] = mapped_column(BigInteger)
    repeated: Mapped[int] = mapped_column(BigInteger)


class Comparison(Base):
    """Interleaved lists by the day on which something was first done with them, and who won."""

    __tablename__ = "segue_comparisons"
    __table_args__ = (COUNTS_OPTIONS,)

    day: Mapped[date] = mapped_column(primary_key=True)
    teams: Mapped[str] = mapped_column(String(20), primary_key=True)
    """Two letters, the first and the second ranker's."""
    first_wins: Mapped[int] = mapped_column(BigInteger)
    second_wins: Mapped[int] = mapped_column(BigInteger)
    ties: Mapped[int] = mapped_column(BigInteger)
