"""The heap of the best k rows, and quickselect."""

from typing import Any

from numpy.typing import NDArray

from index.kernels.compile import Floats, Ints, helper


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


@helper
def ranks_below(scores: Floats, ids: Ints, a: int, b: int) -> bool:
    """Whether entry ``a`` ranks below entry ``b``: lower score, at equal scores higher id."""
    return bool(scores[a] < scores[b] or (scores[a] == scores[b] and ids[a] > ids[b]))


@helper
def swap(scores: Floats, ids: Ints, rows: Ints, a: int, b: int) -> None:
    """Swap two entries of the heap."""
    scores[a], scores[b] = scores[b], scores[a]
    ids[a], ids[b] = ids[b], ids[a]
    rows[a], rows[b] = rows[b], rows[a]


@helper
def sift_down(scores: Floats, ids: Ints, rows: Ints, start: int, size: int) -> None:
    """Let an entry sink to its place."""
    parent = start
    while True:
        child = 2 * parent + 1
        if child >= size:
            return
        if child + 1 < size and ranks_below(scores, ids, child + 1, child):
            child += 1
        if not ranks_below(scores, ids, child, parent):
            return
        swap(scores, ids, rows, parent, child)
        parent = child


@helper
def sift_up(scores: Floats, ids: Ints, rows: Ints, start: int) -> None:
    """Let an entry rise to its place."""
    child = start
    while child > 0:
        parent = (child - 1) // 2
        if not ranks_below(scores, ids, child, parent):
            return
        swap(scores, ids, rows, child, parent)
        child = parent


@helper
def heap_push(
    scores: Floats, ids: Ints, rows: Ints, size: int, score: float, track_id: int, row: int
) -> int:
    """Offer an entry to the heap of the best, worst on top; return the heap's size."""
    if size < scores.shape[0]:
        scores[size], ids[size], rows[size] = score, track_id, row
        sift_up(scores, ids, rows, size)
        return size + 1

    if score > scores[0] or (score == scores[0] and track_id < ids[0]):
        scores[0], ids[0], rows[0] = score, track_id, row
        sift_down(scores, ids, rows, 0, size)
    return size


@helper
def heap_sort(scores: Floats, ids: Ints, rows: Ints, size: int) -> None:
    """Sort the heap in place: the worst goes to the end, again and again."""
    for last in range(size - 1, 0, -1):
        swap(scores, ids, rows, 0, last)
        sift_down(scores, ids, rows, 0, last)
