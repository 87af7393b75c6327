"""Query -> the exact best tracks of the whole score, over snapshot and delta.

Two plans, one answer. A *scan* scores every row. A *search* fits queries by sound alone with at
most one boosted genre: rows lie genre by genre, so the boosted genre is scanned whole, and FAISS
is asked for the others only if one of them can still enter. Without a boost a score is at most 1,
so a k-th score above 1 settles it. What FAISS returns in float32 is scored again in float64, and
counts as the answer only when the last score fetched lies below the k-th by more than float32 can
err; a catalogue that holds one song under a hundred ids is fetched deeper, then scanned.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.ann import COSINE_ERROR
from index.live import LiveIndex

_NONE_DEAD = np.empty(0, dtype=np.bool_)
_ROUNDING = 1e-12
"""A score of two identical tracks may exceed 1 by float64 rounding; far less than this."""
_SCAN_SHARE = 4
"""FAISS is not worth asking for more than one row in this many."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a track is scored against; see `index.kernels.top_scores` for the formula."""

    vector: NDArray[np.float64]
    """(8,) unit vector, or zero."""
    boosts: NDArray[np.float64]
    """Factor by genre code, for every code of snapshot and delta."""
    weights: NDArray[np.float64]
    """(3,) audio, popularity, freshness."""
    excluded: NDArray[np.int64]
    """Rows that are left out, ascending, each once."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows and their scores, best first, ties by ascending track id."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)


def genre_boosts(live: LiveIndex, codes: Sequence[int], bonus: float) -> NDArray[np.float64]:
    """Return the factor of every genre code: ``bonus`` for ``codes``, but for 0 ("no genre")."""
    boosts = np.ones(len(live.snapshot.genres.names) + len(live.delta.new_genres))
    boosts[[code for code in codes if code != 0]] = bonus

    return boosts


def genre_slice(live: LiveIndex, code: int) -> tuple[int, int]:
    """Return the snapshot rows ``start, stop`` of a genre; none for one that is new since."""
    offsets = live.snapshot.genres.offsets
    if code + 1 >= len(offsets):
        return 0, 0
    return int(offsets[code]), int(offsets[code + 1])


def scan(live: LiveIndex, query: Query, k: int) -> Candidates:
    """Return the ``k`` best of all live tracks, by scoring every one."""
    return scan_slice(live, query, k, 0, len(live.snapshot.track_ids))


def scan_slice(live: LiveIndex, query: Query, k: int, start: int, stop: int) -> Candidates:
    """Return the ``k`` best of snapshot rows ``start..stop-1`` and of all of the delta."""
    snapshot = live.snapshot
    inside = Candidates(
        *kernels.top_scores(
            snapshot.vectors,
            snapshot.track_ids,
            snapshot.genre_codes,
            snapshot.popularity,
            snapshot.freshness,
            _NONE_DEAD if live.removed is None else live.removed,
            query.excluded,
            query.vector,
            query.boosts,
            query.weights,
            start,
            stop,
            min(k, stop - start),
        )
    )
    if len(live.added_alive) == 0:
        return inside
    return merge(live, inside, _scan_delta(live, query, k), k)


def _scan_delta(live: LiveIndex, query: Query, k: int) -> Candidates:
    added, n = live.added, len(live.snapshot.track_ids)
    size = len(added.track_ids)
    rows, scores = kernels.top_scores(
        added.vectors,
        added.track_ids,
        added.genre_codes,
        added.popularity,
        added.freshness,
        ~live.added_alive,
        query.excluded[np.searchsorted(query.excluded, n) :] - n,
        query.vector,
        query.boosts,
        query.weights,
        0,
        size,
        min(k, size),
    )

    return Candidates(rows + n, scores)


def track_ids(live: LiveIndex, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the track id of each row of snapshot or delta."""
    n = len(live.snapshot.track_ids)
    if len(live.added_alive) == 0:
        return live.snapshot.track_ids[rows]

    ids = np.empty(len(rows), dtype=np.int64)
    new = rows >= n
    ids[~new] = live.snapshot.track_ids[rows[~new]]
    ids[new] = live.added.track_ids[rows[new] - n]
    return ids


def merge(live: LiveIndex, one: Candidates, other: Candidates, k: int) -> Candidates:
    """Return the ``k`` best of two sets of candidates without a row in common."""
    rows = np.concatenate((one.rows, other.rows))
    scores = np.concatenate((one.scores, other.scores))
    order = np.lexsort((track_ids(live, rows), -scores))[:k]

    return Candidates(rows[order], scores[order])


def search(live: LiveIndex, query: Query, genre: int, k: int) -> Candidates:
    """Return the ``k`` best by sound alone, with a boost for at most the one ``genre``.

    ``query.weights`` must be (1, 0, 0). ``genre`` is 0 where nothing is boosted.
    """
    start, stop = genre_slice(live, genre) if genre else (0, 0)
    near = scan_slice(live, query, k, start, stop)
    if len(near) == k and near.scores[-1] > 1.0 + _ROUNDING:
        return near

    worthwhile = len(live.snapshot.track_ids) // _SCAN_SHARE
    for fetch in (2 * k + 32, 16 * k + 256):
        if fetch > worthwhile:
            break
        rows, cosines = live.snapshot.ann.search(query.vector, fetch)
        outside = rows[(rows < start) | (rows >= stop)]
        found = merge(live, near, _rescored(live, query, outside), k)
        settled = len(rows) == fetch and len(found) == k
        if settled and found.scores[-1] > (1.0 + cosines[-1] + COSINE_ERROR) / 2.0:
            return found
    return scan(live, query, k)


def _rescored(live: LiveIndex, query: Query, rows: NDArray[np.int64]) -> Candidates:
    """Return the scores of snapshot rows in float64, without those dead or excluded."""
    if live.removed is not None:
        rows = rows[~live.removed[rows]]
    if len(query.excluded):
        places = np.searchsorted(query.excluded[:-1], rows)
        rows = rows[query.excluded[places] != rows]
    snapshot = live.snapshot
    scores = kernels.scores_of(
        snapshot.vectors,
        snapshot.genre_codes,
        snapshot.popularity,
        snapshot.freshness,
        rows,
        query.vector,
        query.boosts,
        query.weights,
    )

    return Candidates(rows, scores)


def top_counts(
    live: LiveIndex,
    counts: NDArray[np.float64],
    *,
    k: int,
    genre: int | None,
    excluded: NDArray[np.int64],
) -> Candidates:
    """Return the ``k`` live tracks with the greatest positive count.

    ``counts`` holds one number per row of snapshot and delta. ``genre`` is a code, None for all.
    """
    snapshot, added, n = live.snapshot, live.added, len(live.snapshot.track_ids)
    start, stop = (0, n) if genre is None else genre_slice(live, genre)
    dead = _NONE_DEAD if live.removed is None else live.removed
    inside = Candidates(
        *kernels.top_counts(
            counts[:n], snapshot.track_ids, dead, excluded, start, stop, min(k, stop - start)
        )
    )
    size = len(added.track_ids)
    if size == 0:
        return inside

    hidden = ~live.added_alive
    if genre is not None:
        hidden |= added.genre_codes != genre
    late = excluded[np.searchsorted(excluded, n) :] - n
    rows, scores = kernels.top_counts(
        counts[n:], added.track_ids, hidden, late, 0, size, min(k, size)
    )
    return merge(live, inside, Candidates(rows + n, scores), k)
