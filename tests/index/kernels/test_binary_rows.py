"""Rows of MySQL's binary protocol are read as they were written, wherever they are cut."""

import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.kernels.binary_rows import (
    BROKEN,
    END,
    FULL,
    MOMENT,
    MORE,
    NO_NUMBER,
    REAL,
    TEXT,
    UNSIGNED,
    take_rows,
)

KINDS = np.array([1, 2, 4, 8, 1 + UNSIGNED, 4 + UNSIGNED, MOMENT, REAL, REAL, TEXT, TEXT], np.uint8)
FORMATS = {1: "b", 2: "h", 4: "i", 8: "q", 1 + UNSIGNED: "B", 4 + UNSIGNED: "I"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EOF = b"\x05\0\0\x07\xfe\0\0\x02\0"


def packet(row: tuple[Any, ...]) -> bytes:
    nulls = bytearray((len(row) + 9) // 8)
    values = b""
    for place, (kind, value) in enumerate(zip(KINDS.tolist(), row, strict=True)):
        if value is None:
            nulls[(place + 2) // 8] |= 1 << (place + 2) % 8
        elif kind == REAL:
            values += struct.pack("<d", value)
        elif kind == TEXT:
            size = len(value)
            values += bytes([size]) if size < 251 else b"\xfc" + struct.pack("<H", size)
            values += value
        elif kind == MOMENT:
            values += moment(value)
        else:
            values += struct.pack("<" + FORMATS[kind], value)
    payload = b"\0" + bytes(nulls) + values
    return struct.pack("<I", len(payload))[:3] + b"\x01" + payload


def moment(at: datetime) -> bytes:
    """Encode a moment as servers do: without what is zero at its end."""
    parts = struct.pack("<HBB", at.year, at.month, at.day)
    if at.microsecond or at.second or at.minute or at.hour:
        parts += bytes([at.hour, at.minute, at.second])
    if at.microsecond:
        parts += struct.pack("<I", at.microsecond)
    return bytes([len(parts)]) + parts


class Taken:
    """What the kernel made of bytes."""

    def __init__(self, content: bytes, stop: int | None = None, room: int = 10) -> None:
        self.content = np.frombuffer(content, np.uint8)
        whole, real = np.zeros((room, 7), np.int64), np.zeros((room, 2))
        starts, lengths = np.zeros((room, 2), np.int64), np.zeros((room, 2), np.int32)
        self.sums = np.zeros(room, np.uint64)
        end = len(content) if stop is None else stop
        self.count, self.position, self.why = take_rows(
            self.content, 0, end, KINDS, whole, real, starts, lengths, self.sums, 0
        )
        self.rows: list[tuple[Any, ...]] = [
            (
                *(None if value == NO_NUMBER else int(value) for value in whole[row]),
                *(None if np.isnan(value) else float(value) for value in real[row]),
                *(
                    None if size < 0 else content[at : at + size]
                    for at, size in zip(starts[row], lengths[row], strict=True)
                ),
            )
            for row in range(self.count)
        ]


def seen(row: tuple[Any, ...]) -> tuple[Any, ...]:
    at = row[6]
    return (*row[:6], None if at is None else (at - EPOCH) // timedelta(microseconds=1), *row[7:])


def whole(bits: int, *, signed: bool = True) -> st.SearchStrategy[int]:
    half = 2 ** (bits - 1)
    return st.integers(-half, half - 1) if signed else st.integers(0, 2 * half - 1)


ROWS = st.tuples(
    *(
        st.none() | each
        for each in (
            *(whole(8), whole(16), whole(32), st.integers(-(2**62) + 1, 2**62)),
            *(whole(8, signed=False), whole(32, signed=False)),
            st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)),
            *(st.floats(allow_nan=False), st.floats(allow_nan=False)),
            *(st.binary(max_size=400), st.binary(max_size=3)),
        )
    )
)


@given(st.lists(ROWS, max_size=8), st.data())
def test_what_was_written_is_read_as_far_as_it_is_there(
    rows: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    packets = [packet(row) for row in rows]
    content = b"".join(packets) + EOF
    stop = data.draw(st.integers(0, len(content)))
    ends = np.cumsum([len(each) for each in packets]).tolist()
    there = sum(end <= stop for end in ends)

    found = Taken(content, stop)

    assert found.rows == [seen(row) for row in rows[:there]]
    assert found.position == [0, *ends][there]
    assert found.why == (END if stop == len(content) else MORE)


@given(ROWS, st.data())
def test_a_checksum_differs_where_any_one_byte_does(
    row: tuple[Any, ...], data: st.DataObject
) -> None:
    content = packet((1, *row[1:9], b"text", *row[10:]))
    place = data.draw(st.integers(5 + 2, len(content) - 1))
    other = bytearray(content)
    other[place] ^= data.draw(st.integers(1, 255))
    sums = [Taken(bytes(each)) for each in (content, content, other)]

    assert sums[0].sums[0] == sums[1].sums[0]
    assert sums[2].why == BROKEN or sums[2].sums[0] != sums[0].sums[0]


@given(st.binary(min_size=4, max_size=300), st.booleans())
def test_whatever_comes_nothing_is_read_beyond_it(content: bytes, framed: bool) -> None:
    if framed:
        content = struct.pack("<I", len(content) + 1) + b"\0" + content

    found = Taken(content)

    assert found.position <= len(content)
    assert all(len(text or b"") <= len(content) for row in found.rows for text in row[9:])


def test_rows_for_which_there_is_no_room_wait() -> None:
    row = (1, 2, 3, 4, 5, 6, EPOCH, 0.5, -0.0, b"a", b"")

    found = Taken(packet(row) * 3 + EOF, room=2)

    assert (found.count, found.why, found.position) == (2, FULL, 2 * len(packet(row)))
    assert str(found.rows[0][8]) == "-0.0"


@pytest.mark.parametrize(
    "day", [b"\0", b"\x04\0\0\0\0", b"\x04\xe8\x07\0\x01", b"\x04\xe8\x07\x01\0"]
)
def test_a_day_that_is_none_is_no_moment(day: bytes) -> None:
    row = packet((None,) * 6 + (EPOCH,) + (None,) * 4)
    head, at = row[4:7], packet((None,) * 6 + (EPOCH,) + (None,) * 4)[7:]
    assert at == moment(EPOCH)
    payload = head + day

    found = Taken(struct.pack("<I", len(payload))[:3] + b"\x01" + payload)

    assert found.rows == [(None,) * 11]
