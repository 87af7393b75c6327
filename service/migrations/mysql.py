"""MySQL commits each DDL statement by itself: these steps look at what is there before they act.

So a revision that was killed half-way is finished by running it again.
"""

from collections.abc import Iterable
from typing import Any

from alembic import op
from sqlalchemy import text

MOMENT = "DATETIME(6) NULL DEFAULT CURRENT_TIMESTAMP(6)"


def is_mysql() -> bool:
    """Tell whether the revision runs on MySQL or MariaDB."""
    return op.get_context().dialect.name == "mysql"


def alter(table: str, parts: Iterable[str]) -> None:
    """Run one ALTER TABLE, if there is anything to alter."""
    wanted = list(parts)
    if wanted:
        op.execute(text(f"ALTER TABLE {table} " + ", ".join(wanted).replace(":", r"\:")))


def columns(table: str) -> dict[str, dict[str, Any]]:
    """Return the columns of a table by name, as the server describes them."""
    rows = op.get_bind().execute(
        text(
            "SELECT column_name AS name, data_type AS kind, column_type AS type,"
            " is_nullable AS nullable, collation_name AS collation"
            " FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND table_name = :table"
        ),
        {"table": table},
    )
    return {row["name"]: dict(row) for row in rows.mappings()}


def adds(table: str, wanted: dict[str, str]) -> list[str]:
    """Return the parts that add the columns which are not there, by name and definition."""
    there = columns(table)
    return [f"ADD COLUMN `{name}` {kind}" for name, kind in wanted.items() if name not in there]


def indexes(table: str, wanted: dict[str, str]) -> list[str]:
    """Return the parts that add the indexes which are not there, by name and definition."""
    rows = op.get_bind().execute(
        text(
            "SELECT DISTINCT index_name FROM information_schema.statistics"
            " WHERE table_schema = DATABASE() AND table_name = :table"
        ),
        {"table": table},
    )
    there = set(rows.scalars())
    return [f"ADD {definition}" for name, definition in wanted.items() if name not in there]


def widen(table: str, names: Iterable[str], length: int) -> list[str]:
    """Return the parts that make text columns longer and leave the rest of them as it is."""
    there = columns(table)
    parts = []
    for name in names:
        column = there[name]
        null = "NULL" if column["nullable"] == "YES" else "NOT NULL"
        if column["type"] != f"varchar({length})":
            parts.append(f"MODIFY `{name}` VARCHAR({length}) COLLATE {column['collation']} {null}")
    return parts


def moments(table: str, names: Iterable[str]) -> list[str]:
    """Return the parts that make columns keep microseconds."""
    there = columns(table)
    return [f"MODIFY `{name}` {MOMENT}" for name in names if there[name]["type"] != "datetime(6)"]


def doubles(table: str, names: Iterable[str]) -> None:
    """Make FLOAT columns DOUBLE and keep the digits that they print.

    Straight from FLOAT, 0.676 would become 0.6759999990463257: it goes through its text.
    """
    there = columns(table)
    alter(
        table,
        [f"MODIFY `{n}` VARCHAR(64) NULL" for n in names if there[n]["kind"] == "float"],
    )
    there = columns(table)
    alter(table, [f"MODIFY `{n}` DOUBLE NULL" for n in names if there[n]["kind"] != "double"])
