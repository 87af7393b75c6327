"""Tracks: external ids, several genres, popularity, release dates, wider texts, DOUBLE."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME

from service.migrations import mysql

revision = "0002"
down_revision = "0001"

Moment = sa.DateTime().with_variant(DATETIME(fsp=6), "mysql")
FEATURES = (
    "tempo",
    "energy",
    "danceability",
    "valence",
    "acousticness",
    "instrumentalness",
    "loudness",
    "speechiness",
)
TEXTS = ("title", "artist", "album")


def upgrade() -> None:
    """Change the table on either database."""
    if mysql.is_mysql():
        _on_mysql()
    else:
        _on_sqlite()


def _on_mysql() -> None:
    mysql.doubles("tracks", FEATURES)
    added = {
        "external_id": "VARBINARY(1020) NULL",
        "genres": "TEXT NULL",
        "popularity": "DOUBLE NULL",
        "release_date": "VARCHAR(10) NULL",
        "updated_at": "DATETIME(6) NULL",
    }
    unique = {"uq_tracks_external_id": "UNIQUE INDEX uq_tracks_external_id (external_id)"}
    mysql.alter(
        "tracks",
        [
            *mysql.widen("tracks", TEXTS, 600),
            *mysql.moments("tracks", ["created_at"]),
            *mysql.adds("tracks", added),
            *mysql.indexes("tracks", unique),
        ],
    )


def _on_sqlite() -> None:
    with op.batch_alter_table(
        "tracks", recreate="always", table_kwargs={"sqlite_autoincrement": True}
    ) as table:
        for name in TEXTS:
            table.alter_column(name, type_=sa.String(600))
        for name in FEATURES:
            table.alter_column(name, type_=sa.Double())
        table.add_column(sa.Column("external_id", sa.String(255)))
        table.add_column(sa.Column("genres", sa.Text()))
        table.add_column(sa.Column("popularity", sa.Double()))
        table.add_column(sa.Column("release_date", sa.String(10)))
        table.add_column(sa.Column("updated_at", Moment))
        table.create_index("uq_tracks_external_id", ["external_id"], unique=True)
