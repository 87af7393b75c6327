"""Pieces of one run of bytes, or of two columns, put one after the other."""

import numpy as np
from numba import float64, int32, int64, uint8
from numpy.typing import NDArray

from index.kernels.compile import FLOATS_2D, INTS, Floats, Ints, array_of, helper, kernel


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


@kernel(float64[:, ::1](FLOATS_2D, FLOATS_2D, INTS))
def rows_of(snapshot: Floats, delta: Floats, rows: Ints) -> Floats:
    """Return ``rows`` (k, c) of two arrays (n, c) and (m, c); the second begins at row n."""
    n, columns = snapshot.shape[0], snapshot.shape[1]
    found = np.empty((rows.shape[0], columns), dtype=np.float64)
    for i in range(rows.shape[0]):
        source, row = (snapshot, rows[i]) if rows[i] < n else (delta, rows[i] - n)
        for j in range(columns):
            found[i, j] = source[row, j]
    return found


@helper
def int_at(snapshot: Ints, delta: Ints, row: int) -> int:
    """Return the number at a row of two arrays (n,) and (m,), of which the second begins at n."""
    n = snapshot.shape[0]
    return snapshot[row] if row < n else delta[row - n]


@kernel(int64[::1](INTS, INTS, INTS))
def ints(snapshot: Ints, delta: Ints, rows: Ints) -> Ints:
    """Return the numbers (k,) at ``rows`` of two arrays (n,) and (m,); see `int_at`."""
    found = np.empty(rows.shape[0], dtype=np.int64)
    for i in range(rows.shape[0]):
        found[i] = int_at(snapshot, delta, rows[i])
    return found
