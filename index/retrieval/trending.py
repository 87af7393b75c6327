"""Query -> the exact tracks with the greatest trending counts, over snapshot and delta.

Tracks that nothing has touched since the build come in the snapshot's kept order, or by a scan
where that is too short; the few others are looked through; both lists become one.
"""

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.live import Counts, LiveIndex, contains, genre_slice
from index.retrieval.query import NONE_DELETED, Candidates, merge


def top_counts(
    live: LiveIndex,
    window: int,
    now: float,
    *,
    k: int,
    genre: int | None,
    excluded: NDArray[np.int64],
) -> Candidates:
    """Return the ``k`` live tracks with the greatest positive count in a window of `WINDOWS`.

    ``genre`` is a code, None for all; ``excluded`` are rows, ascending, each once.
    """
    counts, snapshot = live.trends(window, now), live.snapshot
    start, stop = (0, len(snapshot.track_ids)) if genre is None else genre_slice(live, genre)
    first, last = np.searchsorted(counts.rows, (start, stop)).tolist()

    untouched = _untouched(live, window, k, start, stop, excluded, counts.rows[first:last])
    untouched = _positive(untouched, counts.window.decay(now - snapshot.built_at))
    if not len(counts.rows):
        return untouched

    positions = None if genre is None else _places(live, counts, first, last, genre)
    touched = _touched(counts, positions, k, excluded)
    return merge(live, untouched, _positive(touched, counts.decay(now)), k)


def _untouched(
    live: LiveIndex,
    window: int,
    k: int,
    start: int,
    stop: int,
    excluded: NDArray[np.int64],
    touched: NDArray[np.int64],
) -> Candidates:
    """Return the best of rows ``start..stop-1``, as of the build, without the ``touched``."""
    snapshot = live.snapshot
    found = snapshot.trends[window].first(
        k, start=start, stop=stop, dead=live.removed, excluded=excluded, replaced=touched
    )
    if found is None:
        found = kernels.top_values(
            snapshot.trending[window],
            snapshot.track_ids,
            NONE_DELETED if live.removed is None else live.removed,
            np.union1d(excluded, touched) if len(excluded) else touched,
            start,
            stop,
            min(k, stop - start),
        )
    return Candidates(*found)


def _places(
    live: LiveIndex, counts: Counts, first: int, last: int, genre: int
) -> NDArray[np.int64]:
    """Return where ``counts`` has rows of a genre, whose snapshot rows are at ``first..last-1``."""
    n = len(live.snapshot.track_ids)
    late = np.arange(np.searchsorted(counts.rows, n), len(counts.rows))
    codes = live.added.genre_codes[counts.rows[late] - n]
    return np.concatenate((np.arange(first, last), late[codes == genre]))


def _touched(
    counts: Counts, positions: NDArray[np.int64] | None, k: int, excluded: NDArray[np.int64]
) -> Candidates:
    """Return the best of ``counts`` at ``positions``, or of all, as of when they were counted."""
    rows, track_ids, values = counts.rows, counts.track_ids, counts.values
    if positions is not None:
        rows, track_ids, values = rows[positions], track_ids[positions], values[positions]
    is_excluded = np.searchsorted(rows, excluded[contains(rows, excluded)])
    size = len(rows)
    best, scores = kernels.top_values(
        values, track_ids, NONE_DELETED, is_excluded, 0, size, min(k, size)
    )
    return Candidates(rows[best], scores)


def _positive(found: Candidates, decay: float) -> Candidates:
    """Return counts after ``decay``, without those of which nothing is left."""
    scores = found.scores * decay
    left = int(np.count_nonzero(scores > 0))
    return Candidates(found.rows[:left], scores[:left])
