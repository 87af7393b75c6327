"""Branch and bound over trees of tracks: the exact best without looking at the rest.

A search visits the most promising boxes first, and prunes those that cannot hold one of the best.
For vectors of at most unit length ``cos <= 1 - d**2 / 2``, where d is the distance to the box.
Quantised boxes and leaves only prune. Any candidate within the quantisation error of the threshold
is rescored in float64 by the same function that the exact scan uses.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import int64, uintp
from numpy.typing import NDArray

from index.features import COORDINATES
from index.kernels.arguments import PREPARED, SEARCH, Prepared, Search, Tracks, Trees
from index.kernels.compile import FLOATS, INTS, RANKED, Floats, Ints, helper, inlined, kernel
from index.kernels.heap import empty_heap, heap_push, heap_sorted
from index.kernels.score import contains_code, factor_of, passes, score_of
from index.kernels.simd import (
    BOX_BITS,
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

_GROUP = 2 * COORDINATES * BOXES
_LINE = 64
"""Bytes of a cache line."""
_LEAF_LINES = (LEAF_BYTES + _LINE - 1) // _LINE
_GROUP_LINES = (2 * _GROUP + _LINE - 1) // _LINE
MARGIN = 1e-5
"""More than float32 can err in a cosine of a dozen terms, and in the bound of a box."""
_SQUARE = 0.5 / UNITS**2
_ONE = np.uint64(1)
_STACK = 256
_LEVEL_BITS, _LEVEL = 4, 15
"""A place in a tree is its number in its level, and the level in the lowest bits."""
_CANDIDATES = 1024
_TOO_MANY = -1


class Tree(NamedTuple):
    """The record of one tree in ``Trees.records``."""

    levels: int
    root_bits: int
    """Halvings in the first level; in all others they are `BOX_BITS`."""
    first_group: int
    first_leaf: int
    start: int
    """First row, as tracks are sorted by genre."""
    stop: int


RECORD = len(Tree._fields)


@inlined
def tree_at(records: Ints, number: int) -> Tree:
    """Return the record of a tree: 0 holds all tracks, ``code + 1`` those of a genre."""
    at = RECORD * number
    return Tree(
        records[at],
        records[at + 1],
        records[at + 2],
        records[at + 3],
        records[at + 4],
        records[at + 5],
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
def _survivors(rows: Ints, scores: Singles, size: int, needed: np.float32) -> int:
    """Drop the candidates that can no longer be among the best; return how many are left."""
    left = 0
    for i in range(size):
        if scores[i] >= needed:
            rows[left], scores[left] = rows[i], scores[i]
            left += 1
    return left


@inlined
def _in_trees(records: Ints, numbers: Ints, row: int) -> bool:
    """Whether a row belongs to the genre of one of some trees."""
    found = False
    for i in range(numbers.shape[0]):
        tree = tree_at(records, numbers[i])
        found = found or tree.start <= row < tree.stop
    return found


@inlined
def _is_boosted(records: Ints, boosted: Ints, row: int) -> bool:
    """Whether a row is of a boosted genre, told from the trees: its code lies in other memory."""
    found, trees = False, records.shape[0] // RECORD
    for i in range(boosted.shape[0]):
        if boosted[i] + 1 < trees:
            tree = tree_at(records, boosted[i] + 1)
            found = found or tree.start <= row < tree.stop
    return found


@helper
def _best_of(
    tracks: Tracks, records: Ints, search: Search, candidates: Ints, size: int, k: int
) -> tuple[Ints, Floats]:
    """Score the first ``size`` candidates exactly as a scan does; return the ``k`` best."""
    vectors, static, track_ids = tracks.vectors, tracks.static, tracks.track_ids
    query, boosted = search.vector, search.boosted
    plain, raised = factor_of(search, False), factor_of(search, True)
    heap, found = empty_heap(k), 0
    for i in range(size):
        row = candidates[i]
        factor = raised if _is_boosted(records, boosted, row) else plain
        score = score_of(vectors, static, row, query, factor)
        found = heap_push(heap, found, score, track_ids[row], row)
    return heap_sorted(heap, found)


@inlined
def _set_offsets(offsets: Ints, tree: Tree) -> None:
    """Write where the groups of each level of a tree begin."""
    offset, width = tree.first_group, 1
    for level in range(tree.levels):
        offsets[level] = offset
        offset += width
        width <<= tree.root_bits if level == 0 else BOX_BITS


@helper
def _choose(
    tracks: Tracks,
    trees: Trees,
    search: Search,
    tree_order: Ints,
    heap: Singles,
    rows: Ints,
    scores: Singles,
) -> int:
    """Collect every row that may be among the best; return how many, or `_TOO_MANY`.

    Parameters
    ----------
    tracks, trees, search, tree_order : as in `search_trees`
    heap : (k,) scores that are needed, the least on top; raised to those that are found, less
        their error
    rows, scores : room for candidates, and for the most that each may score

    """
    # Numba counts references, atomically: for each look into a named tuple, and for each array that
    # an inlined function takes. So arrays are named once, and the inner loops are written out.
    leaf_rows, leaves, groups, records, static, max_static = trees
    vectors, track_ids, features = tracks.vectors, tracks.track_ids, tracks.features
    ranges, excluded, deleted = search.ranges, search.excluded, search.deleted
    found: Any  # bits of what is worth a look
    has_static = 1 if tracks.static.shape[0] > 0 else 0
    units = np.empty(COORDINATES + BOXES, dtype=np.float32)  # the query, then bounds of a group
    scaled = np.empty(COORDINATES + 1 + LANES, dtype=np.float32)  # the query, error and scores
    waiting = np.empty(_STACK, dtype=np.float32)
    waiting_at = np.empty(_STACK, dtype=np.int64)
    offsets = np.empty(_LEVEL + 1, dtype=np.int64)
    size = 0
    margin = np.float32(2.0 * MARGIN * search.audio_weight * search.bonus)
    for j in range(COORDINATES):
        units[j] = search.vector[j] * UNITS + ORIGIN

    for visit in range(tree_order.shape[0]):
        number = tree_order[visit]
        tree = tree_at(records, number)
        if tree.start == tree.stop:
            continue
        factor = np.float32(factor_of(search, contains_code(search.boosted, number - 1)))
        square = np.float32(factor * _SQUARE)
        for j in range(COORDINATES):
            scaled[j] = factor * np.float32(search.vector[j])
        _set_offsets(offsets, tree)
        levels, root_bits, first_leaf = tree.levels, tree.root_bits, tree.first_leaf
        searched = tree_order[:visit]

        waiting[0], waiting_at[0] = np.inf, 0
        count = 1
        while count > 0:
            count -= 1
            needed = heap[0] - margin
            if waiting[count] < needed:
                continue
            level, node = waiting_at[count] & _LEVEL, waiting_at[count] >> _LEVEL_BITS
            if level < levels:
                group, bits = offsets[level] + node, root_bits if level == 0 else BOX_BITS
                first, at = uintp(group * _GROUP), uintp(has_static * group * BOXES)
                reach = factor + factor, square, needed
                found = bound_boxes(groups, first, max_static, at, units, reach)
                found &= np.uint64((1 << (1 << bits)) - 1)
                lowest = count
                while found:
                    child = lowest_bit(found)
                    found &= found - _ONE
                    bound, below = units[COORDINATES + child], (node << bits) + child
                    slot = count
                    while slot > lowest and waiting[slot - 1] > bound:
                        waiting[slot], waiting_at[slot] = waiting[slot - 1], waiting_at[slot - 1]
                        slot -= 1
                    waiting[slot], waiting_at[slot] = bound, below << _LEVEL_BITS | level + 1
                    count += 1
                    if level + 1 == levels:
                        near = uintp((first_leaf + below) * LEAF_BYTES)
                        for line in range(_LEAF_LINES):
                            prefetch(leaves, near + uintp(line * _LINE))
                    else:
                        near = uintp((offsets[level + 1] + below) * _GROUP)
                        for line in range(_GROUP_LINES):
                            prefetch(groups, near + uintp(line * _LINE // 2))
                continue

            leaf = first_leaf + node
            first, at = uintp(leaf * LEAF_BYTES), uintp(has_static * leaf * LANES)
            found = score_leaf(leaves, first, static, at, scaled, (factor, needed))
            error = scaled[COORDINATES]
            while found:
                lane = lowest_bit(found)
                found &= found - _ONE
                score = scaled[COORDINATES + 1 + lane]
                if score + error < heap[0] - margin:
                    continue
                row = leaf_rows[uintp(leaf * LANES + lane)]
                if row < 0 or is_excluded(deleted, excluded, row):
                    continue
                if number == 0 and visit > 0 and _in_trees(records, searched, row):
                    continue
                if ranges.shape[0] > 0 and not passes(features, ranges, row):
                    continue
                if size == rows.shape[0]:
                    size = _survivors(rows, scores, size, heap[0] - margin)
                    if 2 * size > rows.shape[0]:
                        return _TOO_MANY
                prefetch(vectors, uintp(COORDINATES * row))  # `_best_of` will read them
                prefetch(track_ids, uintp(row))
                rows[size], scores[size] = row, score + error
                size += 1
                if score - error > heap[0]:
                    _raise_least(heap, score - error)

    return _survivors(rows, scores, size, heap[0] - margin)


@helper
def _needed(k: int, floor_scores: Floats) -> Singles:
    """Return a heap of the ``k`` best ``floor_scores``, rounded down to float32."""
    heap = np.full(k, -np.inf, dtype=np.float32)
    for i in range(min(k, floor_scores.shape[0])):
        score = np.float32(floor_scores[i])
        if score > floor_scores[i]:
            score = np.nextafter(score, np.float32(-np.inf))
        heap[k - 1 - i] = score
    return heap


@kernel(RANKED(PREPARED, SEARCH, INTS, int64, FLOATS))
def search_trees(
    prepared: Prepared, search: Search, tree_order: Ints, k: int, floor_scores: Floats
) -> tuple[Ints, Floats]:
    """Return rows and scores of the ``k`` best of some trees, as `scan.top_scores` would.

    Parameters
    ----------
    prepared, search : see `index.kernels.arguments`; allowed genres are those of the trees
    tree_order : numbers of the trees to search, in this order: ``code + 1`` for the tracks of a
        genre, 0 for all tracks, of which those in trees searched before are left out
    k : how many to return at the most, at least 1
    floor_scores : (r,) scores already found elsewhere, descending. A track that would not reach
        the top k together with them may be omitted.

    Returns
    -------
    rows, scores : (k,) or fewer, best first

    """
    tracks, trees = prepared.tracks, prepared.trees
    room = _CANDIDATES
    while True:
        heap = _needed(k, floor_scores)
        rows = np.empty(room, dtype=np.int64)
        scores = np.empty(room, dtype=np.float32)
        size = _choose(tracks, trees, search, tree_order, heap, rows, scores)
        if size != _TOO_MANY:
            return _best_of(tracks, trees.records, search, rows, size, k)
        room *= 4  # more tracks than that are as good as the last of the best
