"""Exact scans: every row is scored."""

import numpy as np
from numba import float64, int64
from numpy.typing import NDArray

from index.kernels.base import (
    CODES,
    FLAGS,
    FLOATS,
    INTS,
    RANKED,
    ROWS_OF_8,
    Floats,
    Ints,
    best_first,
    kernel,
    left_out,
    offer,
    score_of,
)


@kernel(
    RANKED(
        *(ROWS_OF_8, INTS, CODES, FLOATS, FLOATS, FLAGS, INTS),
        *(FLOATS, FLOATS, FLOATS, int64, int64, int64),
    )
)
def top_scores(
    vectors: Floats,
    track_ids: Ints,
    genre_codes: NDArray[np.int32],
    popularity: Floats,
    freshness: Floats,
    dead: NDArray[np.bool_],
    excluded: Ints,
    query: Floats,
    boosts: Floats,
    weights: Floats,
    start: int,
    stop: int,
    k: int,
) -> tuple[Ints, Floats]:
    """Return rows and scores of the ``k`` best of rows ``start..stop-1``, ties by track id.

        score = weights[0] * boosts[genre] * (1 + cos) / 2
              + weights[1] * popularity + weights[2] * freshness

    Parameters
    ----------
    vectors, track_ids, genre_codes, popularity, freshness : columns of the same n rows
    dead : (n,) rows that are gone, or (0,) if none is
    excluded : rows to leave out, ascending, each once
    query : (8,) unit vector or zero
    boosts : factor by genre code, for every code that occurs
    weights : (3,) audio, popularity, freshness
    start, stop, k : range of rows, and how many to return at the most

    """
    scores = np.empty(k, dtype=np.float64)
    ids = np.empty(k, dtype=np.int64)
    rows = np.empty(k, dtype=np.int64)
    size = 0
    threshold = -np.inf if k > 0 else np.inf
    factors = weights[0] * boosts * 0.5

    for row in range(start, stop):
        score = score_of(vectors, genre_codes, popularity, freshness, row, query, factors, weights)
        if score >= threshold and not left_out(dead, excluded, row):
            size = offer(scores, ids, rows, size, score, track_ids[row], row)
            if size == k:
                threshold = scores[0]

    best_first(scores, ids, rows, size)
    return rows[:size].copy(), scores[:size].copy()


@kernel(float64[::1](ROWS_OF_8, CODES, FLOATS, FLOATS, INTS, FLOATS, FLOATS, FLOATS))
def scores_of(
    vectors: Floats,
    genre_codes: NDArray[np.int32],
    popularity: Floats,
    freshness: Floats,
    rows: Ints,
    query: Floats,
    boosts: Floats,
    weights: Floats,
) -> Floats:
    """Return the score of each of ``rows``; see `top_scores` for the formula and arguments."""
    scores = np.empty(rows.shape[0], dtype=np.float64)
    factors = weights[0] * boosts * 0.5
    for i in range(rows.shape[0]):
        scores[i] = score_of(
            vectors, genre_codes, popularity, freshness, rows[i], query, factors, weights
        )
    return scores


@kernel(RANKED(FLOATS, INTS, FLAGS, INTS, int64, int64, int64))
def top_counts(
    counts: Floats,
    track_ids: Ints,
    dead: NDArray[np.bool_],
    excluded: Ints,
    start: int,
    stop: int,
    k: int,
) -> tuple[Ints, Floats]:
    """Return the ``k`` rows of ``start..stop-1`` with the greatest positive count, and the counts.

    Ties by track id; ``dead`` and ``excluded`` as in `top_scores`.
    """
    scores = np.empty(k, dtype=np.float64)
    ids = np.empty(k, dtype=np.int64)
    rows = np.empty(k, dtype=np.int64)
    size = 0
    threshold = 0.0 if k > 0 else np.inf

    for row in range(start, stop):
        count = counts[row]
        if count > 0.0 and count >= threshold and not left_out(dead, excluded, row):
            size = offer(scores, ids, rows, size, count, track_ids[row], row)
            if size == k:
                threshold = scores[0]

    best_first(scores, ids, rows, size)
    return rows[:size].copy(), scores[:size].copy()
