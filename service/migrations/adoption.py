"""Is an unstamped database really revision 1? Names each difference in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Inspector, Table, UniqueConstraint, inspect
from sqlalchemy.types import Date, DateTime, Float, Integer, SmallInteger, String, TypeEngine

from service.migrations.revision1 import REVISION_1


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a database is not revision 1.

    ``unfinished`` marks what the first revision would add if it ran again: it is a fault of an
    unstamped database, but not of one whose first revision was killed half-way.
    """

    text: str
    unfinished: bool = False

    def __str__(self) -> str:
        return self.text


def differences(connection: Connection) -> list[Difference]:
    """Return how the tables of revision 1 differ from what is there.

    Tables beside those three are not looked at, nor are further indexes that forbid nothing.
    """
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    found: list[Difference] = []
    for table in REVISION_1.sorted_tables:
        if table.name in present:
            found.extend(_table(inspector, table))
        else:
            found.append(Difference(f"there is no table {table.name}", unfinished=True))
    return found


def has_any_table(connection: Connection) -> bool:
    """Tell whether any table of revision 1 is there."""
    return bool(set(inspect(connection).get_table_names()) & set(REVISION_1.tables))


def _table(inspector: Inspector, table: Table) -> Iterator[Difference]:
    yield from _options(inspector, table)
    yield from _columns(inspector, table)
    yield from _keys(inspector, table)
    yield from _indexes(inspector, table)


def _options(inspector: Inspector, table: Table) -> Iterator[Difference]:
    if inspector.dialect.name != "mysql":
        return
    options = {name.lower(): str(value) for name, value in _table_options(inspector, table).items()}
    engine = options.get("mysql_engine", "")
    if engine.lower() != "innodb":
        yield Difference(f"{table.name} is stored by {engine or 'an unknown engine'}, not InnoDB")
    charset = options.get("mysql_default charset") or options.get("mysql_default_charset", "")
    if charset.lower() != "utf8mb4":
        yield Difference(f"{table.name} has the character set {charset}, not utf8mb4")


def _table_options(inspector: Inspector, table: Table) -> dict[str, Any]:
    return dict(inspector.get_table_options(table.name))


def _columns(inspector: Inspector, table: Table) -> Iterator[Difference]:
    there = {column["name"]: column for column in inspector.get_columns(table.name)}

    for column in table.columns:
        name = f"{table.name}.{column.name}"
        found = there.pop(column.name, None)
        if found is None:
            yield Difference(f"there is no column {name}")
            continue
        wanted, is_type = _type_name(column.type), _type_name(found["type"])
        if wanted != is_type:
            yield Difference(f"{name} is {is_type}, not {wanted}")
        if not column.primary_key and bool(found["nullable"]) != bool(column.nullable):
            allowed = "must not allow NULL" if not column.nullable else "must allow NULL"
            yield Difference(f"{name} {allowed}")
        if column.server_default is not None and not found.get("default"):
            yield Difference(f"{name} has no default")

    for name in there:
        yield Difference(f"there is a further column {table.name}.{name}")


def _type_name(kind: TypeEngine[Any]) -> str:
    """Name a type alike however a dialect spells it."""
    if isinstance(kind, Integer):
        if getattr(kind, "unsigned", False):
            return "INT UNSIGNED"
        plain = kind.__visit_name__.upper() in {"INTEGER", "INT"} and not isinstance(
            kind, SmallInteger
        )
        return "INT" if plain else kind.__visit_name__.upper()
    if isinstance(kind, Float) and kind.__visit_name__.lower() in {"float", "real"}:
        return "FLOAT"
    if isinstance(kind, String) and kind.__visit_name__.lower() in {"string", "varchar"}:
        return f"VARCHAR({kind.length})"
    if isinstance(kind, DateTime) and not isinstance(kind, Date):
        digits = getattr(kind, "fsp", None)
        return f"DATETIME({digits})" if digits else "DATETIME"
    return str(kind).upper()


def _keys(inspector: Inspector, table: Table) -> Iterator[Difference]:
    primary = tuple(inspector.get_pk_constraint(table.name)["constrained_columns"])
    if primary != ("id",):
        written = ", ".join(primary) or "nothing"
        yield Difference(f"the primary key of {table.name} is {written}, not id")

    wanted = {_foreign(column) for column in table.columns if column.foreign_keys}
    there = {
        (tuple(key["constrained_columns"]), key["referred_table"], tuple(key["referred_columns"]))
        for key in inspector.get_foreign_keys(table.name)
    }
    for columns, referred, _ in sorted(wanted - there):
        yield Difference(f"{table.name}.{columns[0]} does not refer to {referred}.id")
    for columns, referred, _ in sorted(there - wanted):
        yield Difference(f"{table.name}.{', '.join(columns)} refers to {referred}")

    required = {
        tuple(column.name for column in constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }
    # Constraints are asked for through their indexes: SQLite's are read off the statement that
    # made the table, which doesn't always succeed.
    unique = {
        tuple(str(name) for name in index["column_names"])
        for index in inspector.get_indexes(table.name, include_auto_indexes=True)
        if index["unique"]
    } - {primary}
    for names in sorted(required - unique):
        yield Difference(f"{table.name}.{', '.join(names)} is not unique")
    for names in sorted(unique - required):
        yield Difference(f"{table.name}.{', '.join(names)} is unique")


def _foreign(column: Column[Any]) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    target = next(iter(column.foreign_keys)).column
    return (column.name,), target.table.name, (target.name,)


def _indexes(inspector: Inspector, table: Table) -> Iterator[Difference]:
    there = {
        index["name"]: tuple(index["column_names"]) for index in inspector.get_indexes(table.name)
    }
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        wanted = tuple(column.name for column in index.columns)
        found = there.get(index.name)
        if found is None:
            missing = f"there is no index {index.name} on {table.name}({', '.join(wanted)})"
            yield Difference(missing, unfinished=True)
        elif found != wanted:
            columns = ", ".join(str(name) for name in found)
            yield Difference(f"the index {index.name} is on {table.name}({columns})")
