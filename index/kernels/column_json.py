"""Columns as JSON, many values at a time, and objects that are put together of them."""

import numpy as np
from numba import int32, int64, uint8
from numpy.typing import NDArray

from index.kernels.compile import (
    CODES,
    FLOATS,
    INTS,
    INTS_2D,
    Floats,
    Ints,
    array_of,
    kernel,
    tuple_of,
)
from index.kernels.item_json import MINUS, POINT, ZERO, put_digits, put_slice

Bytes = NDArray[np.uint8]
Codes = NDArray[np.int32]

BYTES = array_of(uint8)
VALUES = tuple_of((uint8[::1], int32[::1]))
"""Encoded values one right after the other, and the length of each."""
DECIMALS = 9
"""Most decimals that are written: numbers below `LARGEST` with that many are exact so far."""
LARGEST = 1e6
SMALLEST = 1e-4
"""Above 0; what is smaller is written with an exponent."""
_QUOTE, _BACKSLASH, _U = ord('"'), ord("\\"), ord("u")
_SHORT = np.zeros(32, dtype=np.uint8)
for _control, _letter in zip((8, 9, 10, 12, 13), b"btnfr", strict=True):
    _SHORT[_control] = _letter
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8).copy()
_NULL = np.frombuffer(b"null", dtype=np.uint8).copy()


@kernel(VALUES(BYTES, INTS, CODES))
def quote(content: Bytes, starts: Ints, lengths: Codes) -> tuple[Bytes, Codes]:
    """Return texts, which are UTF-8, as JSON strings, and ``null`` for those of length -1."""
    n, size = starts.shape[0], 0
    for i in range(n):
        size += 4 + max(lengths[i], 0)
        for at in range(starts[i], starts[i] + lengths[i]):
            byte = content[at]
            size += 1 if byte in (_QUOTE, _BACKSLASH) else 5 if byte < 32 else 0

    out, sizes, to = np.empty(size, dtype=np.uint8), np.empty(n, dtype=np.int32), 0
    for i in range(n):
        begin = to
        if lengths[i] < 0:
            to = put_slice(out, to, _NULL, 0, 4)
            sizes[i] = 4
            continue
        out[to] = _QUOTE
        to += 1
        for at in range(starts[i], starts[i] + lengths[i]):
            byte = content[at]
            if byte in (_QUOTE, _BACKSLASH):
                out[to], out[to + 1] = _BACKSLASH, byte
                to += 2
            elif byte >= 32:
                out[to] = byte
                to += 1
            elif _SHORT[byte]:
                out[to], out[to + 1] = _BACKSLASH, _SHORT[byte]
                to += 2
            else:
                out[to], out[to + 1] = _BACKSLASH, _U
                out[to + 2], out[to + 3] = ZERO, ZERO
                out[to + 4], out[to + 5] = _HEX[byte >> 4], _HEX[byte & 15]
                to += 6
        out[to] = _QUOTE
        to += 1
        sizes[i] = to - begin
    return out[:to], sizes


@kernel(VALUES(FLOATS))
def reals(values: Floats) -> tuple[Bytes, Codes]:
    """Return numbers as JSON, ``null`` for NaN; -1 is the length of those that it can't write.

    It writes those of up to `DECIMALS` decimals that need no exponent. A number that a decimal of
    at most 15 digits is nearest to has no shorter one, so this is what any exact writer writes.
    """
    n = values.shape[0]
    out, sizes, to = np.empty(n * 20, dtype=np.uint8), np.empty(n, dtype=np.int32), 0
    for i in range(n):
        value, begin = values[i], to
        if np.isnan(value):
            to = put_slice(out, to, _NULL, 0, 4)
            sizes[i] = 4
            continue
        size = abs(value)
        if size >= LARGEST or (size != 0.0 and size < SMALLEST):
            sizes[i] = -1
            continue
        scale, decimals = 1.0, 0
        while decimals < DECIMALS and np.rint(size * scale) / scale != size:
            scale, decimals = scale * 10.0, decimals + 1
        scaled = np.int64(np.rint(size * scale))
        if scaled / scale != size:
            sizes[i] = -1
            continue
        if np.signbit(value):
            out[to] = MINUS
            to += 1
        whole = scaled // np.int64(scale)
        digits, limit = 1, 10
        while whole >= limit:
            digits, limit = digits + 1, limit * 10
        to = put_digits(out, to, whole, digits)
        out[to] = POINT
        to = put_digits(out, to + 1, scaled - whole * np.int64(scale), max(decimals, 1))
        sizes[i] = to - begin
    return out[:to], sizes


