"""Tables of MySQL or MariaDB, read by the ten thousand rows: the server packs, NumPy unpacks.

A driver in Python makes an object of every value, which takes ten times as long as the server needs
to find it. Here the server joins the values of many rows to one text of numbers and one run of
bytes for each column of texts. See `docs/decisions/packed-reads.md`.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from index.texts import Texts

T = TypeVar("T")

NO_NUMBER = -(2**62)
"""Stands for NULL among whole numbers: no column of theirs is that wide."""
_LONGEST = 2**30
"""Bytes of one packed column at the most; what the server allows may be less."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to read of a table with a positive ``id``: SQL expressions, by kind."""

    table: str
    whole: Sequence[str]
    """Whole numbers, ``id`` the first."""
    real: Sequence[str] = ()
    texts: Sequence[str] = ()
    fixed: Sequence[tuple[str, int]] = ()
    """Texts of so many bytes in every row, which come after the others."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table."""

    whole: NDArray[np.int64]
    """(n, columns), `NO_NUMBER` for NULL."""
    real: NDArray[np.float64]
    """(n, columns), NaN for NULL."""
    texts: list[Texts]


def read_packed(connection: Connection, selection: Selection, rows: int) -> Iterator[Part]:
    """Yield all rows in the order of their ids, about ``rows`` at a time, read ahead by one."""
    return _ahead(_by_range(connection, selection, rows))


def read_packed_rows(
    connection: Connection, selection: Selection, ids: NDArray[np.int64], rows: int
) -> Iterator[Part]:
    """Yield the rows of ``ids``, which are ascending."""
    for start in range(0, len(ids), rows):
        listed = ",".join(map(str, ids[start : start + rows].tolist()))
        low, high = int(ids[start]), int(ids[min(start + rows, len(ids)) - 1])
        yield from _parts(connection, selection, low, high, f" AND id IN ({listed})")


def _by_range(connection: Connection, selection: Selection, rows: int) -> Iterator[Part]:
    last = connection.scalar(text(f"SELECT MAX(id) FROM {selection.table}")) or 0  # noqa: S608
    low, step = 1, rows
    while low <= last:
        found = 0
        for part in _parts(connection, selection, low, low + step - 1, ""):
            found += len(part.whole)
            yield part
        low += step
        if not found:  # ids may be far apart
            query = f"SELECT MIN(id) FROM {selection.table} WHERE id >= :low"  # noqa: S608
            low = connection.scalar(text(query), {"low": low}) or last + 1
        step = max(rows, 2 * step if found < rows // 2 else rows)


def _parts(
    connection: Connection, selection: Selection, low: int, high: int, condition: str
) -> Iterator[Part]:
    """Yield the rows of a range of ids, in two halves where the server can't pack them at once."""
    connection.execute(text(f"SET SESSION group_concat_max_len = {_LONGEST}"))
    query = _query(selection) + condition
    count, *packed = connection.execute(text(query), {"low": low, "high": high}).one()
    if not count:
        return
    part = _unpacked(selection, count, packed)
    if part is not None:
        yield part
    elif low == high:
        raise ValueError(f"{selection.table} {low}: too large a row for the server to pack")
    else:
        middle = (low + high) // 2
        yield from _parts(connection, selection, low, middle, condition)
        yield from _parts(connection, selection, middle + 1, high, condition)


def _query(selection: Selection) -> str:
    whole = [f"IFNULL({column}, {NO_NUMBER})" for column in selection.whole]
    whole += [f"IFNULL(OCTET_LENGTH({_utf8(column)}), -1)" for column in selection.texts]
    real = [f"IFNULL({column}, 'nan')" for column in selection.real]
    packed = [f"GROUP_CONCAT(CONCAT_WS(',', {', '.join(whole)}))"]
    if real:
        packed.append(f"GROUP_CONCAT(CONCAT_WS(',', {', '.join(real)}))")
    packed += [
        f"GROUP_CONCAT(CAST({column} AS BINARY) SEPARATOR '')"
        for column in (*map(_utf8, selection.texts), *(column for column, _ in selection.fixed))
    ]
    return (
        f"SELECT COUNT(*), {', '.join(packed)} FROM {selection.table} "  # noqa: S608
        "WHERE id BETWEEN :low AND :high"
    )


def _utf8(column: str) -> str:
    return f"CONVERT({column} USING utf8mb4)"


def _unpacked(selection: Selection, count: int, packed: list[Any]) -> Part | None:
    """Return the rows; None where the server has cut them short."""
    width = len(selection.whole)
    whole = _numbers(packed[0], np.int64)
    real = _numbers(packed[1], np.float64) if selection.real else np.empty(0)
    contents = [content or b"" for content in packed[1 + bool(selection.real) :]]
    if whole.size != count * (width + len(selection.texts)):
        return None
    if real.size != count * len(selection.real):
        return None

    table = whole.reshape(count, -1)
    lengths = [
        *(np.ascontiguousarray(each) for each in table[:, width:].astype(np.int32).T),
        *(np.full(count, length, dtype=np.int32) for _, length in selection.fixed),
    ]
    if any(
        len(content) != np.maximum(each, 0).sum()
        for content, each in zip(contents, lengths, strict=True)
    ):
        return None
    return Part(
        whole=np.ascontiguousarray(table[:, :width]),
        real=real.reshape(count, -1),
        texts=[
            Texts.packed(content, each) for content, each in zip(contents, lengths, strict=True)
        ],
    )


def _numbers(listed: str | None, kind: type[Any]) -> NDArray[Any]:
    if not listed or listed.endswith((",", "-", "e", ".")):  # cut within a number
        return np.empty(0, dtype=kind)
    return np.fromstring(listed, dtype=kind, sep=",")


def _ahead(parts: Iterator[T]) -> Iterator[T]:
    """Yield from ``parts`` while a thread fetches the next one: the server works meanwhile."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = thread.submit(next, parts, None)
            yield part
