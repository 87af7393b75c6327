"""Branch and bound over trees of tracks: the exact best without looking at the rest.

A search visits the boxes that may hold one of the best, the most promising first, and passes by
all others. Boxes and leaves are kept in float32 and only *choose*: whatever may be among the best
by more than float32 can err is scored again in float64, by the function that scans use, too.
"""

import numpy as np
from numba import float64, int64, uintp
from numpy.typing import NDArray

from index.kernels.base import (
    FLAGS,
    FLOATS,
    INTS,
    RANKED,
    ROWS_OF_8,
    Floats,
    Ints,
    best_first,
    cosine,
    helper,
    inlined,
    kernel,
    offer,
)
from index.kernels.prefetch import prefetch
from index.kernels.tables import codes_at, floats_at, ints_at, rows_of_8_at, singles_at

Singles = NDArray[np.float32]

_ZERO, _HALF, _TWO = np.float32(0.0), np.float32(0.5), np.float32(2.0)
_GROUP = 17 * 8
_LINE = 16
"""Numbers of float32 in a cache line."""
MARGIN = 1e-5
"""More than float32 can err in a cosine of 8 terms, and in the bound of a box."""
_STACK = 256
_CANDIDATES = 1024

LEAF_ROWS, BLOCKS, GROUPS, TREES, VECTORS, TRACK_IDS, GENRE_CODES, POPULARITY, FRESHNESS = range(9)
FEATURES = 9
"""Places of the arrays in the table of a search."""


@inlined
def _gap(groups: Singles, low: int, x: np.float32) -> np.float32:
    """Return the squared distance from ``x`` to an interval whose end lies 64 places further on."""
    below, above = groups[low] - x, x - groups[low + uintp(64)]
    gap = below if below > above else above
    gap = gap if gap > _ZERO else _ZERO
    return gap * gap


@inlined
def _bound_group(
    groups: Singles, first: int, query: Singles, factor: np.float32, bounds: Singles
) -> None:
    """Bound the scores in each of a group's boxes from above.

    For vectors of at most unit length ``cos <= 1 - d**2 / 2``, d the distance to the box.
    """
    a, b, c, d = query[0], query[1], query[2], query[3]
    e, f, g, h = query[4], query[5], query[6], query[7]
    for child in range(uintp(8)):
        i = first + child
        square = (
            (_gap(groups, i, a) + _gap(groups, i + uintp(8), b))
            + (_gap(groups, i + uintp(16), c) + _gap(groups, i + uintp(24), d))
            + (_gap(groups, i + uintp(32), e) + _gap(groups, i + uintp(40), f))
            + (_gap(groups, i + uintp(48), g) + _gap(groups, i + uintp(56), h))
        )
        bounds[child] = factor * (_TWO - _HALF * square) + groups[i + uintp(128)]


@inlined
def _excess(
    blocks: Singles, first: int, lanes: int, scaled: Singles, needed: np.float32
) -> np.float32:
    """Return by how much the scores of a leaf exceed ``needed``, summed; 0 if none does.

    A sum is what a compiler turns into vector instructions; "is there any?" is not.
    """
    a, b, c, d = scaled[0], scaled[1], scaled[2], scaled[3]
    e, f, g, h = scaled[4], scaled[5], scaled[6], scaled[7]
    excess = _ZERO
    for lane in range(lanes):
        i = first + lane
        score = (
            a * blocks[i]
            + b * blocks[i + lanes]
            + c * blocks[i + lanes * uintp(2)]
            + d * blocks[i + lanes * uintp(3)]
            + e * blocks[i + lanes * uintp(4)]
            + f * blocks[i + lanes * uintp(5)]
            + g * blocks[i + lanes * uintp(6)]
            + h * blocks[i + lanes * uintp(7)]
            + blocks[i + lanes * uintp(8)]
        )
        more = score - needed
        excess += more if more > _ZERO else _ZERO
    return excess


@inlined
def _leaf_scores(blocks: Singles, first: int, lanes: int, scaled: Singles, scores: Singles) -> None:
    a, b, c, d = scaled[0], scaled[1], scaled[2], scaled[3]
    e, f, g, h = scaled[4], scaled[5], scaled[6], scaled[7]
    for lane in range(lanes):
        i = first + lane
        scores[lane] = (
            a * blocks[i]
            + b * blocks[i + lanes]
            + c * blocks[i + lanes * uintp(2)]
            + d * blocks[i + lanes * uintp(3)]
            + e * blocks[i + lanes * uintp(4)]
            + f * blocks[i + lanes * uintp(5)]
            + g * blocks[i + lanes * uintp(6)]
            + h * blocks[i + lanes * uintp(7)]
            + blocks[i + lanes * uintp(8)]
        )


