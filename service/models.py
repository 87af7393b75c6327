"""All tables. Revision 1 is the schema that databases already have; the rest came later."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    func,
)
from sqlalchemy.dialects.mysql import DATETIME, VARBINARY
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine


class ByteText(TypeDecorator[str]):
    """Text that is compared byte by byte: VARBINARY on MySQL, plain text on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of a dialect; UTF-8 takes up to four bytes a character."""
        if dialect.name == "mysql":
            return dialect.type_descriptor(VARBINARY(4 * (self.impl_instance.length or 255)))
        return dialect.type_descriptor(String(self.impl_instance.length))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Encode for MySQL."""
        return value.encode() if value is not None and dialect.name == "mysql" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Decode what MySQL returns."""
        return value.decode() if isinstance(value, bytes) else value


Moment = DateTime().with_variant(DATETIME(fsp=6), "mysql")
"""A moment in UTC, without zone, to the microsecond."""
LongId = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Base of all tables."""

    __table_args__ = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}


class User(Base):
    """A listener. ``email_key`` is the trimmed, lower-case e-mail that must be unique."""

    __tablename__ = "users"
    __table_args__ = (Index("idx_email", "email"), Base.__table_args__)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    email: Mapped[str | None] = mapped_column(String(255), unique=True)
    username: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime | None] = mapped_column(Moment, server_default=func.now())
    external_id: Mapped[str | None] = mapped_column(ByteText(255), unique=True)
    email_key: Mapped[str | None] = mapped_column(ByteText(255), unique=True)


class Track(Base):
    """A track with its eight audio features, each of which may be unknown."""

    __tablename__ = "tracks"
    __table_args__ = (
        Index("idx_title", "title"),
        Index("idx_artist", "artist"),
        Index("idx_genre", "genre"),
        Index("idx_artist_genre", "artist", "genre"),
        Base.__table_args__,
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
    created_at: Mapped[datetime | None] = mapped_column(Moment, server_default=func.now())
    external_id: Mapped[str | None] = mapped_column(ByteText(255), unique=True)
    genres: Mapped[str | None] = mapped_column(Text)
    """All genres joined by ``;``, the primary one first; NULL means just ``genre``."""
    popularity: Mapped[float | None] = mapped_column(Double)
    """0..100, as the catalogue's owner says."""
    release_date: Mapped[str | None] = mapped_column(String(10))
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``: as precise as it is known."""
    updated_at: Mapped[datetime | None] = mapped_column(Moment)


class Interaction(Base):
    """What a listener did with a track, once."""

    __tablename__ = "interactions"
    __table_args__ = (
        Index("idx_user_id", "user_id"),
        Index("idx_track_id", "track_id"),
        Index("idx_user_track", "user_id", "track_id"),
        Index("idx_user_created", "user_id", "created_at"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    track_id: Mapped[int] = mapped_column(ForeignKey("tracks.id"))
    action: Mapped[str] = mapped_column(String(50))
    rating: Mapped[int | None] = mapped_column(Integer)
    listen_duration: Mapped[int | None] = mapped_column(Integer)
    """Seconds."""
    created_at: Mapped[datetime | None] = mapped_column(Moment, server_default=func.now())
    event_id: Mapped[str | None] = mapped_column(ByteText(110), unique=True)


class Change(Base):
    """One entry of the change feed: which rows one transaction added, changed or removed."""

    __tablename__ = "segue_changes"
    __table_args__ = {**Base.__table_args__, "sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(LongId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    """``track``, ``user`` or ``interaction``."""
    ids: Mapped[str] = mapped_column(Text)
    """A JSON list of the rows' ids."""
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())


class Rebuild(Base):
    """A rebuild that was asked for, and what became of it."""

    __tablename__ = "segue_rebuilds"

    id: Mapped[int] = mapped_column(LongId, primary_key=True, autoincrement=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    """``queued``, ``running``, ``done`` or ``failed``."""
    reason: Mapped[str] = mapped_column(String(50))
    requested_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    generation: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None] = mapped_column(Text)


class Meta(Base):
    """Facts about this database: ``database_uuid`` and the last ``generation`` number handed out."""

    __tablename__ = "segue_meta"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[str] = mapped_column(String(255))
