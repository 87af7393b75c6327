"""Revision 1 as data: what the first migration creates and what an adopted database must be."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    text,
)

REVISION_1 = MetaData()

_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "sqlite_autoincrement": True,
}


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _created_at() -> Column[datetime]:
    return Column("created_at", DateTime, server_default=text("CURRENT_TIMESTAMP"))


Table(
    "users",
    REVISION_1,
    _id(),
    Column("email", String(255), unique=True, nullable=False),
    Column("username", String(100)),
    _created_at(),
    Index("idx_email", "email"),
    **_OPTIONS,
)

Table(
    "tracks",
    REVISION_1,
    _id(),
    Column("title", String(255), nullable=False),
    Column("artist", String(255), nullable=False),
    Column("album", String(255)),
    Column("genre", String(100)),
    Column("duration", Integer),
    Column("tempo", Float),
    Column("key", String(10)),
    Column("energy", Float),
    Column("danceability", Float),
    Column("valence", Float),
    Column("acousticness", Float),
    Column("instrumentalness", Float),
    Column("loudness", Float),
    Column("speechiness", Float),
    _created_at(),
    Index("idx_title", "title"),
    Index("idx_artist", "artist"),
    Index("idx_genre", "genre"),
    Index("idx_artist_genre", "artist", "genre"),
    **_OPTIONS,
)

Table(
    "interactions",
    REVISION_1,
    _id(),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("track_id", Integer, ForeignKey("tracks.id"), nullable=False),
    Column("action", String(50), nullable=False),
    Column("rating", Integer),
    Column("listen_duration", Integer),
    _created_at(),
    Index("idx_user_id", "user_id"),
    Index("idx_track_id", "track_id"),
    Index("idx_user_track", "user_id", "track_id"),
    Index("idx_user_created", "user_id", "created_at"),
    **_OPTIONS,
)
