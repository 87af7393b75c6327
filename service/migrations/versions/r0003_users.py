"""Users: external ids, e-mail optional and unique without case by its key."""

import sqlalchemy as sa
from alembic import op

from service.migrations import mysql
from service.migrations.revision1 import REVISION_1

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Change the table on either database, and give the e-mails that are there their keys."""
    # Not above: every command loads all revisions, and this one's import takes long.
    from service.users import fill_email_keys

    if mysql.is_mysql():
        _on_mysql()
    else:
        _on_sqlite()
    fill_email_keys(op.get_bind())


def _on_mysql() -> None:
    email = mysql.columns("users")["email"]
    parts = []
    if (email["collation"], email["nullable"]) != ("utf8mb4_bin", "YES"):
        parts.append("MODIFY email VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL")
    added = {"external_id": "VARBINARY(1020) NULL", "email_key": "VARBINARY(1020) NULL"}
    keys = {
        "uq_users_external_id": "UNIQUE INDEX uq_users_external_id (external_id)",
        "uq_users_email_key": "UNIQUE INDEX uq_users_email_key (email_key)",
        "idx_email_key_email": "INDEX idx_email_key_email (email_key, email)",
    }
    mysql.alter(
        "users",
        [
            *parts,
            *mysql.moments("users", ["created_at"]),
            *mysql.adds("users", added),
            *mysql.indexes("users", keys),
        ],
    )


def _on_sqlite() -> None:
    # Not reflected: SQLAlchemy overlooks a UNIQUE that is written behind the type's length.
    known = REVISION_1.tables["users"]
    further = _further_indexes({str(index.name) for index in known.indexes})
    with op.batch_alter_table("users", recreate="always", copy_from=known) as table:
        table.alter_column("email", nullable=True)
        table.add_column(sa.Column("external_id", sa.String(255)))
        table.add_column(sa.Column("email_key", sa.String(255)))
        table.create_index("uq_users_external_id", ["external_id"], unique=True)
        table.create_index("uq_users_email_key", ["email_key"], unique=True)
        table.create_index("idx_email_key_email", ["email_key", "email"])
    for statement in further:
        op.execute(sa.text(statement.replace(":", r"\:")))


def _further_indexes(known: set[str]) -> list[str]:
    rows = op.get_bind().execute(
        sa.text(
            "SELECT name, sql FROM sqlite_master"
            " WHERE type = 'index' AND tbl_name = 'users' AND sql IS NOT NULL"
        )
    )
    return [statement for name, statement in rows if name not in known]
