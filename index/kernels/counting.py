"""How many different listeners each track has."""

import numpy as np
from numba import int64
from numpy.typing import NDArray

from index.kernels.compile import CODES, FLAGS, INTS, Ints, kernel


@kernel(int64[::1](INTS, CODES, FLAGS, int64))
def count_listeners(
    offsets: Ints, rows: NDArray[np.int32], chosen: NDArray[np.bool_], n: int
) -> Ints:
    """Return by row how many lists hold it, (n,), however often one does.

    Parameters
    ----------
    offsets : list ``i`` is ``rows[offsets[i]:offsets[i + 1]]``
    rows : of tracks, below ``n``
    chosen : which places of ``rows`` count

    """
    counts = np.zeros(n, dtype=np.int64)
    latest = np.full(n, -1, dtype=np.int64)
    for listener in range(offsets.shape[0] - 1):
        for position in range(offsets[listener], offsets[listener + 1]):
            row = rows[position]
            if chosen[position] and latest[row] != listener:
                latest[row] = listener
                counts[row] += 1
    return counts
