"""Interactions: event ids, so that a retry counts once, and microseconds."""

import sqlalchemy as sa
from alembic import op

from service.migrations import mysql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Change the table on either database."""
    if mysql.is_mysql():
        unique = "UNIQUE INDEX uq_interactions_event_id (event_id)"
        mysql.alter(
            "interactions",
            [
                *mysql.moments("interactions", ["created_at"]),
                *mysql.adds("interactions", {"event_id": "VARBINARY(440) NULL"}),
                *mysql.indexes("interactions", {"uq_interactions_event_id": unique}),
            ],
        )
        return

    with op.batch_alter_table(
        "interactions", recreate="always", table_kwargs={"sqlite_autoincrement": True}
    ) as table:
        table.add_column(sa.Column("event_id", sa.String(110)))
        table.create_index("uq_interactions_event_id", ["event_id"], unique=True)