@inlined
def _raise_least(heap: Singles, score: np.float32) -> None:
    """Replace the least entry of a heap."""
    parent, size = 0, heap.shape[0]
    while True:
        child = 2 * parent + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= score:
            break
        heap[parent] = heap[child]
        parent = child
    heap[parent] = score


@inlined
def _left_out(dead: NDArray[np.bool_], excluded: Ints, row: int) -> bool:
    if dead.shape[0] > 0 and dead[row]:
        return True
    low, high = 0, excluded.shape[0]
    while low < high:
        middle = (low + high) // 2
        if excluded[middle] < row:
            low = middle + 1
        else:
            high = middle
    return bool(low < excluded.shape[0] and excluded[low] == row)


@inlined
def among(codes: Ints, code: int) -> bool:
    """Whether a code is one of a few."""
    found = False
    for i in range(codes.shape[0]):
        found = found or codes[i] == code
    return found


@helper
def passes(features: Floats, ranges: Floats, row: int) -> bool:
    """Whether every feature lies in its range; unknown ones (NaN) lie in none that is given."""
    for j in range(8):
        value = features[row, j]
        if ranges[0, j] > -np.inf and not value >= ranges[0, j]:
            return False
        if ranges[1, j] < np.inf and not value <= ranges[1, j]:
            return False
    return True


@inlined
def _survivors(rows: Ints, scores: Singles, size: int, needed: np.float32) -> int:
    """Keep the candidates that may still be among the best; return their number."""
    kept = 0
    for i in range(size):
        if scores[i] >= needed:
            rows[kept], scores[kept] = rows[i], scores[i]
            kept += 1
    return kept


@helper
def _best_of(
    table: Ints,
    candidates: Ints,
    size: int,
    query: Floats,
    weights: Floats,
    boosted: Ints,
    bonus: float,
    k: int,
) -> tuple[Ints, Floats]:
    """Score the candidates as a scan does, to the last bit, and return the ``k`` best."""
    vectors, track_ids = rows_of_8_at(table, VECTORS), ints_at(table, TRACK_IDS)
    popularity, freshness = floats_at(table, POPULARITY), floats_at(table, FRESHNESS)
    genre_codes = codes_at(table, GENRE_CODES)
    scores = np.empty(k, dtype=np.float64)
    ids = np.empty(k, dtype=np.int64)
    rows = np.empty(k, dtype=np.int64)
    found = 0
    for i in range(size):
        row = candidates[i]
        boost = bonus if among(boosted, genre_codes[row] + 1) else 1.0
        audio = weights[0] * boost * 0.5 * (1.0 + cosine(vectors, row, query))
        score = audio + (weights[1] * popularity[row] + weights[2] * freshness[row])
        found = offer(scores, ids, rows, found, score, track_ids[row], row)
    best_first(scores, ids, rows, found)
    return rows[:found], scores[:found]


