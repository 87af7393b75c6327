"""What becomes of lists: interactions may name theirs, and the counts of what was shown and done.

The new column has no index: interactions that name no list cost what they cost before.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import VARBINARY

from service.migrations import mysql

revision = "0006"
down_revision = "0005"

LIST_ID_BYTES = 384
OPTIONS: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}


def upgrade() -> None:
    """Add the column and the tables."""
    if mysql.is_mysql():
        column = {"recommendation_id": f"VARBINARY({LIST_ID_BYTES}) NULL"}
        mysql.alter("interactions", mysql.adds("interactions", column))
    else:
        op.add_column("interactions", sa.Column("recommendation_id", sa.String(96)))

    connection = op.get_bind()
    tables = sa.MetaData()
    sa.Table("users", tables, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("tracks", tables, sa.Column("id", sa.Integer, primary_key=True))
    _counts("segue_impressions", tables, ["lists", "items"]).append_column(
        sa.Column("seen", sa.LargeBinary(65535), nullable=False)
    )
    counted = ["acted", "accepted", "skipped", "timed", "completed", "repeated"]
    _counts("segue_outcomes", tables, counted)
    _counts("segue_comparisons", tables, ["first_wins", "second_wins", "ties"], by="teams")
    _showings(tables)
    new = [table for table in tables.sorted_tables if table.name.startswith("segue_")]
    tables.create_all(connection, tables=new)
    for table in new:
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def _counts(name: str, tables: sa.MetaData, counted: list[str], by: str = "scenario") -> sa.Table:
    return sa.Table(
        name,
        tables,
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column(by, sa.String(20), primary_key=True),
        *(sa.Column(each, sa.BigInteger(), nullable=False) for each in counted),
        **OPTIONS,
    )


def _showings(tables: sa.MetaData) -> None:
    list_id = sa.String(96).with_variant(VARBINARY(LIST_ID_BYTES), "mysql")
    flags = ("accepted", "skipped", "timed", "completed")
    sa.Table(
        "segue_showings",
        tables,
        sa.Column("recommendation_id", list_id, primary_key=True),
        sa.Column(
            "user_id",
            sa.Integer(),
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column(
            "track_id",
            sa.Integer(),
            sa.ForeignKey("tracks.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("plays", sa.Integer(), nullable=False),
        *(sa.Column(flag, sa.Boolean(), nullable=False) for flag in flags),
        sa.Index("ix_segue_showings_listener", "user_id", "track_id"),
        sa.Index("ix_segue_showings_track_id", "track_id"),
        sa.Index("ix_segue_showings_day", "day"),
        **OPTIONS,
    )
