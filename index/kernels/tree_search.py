"""Branch and bound over trees of tracks: the exact best without looking at the rest.

A search visits the boxes that may hold one of the best, the most promising first, and passes by
all others. Boxes and leaves are rounded and only *choose*: whatever may be among the best by more
than that can err is scored again in float64, by the function that scans use, too.
"""

from typing import Any

import numpy as np
from numba import float64, int64, uintp
from numpy.typing import NDArray

from index.kernels.array_table import (
    bytes_at,
    codes_at,
    floats_at,
    ints_at,
    rows_of_8_at,
    singles_at,
    words_at,
)
from index.kernels.compile import (
    FLAGS,
    FLOATS,
    INTS,
    RANKED,
    ROWS_OF_8,
    Floats,
    Ints,
    helper,
    inlined,
    kernel,
)
from index.kernels.heap import heap_push, heap_sort
from index.kernels.score import signals_of, sound_of
from index.kernels.simd import (
    BOXES,
    LANES,
    LEAF_BYTES,
    bound_boxes,
    lowest_bit,
    prefetch,
    score_leaf,
)
from index.kernels.sorted_sets import is_excluded
from index.kernels.tree_build import ORIGIN, UNITS

Singles = NDArray[np.float32]

_GROUP = 16 * BOXES
_LINE = 64
"""Bytes of a cache line."""
MARGIN = 1e-5
"""More than float32 can err in a cosine of 8 terms, and in the bound of a box."""
_SQUARE = 0.5 / UNITS**2
_ONE = np.uint64(1)
_STACK = 256
_LEVEL_BITS, _LEVEL = 4, 15
"""A place in a tree is its number in its level, and the level in the lowest bits."""
_CANDIDATES = 1024

LEAF_ROWS, LEAVES, GROUPS, TREES, VECTORS, TRACK_IDS, GENRE_CODES, POPULARITY, FRESHNESS = range(9)
FEATURES, PRIORS, CEILINGS = 9, 10, 11
"""Places of the arrays in the table of a search."""
_LEVELS, _ROOT_BITS, _FIRST_GROUP, _FIRST_LEAF, _START, _STOP, _RECORD = range(7)
"""Places in the record of a tree, and its length."""


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
def contains_code(codes: Ints, code: int) -> bool:
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


@inlined
def _in_trees(trees: Ints, numbers: Ints, row: int) -> bool:
    """Whether a row belongs to the genre of one of some trees."""
    found = False
    for i in range(numbers.shape[0]):
        record = _RECORD * numbers[i]
        found = found or trees[record + _START] <= row < trees[record + _STOP]
    return found


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
    """Score the candidates as a scan does, to the last bit, and return the ``k`` best.

    ``boosted`` are numbers of trees.
    """
    vectors, track_ids = rows_of_8_at(table, VECTORS), ints_at(table, TRACK_IDS)
    popularity, freshness = floats_at(table, POPULARITY), floats_at(table, FRESHNESS)
    trees = ints_at(table, TREES)
    sound_alone = weights[1] == 0.0 and weights[2] == 0.0
    scores = np.empty(k, dtype=np.float64)
    ids = np.empty(k, dtype=np.int64)
    rows = np.empty(k, dtype=np.int64)
    found = 0
    for i in range(size):
        row = candidates[i]
        boost = bonus if _in_trees(trees, boosted, row) else 1.0
        audio = weights[0] * boost * 0.5 * sound_of(vectors, row, query)
        signals = 0.0
        if not sound_alone:  # memory that nothing depends on is not read
            signals = signals_of(popularity, freshness, row, weights)
        found = heap_push(scores, ids, rows, found, audio + signals, track_ids[row], row)
    heap_sort(scores, ids, rows, found)
    return rows[:found], scores[:found]