@kernel(
    RANKED(INTS, INTS, int64, FLAGS, INTS, ROWS_OF_8, FLOATS, FLOATS, float64, int64, float64),
    fast=True,
)
def search_trees(
    table: Ints,
    visits: Ints,
    boosted: int,
    dead: NDArray[np.bool_],
    excluded: Ints,
    ranges: Floats,
    query: Floats,
    weights: Floats,
    bonus: float,
    k: int,
    floor: float,
) -> tuple[Ints, Floats]:
    """Return rows and scores of the ``k`` best of some trees, as `scans.top_scores` would.

    Parameters
    ----------
    table : a forest and the columns of its snapshot, by place
    visits : numbers of the trees to search, in this order: ``code + 1`` for the tracks of a genre,
        0 for all tracks, of which those in trees searched before are left out
    boosted : so many of the first visits are to genres whose boost is ``bonus``; all others' is 1
    dead : (n,) rows that are gone, or (0,) if none is
    excluded : rows to leave out, ascending, each once
    ranges : (2, 8) least and greatest raw value of each feature, or (0, 8) for no limits
    query : (8,) vector of at most unit length
    weights : (3,) audio, popularity, freshness; the forest's prior is made of the latter two
    bonus : at least 1
    k : how many to return at the most, at least 1
    floor : what scores less is of no interest, and may be missing; -inf for no such score

    """
    leaf_rows, trees = codes_at(table, LEAF_ROWS), ints_at(table, TREES)
    blocks, groups = singles_at(table, BLOCKS), singles_at(table, GROUPS)
    genre_codes, features = codes_at(table, GENRE_CODES), rows_of_8_at(table, FEATURES)
    single = query.astype(np.float32)
    scaled = np.empty(8, dtype=np.float32)
    bounds = np.empty(8, dtype=np.float32)
    lane_scores = np.empty(128, dtype=np.float32)
    waiting = np.empty(_STACK, dtype=np.float32)
    waiting_level = np.empty(_STACK, dtype=np.int64)
    waiting_node = np.empty(_STACK, dtype=np.int64)
    offsets = np.empty(16, dtype=np.int64)
    heap = np.full(k, floor, dtype=np.float32)
    rows = np.empty(_CANDIDATES, dtype=np.int64)
    scores = np.empty(_CANDIDATES, dtype=np.float32)
    size = 0
    margin = np.float32(2.0 * MARGIN * weights[0] * bonus)

    for visit in range(visits.shape[0]):
        tree = visits[visit]
        levels, root_bits = trees[5 * tree], trees[5 * tree + 1]
        first_lane, lanes = uintp(trees[5 * tree + 3]), uintp(trees[5 * tree + 4])
        lines = lanes * uintp(9) // uintp(_LINE)
        if lanes == 0:
            continue
        boost = bonus if visit < boosted else 1.0
        factor = np.float32(weights[0] * boost * 0.5)
        for j in range(8):
            scaled[j] = factor * single[j]
        offset, width = trees[5 * tree + 2], 1
        for level in range(levels):
            offsets[level] = offset
            offset += width
            width *= (1 << root_bits) if level == 0 else 8

        waiting[0], waiting_level[0], waiting_node[0] = np.inf, 0, 0
        count = 1
        while count > 0:
            count -= 1
            if waiting[count] < heap[0] - margin:
                continue
            level, node = waiting_level[count], waiting_node[count]
            if level < levels:
                first = uintp(offsets[level] + node) * uintp(_GROUP)
                _bound_group(groups, first, single, factor, bounds)
                children = (1 << root_bits) if level == 0 else 8
                lowest = count
                for child in range(children):
                    bound = bounds[child]
                    if bound >= heap[0] - margin:
                        place = count
                        while place > lowest and waiting[place - 1] > bound:
                            waiting[place] = waiting[place - 1]
                            waiting_level[place] = waiting_level[place - 1]
                            waiting_node[place] = waiting_node[place - 1]
                            place -= 1
                        below = node * children + child
                        waiting[place] = bound
                        waiting_level[place], waiting_node[place] = level + 1, below
                        count += 1
                        if level + 1 == levels:
                            near = (first_lane + uintp(below) * lanes) * uintp(9)
                            for line in range(lines):
                                prefetch(blocks, near + line * uintp(_LINE))
                        else:
                            near = uintp(offsets[level + 1] + below) * uintp(_GROUP)
                            for line in range(uintp(9)):
                                prefetch(groups, near + line * uintp(_LINE))
                continue

            lane = first_lane + uintp(node) * lanes
            needed = heap[0] - margin - factor
            if not _excess(blocks, lane * uintp(9), lanes, scaled, needed) > _ZERO:
                continue
            _leaf_scores(blocks, lane * uintp(9), lanes, scaled, lane_scores)
            for i in range(lanes):
                score = factor + lane_scores[i]
                if score < heap[0] - margin:
                    continue
                row = leaf_rows[lane + i]
                if row < 0 or _left_out(dead, excluded, row):
                    continue
                if tree == 0 and visit > 0 and among(visits[:visit], genre_codes[row] + 1):
                    continue
                if ranges.shape[0] > 0 and not passes(features, ranges, row):
                    continue
                if size == rows.shape[0]:
                    size = _survivors(rows, scores, size, heap[0] - margin)
                    if 2 * size > rows.shape[0]:
                        rows = np.concatenate((rows, rows))
                        scores = np.concatenate((scores, scores))
                rows[size], scores[size] = row, score
                size += 1
                if score > heap[0]:
                    _raise_least(heap, score)

    size = _survivors(rows, scores, size, heap[0] - margin)
    return _best_of(table, rows, size, query, weights, visits[:boosted], bonus, k)
