"""What a listener's history reaches: songs by co-listening, and tracks by artist."""

from typing import Any

import numpy as np
from numba import float64, int32
from numpy.typing import NDArray

from index.kernels.base import (
    CODES,
    FLOATS,
    INTS,
    SINGLES,
    Floats,
    Ints,
    helper,
    kernel,
    score_of,
    tuple_of,
)
from index.kernels.base import ROWS_OF_8 as ROWS

Codes = NDArray[np.int32]
Singles = NDArray[np.float32]

FREE = np.int32(-1)


@helper
def place_of(codes: Codes, code: int) -> int:
    """Return where a code stands in a table of open addresses, or where it is to stand."""
    mask = codes.shape[0] - 1
    at: Any = (code * 0x9E3779B1) & mask
    while codes[at] != FREE and codes[at] != code:
        at = (at + 1) & mask
    return int(at)


@kernel(tuple_of((int32[::1], float64[:, ::1]))(CODES, FLOATS, FLOATS, INTS, CODES, SINGLES))
def spread(
    codes: Codes,
    strengths: Floats,
    recents: Floats,
    near_offsets: Ints,
    near: Codes,
    near_weights: Singles,
) -> tuple[Codes, NDArray[np.float64]]:
    """Return what a history of ``codes`` reaches by a table of neighbours, and how strongly.

    Parameters
    ----------
    codes : (h,) songs or artists, each once; -1 for one that the table doesn't know
    strengths, recents : (h,) how much each counts, in all and lately; below 0 for dislike
    near_offsets, near, near_weights : the neighbours of each code

    Returns
    -------
    codes (m,), in the order in which they were met, and sums (m, 2) of weights times strengths
    and weights times recents.

    """
    total = 0
    for i in range(codes.shape[0]):
        if codes[i] >= 0:
            total += near_offsets[codes[i] + 1] - near_offsets[codes[i]]
    slots = 16
    while slots < 2 * total:
        slots *= 2
    table = np.full(slots, FREE, dtype=np.int32)
    sums = np.zeros((slots, 2), dtype=np.float64)
    met = np.empty(total, dtype=np.int32)
    count = 0
    for i in range(codes.shape[0]):
        if codes[i] < 0:
            continue
        for at in range(near_offsets[codes[i]], near_offsets[codes[i] + 1]):
            place = place_of(table, near[at])
            if table[place] == FREE:
                table[place] = near[at]
                met[count] = near[at]
                count += 1
            sums[place, 0] += near_weights[at] * strengths[i]
            sums[place, 1] += near_weights[at] * recents[i]
    found = np.empty((count, 2), dtype=np.float64)
    for i in range(count):
        place = place_of(table, met[i])
        found[i, 0], found[i, 1] = sums[place, 0], sums[place, 1]
    return met[:count].copy(), found


@kernel(float64[::1](ROWS, CODES, FLOATS, FLOATS, INTS, FLOATS, FLOATS, FLOATS))
def scores_of(
    vectors: Floats,
    genre_codes: Codes,
    popularity: Floats,
    freshness: Floats,
    rows: Ints,
    query: Floats,
    boosts: Floats,
    weights: Floats,
) -> Floats:
    """Return the score of each of some rows, as `scans.top_scores` would."""
    factors = weights[0] * boosts * 0.5
    scores = np.empty(rows.shape[0], dtype=np.float64)
    for i in range(rows.shape[0]):
        scores[i] = score_of(
            vectors, genre_codes, popularity, freshness, rows[i], query, factors, weights
        )
    return scores
