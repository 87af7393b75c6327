"""Query -> the exact tracks with the greatest trending counts, over snapshot and delta.

Tracks that nothing has touched since the build come in the snapshot's kept order, or by a scan
where that is too short; the few others are looked through; both lists become one.
"""

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.live import LiveIndex
from index.retrieval import Candidates, genre_slice, merge
from index.trends import Counts

_NONE_DEAD = np.empty(0, dtype=np.bool_)


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
    untouched = _untouched(live, counts, k, start, stop, excluded)
    decay = counts.window.decay(now - snapshot.built_at)
    untouched = _positive(untouched, decay)
    if not len(counts.rows):
        return untouched

    touched = _touched(live, counts, k, start, stop, genre, excluded)
    return merge(live, untouched, _positive(touched, counts.decay(now)), k)


def _untouched(
    live: LiveIndex, counts: Counts, k: int, start: int, stop: int, excluded: NDArray[np.int64]
) -> Candidates:
    """Return the best of rows ``start..stop-1`` without counts of their own, as of the build."""
    snapshot, index = live.snapshot, counts.index
    found = snapshot.trends[index].first(
        k, start=start, stop=stop, dead=live.removed, excluded=excluded, replaced=counts.rows
    )
    if found is None:
        found = kernels.top_counts(
            snapshot.trending[index],
            snapshot.track_ids,
            _NONE_DEAD if live.removed is None else live.removed,
            np.union1d(excluded, counts.rows),
            start,
            stop,
            min(k, stop - start),
        )
    return Candidates(*found)


def _touched(
    live: LiveIndex,
    counts: Counts,
    k: int,
    start: int,
    stop: int,
    genre: int | None,
    excluded: NDArray[np.int64],
) -> Candidates:
    """Return the best of the rows with counts of their own, as of when those were taken."""
    rows, n = counts.rows, len(live.snapshot.track_ids)
    hidden = _NONE_DEAD
    if genre is not None:
        hidden = (rows < start) | (rows >= stop)
        late = int(np.searchsorted(rows, n))
        hidden[late:] = live.added.genre_codes[rows[late:] - n] != genre
    at = np.searchsorted(rows, excluded)
    inside = at < len(rows)
    left_out = at[inside][rows[at[inside]] == excluded[inside]]

    places, values = kernels.top_counts(
        counts.values, counts.track_ids, hidden, left_out, 0, len(rows), min(k, len(rows))
    )
    return Candidates(rows[places], values)


def _positive(found: Candidates, decay: float) -> Candidates:
    """Return counts after ``decay``, without those of which nothing is left."""
    scores = found.scores * decay
    left = len(scores) if len(scores) and scores[-1] > 0 else int(np.count_nonzero(scores > 0))
    return Candidates(found.rows[:left], scores[:left])
