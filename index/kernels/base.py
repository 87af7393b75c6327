"""What every kernel is made of: types, the score, and the heap of the best."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import boolean, float32, float64, int32, int64, njit, types, uintp
from numpy.typing import NDArray

from index.kernels.caching import compiled

F = TypeVar("F", bound=Callable[..., Any])
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


tuple_of: Any = types.Tuple  # numba is untyped
_unliteral: Any = types.unliteral


def array_of(scalar: Any, dimensions: int = 1) -> Any:
    """Return the type of a contiguous array that is only read: memory-mapped ones fit."""
    return types.Array(scalar, dimensions, "C", readonly=True)


def kernel(signature: Any, *, fast: bool = False) -> Callable[[F], F]:
    """Compile a function for one signature when it is defined; it runs without the GIL.

    The sums of a ``fast`` one, and of what is inlined in it, may be taken in any order: that makes
    vector instructions of them, and no exact bits.
    """
    return lambda function: compiled(function, signature, fastmath=_ANY_ORDER if fast else False)


def helper(function: F) -> F:
    """Compile a function that only kernels call; it is exact to the bit whoever calls it.

    Left unsaid, Numba would let it take over the liberties of a ``fast`` caller. And the type of a
    number that is written down is "this number": a helper would be compiled for each of them anew.
    """
    dispatcher: Any = njit(nogil=True, fastmath=False)(function)
    template = dispatcher.get_call_template
    dispatcher.get_call_template = lambda args, named: template(
        tuple(_unliteral(each) for each in args), named
    )
    return cast(F, dispatcher)


def inlined(function: F) -> F:
    """Make a function part of each kernel that calls it."""
    return cast(F, njit(nogil=True, inline="always")(function))


_ANY_ORDER = {"reassoc", "contract", "nsz", "arcp", "nnan"}
"""All but "there are no infinities"."""
FLOATS, INTS, CODES, FLAGS = array_of(float64), array_of(int64), array_of(int32), array_of(boolean)
ROWS_OF_8, INTS_2D = array_of(float64, 2), array_of(int64, 2)
SINGLES, SINGLES_2D = array_of(float32), array_of(float32, 2)
RANKED = tuple_of((int64[::1], float64[::1]))


@helper
def cosine(a: Floats, i: int, b: Floats) -> float:
    """Inner product of unit vectors, summed as a tree: short dependency chains, one fixed order."""
    left: float = (a[i, 0] * b[0] + a[i, 1] * b[1]) + (a[i, 2] * b[2] + a[i, 3] * b[3])
    right: float = (a[i, 4] * b[4] + a[i, 5] * b[5]) + (a[i, 6] * b[6] + a[i, 7] * b[7])

    return left + right


@helper
def sound_of(vectors: Floats, row: int, query: Floats) -> float:
    """Return 1 + cos of one row: twice its similarity."""
    return 1.0 + cosine(vectors, row, query)


@helper
def signals_of(popularity: Floats, freshness: Floats, row: int, weights: Floats) -> float:
    """Return what is known of one row beside its sound, weighed."""
    signals: float = weights[1] * popularity[row] + weights[2] * freshness[row]
    return signals


@helper
def score_of(
    vectors: Floats,
    genre_codes: NDArray[np.int32],
    popularity: Floats,
    freshness: Floats,
    row: int,
    query: Floats,
    factors: Floats,
    weights: Floats,
) -> float:
    """Score one row; ``factors[code]`` is ``weights[0] * boost / 2``.

    Unsigned indices spare the check for "counted from the end", a third of the time of a scan.
    """
    i: Any = uintp(row)
    audio: float = factors[uintp(genre_codes[i])] * sound_of(vectors, i, query)

    return audio + signals_of(popularity, freshness, i, weights)


@inlined
def first_from(ascending: NDArray[Any], value: int, low: int, high: int) -> int:
    """Return the first place in ``low`` to ``high`` that holds ``value`` or more, or ``high``."""
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def is_in(ascending: Ints, row: int) -> bool:
    """Whether a row is one of some ascending ones."""
    at = first_from(ascending, row, 0, ascending.shape[0])
    return bool(at < ascending.shape[0] and ascending[at] == row)


@inlined
def left_out(dead: NDArray[np.bool_], excluded: Ints, row: int) -> bool:
    """Whether a row is dead, or one of the ascending ``excluded``."""
    return bool((dead.shape[0] > 0 and dead[row]) or is_in(excluded, row))


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
def worse(scores: Floats, ids: Ints, a: int, b: int) -> bool:
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
        if child + 1 < size and worse(scores, ids, child + 1, child):
            child += 1
        if not worse(scores, ids, child, parent):
            return
        swap(scores, ids, rows, parent, child)
        parent = child


@helper
def sift_up(scores: Floats, ids: Ints, rows: Ints, start: int) -> None:
    """Let an entry rise to its place."""
    child = start
    while child > 0:
        parent = (child - 1) // 2
        if not worse(scores, ids, child, parent):
            return
        swap(scores, ids, rows, child, parent)
        child = parent


@helper
def offer(
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
def best_first(scores: Floats, ids: Ints, rows: Ints, size: int) -> None:
    """Sort the heap in place: the worst goes to the end, again and again."""
    for last in range(size - 1, 0, -1):
        swap(scores, ids, rows, 0, last)
        sift_down(scores, ids, rows, 0, last)
