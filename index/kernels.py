"""Numba loops and nothing else.

Signatures are explicit, so that no request ever waits for a compiler, and inputs are declared
read-only, so that memory-mapped arrays fit. Each kernel has a slow NumPy twin in
`tests/index/reference.py`. Indices are not checked here: callers own the shapes.

One function, `_score`, computes every score of the engine, in one order of operations: equal
vectors get scores that are equal bit by bit, whichever kernel meets them.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import boolean, float64, int32, int64, njit, types, uintp
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


_tuple: Any = types.Tuple  # numba is untyped


def _in(scalar: Any, dimensions: int = 1) -> Any:
    return types.Array(scalar, dimensions, "C", readonly=True)


def _kernel(signature: Any) -> Callable[[F], F]:
    return cast(Callable[[F], F], njit([signature], cache=True, nogil=True))


def _helper(function: F) -> F:
    return cast(F, njit(cache=True, nogil=True)(function))


@_helper
def _cosine(a: Floats, i: int, b: Floats) -> float:
    """Inner product of unit vectors, summed as a tree: short dependency chains, one fixed order."""
    left: float = (a[i, 0] * b[0] + a[i, 1] * b[1]) + (a[i, 2] * b[2] + a[i, 3] * b[3])
    right: float = (a[i, 4] * b[4] + a[i, 5] * b[5]) + (a[i, 6] * b[6] + a[i, 7] * b[7])

    return left + right


@_helper
def _score(
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
    audio: float = factors[uintp(genre_codes[i])] * (1.0 + _cosine(vectors, i, query))
    signals: float = weights[1] * popularity[i] + weights[2] * freshness[i]

    return audio + signals


@_helper
def _left_out(dead: NDArray[np.bool_], excluded: Ints, row: int) -> bool:
    if dead.shape[0] > 0 and dead[row]:
        return True
    at = np.searchsorted(excluded, row)
    return bool(at < excluded.shape[0] and excluded[at] == row)


@_helper
def _worse(scores: Floats, ids: Ints, a: int, b: int) -> bool:
    """Whether entry ``a`` ranks below entry ``b``: lower score, at equal scores higher id."""
    return bool(scores[a] < scores[b] or (scores[a] == scores[b] and ids[a] > ids[b]))


@_helper
def _swap(scores: Floats, ids: Ints, rows: Ints, a: int, b: int) -> None:
    scores[a], scores[b] = scores[b], scores[a]
    ids[a], ids[b] = ids[b], ids[a]
    rows[a], rows[b] = rows[b], rows[a]


@_helper
def _sift_down(scores: Floats, ids: Ints, rows: Ints, start: int, size: int) -> None:
    parent = start
    while True:
        child = 2 * parent + 1
        if child >= size:
            return
        if child + 1 < size and _worse(scores, ids, child + 1, child):
            child += 1
        if not _worse(scores, ids, child, parent):
            return
        _swap(scores, ids, rows, parent, child)
        parent = child


@_helper
def _sift_up(scores: Floats, ids: Ints, rows: Ints, start: int) -> None:
    child = start
    while child > 0:
        parent = (child - 1) // 2
        if not _worse(scores, ids, child, parent):
            return
        _swap(scores, ids, rows, child, parent)
        child = parent


@_helper
def _offer(
    scores: Floats, ids: Ints, rows: Ints, size: int, score: float, track_id: int, row: int
) -> int:
    """Offer an entry to the heap of the best, worst on top; return the heap's size."""
    if size < scores.shape[0]:
        scores[size], ids[size], rows[size] = score, track_id, row
        _sift_up(scores, ids, rows, size)
        return size + 1

    if score > scores[0] or (score == scores[0] and track_id < ids[0]):
        scores[0], ids[0], rows[0] = score, track_id, row
        _sift_down(scores, ids, rows, 0, size)
    return size


@_helper
def _best_first(scores: Floats, ids: Ints, rows: Ints, size: int) -> None:
    """Sort the heap in place: the worst goes to the end, again and again."""
    for last in range(size - 1, 0, -1):
        _swap(scores, ids, rows, 0, last)
        _sift_down(scores, ids, rows, 0, last)


_FLOATS, _INTS, _CODES, _FLAGS = _in(float64), _in(int64), _in(int32), _in(boolean)
_ROWS_OF_8 = _in(float64, 2)
_RANKED = _tuple((int64[::1], float64[::1]))


