"""The score of one row, in one order of operations for all kernels."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import uintp

from index.features import COORDINATES
from index.kernels.arguments import Search
from index.kernels.compile import Floats, Ints, helper, inlined


def _products(first: int, stop: int) -> Callable[[Floats, int, Floats], float]:
    """Return a function that sums ``a[i, j] * b[j]`` for j in ``first..stop-1`` as a tree.

    A tree has short chains of dependencies, and one fixed order. Each half is a function of its
    own, so that the compiler sees constants.
    """
    if stop - first == 1:
        return helper(lambda a, i, b: a[i, first] * b[first])
    half = 1
    while 2 * half < stop - first:
        half *= 2
    left, right = _products(first, first + half), _products(first + half, stop)
    return helper(lambda a, i, b: left(a, i, b) + right(a, i, b))


cosine = _products(0, COORDINATES)
"""``cosine(vectors, row, query)``: the inner product of unit vectors, or of one and zero."""


@helper
def sound_of(vectors: Floats, row: int, query: Floats) -> float:
    """Return 1 + cos of one row: twice its similarity."""
    return 1.0 + cosine(vectors, row, query)


@helper
def static_of(static: Floats, row: int) -> float:
    """Return the static score of one row; 0 where tracks have none."""
    return static[row] if static.shape[0] > 0 else 0.0


@helper
def score_of(vectors: Floats, static: Floats, row: int, query: Floats, factor: float) -> float:
    """Return ``factor * (1 + cos) + static`` of one row; a factor is `factor_of` its genre.

    Unsigned indices spare the check for "counted from the end", a third of the time of a scan.
    """
    i: Any = uintp(row)
    audio: float = factor * sound_of(vectors, i, query)

    return audio + static_of(static, i)


@inlined
def contains_code(codes: Ints, code: int) -> bool:
    """Whether a code is one of a few."""
    found = False
    for i in range(codes.shape[0]):
        found = found or codes[i] == code
    return found


@helper
def factor_of(search: Search, is_boosted: bool) -> float:
    """Return ``audio_weight * boost / 2``."""
    boost = search.bonus if is_boosted else 1.0
    return float(search.audio_weight * boost * 0.5)


@helper
def passes(features: Floats, ranges: Floats, row: int) -> bool:
    """Whether every feature lies in its range; unknown ones (NaN) lie in none that is given."""
    for j in range(ranges.shape[1]):
        value = features[row, j]
        if ranges[0, j] > -np.inf and not value >= ranges[0, j]:
            return False
        if ranges[1, j] < np.inf and not value <= ranges[1, j]:
            return False
    return True
