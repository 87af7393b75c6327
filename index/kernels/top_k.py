"""From what is known of some rows to the best of them, and from two lists of the best to one."""

from typing import Any

import numpy as np
from numba import float64, int32, int64, uintp
from numpy.typing import NDArray

from index.kernels.compile import (
    CODES,
    FLOATS,
    INTS,
    RANKED,
    ROWS_OF_8,
    Floats,
    Ints,
    kernel,
    tuple_of,
)
from index.kernels.gathering import int_at
from index.kernels.heap import heap_push, heap_sort, nth_greatest
from index.kernels.score import signals_of, sound_of
from index.kernels.simd import prefetch
from index.kernels.tree_search import contains_code

Codes = NDArray[np.int32]

_AHEAD = 6
"""Rows that are fetched ahead."""
HALVES = tuple_of((int32[::1], float64[::1], float64[::1]))


@kernel(HALVES(ROWS_OF_8, CODES, FLOATS, FLOATS, INTS, FLOATS, FLOATS))
def partial_scores(
    vectors: Floats,
    genre_codes: Codes,
    popularity: Floats,
    freshness: Floats,
    rows: Ints,
    query: Floats,
    weights: Floats,
) -> tuple[Codes, Floats, Floats]:
    """Return what `base.score_of` makes the scores of some rows of: genre, sound, signals."""
    sounds, signals = np.empty(rows.shape[0]), np.empty(rows.shape[0])
    codes = np.empty(rows.shape[0], dtype=np.int32)
    for i in range(rows.shape[0]):
        if i + _AHEAD < rows.shape[0]:
            coming = uintp(rows[i + _AHEAD])
            prefetch(vectors, coming * uintp(8))
            prefetch(genre_codes, coming)
            prefetch(popularity, coming)
            prefetch(freshness, coming)
        row: Any = uintp(rows[i])
        sounds[i] = sound_of(vectors, row, query)
        signals[i] = signals_of(popularity, freshness, row, weights)
        codes[i] = genre_codes[row]
    return codes, sounds, signals


@kernel(RANKED(INTS, CODES, FLOATS, FLOATS, INTS, INTS, float64, FLOATS, INTS, INTS, int64))
def top_k_of_partial(
    rows: Ints,
    codes: Codes,
    sounds: Floats,
    signals: Floats,
    excluded: Ints,
    boosted: Ints,
    bonus: float,
    weights: Floats,
    track_ids: Ints,
    late_ids: Ints,
    k: int,
) -> tuple[Ints, Floats]:
    """Return the ``k`` best of some rows by `base.score_of`, ties by ascending id.

    Parameters
    ----------
    rows : (m,) ascending, each once; those that are ``late_ids`` come after all ``track_ids``
    codes, sounds, signals : (m,) as by `partial_scores`, or with more in the signals
    excluded : rows that don't come, ascending
    boosted : codes of the genres whose boost is ``bonus``; that of the others is 1

    """
    plain, raised = weights[0] * 1.0 * 0.5, weights[0] * bonus * 0.5
    passing = np.empty(rows.shape[0], dtype=np.int64)
    scores = np.empty(rows.shape[0], dtype=np.float64)
    count = at = 0
    for i in range(rows.shape[0]):
        while at < excluded.shape[0] and excluded[at] < rows[i]:
            at += 1
        if at < excluded.shape[0] and excluded[at] == rows[i]:
            continue
        factor = raised if contains_code(boosted, codes[i]) else plain
        passing[count], scores[count] = rows[i], factor * sounds[i] + signals[i]
        count += 1

    k = min(k, count)
    best, best_scores = np.empty(k, dtype=np.int64), np.empty(k, dtype=np.float64)
    if k == 0:
        return best, best_scores
    least = nth_greatest(scores[:count].copy(), k)
    left = 0
    for i in range(count):
        if scores[i] >= least:
            passing[left], scores[left] = passing[i], scores[i]
            prefetch(track_ids, uintp(passing[i]))  # harmless where it is one of the late
            left += 1
    ids, size = np.empty(k, dtype=np.int64), 0
    for i in range(left):
        track_id = int_at(track_ids, late_ids, passing[i])
        size = heap_push(best_scores, ids, best, size, scores[i], track_id, passing[i])
    heap_sort(best_scores, ids, best, size)
    return best, best_scores


@kernel(RANKED(INTS, FLOATS, INTS, FLOATS, INTS, INTS, int64))
def merged(
    rows: Ints,
    scores: Floats,
    other_rows: Ints,
    other_scores: Floats,
    track_ids: Ints,
    late_ids: Ints,
    k: int,
) -> tuple[Ints, Floats]:
    """Return the ``k`` best of two lists that are in order, without a row in common."""
    k = max(min(k, rows.shape[0] + other_rows.shape[0]), 0)
    best, best_scores = np.empty(k, dtype=np.int64), np.empty(k, dtype=np.float64)
    a = b = 0
    for i in range(k):
        first = b == other_rows.shape[0]
        if a < rows.shape[0] and not first:
            first = scores[a] > other_scores[b]
            if scores[a] == other_scores[b]:
                own = int_at(track_ids, late_ids, rows[a])
                first = own < int_at(track_ids, late_ids, other_rows[b])
        if first:
            best[i], best_scores[i] = rows[a], scores[a]
            a += 1
        else:
            best[i], best_scores[i] = other_rows[b], other_scores[b]
            b += 1
    return best, best_scores


@kernel(int64[::1](INTS, INTS))
def union(one: Ints, other: Ints) -> Ints:
    """Return what is in either of two ascending sets, ascending, each once."""
    found = np.empty(one.shape[0] + other.shape[0], dtype=np.int64)
    a = b = size = 0
    while a < one.shape[0] and b < other.shape[0]:
        low, high = one[a], other[b]
        found[size] = min(low, high)
        size += 1
        a += low <= high
        b += high <= low
    while a < one.shape[0]:
        found[size] = one[a]
        size, a = size + 1, a + 1
    while b < other.shape[0]:
        found[size] = other[b]
        size, b = size + 1, b + 1
    return found[:size].copy()
