"""Tracks: mode, time signature, liveness, explicit content, and lengths in milliseconds."""

import sqlalchemy as sa
from alembic import op

from service.migrations import mysql

revision = "0008"
down_revision = "0007"

ON_MYSQL = {
    "mode": "INT NULL",
    "time_signature": "INT NULL",
    "liveness": "DOUBLE NULL",
    "explicit": "BOOL NULL",
    "duration_ms": "BIGINT NULL",
}


def upgrade() -> None:
    """Add the columns, which are unknown for the tracks that are there."""
    if mysql.is_mysql():
        mysql.alter("tracks", mysql.adds("tracks", ON_MYSQL))
        return
    op.add_column("tracks", sa.Column("mode", sa.Integer()))
    op.add_column("tracks", sa.Column("time_signature", sa.Integer()))
    op.add_column("tracks", sa.Column("liveness", sa.Double()))
    op.add_column("tracks", sa.Column("explicit", sa.Boolean()))
    op.add_column("tracks", sa.Column("duration_ms", sa.BigInteger()))


def downgrade() -> None:
    """Drop the columns with what they hold."""
    if mysql.is_mysql():
        there = mysql.columns("tracks")
        mysql.alter("tracks", [f"DROP COLUMN `{name}`" for name in ON_MYSQL if name in there])
        return
    for name in ON_MYSQL:
        op.drop_column("tracks", name)
