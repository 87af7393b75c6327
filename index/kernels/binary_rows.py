"""Rows in the binary protocol of MySQL: packets of little-endian values, without a digit."""

from typing import Any

import numpy as np
from numba import float64, int32, int64, uint8, uint64
from numpy.typing import NDArray

from index.kernels.compile import Floats, Ints, array_of, helper, kernel, tuple_of
from index.kernels.text_column import hash_of

Bytes = NDArray[np.uint8]

UNSIGNED, REAL, MOMENT, TEXT = 16, 32, 33, 34
"""Kinds of columns. Whole numbers are told by their bytes, 1, 2, 4 or 8, and `UNSIGNED` besides."""
MORE, FULL, END, BROKEN = range(4)
"""Why no further row was taken: the next is not all there; there is no room for one; what follows
is none; it is not what its columns say."""
NO_NUMBER = -(2**62)
"""Stands for NULL among whole numbers: no column of theirs is that wide."""
_HEADER = 4
_ROW, _LARGEST = 0x00, 0xFFFFFF
_DAY = 86_400_000_000


@helper
def _little_endian(content: Bytes, at: int, size: int) -> Any:
    found: Any = uint64(0)
    for i in range(size):
        found |= uint64(content[at + i]) << uint64(8 * i)
    return found


@helper
def _signed(bits: Any, size: int) -> int:
    spare: Any = int64(64 - 8 * size)
    return (int64(bits) << spare) >> spare


@helper
def _days(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms")."""
    year -= 1 if month <= 2 else 0
    era = year // 400
    of_era = year - 400 * era
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return 146_097 * era + 365 * of_era + of_era // 4 - of_era // 100 + of_year - 719_468


@helper
def _moment(content: Bytes, at: int, size: int) -> int:
    """Return microseconds since 1970; what is zero at the end was left out."""
    if size < 4 or content[at + 2] == 0 or content[at + 3] == 0:
        return NO_NUMBER
    year = int64(_little_endian(content, at, 2))
    found = _DAY * _days(year, int64(content[at + 2]), int64(content[at + 3]))
    if size >= 7:
        hours, minutes = int64(content[at + 4]), int64(content[at + 5])
        found += 1_000_000 * (3600 * hours + 60 * minutes + int64(content[at + 6]))
    if size >= 11:
        found += int64(_little_endian(content, at + 7, 4))
    return found


@helper
def _length_size(first: int) -> int:
    """Return how many bytes follow the first one of a length."""
    if first < 0xFB:
        return 0
    return 2 if first == 0xFC else 3 if first == 0xFD else 8


_OUT = (int64[:, ::1], float64[:, ::1], int64[:, ::1], int32[:, ::1], uint64[::1])


@kernel(
    tuple_of((int64, int64, int64))(array_of(uint8), int64, int64, array_of(uint8), *_OUT, int64)
)
def take_rows(
    content: Bytes,
    start: int,
    stop: int,
    kinds: Bytes,
    whole: Ints,
    real: Floats,
    starts: Ints,
    lengths: NDArray[np.int32],
    sums: NDArray[np.uint64],
    taken: int,
) -> tuple[int, int, int]:
    """Take packets of ``content[start:stop]`` apart, each a row, from row ``taken`` on.

    Parameters
    ----------
    kinds
        (columns,) in the order of the statement: whole numbers and moments, reals, texts.
    whole
        (rows, whole numbers and moments), moments in microseconds since 1970; `NO_NUMBER` for NULL.
    real
        (rows, reals), NaN for NULL.
    starts, lengths
        (rows, texts) where in ``content`` a text stands; -1 bytes for NULL.
    sums
        (rows,) checksums of all bytes of a row, or (0,): it differs where any one byte does.

    Returns
    -------
    How many rows there are now, where the next packet begins, and why no more were taken.

    """
    room, reals, columns = whole.shape[0], real.shape[1], kinds.shape[0]
    first_real = whole.shape[1]
    first_text = first_real + reals
    bits: Any = real.view(np.uint64)
    missing = np.array([np.nan]).view(np.uint64)[0]
    while True:
        if start + _HEADER > stop:
            return taken, start, MORE
        size = int64(_little_endian(content, start, 3))
        at, end = start + _HEADER, start + _HEADER + size
        if size == _LARGEST:
            return taken, start, BROKEN
        if end > stop:
            return taken, start, MORE
        if size == 0 or content[at] != _ROW:
            return taken, start, END
        if taken == room:
            return taken, start, FULL

        nulls = at + 1
        at = nulls + (columns + 9) // 8
        if at > end:
            return taken, start, BROKEN
        for column in range(columns):
            kind = kinds[column]
            null = (content[nulls + (column + 2) // 8] >> uint8((column + 2) % 8)) & 1
            width = 8 if kind == REAL else kind & (UNSIGNED - 1) if kind < REAL else 1
            if null == 0 and at + width > end:
                return taken, start, BROKEN
            if kind == REAL:
                place = column - first_real
                bits[taken, place] = missing if null else _little_endian(content, at, 8)
                at += 0 if null else 8
            elif kind == TEXT:
                place, length = column - first_text, -1
                if not null:
                    follow = _length_size(content[at])
                    if at + 1 + follow > end:
                        return taken, start, BROKEN
                    length = int64(content[at])
                    if follow:
                        length = int64(_little_endian(content, at + 1, follow))
                    at += 1 + follow
                    if length < 0 or length > end - at:
                        return taken, start, BROKEN
                starts[taken, place], lengths[taken, place] = at, length
                at += max(length, 0)
            elif kind == MOMENT:
                found = NO_NUMBER
                if not null:
                    length = int64(content[at])
                    if at + 1 + length > end:
                        return taken, start, BROKEN
                    found = _moment(content, at + 1, length)
                    at += 1 + length
                whole[taken, column] = found
            else:
                found = NO_NUMBER
                if not null:
                    found = int64(_little_endian(content, at, width))
                    if kind < UNSIGNED:
                        found = _signed(uint64(found), width)
                    at += width
                whole[taken, column] = found
        if at != end:
            return taken, start, BROKEN
        if sums.shape[0]:
            sums[taken] = hash_of(content, start + _HEADER, size)
        taken, start = taken + 1, end
