"""Which of a few tracks could be among the best at all."""

import numpy as np
from numba import float64, int64
from numpy.typing import NDArray

from index.kernels.base import FLOATS, SINGLES_2D, Floats, Ints, kernel
from index.kernels.trees import MARGIN

_ZERO = np.float32(0.0)
_LANES = 64


@kernel(int64[::1](SINGLES_2D, FLOATS, FLOATS, float64, float64), fast=True)
def may_reach(
    block: NDArray[np.float32], query: Floats, weights: Floats, bonus: float, floor: float
) -> Ints:
    """Return the lanes whose score may be ``floor`` or more, whatever their genre's boost.

    Parameters
    ----------
    block : (10, n) eight coordinates, popularity and freshness of each lane
    query, weights : as in `trees.search_trees`
    bonus : the greatest boost there is
    floor : score of the last of the best that are known

    """
    n = block.shape[1]
    factor = np.float32(weights[0] * bonus * 0.5)
    scaled = (factor * query).astype(np.float32)
    popular, fresh = np.float32(weights[1]), np.float32(weights[2])
    needed = np.float32(floor - factor - 2.0 * MARGIN * max(weights[0] * bonus, 1.0))
    found = np.empty(n, dtype=np.int64)
    scores = np.empty(_LANES, dtype=np.float32)
    count = 0
    for first in range(0, n, _LANES):
        size = min(_LANES, n - first)
        excess = _ZERO
        for lane in range(size):
            i = first + lane
            score = (
                scaled[0] * block[0, i]
                + scaled[1] * block[1, i]
                + scaled[2] * block[2, i]
                + scaled[3] * block[3, i]
                + scaled[4] * block[4, i]
                + scaled[5] * block[5, i]
                + scaled[6] * block[6, i]
                + scaled[7] * block[7, i]
                + popular * block[8, i]
                + fresh * block[9, i]
            )
            scores[lane] = score
            more = score - needed
            excess += more if more > _ZERO else _ZERO
        if excess > _ZERO or needed == -np.inf:
            for lane in range(size):
                if scores[lane] >= needed:
                    found[count] = first + lane
                    count += 1
    return found[:count]
