"""The few tracks of a delta, beside the best of the snapshot.

Like the leaves of a tree (`index.kernels.tree_search`) they are bounded in float32, a block at a
time. Only rows that may be among the best are scored, by the operations of a scan in their order.
"""

import numpy as np
from numba import float32, float64, int64, uintp
from numpy.typing import NDArray

from index.kernels.array_table import codes_at, floats_at, ints_at, rows_of_8_at
from index.kernels.compile import (
    FLAGS,
    FLOATS,
    INTS,
    RANKED,
    ROWS_OF_8,
    SINGLES,
    Floats,
    Ints,
    helper,
    inlined,
    kernel,
)
from index.kernels.heap import heap_push, heap_sort
from index.kernels.score import signals_of, sound_of
from index.kernels.sorted_sets import contains_row
from index.kernels.tree_search import (
    FEATURES,
    FRESHNESS,
    GENRE_CODES,
    MARGIN,
    POPULARITY,
    TRACK_IDS,
    VECTORS,
    contains_code,
    passes,
)

Singles = NDArray[np.float32]

LANES = 64
"""Tracks of a block."""
COLUMNS = 11
"""Of a block: eight coordinates, popularity, freshness and the genre's code."""
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)
_NO_CODE = np.float32(-1.0)
_COMPARED = 3
"""Genres that blocks are compared with; if more are boosted, every lane counts as boosted."""


