"""Pieces of one run of bytes, put one after the other."""

import numpy as np
from numba import int32, uint8
from numpy.typing import NDArray

from index.kernels.base import INTS, Ints, array_of, kernel


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
        for place in range(starts[i], starts[i] + max(lengths[i], 0)):
            joined[at] = content[place]
            at += 1
    return joined
