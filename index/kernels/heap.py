"""The heap of the best k rows, and quickselect."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.kernels.compile import Floats, Ints, helper, inlined


@helper
def nth_greatest(values: NDArray[Any], n: int) -> Any:
    """Return the ``n``-th greatest of some values, 1 for the greatest; they are left in disorder.

    (Quickselect; Hoare, "Algorithm 65: find", 1961.)
    """
    first, last = 0, values.shape[0] - 1
    while first < last:
        a, b, c = values[first], values[(first + last) // 2], values[last]
        pivot = max(min(a, b), min(max(a, b), c))
        low, high = first, last
        while low <= high:
            while values[low] > pivot:
                low += 1
            while values[high] < pivot:
                high -= 1
            if low <= high:
                values[low], values[high] = values[high], values[low]
                low += 1
                high -= 1
        if n - 1 <= high:
            last = high
        elif n - 1 >= low:
            first = low
        else:
            break
    return values[n - 1]


class Heap(NamedTuple):
    """Room for the best rows; of the entries that are filled the worst is the first."""

    scores: Floats
    ids: Ints
    """Track ids, which break ties."""
    rows: Ints


@inlined
def empty_heap(k: int) -> Heap:
    """Return room for ``k`` rows."""
    scores = np.empty(k, dtype=np.float64)
    return Heap(scores, np.empty(k, dtype=np.int64), np.empty(k, dtype=np.int64))


@helper
def ranks_below(heap: Heap, a: int, b: int) -> bool:
    """Whether entry ``a`` ranks below entry ``b``: lower score, at equal scores higher id."""
    scores, ids = heap.scores, heap.ids
    return bool(scores[a] < scores[b] or (scores[a] == scores[b] and ids[a] > ids[b]))


@helper
def swap(heap: Heap, a: int, b: int) -> None:
    """Swap two entries of the heap."""
    scores, ids, rows = heap
    scores[a], scores[b] = scores[b], scores[a]
    ids[a], ids[b] = ids[b], ids[a]
    rows[a], rows[b] = rows[b], rows[a]


@helper
def sift_down(heap: Heap, start: int, size: int) -> None:
    """Let an entry sink to its place."""
    parent = start
    while True:
        child = 2 * parent + 1
        if child >= size:
            return
        if child + 1 < size and ranks_below(heap, child + 1, child):
            child += 1
        if not ranks_below(heap, child, parent):
            return
        swap(heap, parent, child)
        parent = child


@helper
def sift_up(heap: Heap, start: int) -> None:
    """Let an entry rise to its place."""
    child = start
    while child > 0:
        parent = (child - 1) // 2
        if not ranks_below(heap, child, parent):
            return
        swap(heap, child, parent)
        child = parent


@helper
def heap_push(heap: Heap, size: int, score: float, track_id: int, row: int) -> int:
    """Offer an entry to a heap that holds ``size``; return how many it holds then."""
    scores, ids, rows = heap
    if size < scores.shape[0]:
        scores[size], ids[size], rows[size] = score, track_id, row
        sift_up(heap, size)
        return size + 1

    if score > scores[0] or (score == scores[0] and track_id < ids[0]):
        scores[0], ids[0], rows[0] = score, track_id, row
        sift_down(heap, 0, size)
    return size


@helper
def threshold_of(heap: Heap, size: int) -> float:
    """Return the least score with which a row may still enter."""
    k = heap.scores.shape[0]
    if k == 0:
        return np.inf
    return float(heap.scores[0]) if size == k else -np.inf


@helper
def heap_sorted(heap: Heap, size: int) -> tuple[Ints, Floats]:
    """Sort the entries in place, best first; return their rows and scores."""
    for last in range(size - 1, 0, -1):
        swap(heap, 0, last)
        sift_down(heap, 0, last)
    return heap.rows[:size].copy(), heap.scores[:size].copy()
