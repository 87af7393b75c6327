"""List replies, joined from items that are encoded already."""

from collections.abc import Iterable
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema
from sqlalchemy import ColumnElement, Select, String, collate, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.http.fields import Limit, Offset, Parameters


class Paging(Parameters):
    """Which part of a list."""

    limit: Limit = 20
    offset: Offset = 0


def listing(items: Iterable[bytes], *, total: int, limit: int, offset: int) -> bytes:
    """Return a list reply."""
    return b'{"items":[%b],"total":%d,"limit":%d,"offset":%d}' % (
        b",".join(items),
        total,
        limit,
        offset,
    )


def item_list(items: Iterable[bytes]) -> bytes:
    """Return the reply to a list that was posted."""
    return b'{"items":[%b]}' % b",".join(items)


class SortBy:
    """What a ``sort`` parameter takes: one of these columns, or one of them after a minus."""

    def __init__(self, *columns: str) -> None:
        self.columns = columns
        self.allowed = [sign + column for column in columns for sign in ("", "-")]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Check a text after pydantic has found it to be one."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the parameter in OpenAPI."""
        return {
            **handler(schema),
            "enum": self.allowed,
            "description": "Ascending by this column, descending after a minus; unknown ones last",
        }

    def check(self, value: str) -> str:
        """Return a known order, or raise ValueError."""
        if value not in self.allowed:
            known = ", ".join(self.columns)
            raise ValueError(f"Input should be one of {known}, or that after a minus")
        return value


def order(
    session: Session, model: type[Any], sort: str
) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """Return the ORDER BY of a ``sort`` parameter, alike on all databases; ties go by id."""
    column: InstrumentedAttribute[Any] = getattr(model, sort.removeprefix("-"))
    value: ColumnElement[Any] = column.expression
    if isinstance(value.type, String):
        value = _without_case(session, value)
    return column.is_(None), value.desc() if sort.startswith("-") else value.asc(), model.id.asc()


def total(session: Session, query: Select[*tuple[Any, ...]]) -> int:
    """Count what a query selects."""
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def is_sqlite(session: Session) -> bool:
    """Tell whether a session speaks to SQLite."""
    return session.get_bind().dialect.name == "sqlite"


def _without_case(session: Session, text: ColumnElement[Any]) -> ColumnElement[Any]:
    # Each collation has its own idea of the alphabet: lower case by code points is everybody's.
    if is_sqlite(session):
        return func.segue_lower(text)
    return collate(func.lower(text), "utf8mb4_bin")
