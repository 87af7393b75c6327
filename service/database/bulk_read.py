"""Whole tables of MySQL or MariaDB, read by columns: rows come as bytes, a kernel takes them apart.

A driver in Python makes an object of every value, which takes ten times as long as the server needs
to find it; and the server takes as long to write a number out. See `docs/decisions/bulk-reads.md`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymysql
from numpy.typing import NDArray
from pymysql.constants import FIELD_TYPE, FLAG
from pymysql.protocol import FieldDescriptorPacket
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from index.catalogue import Texts
from index.kernels.binary_rows import BROKEN, END, MOMENT, MORE, REAL, TEXT, UNSIGNED, take_rows
from index.kernels.gathering import gather
from service.database.mysql_protocol import PreparedConnection

_BUFFER = 4 * 2**20
"""Bytes that are read before rows are handed on; it grows with the longest row."""
_LARGEST_BUFFER = 2**25
"""Twice what the longest row may have."""
_SHORTEST_ROW = 16
_HEADER = 4
_WIDTHS = {
    FIELD_TYPE.TINY: 1,
    FIELD_TYPE.SHORT: 2,
    FIELD_TYPE.YEAR: 2,
    FIELD_TYPE.INT24: 4,
    FIELD_TYPE.LONG: 4,
    FIELD_TYPE.LONGLONG: 8,
}
_MOMENTS = frozenset({FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP})
_TEXTS = frozenset(
    {FIELD_TYPE.VARCHAR, FIELD_TYPE.VAR_STRING, FIELD_TYPE.STRING, FIELD_TYPE.BLOB}
    | {FIELD_TYPE.TINY_BLOB, FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.LONG_BLOB}
)


@dataclass(frozen=True, slots=True)
class Selection:
    """What to read of a table with a positive ``id``: SQL expressions, by kind."""

    table: str
    whole: Sequence[str]
    """Whole numbers."""
    moments: Sequence[str] = ()
    real: Sequence[str] = ()
    texts: Sequence[str] = ()
    summed: bool = False
    """Whether each row gets a checksum."""

    @property
    def statement(self) -> str:
        """The query, whose columns are of the kinds that they are called, whatever the table's."""
        columns = [
            *self.whole,
            *self.moments,
            *(f"{column} * 1e0" for column in self.real),
            *(f"CONVERT({column} USING utf8mb4)" for column in self.texts),
        ]
        return f"SELECT {', '.join(columns)} FROM {self.table} WHERE id > 0 ORDER BY id"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table."""

    whole: NDArray[np.int64]
    """(n, whole numbers and moments) in microseconds since 1970; `NO_NUMBER` for NULL."""
    real: NDArray[np.float64]
    """(n, columns), NaN for NULL."""
    texts: list[Texts]
    sums: NDArray[np.uint64]
    """(n,) of all that was read of a row; (0,) if they were not asked for."""


def read_bulk(connection: Connection, selection: Selection) -> Iterator[Part]:
    """Yield all rows in the order of their ids, some megabytes at a time.

    Whoever doesn't take them all loses the connection: the server goes on sending.

    Raises
    ------
    sqlalchemy.exc.OperationalError
        What the server or the network has to say.
    ValueError
        A column is of another kind than it is said to be, or a row too long.

    """
    wire: PreparedConnection = connection.connection.dbapi_connection  # type: ignore[assignment]
    ended = False
    try:
        kinds = _kinds(selection, wire.begin_rows(selection.statement))
        yield from _parts(wire, selection, kinds)
        ended = True
    except pymysql.err.MySQLError as error:
        raise OperationalError(selection.statement, None, error) from error
    finally:
        if not ended:
            connection.invalidate()


def _parts(
    wire: PreparedConnection, selection: Selection, kinds: NDArray[np.uint8]
) -> Iterator[Part]:
    buffer = np.empty(_BUFFER, np.uint8)
    room = _Room(selection, len(buffer) // _SHORTEST_ROW)
    start = stop = taken = 0
    while True:
        taken, start, why = take_rows(buffer, start, stop, kinds, *room.arrays, taken)
        if why == MORE and stop < len(buffer):
            stop += wire.take_bytes(buffer.data[stop:])
            continue
        if taken:
            yield room.part(buffer, taken)
        rest = buffer[start:stop].copy()
        if why == END:
            wire.end_rows(rest[_HEADER:].tobytes())
            return
        if why == BROKEN or len(rest) == _LARGEST_BUFFER:
            raise ValueError(f"{selection.table}: a row is too long, or not what was asked for")
        if len(rest) == len(buffer):
            buffer = np.empty(2 * len(buffer), np.uint8)
        buffer[: len(rest)] = rest
        start, stop, taken = 0, len(rest), 0


class _Room:
    """Where rows are put until they are handed on."""

    def __init__(self, selection: Selection, rows: int) -> None:
        texts = (rows, len(selection.texts))
        self.arrays: tuple[Any, Any, Any, Any, Any] = (
            np.empty((rows, len(selection.whole) + len(selection.moments)), np.int64),
            np.empty((rows, len(selection.real))),
            np.empty(texts, np.int64),
            np.empty(texts, np.int32),
            np.empty(rows if selection.summed else 0, np.uint64),
        )

    def part(self, buffer: NDArray[np.uint8], rows: int) -> Part:
        """Return the first ``rows``, whose texts stand in ``buffer``; nothing of it is kept."""
        whole, real, starts, lengths, sums = (array[:rows].copy() for array in self.arrays)
        columns = zip(_columns(starts), _columns(lengths), strict=True)
        texts = [Texts.packed(gather(buffer, at, long), long) for at, long in columns]
        return Part(whole, real, texts, sums)


def _columns(table: NDArray[Any]) -> Iterator[NDArray[Any]]:
    return (np.ascontiguousarray(column) for column in table.T)


def _kinds(selection: Selection, columns: Sequence[FieldDescriptorPacket]) -> NDArray[np.uint8]:
    """Return how the kernel is to read each column."""
    wanted = (
        *((_whole, name) for name in selection.whole),
        *((_moment, name) for name in selection.moments),
        *((_real, name) for name in selection.real),
        *((_text, name) for name in selection.texts),
    )
    kinds = []
    for (kind_of, name), column in zip(wanted, columns, strict=True):
        kind = kind_of(column)
        if kind is None:
            raise ValueError(f"{selection.table}: {name} is of type {column.type_code}")
        kinds.append(kind)
    return np.array(kinds, np.uint8)


def _whole(column: FieldDescriptorPacket) -> int | None:
    width = _WIDTHS.get(column.type_code)
    if width is None:
        return None
    return width + UNSIGNED if column.flags & FLAG.UNSIGNED else width


def _moment(column: FieldDescriptorPacket) -> int | None:
    return MOMENT if column.type_code in _MOMENTS else None


def _real(column: FieldDescriptorPacket) -> int | None:
    return REAL if column.type_code == FIELD_TYPE.DOUBLE else None


def _text(column: FieldDescriptorPacket) -> int | None:
    return TEXT if column.type_code in _TEXTS else None
