"""What listeners say of their own taste."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME

revision = "0007"
down_revision = "0006"

Moment = sa.DateTime().with_variant(DATETIME(fsp=6), "mysql")
OPTIONS: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}


def upgrade() -> None:
    """Create the table."""
    connection = op.get_bind()
    now = sa.text(
        "CURRENT_TIMESTAMP(6)" if connection.dialect.name == "mysql" else "CURRENT_TIMESTAMP"
    )
    tables = sa.MetaData()
    sa.Table("users", tables, sa.Column("id", sa.Integer, primary_key=True))
    tastes = sa.Table(
        "segue_tastes",
        tables,
        sa.Column(
            "user_id",
            sa.Integer(),
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("edits", sa.Text(), nullable=False),
        sa.Column("updated_at", Moment, nullable=False, server_default=now),
        **OPTIONS,
    )
    tables.create_all(connection, tables=[tastes])
