"""Exact scans: every row is scored, or looked at in an order that is kept."""

import numpy as np
from numba import boolean, int64
from numpy.typing import NDArray

from index.kernels.compile import (
    CODES,
    FLAGS,
    FLOATS,
    INTS,
    RANKED,
    ROWS_OF_8,
    Floats,
    Ints,
    helper,
    kernel,
)
from index.kernels.heap import heap_push, heap_sort
from index.kernels.score import score_of
from index.kernels.sorted_sets import is_excluded


@helper
def _reweighted(vectors: Floats, row: int, query: Floats, ratios: Floats) -> float:
    """Return the cosine between a query and a vector whose coordinates count by ``ratios``."""
    product, square = 0.0, 0.0
    for j in range(8):
        value = ratios[j] * vectors[row, j]
        product += value * query[j]
        square += value * value
    return product / np.sqrt(square) if square > 0.0 else 0.0


@kernel(
    RANKED(
        *(ROWS_OF_8, INTS, CODES, FLOATS, FLOATS, FLAGS, INTS),
        *(FLOATS, FLOATS, FLOATS, FLOATS, int64, int64, int64),
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
    ratios: Floats,
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
    ratios : (8,) factors on every vector's coordinates, which are then made unit length again; or
        (0,) to leave vectors as they are
    start, stop, k : range of rows, and how many to return at the most

    """
    scores = np.empty(k, dtype=np.float64)
    ids = np.empty(k, dtype=np.int64)
    rows = np.empty(k, dtype=np.int64)
    size = 0
    threshold = -np.inf if k > 0 else np.inf
    factors = weights[0] * boosts * 0.5

    for row in range(start, stop):
        if ratios.shape[0] == 0:
            score = score_of(
                vectors, genre_codes, popularity, freshness, row, query, factors, weights
            )
        else:
            audio = factors[genre_codes[row]] * (1.0 + _reweighted(vectors, row, query, ratios))
            score = audio + (weights[1] * popularity[row] + weights[2] * freshness[row])
        if score >= threshold and not is_excluded(dead, excluded, row):
            size = heap_push(scores, ids, rows, size, score, track_ids[row], row)
            if size == k:
                threshold = scores[0]

    heap_sort(scores, ids, rows, size)
    return rows[:size].copy(), scores[:size].copy()


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
        if count > 0.0 and count >= threshold and not is_excluded(dead, excluded, row):
            size = heap_push(scores, ids, rows, size, count, track_ids[row], row)
            if size == k:
                threshold = scores[0]

    heap_sort(scores, ids, rows, size)
    return rows[:size].copy(), scores[:size].copy()


@kernel(RANKED(FLOATS, FLOATS, FLOATS, INTS, int64))
def top_signals(
    popularity: Floats, freshness: Floats, weights: Floats, track_ids: Ints, k: int
) -> tuple[Ints, Floats]:
    """Return what `top_scores` returns of all rows for a query that has no sound."""
    scores = np.empty(k, dtype=np.float64)
    ids = np.empty(k, dtype=np.int64)
    rows = np.empty(k, dtype=np.int64)
    size = 0
    threshold = -np.inf if k > 0 else np.inf

    for row in range(track_ids.shape[0]):
        score = weights[1] * popularity[row] + weights[2] * freshness[row]
        if score >= threshold:
            size = heap_push(scores, ids, rows, size, score, track_ids[row], row)
            if size == k:
                threshold = scores[0]

    heap_sort(scores, ids, rows, size)
    return rows[:size].copy(), scores[:size].copy()


@kernel(RANKED(INTS, FLOATS, FLAGS, INTS, INTS, int64, int64, int64))
def first_of(
    ordered: Ints,
    ordered_scores: Floats,
    dead: NDArray[np.bool_],
    excluded: Ints,
    replaced: Ints,
    start: int,
    stop: int,
    k: int,
) -> tuple[Ints, Floats]:
    """Return the first ``k`` of ``ordered`` rows that lie in ``start..stop-1``, and their scores.

    ``dead`` and ``excluded`` as in `top_scores`; ``replaced`` is a second list like ``excluded``.
    """
    rows = np.empty(k, dtype=np.int64)
    scores = np.empty(k, dtype=np.float64)
    size = 0

    for position in range(ordered.shape[0]):
        if size == k:
            break
        row = ordered[position]
        if (
            start <= row < stop
            and not is_excluded(dead, excluded, row)
            and not is_excluded(dead, replaced, row)
        ):
            rows[size], scores[size] = row, ordered_scores[position]
            size += 1

    return rows[:size].copy(), scores[:size].copy()


@kernel(boolean[::1](ROWS_OF_8, ROWS_OF_8))
def outside(features: Floats, ranges: Floats) -> NDArray[np.bool_]:
    """Tell which rows of ``features`` (n, 8) break ``ranges`` (2, 8): least and greatest values.

    An infinite limit lets everything pass, any other one nothing that is NaN.
    """
    broken = np.zeros(features.shape[0], dtype=np.bool_)
    for row in range(features.shape[0]):
        for j in range(8):
            value = features[row, j]
            low = ranges[0, j] == -np.inf or value >= ranges[0, j]
            high = ranges[1, j] == np.inf or value <= ranges[1, j]
            if not (low and high):
                broken[row] = True
                break

    return broken
