"""Searches in ascending arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.kernels.compile import Ints, inlined


@inlined
def first_from(ascending: NDArray[Any], value: int, low: int, high: int) -> int:
    """Return the first place in ``low`` to ``high`` that holds ``value`` or more, or ``high``."""
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def contains_row(ascending: Ints, row: int) -> bool:
    """Whether a row is one of some ascending ones."""
    at = first_from(ascending, row, 0, ascending.shape[0])
    return bool(at < ascending.shape[0] and ascending[at] == row)


@inlined
def is_excluded(dead: NDArray[np.bool_], excluded: Ints, row: int) -> bool:
    """Whether a row is dead, or one of the ascending ``excluded``."""
    return bool((dead.shape[0] > 0 and dead[row]) or contains_row(excluded, row))