@helper
def _choose(
    table: Ints,
    tree_order: Ints,
    boosted: int,
    dead: NDArray[np.bool_],
    excluded: Ints,
    ranges: Floats,
    query: Floats,
    weights: Floats,
    bonus: float,
    heap: Singles,
    rows: Ints,
    scores: Singles,
) -> int:
    """Collect what may be among the best; return how many those are, -1 if there is no room.

    Parameters
    ----------
    table ... bonus : as in `search_trees`
    heap : (k,) what scores are needed, the least on top; raised to what is found, or a little less
    rows, scores : room for candidates, and for the most that they may score

    """
    leaf_rows, trees = codes_at(table, LEAF_ROWS), ints_at(table, TREES)
    leaves, groups = bytes_at(table, LEAVES), words_at(table, GROUPS)
    priors, max_priors = singles_at(table, PRIORS), singles_at(table, CEILINGS)
    vectors, track_ids = floats_at(table, VECTORS), ints_at(table, TRACK_IDS)
    features = rows_of_8_at(table, FEATURES)
    found: Any  # bits of what is to be looked at
    known = 1 if weights[1] != 0.0 or weights[2] != 0.0 else 0  # whether there is a prior
    units = np.empty(8 + BOXES, dtype=np.float32)  # the query, then the bounds of a group
    scaled = np.empty(9 + LANES, dtype=np.float32)  # the query, then error and scores of a leaf
    waiting = np.empty(_STACK, dtype=np.float32)
    waiting_at = np.empty(_STACK, dtype=np.int64)
    offsets = np.empty(16, dtype=np.int64)
    size = 0
    margin = np.float32(2.0 * MARGIN * weights[0] * bonus)
    for j in range(8):
        units[j] = query[j] * UNITS + ORIGIN

    for visit in range(tree_order.shape[0]):
        tree = tree_order[visit]
        record = _RECORD * tree
        levels, root_bits = trees[record + _LEVELS], trees[record + _ROOT_BITS]
        first_leaf = trees[record + _FIRST_LEAF]
        if trees[record + _START] == trees[record + _STOP]:
            continue
        factor = np.float32(weights[0] * (bonus if visit < boosted else 1.0) * 0.5)
        square = np.float32(factor * _SQUARE)
        for j in range(8):
            scaled[j] = factor * np.float32(query[j])
        offset, width = trees[record + _FIRST_GROUP], 1
        for level in range(levels):
            offsets[level] = offset
            offset += width
            width *= (1 << root_bits) if level == 0 else 8

        waiting[0], waiting_at[0] = np.inf, 0
        count = 1
        while count > 0:
            count -= 1
            needed = heap[0] - margin
            if waiting[count] < needed:
                continue
            level, node = waiting_at[count] & _LEVEL, waiting_at[count] >> _LEVEL_BITS
            if level < levels:
                group, bits = offsets[level] + node, root_bits if level == 0 else 3
                reach = factor + factor, square, needed
                first, ceiling = uintp(group * _GROUP), uintp(known * group * BOXES)
                found = bound_boxes(groups, first, max_priors, ceiling, units, reach)
                found &= np.uint64((1 << (1 << bits)) - 1)
                lowest = count
                while found:
                    child = lowest_bit(found)
                    found &= found - _ONE
                    bound, below = units[8 + child], (node << bits) + child
                    slot = count
                    while slot > lowest and waiting[slot - 1] > bound:
                        waiting[slot], waiting_at[slot] = waiting[slot - 1], waiting_at[slot - 1]
                        slot -= 1
                    waiting[slot], waiting_at[slot] = bound, below << _LEVEL_BITS | level + 1
                    count += 1
                    if level + 1 == levels:
                        near = uintp((first_leaf + below) * LEAF_BYTES)
                        for line in range(LEAF_BYTES // _LINE):
                            prefetch(leaves, near + uintp(line * _LINE))
                    else:
                        near = uintp((offsets[level + 1] + below) * _GROUP)
                        for line in range(2 * _GROUP // _LINE):
                            prefetch(groups, near + uintp(line * _LINE // 2))
                continue

            leaf = first_leaf + node
            first, prior = uintp(leaf * LEAF_BYTES), uintp(known * leaf * LANES)
            found = score_leaf(leaves, first, priors, prior, scaled, (factor, needed))
            error = scaled[8]
            while found:
                lane = lowest_bit(found)
                found &= found - _ONE
                score = scaled[9 + lane]
                if score + error < heap[0] - margin:
                    continue
                row = leaf_rows[uintp(leaf * LANES + lane)]
                if row < 0 or is_excluded(dead, excluded, row):
                    continue
                if tree == 0 and visit > 0 and _in_trees(trees, tree_order[:visit], row):
                    continue
                if ranges.shape[0] > 0 and not passes(features, ranges, row):
                    continue
                if size == rows.shape[0]:
                    size = _survivors(rows, scores, size, heap[0] - margin)
                    if 2 * size > rows.shape[0]:
                        return -1
                prefetch(vectors, uintp(8 * row))  # `_best_of` will read them
                prefetch(track_ids, uintp(row))
                rows[size], scores[size] = row, score + error
                size += 1
                if score - error > heap[0]:
                    _raise_least(heap, score - error)

    return _survivors(rows, scores, size, heap[0] - margin)


@helper
def _needed(k: int, floor_scores: Floats) -> Singles:
    """Return a heap of the ``k`` scores that rivals have already, or a little less; of the best."""
    heap = np.full(k, -np.inf, dtype=np.float32)
    for i in range(min(k, floor_scores.shape[0])):
        score = np.float32(floor_scores[i])
        if score > floor_scores[i]:
            score = np.nextafter(score, np.float32(-np.inf))
        heap[k - 1 - i] = score
    return heap


@kernel(RANKED(INTS, INTS, int64, FLAGS, INTS, ROWS_OF_8, FLOATS, FLOATS, float64, int64, FLOATS))
def search_trees(
    table: Ints,
    tree_order: Ints,
    boosted: int,
    dead: NDArray[np.bool_],
    excluded: Ints,
    ranges: Floats,
    query: Floats,
    weights: Floats,
    bonus: float,
    k: int,
    floor_scores: Floats,
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
    rivals : (r,) scores of others, falling: who is not one of the ``k`` best with those beside may
        be missing

    """
    room = _CANDIDATES
    while True:
        heap = _needed(k, floor_scores)
        rows = np.empty(room, dtype=np.int64)
        scores = np.empty(room, dtype=np.float32)
        size = _choose(
            *(table, tree_order, boosted, dead, excluded, ranges, query, weights, bonus),
            *(heap, rows, scores),
        )
        if size >= 0:
            return _best_of(table, rows, size, query, weights, tree_order[:boosted], bonus, k)
        room *= 4  # more tracks than that are as good as the last of the best
