"""Top k of precomputed partial scores, and the merge of two ranked lists."""

from typing import Any, NamedTuple

import numpy as np
from numba import float64, int32, int64, uintp
from numpy.typing import NDArray

from index.features import COORDINATES
from index.kernels.arguments import SEARCH, TRACKS, Search, Tracks
from index.kernels.compile import (
    CODES,
    FLOATS,
    INTS,
    RANKED,
    Floats,
    Ints,
    group_of,
    kernel,
    tuple_of,
)
from index.kernels.gathering import int_at
from index.kernels.heap import empty_heap, heap_push, heap_sorted, nth_greatest
from index.kernels.score import contains_code, factor_of, sound_of, static_of
from index.kernels.simd import prefetch

Codes = NDArray[np.int32]

_AHEAD = 6
"""Rows that are fetched ahead."""
PARTIAL_SCORES = tuple_of((int32[::1], float64[::1], float64[::1]))


class PartialScores(NamedTuple):
    """Scores of some rows, before a request's bonus: ``factor * sounds + static``."""

    rows: Ints
    """(m,) ascending, each once; those of the delta come last."""
    codes: Codes
    """(m,) of their genres."""
    sounds: Floats
    """(m,) 1 + cos."""
    static: Floats
    """(m,) all that no request changes."""


PARTIAL = group_of(PartialScores, INTS, CODES, FLOATS, FLOATS)


@kernel(PARTIAL_SCORES(TRACKS, INTS, FLOATS))
def partial_scores(tracks: Tracks, rows: Ints, vector: Floats) -> tuple[Codes, Floats, Floats]:
    """Return genre codes, sounds and static scores (m,) of ``rows`` (m,); see `PartialScores`.

    ``vector`` (d,) is what the sounds are compared with.
    """
    vectors, genre_codes, static = tracks.vectors, tracks.genre_codes, tracks.static
    sounds, of_rows = np.empty(rows.shape[0]), np.empty(rows.shape[0])
    codes = np.empty(rows.shape[0], dtype=np.int32)
    for i in range(rows.shape[0]):
        if i + _AHEAD < rows.shape[0]:
            coming = uintp(rows[i + _AHEAD])
            prefetch(vectors, coming * uintp(COORDINATES))
            prefetch(genre_codes, coming)
            prefetch(static, coming)
        row: Any = uintp(rows[i])
        sounds[i] = sound_of(vectors, row, vector)
        of_rows[i] = static_of(static, row)
        codes[i] = genre_codes[row]
    return codes, sounds, of_rows


@kernel(RANKED(PARTIAL, SEARCH, INTS, INTS, int64))
def top_k_of_partial(
    partial: PartialScores, search: Search, snapshot_ids: Ints, delta_ids: Ints, k: int
) -> tuple[Ints, Floats]:
    """Return rows and scores of the ``k`` best of some rows, ties by ascending id.

    Parameters
    ----------
    partial : see `PartialScores`
    search : its bonus applies, and its excluded rows don't come; it has no other filters
    snapshot_ids, delta_ids : (n,) and (slots,) track ids of all rows
    k : how many to return at the most

    """
    rows, codes, sounds, static = partial
    excluded = search.excluded
    plain, raised = factor_of(search, False), factor_of(search, True)
    passing = np.empty(rows.shape[0], dtype=np.int64)
    scores = np.empty(rows.shape[0], dtype=np.float64)
    count = at = 0
    for i in range(rows.shape[0]):
        while at < excluded.shape[0] and excluded[at] < rows[i]:
            at += 1
        if at < excluded.shape[0] and excluded[at] == rows[i]:
            continue
        factor = raised if contains_code(search.boosted, codes[i]) else plain
        passing[count], scores[count] = rows[i], factor * sounds[i] + static[i]
        count += 1

    heap, size = empty_heap(min(k, count)), 0
    if heap.rows.shape[0] == 0:
        return heap_sorted(heap, 0)
    least = nth_greatest(scores[:count].copy(), heap.rows.shape[0])
    left = 0
    for i in range(count):
        if scores[i] >= least:
            passing[left], scores[left] = passing[i], scores[i]
            prefetch(snapshot_ids, uintp(passing[i]))  # harmless for a row of the delta
            left += 1
    for i in range(left):
        track_id = int_at(snapshot_ids, delta_ids, passing[i])
        size = heap_push(heap, size, scores[i], track_id, passing[i])
    return heap_sorted(heap, size)


@kernel(RANKED(INTS, FLOATS, INTS, FLOATS, INTS, INTS, int64))
def merged(
    rows: Ints,
    scores: Floats,
    other_rows: Ints,
    other_scores: Floats,
    snapshot_ids: Ints,
    delta_ids: Ints,
    k: int,
) -> tuple[Ints, Floats]:
    """Return the ``k`` best of two lists, best first, without a row in common.

    Parameters
    ----------
    rows, scores, other_rows, other_scores : (m,) and (o,) the lists, each best first
    snapshot_ids, delta_ids : (n,) and (slots,) track ids of all rows: ties are broken by them
    k : how many to return at the most

    """
    k = max(min(k, rows.shape[0] + other_rows.shape[0]), 0)
    best, best_scores = np.empty(k, dtype=np.int64), np.empty(k, dtype=np.float64)
    a = b = 0
    for i in range(k):
        first = b == other_rows.shape[0]
        if a < rows.shape[0] and not first:
            first = scores[a] > other_scores[b]
            if scores[a] == other_scores[b]:
                own = int_at(snapshot_ids, delta_ids, rows[a])
                first = own < int_at(snapshot_ids, delta_ids, other_rows[b])
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
