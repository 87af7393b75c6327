"""Exact scans: every row is scored, or looked at in a given order."""

import numpy as np
from numba import boolean, int64
from numpy.typing import NDArray

from index.features import COORDINATES
from index.kernels.arguments import SEARCH, TRACKS, Search, Tracks
from index.kernels.compile import (
    FLAGS,
    FLOATS,
    FLOATS_2D,
    INTS,
    RANKED,
    Floats,
    Ints,
    helper,
    kernel,
)
from index.kernels.heap import empty_heap, heap_push, heap_sorted, threshold_of
from index.kernels.score import contains_code, factor_of, passes, score_of, static_of
from index.kernels.sorted_sets import contains_row, is_excluded


@helper
def _reweighted(vectors: Floats, row: int, query: Floats, ratios: Floats) -> float:
    """Return the cosine between a query and a vector whose coordinates count by ``ratios``."""
    product, square = 0.0, 0.0
    for j in range(COORDINATES):
        value = ratios[j] * vectors[row, j]
        product += value * query[j]
        square += value * value
    return product / np.sqrt(square) if square > 0.0 else 0.0


@helper
def factors_of(search: Search) -> Floats:
    """Return `factor_of` each genre code; the last one is that of all codes that follow."""
    last = 0
    for i in range(search.boosted.shape[0]):
        last = max(last, search.boosted[i] + 1)
    factors = np.empty(last + 1, dtype=np.float64)
    for code in range(last + 1):
        factors[code] = factor_of(search, contains_code(search.boosted, code))
    return factors


@helper
def may_come(tracks: Tracks, search: Search, base: int, row: int) -> bool:
    """Whether row ``base + row`` is neither deleted nor excluded, and passes all filters."""
    if search.deleted.shape[0] > 0 and search.deleted[row]:
        return False
    if search.allowed.shape[0] > 0 and not contains_code(search.allowed, tracks.genre_codes[row]):
        return False
    if search.ranges.shape[0] > 0 and not passes(tracks.features, search.ranges, row):
        return False
    return not contains_row(search.excluded, base + row)


@kernel(RANKED(TRACKS, SEARCH, FLOATS, int64, int64, int64, int64))
def top_scores(
    tracks: Tracks, search: Search, ratios: Floats, base: int, start: int, stop: int, k: int
) -> tuple[Ints, Floats]:
    """Return rows and scores of the ``k`` best of some tracks, ties by track id.

        score = audio_weight * boost * (1 + cos) / 2 + static

    Parameters
    ----------
    tracks, search : see `index.kernels.arguments`
    ratios : (d,) factors on the coordinates of each vector, which is then made unit length again;
        (0,) to leave vectors as they are
    base : the row number of the first track: 0 for a snapshot, n for its delta
    start, stop : positions ``start..stop-1`` are scanned
    k : how many to return at the most

    Returns
    -------
    rows, scores : (k,) or fewer, best first

    """
    vectors, static, genre_codes = tracks.vectors, tracks.static, tracks.genre_codes
    heap, size, query = empty_heap(k), 0, search.vector
    threshold = threshold_of(heap, size)
    factors = factors_of(search)
    last = factors.shape[0] - 1

    for row in range(start, stop):
        factor = factors[min(genre_codes[row], last)]
        if ratios.shape[0] == 0:
            score = score_of(vectors, static, row, query, factor)
        else:
            audio = factor * (1.0 + _reweighted(vectors, row, query, ratios))
            score = audio + static_of(static, row)
        if score >= threshold and may_come(tracks, search, base, row):
            size = heap_push(heap, size, score, tracks.track_ids[row], base + row)
            threshold = threshold_of(heap, size)

    return heap_sorted(heap, size)


@kernel(RANKED(FLOATS, INTS, FLAGS, INTS, int64, int64, int64))
def top_values(
    values: Floats,
    track_ids: Ints,
    deleted: NDArray[np.bool_],
    excluded: Ints,
    start: int,
    stop: int,
    k: int,
) -> tuple[Ints, Floats]:
    """Return the ``k`` rows of ``start..stop-1`` with the greatest values, and the values.

    Parameters
    ----------
    values, track_ids : (n,) columns of the same rows; ties by track id
    deleted, excluded : as in `index.kernels.arguments.Search`
    start, stop, k : range of rows, and how many to return at the most

    """
    heap, size = empty_heap(k), 0
    threshold = threshold_of(heap, size)

    for row in range(start, stop):
        if values[row] >= threshold and not is_excluded(deleted, excluded, row):
            size = heap_push(heap, size, values[row], track_ids[row], row)
            threshold = threshold_of(heap, size)

    return heap_sorted(heap, size)


@kernel(RANKED(INTS, FLOATS, FLAGS, INTS, int64, int64, int64))
def first_of(
    ordered: Ints,
    scores: Floats,
    deleted: NDArray[np.bool_],
    excluded: Ints,
    start: int,
    stop: int,
    k: int,
) -> tuple[Ints, Floats]:
    """Return the first ``k`` of ``ordered`` rows that lie in ``start..stop-1``, and their scores.

    Parameters
    ----------
    ordered, scores : (m,) rows, best first, and the score of each
    deleted, excluded : as in `index.kernels.arguments.Search`
    start, stop, k : range of rows, and how many to return at the most

    """
    found = np.empty(k, dtype=np.int64)
    of_found = np.empty(k, dtype=np.float64)
    size = 0

    for position in range(ordered.shape[0]):
        if size == k:
            break
        row = ordered[position]
        if start <= row < stop and not is_excluded(deleted, excluded, row):
            found[size], of_found[size] = row, scores[position]
            size += 1

    return found[:size].copy(), of_found[:size].copy()


@kernel(boolean[::1](FLOATS_2D, FLOATS_2D))
def outside(features: Floats, ranges: Floats) -> NDArray[np.bool_]:
    """Tell which rows of ``features`` (n, f) break ``ranges`` (2, f): least and greatest values.

    An infinite limit lets everything pass, any other one nothing that is NaN.
    """
    broken = np.empty(features.shape[0], dtype=np.bool_)
    for row in range(features.shape[0]):
        broken[row] = not passes(features, ranges, row)
    return broken