@_kernel(
    _RANKED(
        *(_ROWS_OF_8, _INTS, _CODES, _FLOATS, _FLOATS, _FLAGS, _INTS),
        *(_FLOATS, _FLOATS, _FLOATS, int64, int64, int64),
    )
)
def top_scores(
    vectors: Floats,
    track_ids: Ints,
    genre_codes: NDArray[np.int32],
    popularity: Floats,
    freshness: Floats,
    dead: NDArray[np.bool_],
    excluded: Ints,
    query: Floats,
    boosts: Floats,
    weights: Floats,
    start: int,
    stop: int,
    k: int,
) -> tuple[Ints, Floats]:
    """Return rows and scores of the ``k`` best of rows ``start..stop-1``, ties by track id.

        score = weights[0] * boosts[genre] * (1 + cos) / 2
              + weights[1] * popularity + weights[2] * freshness

    Parameters
    ----------
    vectors, track_ids, genre_codes, popularity, freshness : columns of the same n rows
    dead : (n,) rows that are gone, or (0,) if none is
    excluded : rows to leave out, ascending, each once
    query : (8,) unit vector or zero
    boosts : factor by genre code, for every code that occurs
    weights : (3,) audio, popularity, freshness
    start, stop, k : range of rows, and how many to return at the most

    """
    scores = np.empty(k, dtype=np.float64)
    ids = np.empty(k, dtype=np.int64)
    rows = np.empty(k, dtype=np.int64)
    size = 0
    threshold = -np.inf if k > 0 else np.inf
    factors = weights[0] * boosts * 0.5

    for row in range(start, stop):
        score = _score(vectors, genre_codes, popularity, freshness, row, query, factors, weights)
        if score >= threshold and not _left_out(dead, excluded, row):
            size = _offer(scores, ids, rows, size, score, track_ids[row], row)
            if size == k:
                threshold = scores[0]

    _best_first(scores, ids, rows, size)
    return rows[:size].copy(), scores[:size].copy()


@_kernel(float64[::1](_ROWS_OF_8, _CODES, _FLOATS, _FLOATS, _INTS, _FLOATS, _FLOATS, _FLOATS))
def scores_of(
    vectors: Floats,
    genre_codes: NDArray[np.int32],
    popularity: Floats,
    freshness: Floats,
    rows: Ints,
    query: Floats,
    boosts: Floats,
    weights: Floats,
) -> Floats:
    """Return the score of each of ``rows``; see `top_scores` for the formula and arguments."""
    scores = np.empty(rows.shape[0], dtype=np.float64)
    factors = weights[0] * boosts * 0.5
    for i in range(rows.shape[0]):
        scores[i] = _score(
            vectors, genre_codes, popularity, freshness, rows[i], query, factors, weights
        )
    return scores


@_kernel(_RANKED(_FLOATS, _INTS, _FLAGS, _INTS, int64, int64, int64))
def top_counts(
    counts: Floats,
    track_ids: Ints,
    dead: NDArray[np.bool_],
    excluded: Ints,
    start: int,
    stop: int,
    k: int,
) -> tuple[Ints, Floats]:
    """Return the ``k`` rows of ``start..stop-1`` with the greatest positive count, and the counts.

    Ties by track id; ``dead`` and ``excluded`` as in `top_scores`.
    """
    scores = np.empty(k, dtype=np.float64)
    ids = np.empty(k, dtype=np.int64)
    rows = np.empty(k, dtype=np.int64)
    size = 0
    threshold = 0.0 if k > 0 else np.inf

    for row in range(start, stop):
        count = counts[row]
        if count > 0.0 and count >= threshold and not _left_out(dead, excluded, row):
            size = _offer(scores, ids, rows, size, count, track_ids[row], row)
            if size == k:
                threshold = scores[0]

    _best_first(scores, ids, rows, size)
    return rows[:size].copy(), scores[:size].copy()


@_helper
def _recent(artist_keys: Ints, places: Ints, filled: int, artist: int, window: int) -> int:
    """Return how many of the last ``window - 1`` places are taken by ``artist``."""
    count = 0
    for place in range(max(0, filled - window + 1), filled):
        if artist_keys[places[place]] == artist:
            count += 1
    return count


