"""The tracks of a delta, merged into the best of its snapshot.

Like the leaves of a tree (`index.kernels.tree_search`) they are bounded in float32, a block at a
time. Only rows that may be among the best are scored exactly, by the function that scans use.
"""

import numpy as np
from numba import float32, int64
from numpy.typing import NDArray

from index.features import COORDINATES
from index.kernels.arguments import SEARCH, TRACKS, Search, Tracks
from index.kernels.compile import (
    FLOATS,
    INTS,
    RANKED,
    Floats,
    Ints,
    array_of,
    helper,
    inlined,
    kernel,
)
from index.kernels.heap import empty_heap, heap_push, heap_sorted
from index.kernels.scan import may_come
from index.kernels.score import contains_code, factor_of, score_of, static_of
from index.kernels.tree_search import MARGIN

Singles = NDArray[np.float32]

BLOCK_LANES = 64
"""Tracks of a block."""
COLUMNS = COORDINATES + 2
"""Of a block: coordinates, static score and the genre's code."""
_STATIC, _CODE = COORDINATES, COORDINATES + 1
BLOCKS = array_of(float32, 3)
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)
_NO_CODE = np.float32(-1.0)
_COMPARED = 3
"""Genres that blocks are compared with; if more are boosted, every lane counts as boosted."""


@kernel(float32[:, :, ::1](TRACKS))
def pack_blocks(tracks: Tracks) -> Singles:
    """Return tracks in float32 blocks (blocks, `COLUMNS`, `BLOCK_LANES`); unused lanes are zero."""
    n = tracks.track_ids.shape[0]
    blocks = np.zeros(
        ((n + BLOCK_LANES - 1) // BLOCK_LANES, COLUMNS, BLOCK_LANES), dtype=np.float32
    )
    for i in range(n):
        block, lane = i // BLOCK_LANES, i % BLOCK_LANES
        for j in range(COORDINATES):
            blocks[block, j, lane] = tracks.vectors[i, j]
        blocks[block, _STATIC, lane] = static_of(tracks.static, i)
        blocks[block, _CODE, lane] = tracks.genre_codes[i]
    return blocks


@inlined
def _score_lanes(blocks: Singles, block: int, query: Singles, scale: Singles, out: Singles) -> None:
    """Score the lanes of a block in float32.

    ``scale`` holds half the weight of the sound without and with the bonus, and the codes of the
    boosted genres.
    """
    plain, more = scale[0], scale[1] - scale[0]
    one, two, three = scale[2], scale[3], scale[4]
    for lane in range(BLOCK_LANES):
        out[lane] = _ONE
    for j in range(COORDINATES):
        coordinate = query[j]
        for lane in range(BLOCK_LANES):
            out[lane] += coordinate * blocks[block, j, lane]
    for lane in range(BLOCK_LANES):
        code = blocks[block, _CODE, lane]
        is_boosted = (code == one) | (code == two) | (code == three)
        factor = plain + (more if is_boosted else _ZERO)
        out[lane] = factor * out[lane] + blocks[block, _STATIC, lane]


@inlined
def _excess(scores: Singles, needed: np.float32) -> np.float32:
    """Return by how much the scores of a block exceed ``needed``, summed; 0 if none does."""
    excess = _ZERO
    for lane in range(BLOCK_LANES):
        more = scores[lane] - needed
        excess += more if more > _ZERO else _ZERO
    return excess


@helper
def _scale_of(search: Search) -> Singles:
    """Return what `_score_lanes` scales by."""
    scale = np.full(2 + _COMPARED, _NO_CODE, dtype=np.float32)
    scale[0], scale[1] = factor_of(search, False), factor_of(search, True)
    if search.boosted.shape[0] > _COMPARED:
        scale[0] = scale[1]
    else:
        for b in range(search.boosted.shape[0]):
            scale[2 + b] = search.boosted[b]
    return scale


@kernel(RANKED(TRACKS, BLOCKS, SEARCH, INTS, INTS, FLOATS, int64), fast=True)
def merge_delta(
    tracks: Tracks,
    blocks: Singles,
    search: Search,
    snapshot_ids: Ints,
    rows: Ints,
    scores: Floats,
    k: int,
) -> tuple[Ints, Floats]:
    """Return rows and scores of the ``k`` best of a snapshot and its delta, ties by track id.

    Parameters
    ----------
    tracks : the delta's; slot ``i`` is row ``len(snapshot_ids) + i``
    blocks : (blocks, COLUMNS, BLOCK_LANES) the same by `pack_blocks`
    search : see `index.kernels.arguments`; ``deleted`` is by slot
    snapshot_ids : (n,) track ids of the snapshot
    rows, scores : the ``k`` best of the snapshot, or all there are, best first
    k : how many to return at the most, at least 1

    Returns
    -------
    rows, scores : (k,) or fewer, best first

    """
    n, slots = snapshot_ids.shape[0], tracks.track_ids.shape[0]
    heap, size, changed = empty_heap(k), rows.shape[0], False
    for i in range(size):  # backwards, the best are a heap
        row = rows[size - 1 - i]
        heap.rows[i], heap.ids[i] = row, snapshot_ids[row]
        heap.scores[i] = scores[size - 1 - i]

    query, scale = search.vector.astype(np.float32), _scale_of(search)
    margin = np.float32(2.0 * MARGIN * max(search.audio_weight * search.bonus, 1.0))
    needed = np.float32(heap.scores[0]) - margin if size == k else np.float32(-np.inf)
    lane_scores = np.empty(BLOCK_LANES, dtype=np.float32)

    for block in range(blocks.shape[0]):
        _score_lanes(blocks, block, query, scale, lane_scores)
        if not _excess(lane_scores, needed) > _ZERO:
            continue
        for i in range(block * BLOCK_LANES, min(block * BLOCK_LANES + BLOCK_LANES, slots)):
            if lane_scores[i - block * BLOCK_LANES] < needed or not may_come(tracks, search, n, i):
                continue
            is_boosted = contains_code(search.boosted, tracks.genre_codes[i])
            factor = factor_of(search, is_boosted)
            score = score_of(tracks.vectors, tracks.static, i, search.vector, factor)
            size = heap_push(heap, size, score, tracks.track_ids[i], n + i)
            changed = True
            if size == k:
                needed = np.float32(heap.scores[0]) - margin

    return heap_sorted(heap, size) if changed else (rows.copy(), scores.copy())