@kernel(float32[::1](INTS))
def pack_blocks(table: Ints) -> Singles:
    """Return the tracks of a delta in blocks of (11, 64); lanes after the last one are zero.

    ``table`` holds the delta's columns in the places of a snapshot's.
    """
    vectors, genre_codes = rows_of_8_at(table, VECTORS), codes_at(table, GENRE_CODES)
    popularity, freshness = floats_at(table, POPULARITY), floats_at(table, FRESHNESS)
    n = genre_codes.shape[0]
    blocks = np.zeros((n + LANES - 1) // LANES * LANES * COLUMNS, dtype=np.float32)
    for i in range(n):
        at = i // LANES * LANES * COLUMNS + i % LANES
        for j in range(8):
            blocks[at + LANES * j] = vectors[i, j]
        blocks[at + LANES * 8] = popularity[i]
        blocks[at + LANES * 9] = freshness[i]
        blocks[at + LANES * 10] = genre_codes[i]
    return blocks


@inlined
def _score_lanes(blocks: Singles, first: int, query: Singles, scale: Singles, out: Singles) -> None:
    """Score the lanes of a block, give or take what float32 errs.

    ``scale`` holds half the weight of the sound without and with the bonus, the weights of
    popularity and freshness, and the codes of the boosted genres.
    """
    a, b, c, d = query[0], query[1], query[2], query[3]
    e, f, g, h = query[4], query[5], query[6], query[7]
    plain, more, popular, fresh = scale[0], scale[1] - scale[0], scale[2], scale[3]
    one, two, three = scale[4], scale[5], scale[6]
    for lane in range(uintp(LANES)):
        i = first + lane
        code = blocks[i + uintp(640)]
        factor = plain + (more if (code == one) | (code == two) | (code == three) else _ZERO)
        out[lane] = (
            factor
            * (
                (a * blocks[i] + b * blocks[i + uintp(64)])
                + (c * blocks[i + uintp(128)] + d * blocks[i + uintp(192)])
                + (e * blocks[i + uintp(256)] + f * blocks[i + uintp(320)])
                + (g * blocks[i + uintp(384)] + h * blocks[i + uintp(448)])
                + _ONE
            )
            + popular * blocks[i + uintp(512)]
            + fresh * blocks[i + uintp(576)]
        )


@inlined
def _excess(scores: Singles, needed: np.float32) -> np.float32:
    """Return by how much the scores of a block exceed ``needed``, summed; 0 if none does."""
    excess = _ZERO
    for lane in range(uintp(LANES)):
        more = scores[lane] - needed
        excess += more if more > _ZERO else _ZERO
    return excess


@helper
def _exact(
    vectors: Floats,
    popularity: Floats,
    freshness: Floats,
    i: int,
    query: Floats,
    weights: Floats,
    boost: float,
) -> float:
    """Return the score of a track as a scan does, to the last bit."""
    audio: float = weights[0] * boost * 0.5 * sound_of(vectors, i, query)
    return audio + signals_of(popularity, freshness, i, weights)


@kernel(
    RANKED(
        *(INTS, SINGLES, FLAGS, INTS, INTS, FLOATS, INTS, INTS, ROWS_OF_8),
        *(FLOATS, FLOATS, INTS, float64, int64),
    ),
    fast=True,
)
def merge_delta(
    table: Ints,
    blocks: Singles,
    hidden: NDArray[np.bool_],
    track_ids: Ints,
    rows: Ints,
    scores: Floats,
    excluded: Ints,
    allowed: Ints,
    ranges: Floats,
    query: Floats,
    weights: Floats,
    boosted: Ints,
    bonus: float,
    k: int,
) -> tuple[Ints, Floats]:
    """Return rows and scores of the ``k`` best of a snapshot and its delta, ties by track id.

    Parameters
    ----------
    table : columns of the delta's tracks, in the places of a snapshot's
    blocks : the same by `pack_blocks`
    hidden : (slots,) which of them are gone; slot ``i`` is row ``len(track_ids) + i``
    track_ids : of the snapshot
    rows, scores : the ``k`` best of the snapshot, or all there are, best first
    excluded : rows to leave out, ascending, each once
    allowed : codes of the genres that may come; empty for all
    ranges, query, weights, bonus : as in `trees.search_trees`
    boosted : codes of the genres whose boost is ``bonus``
    k : how many to return at the most, at least 1

    """
    late_ids, features = ints_at(table, TRACK_IDS), rows_of_8_at(table, FEATURES)
    vectors, genre_codes = rows_of_8_at(table, VECTORS), codes_at(table, GENRE_CODES)
    popularity, freshness = floats_at(table, POPULARITY), floats_at(table, FRESHNESS)
    n, slots = track_ids.shape[0], late_ids.shape[0]
    best_rows = np.empty(k, dtype=np.int64)
    best_ids = np.empty(k, dtype=np.int64)
    best = np.empty(k, dtype=np.float64)
    size, changed = rows.shape[0], False
    for i in range(size):  # backwards, the best are a heap
        row = rows[size - 1 - i]
        best_rows[i], best_ids[i], best[i] = row, track_ids[row], scores[size - 1 - i]

    single = query.astype(np.float32)
    scale = np.full(4 + _COMPARED, _NO_CODE, dtype=np.float32)
    scale[0], scale[1] = weights[0] * 0.5, weights[0] * 0.5 * bonus
    scale[2], scale[3] = weights[1], weights[2]
    if boosted.shape[0] > _COMPARED:
        scale[0] = scale[1]
    else:
        for b in range(boosted.shape[0]):
            scale[4 + b] = boosted[b]
    margin = np.float32(2.0 * MARGIN * max(weights[0] * bonus, 1.0))
    needed = np.float32(best[0]) - margin if size == k else np.float32(-np.inf)
    lane_scores = np.empty(LANES, dtype=np.float32)

    for block in range((slots + LANES - 1) // LANES):
        _score_lanes(blocks, uintp(block) * uintp(LANES * COLUMNS), single, scale, lane_scores)
        if not _excess(lane_scores, needed) > _ZERO:
            continue
        for i in range(block * LANES, min(block * LANES + LANES, slots)):
            if lane_scores[i - block * LANES] < needed or hidden[i]:
                continue
            if allowed.shape[0] > 0 and not contains_code(allowed, genre_codes[i]):
                continue
            if ranges.shape[0] > 0 and not passes(features, ranges, i):
                continue
            if contains_row(excluded, n + i):
                continue
            boost = bonus if contains_code(boosted, genre_codes[i]) else 1.0
            score = _exact(vectors, popularity, freshness, i, query, weights, boost)
            size = heap_push(best, best_ids, best_rows, size, score, late_ids[i], n + i)
            changed = True
            if size == k:
                needed = np.float32(best[0]) - margin

    if not changed:
        return rows.copy(), scores.copy()
    heap_sort(best, best_ids, best_rows, size)
    return best_rows[:size].copy(), best[:size].copy()