@kernel(VALUES(INTS, int64))
def wholes(values: Ints, missing: int) -> tuple[Bytes, Codes]:
    """Return whole numbers above -10^18 as JSON, ``null`` for ``missing``."""
    n = values.shape[0]
    out, sizes, to = np.empty(n * 20, dtype=np.uint8), np.empty(n, dtype=np.int32), 0
    for i in range(n):
        value, begin = values[i], to
        if value == missing:
            to = put_slice(out, to, _NULL, 0, 4)
        else:
            if value < 0:
                out[to] = MINUS
                to, value = to + 1, -value
            digits, limit = 1, 10
            while value >= limit and digits < 18:
                digits, limit = digits + 1, limit * 10
            to = put_digits(out, to, value, digits)
        sizes[i] = to - begin
    return out[:to], sizes


@kernel(VALUES(INTS, int64))
def moments(microseconds: Ints, missing: int) -> tuple[Bytes, Codes]:
    """Return moments since 1970 as JSON: ``"2026-01-31T23:59:59Z"``, ``null`` for ``missing``.

    Microseconds are written where there are any. (Days to dates as in Hinnant, "chrono-compatible
    low-level date algorithms", 2013.)
    """
    n = microseconds.shape[0]
    out, sizes, to = np.empty(n * 30, dtype=np.uint8), np.empty(n, dtype=np.int32), 0
    for i in range(n):
        begin = to
        if microseconds[i] == missing:
            to = put_slice(out, to, _NULL, 0, 4)
            sizes[i] = 4
            continue
        seconds = microseconds[i] // 1_000_000
        rest = microseconds[i] - seconds * 1_000_000
        days = seconds // 86_400
        second = seconds - days * 86_400

        shifted = days + 719_468
        era = shifted // 146_097
        day = shifted - era * 146_097
        year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
        day -= 365 * year + year // 4 - year // 100
        month = (5 * day + 2) // 153
        day -= (153 * month + 2) // 5 - 1
        month += 3 if month < 10 else -9
        year += era * 400 + (month <= 2)

        out[to] = _QUOTE
        to = put_digits(out, to + 1, year, 4)
        out[to] = ord("-")
        to = put_digits(out, to + 1, month, 2)
        out[to] = ord("-")
        to = put_digits(out, to + 1, day, 2)
        out[to] = ord("T")
        to = put_digits(out, to + 1, second // 3_600, 2)
        out[to] = ord(":")
        to = put_digits(out, to + 1, second // 60 % 60, 2)
        out[to] = ord(":")
        to = put_digits(out, to + 1, second % 60, 2)
        if rest:
            out[to] = POINT
            to = put_digits(out, to + 1, rest, 6)
        out[to], out[to + 1] = ord("Z"), _QUOTE
        to += 2
        sizes[i] = to - begin
    return out[:to], sizes


@kernel(tuple_of((uint8[::1], int64[::1]))(BYTES, INTS_2D, INTS_2D))
def interleave(content: Bytes, starts: Ints, lengths: Ints) -> tuple[Bytes, Ints]:
    """Return rows, each its pieces one after the other, and the length of each row.

    Piece c of row i is ``content[starts[c, i]:starts[c, i] + lengths[c, i]]``.
    """
    columns, n = starts.shape
    sizes = np.zeros(n, dtype=np.int64)
    for c in range(columns):
        for i in range(n):
            sizes[i] += lengths[c, i]
    out, to = np.empty(sizes.sum(), dtype=np.uint8), 0
    for i in range(n):
        for c in range(columns):
            to = put_slice(out, to, content, starts[c, i], starts[c, i] + lengths[c, i])
    return out, sizes
