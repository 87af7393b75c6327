"""Numbers that are written out."""

import numpy as np
from numba import int64
from numpy.typing import NDArray

from index.kernels.base import Ints, kernel
from index.kernels.writing import BYTES, COMMA, MINUS, ZERO

Bytes = NDArray[np.uint8]

_NINE = ZERO + 9


@kernel(int64[::1](BYTES))
def wholes(text: Bytes) -> Ints:
    """Return the whole numbers of a text in which a comma follows each of them.

    None of them if the text is cut short, or holds anything else.
    """
    n = text.shape[0]
    nothing = np.empty(0, dtype=np.int64)
    if n == 0 or text[n - 1] != COMMA:
        return nothing
    count = 0
    for i in range(n):
        count += 1 if text[i] == COMMA else 0

    found = np.empty(count, dtype=np.int64)
    filled, value, negative = 0, 0, False
    for i in range(n):
        byte = text[i]
        if byte == COMMA:
            found[filled] = -value if negative else value
            filled, value, negative = filled + 1, 0, False
        elif byte == MINUS:
            negative = True
        elif ZERO <= byte <= _NINE:
            value = 10 * value + byte - ZERO
        else:
            return nothing
    return found
