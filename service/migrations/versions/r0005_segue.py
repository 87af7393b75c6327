"""Segue's own tables: the change feed, the rebuilds, and facts about the database."""

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME

revision = "0005"
down_revision = "0004"

LongId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime().with_variant(DATETIME(fsp=6), "mysql")
OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "sqlite_autoincrement": True,
}


def upgrade() -> None:
    """Create the tables, and name the database once and for all."""
    connection = op.get_bind()
    now = sa.text(
        "CURRENT_TIMESTAMP(6)" if connection.dialect.name == "mysql" else "CURRENT_TIMESTAMP"
    )
    tables = sa.MetaData()
    sa.Table(
        "segue_changes",
        tables,
        sa.Column("id", LongId, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("created_at", Moment, nullable=False, server_default=now),
        **OPTIONS,
    )
    sa.Table(
        "segue_rebuilds",
        tables,
        sa.Column("id", LongId, primary_key=True, autoincrement=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(50), nullable=False),
        sa.Column("requested_at", Moment, nullable=False, server_default=now),
        sa.Column("started_at", Moment),
        sa.Column("finished_at", Moment),
        sa.Column("generation", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.Index("ix_segue_rebuilds_state", "state"),
        **OPTIONS,
    )
    meta = sa.Table(
        "segue_meta",
        tables,
        sa.Column("name", sa.String(50), primary_key=True),
        sa.Column("value", sa.String(255), nullable=False),
        **OPTIONS,
    )
    tables.create_all(connection)
    for table in tables.sorted_tables:
        for index in table.indexes:
            index.create(connection, checkfirst=True)

    named = sa.select(meta.c.value).where(meta.c.name == "database_uuid")
    if connection.scalar(named) is None:
        connection.execute(meta.insert().values(name="database_uuid", value=str(uuid.uuid4())))