@_kernel(int64[::1](_ROWS_OF_8, _FLOATS, _INTS, int64, float64, int64, int64, int64, boolean))
def arrange(
    vectors: Floats,
    scores: Floats,
    artist_keys: Ints,
    k: int,
    diversity: float,
    max_per_artist: int,
    window: int,
    lookahead: int,
    complete: bool,
) -> Ints:
    """Fill up to ``k`` places from a pool in exact order; see `index.diversity` for the rules.

    Parameters
    ----------
    vectors, scores, artist_keys : columns of the pool, best first
    max_per_artist : 0 for no cap
    complete : whether the pool holds every track there is

    Returns
    -------
    Positions in the pool, place by place. Empty if the pool is too short to decide and not
    ``complete``: fetch more and ask again.

    """
    n = scores.shape[0]
    places = np.empty(min(k, n), dtype=np.int64)
    placed = np.zeros(n, dtype=np.bool_)
    nearest = np.zeros(n, dtype=np.float64)
    """Greatest (1 + cos) / 2 to a placed track, brought up to date when it is looked at."""
    compared = np.zeros(n, dtype=np.int64)
    first = 0

    for filled in range(k):
        while first < n and placed[first]:
            first += 1
        best, best_value, seen, position = -1, -np.inf, 0, first
        while position < n and seen < lookahead:
            artist = artist_keys[position]
            capped = (
                max_per_artist > 0
                and artist != 0
                and _recent(artist_keys, places, filled, artist, window) >= max_per_artist
            )
            if not placed[position] and not capped:
                seen += 1
                for other in range(compared[position], filled):
                    likeness = (1.0 + _cosine(vectors, position, vectors[places[other]])) / 2.0
                    nearest[position] = max(nearest[position], likeness)
                compared[position] = filled
                value = (1.0 - diversity) * scores[position] - diversity * nearest[position]
                if value > best_value:
                    best, best_value = position, value
            position += 1
        if seen < lookahead and not complete:
            return places[:0].copy()
        if best < 0:
            return places[:filled].copy()
        places[filled] = best
        placed[best] = True
    return places


@_kernel(_tuple((float64[::1], float64[::1]))(_ROWS_OF_8, _CODES, _FLOATS, int64, float64))
def taste(
    vectors: Floats,
    genre_codes: NDArray[np.int32],
    weights: Floats,
    n_codes: int,
    negative_pull: float,
) -> tuple[Floats, Floats]:
    """Return the taste vector (8,), unit or zero, and the positive weight by genre (n_codes,).

        vector ~ sum(w+ v) / sum(w+)  -  negative_pull * sum(|w-| v) / sum(|w-|)

    (Rocchio, "Relevance feedback in information retrieval", 1971). ``vectors``, ``genre_codes``
    and ``weights`` hold one position per event.
    """
    liked = np.zeros(8, dtype=np.float64)
    disliked = np.zeros(8, dtype=np.float64)
    genres = np.zeros(n_codes, dtype=np.float64)
    positive, negative = 0.0, 0.0

    for i in range(weights.shape[0]):
        weight = weights[i]
        if weight > 0.0:
            positive += weight
            genres[genre_codes[i]] += weight
            for j in range(8):
                liked[j] += weight * vectors[i, j]
        elif weight < 0.0:
            negative -= weight
            for j in range(8):
                disliked[j] -= weight * vectors[i, j]

    square = 0.0
    for j in range(8):
        if positive > 0.0:
            liked[j] /= positive
        if negative > 0.0:
            liked[j] -= negative_pull * disliked[j] / negative
        square += liked[j] * liked[j]
    norm = np.sqrt(square)
    for j in range(8):
        liked[j] = liked[j] / norm if norm > 0.0 else 0.0
    return liked, genres


def warm_up() -> None:
    """Run every kernel once, so that what is left of loading them happens before the first call."""
    vectors = np.eye(8, dtype=np.float64)[:2].copy()
    ids = np.arange(2, dtype=np.int64)
    codes = np.zeros(2, dtype=np.int32)
    ones = np.ones(2, dtype=np.float64)
    nobody, nothing = np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int64)
    weights = np.ones(3, dtype=np.float64)

    top_scores(vectors, ids, codes, ones, ones, nobody, nothing, vectors[0], ones, weights, 0, 2, 1)
    scores_of(vectors, codes, ones, ones, ids, vectors[0], ones, weights)
    top_counts(ones, ids, nobody, nothing, 0, 2, 1)
    arrange(vectors, ones, ids, 1, 0.0, 0, 10, 1, True)
    taste(vectors, codes, ones, 1, 0.0)
