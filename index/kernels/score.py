"""The score of one row, in one order of operations for all kernels."""

from typing import Any

import numpy as np
from numba import uintp
from numpy.typing import NDArray

from index.kernels.compile import Floats, helper


@helper
def cosine(a: Floats, i: int, b: Floats) -> float:
    """Inner product of unit vectors, summed as a tree: short dependency chains, one fixed order."""
    left: float = (a[i, 0] * b[0] + a[i, 1] * b[1]) + (a[i, 2] * b[2] + a[i, 3] * b[3])
    right: float = (a[i, 4] * b[4] + a[i, 5] * b[5]) + (a[i, 6] * b[6] + a[i, 7] * b[7])

    return left + right


@helper
def sound_of(vectors: Floats, row: int, query: Floats) -> float:
    """Return 1 + cos of one row: twice its similarity."""
    return 1.0 + cosine(vectors, row, query)


@helper
def signals_of(popularity: Floats, freshness: Floats, row: int, weights: Floats) -> float:
    """Return what is known of one row beside its sound, weighed."""
    signals: float = weights[1] * popularity[row] + weights[2] * freshness[row]
    return signals


@helper
def score_of(
    vectors: Floats,
    genre_codes: NDArray[np.int32],
    popularity: Floats,
    freshness: Floats,
    row: int,
    query: Floats,
    factors: Floats,
    weights: Floats,
) -> float:
    """Score one row; ``factors[code]`` is ``weights[0] * boost / 2``.

    Unsigned indices spare the check for "counted from the end", a third of the time of a scan.
    """
    i: Any = uintp(row)
    audio: float = factors[uintp(genre_codes[i])] * sound_of(vectors, i, query)

    return audio + signals_of(popularity, freshness, i, weights)
