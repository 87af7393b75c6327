"""Pieces of one run of bytes, or of two columns, put one after the other."""

import numpy as np
from numba import float64, int32, int64, uint8
from numpy.typing import NDArray

from index.kernels.compile import INTS, ROWS_OF_8, Floats, Ints, array_of, helper, kernel


@kernel(uint8[::1](array_of(uint8), INTS, array_of(int32)))
def gather(
    content: NDArray[np.uint8], starts: Ints, lengths: NDArray[np.int32]
) -> NDArray[np.uint8]:
    """Return ``content[starts[i]:starts[i] + lengths[i]]`` for every i, joined; -1 is no piece."""
    total = 0
    for length in lengths:
        total += max(length, 0)
    joined = np.empty(total, dtype=np.uint8)
    at = 0
    for i in range(starts.shape[0]):
        for position in range(starts[i], starts[i] + max(lengths[i], 0)):
            joined[at] = content[position]
            at += 1
    return joined


@kernel(float64[:, ::1](ROWS_OF_8, ROWS_OF_8, INTS))
def rows_of_8(previous: Floats, late: Floats, rows: Ints) -> Floats:
    """Return ``rows`` of two arrays (n, 8) and (m, 8), of which the second goes on at row n."""
    n = previous.shape[0]
    found = np.empty((rows.shape[0], 8), dtype=np.float64)
    for i in range(rows.shape[0]):
        columns, row = (previous, rows[i]) if rows[i] < n else (late, rows[i] - n)
        for j in range(8):
            found[i, j] = columns[row, j]
    return found


@helper
def int_at(previous: Ints, late: Ints, row: int) -> int:
    """Return what is at a row of two arrays, of which the second goes on where one ends."""
    n = previous.shape[0]
    return previous[row] if row < n else late[row - n]


@kernel(int64[::1](INTS, INTS, INTS))
def ints(previous: Ints, late: Ints, rows: Ints) -> Ints:
    """Return what is at ``rows`` of two arrays, of which the second goes on where one ends."""
    found = np.empty(rows.shape[0], dtype=np.int64)
    for i in range(rows.shape[0]):
        found[i] = int_at(previous, late, rows[i])
    return found
