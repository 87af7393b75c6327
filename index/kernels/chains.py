"""Chains: positions that each know the one before."""

import numpy as np
from numba import int64
from numpy.typing import NDArray

from index.kernels.compile import INTS, Ints, kernel


@kernel(int64[::1](INTS, int64))
def chain(previous: Ints, last: int) -> NDArray[np.int64]:
    """Return the positions of the chain that ends at ``last``, from its beginning; -1 ends it."""
    length, at = 0, last
    while at >= 0:
        length += 1
        at = previous[at]

    positions = np.empty(length, dtype=np.int64)
    at = last
    for back in range(length - 1, -1, -1):
        positions[back] = at
        at = previous[at]
    return positions
