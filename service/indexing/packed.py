"""Tables of MySQL or MariaDB, read by the ten thousand rows: the server packs, NumPy unpacks.

A driver in Python makes an object of every value, which takes ten times as long as the server needs
to find it. Here the server joins the values of many rows to one text of numbers and one run of
bytes for each column of texts. See `docs/decisions/packed-reads.md`.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from index.kernels.decoding import wholes
from index.texts import Texts

NO_NUMBER = -(2**62)
"""Stands for NULL among whole numbers: no column of theirs is that wide."""
_LONGEST = 2**30
"""Bytes of one packed column at the most; what the server allows may be less."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to read of a table with a positive ``id``: SQL expressions, by kind."""

    table: str
    whole: Sequence[str]
    """Whole numbers."""
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


@dataclass(frozen=True, slots=True)
class _Range:
    """A range of ids as the server has packed it, not yet unpacked."""

    low: int
    high: int
    count: int
    """Of the rows in it."""
    packed: Sequence[Any]


def read_packed(connection: Connection, selection: Selection, rows: int) -> Iterator[Part]:
    """Yield all rows in the order of their ids, about ``rows`` at a time.

    A thread asks for the next range while this one is unpacked: the server works meanwhile.
    """
    with ThreadPoolExecutor(1) as asking:

        def fetched(low: int, high: int) -> _Range:
            return asking.submit(_fetched, connection, selection, low, high).result()

        ranges = _by_range(connection, selection, rows)
        coming = asking.submit(next, ranges, None)
        while (found := coming.result()) is not None:
            coming = asking.submit(next, ranges, None)
            yield from _parts(selection, found, fetched)


def read_packed_rows(
    connection: Connection, selection: Selection, ids: NDArray[np.int64], rows: int
) -> Iterator[Part]:
    """Yield the rows of ``ids``, which are ascending."""
    for start in range(0, len(ids), rows):
        some = ids[start : start + rows]
        condition = f" AND id IN ({','.join(map(str, some.tolist()))})"
        fetched = partial(_fetched, connection, selection, condition=condition)
        yield from _parts(selection, fetched(int(some[0]), int(some[-1])), fetched)


def _by_range(connection: Connection, selection: Selection, rows: int) -> Iterator[_Range]:
    last = connection.scalar(text(f"SELECT MAX(id) FROM {selection.table}")) or 0  # noqa: S608
    low, step = 1, rows
    while low <= last:
        found = _fetched(connection, selection, low, low + step - 1)
        yield found
        low += step
        if not found.count:  # ids may be far apart
            query = f"SELECT MIN(id) FROM {selection.table} WHERE id >= :low"  # noqa: S608
            low = connection.scalar(text(query), {"low": low}) or last + 1
        step = max(rows, 2 * step if found.count < rows // 2 else rows)


def _fetched(
    connection: Connection, selection: Selection, low: int, high: int, condition: str = ""
) -> _Range:
    connection.execute(text(f"SET SESSION group_concat_max_len = {_LONGEST}"))
    query = _query(selection) + condition
    count, *packed = connection.execute(text(query), {"low": low, "high": high}).one()
    return _Range(low, high, count, packed)


def _parts(
    selection: Selection, found: _Range, fetched: Callable[[int, int], _Range]
) -> Iterator[Part]:
    """Yield the rows of a range of ids, in two halves where the server can't pack them at once."""
    if not found.count:
        return
    part = _unpacked(selection, found.count, found.packed)
    if part is not None:
        yield part
        return
    low, high = found.low, found.high
    if low == high:
        raise ValueError(f"{selection.table} {low}: too large a row for the server to pack")
    middle = (low + high) // 2
    yield from _parts(selection, fetched(low, middle), fetched)
    yield from _parts(selection, fetched(middle + 1, high), fetched)


def _query(selection: Selection) -> str:
    whole = [f"IFNULL({column}, {NO_NUMBER})" for column in selection.whole]
    whole += [f"IFNULL(OCTET_LENGTH({_utf8(column)}), -1)" for column in selection.texts]
    real = [f"IFNULL({column}, 'nan')" for column in selection.real]
    # A comma after each number, the last one too: a number that was cut has none.
    packed = [
        f"GROUP_CONCAT(CONCAT_WS(',', {', '.join(numbers)}, '') SEPARATOR '')"
        for numbers in (whole, real)
        if numbers
    ]
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


def _unpacked(selection: Selection, count: int, packed: Sequence[Any]) -> Part | None:
    """Return the rows; None where the server has cut them short."""
    width = len(selection.whole)
    whole = wholes(np.frombuffer((packed[0] or "").encode(), np.uint8))
    real = _reals(packed[1]) if selection.real else np.empty(0)
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


def _reals(listed: str | None) -> NDArray[np.float64]:
    if not listed or not listed.endswith(","):
        return np.empty(0)
    return np.fromstring(listed[:-1], dtype=np.float64, sep=",")
