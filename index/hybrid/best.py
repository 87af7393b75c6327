"""The exact best of the whole personal score: what a history reaches, and everything else.

Few tracks are reached by a history; those are scored one by one. All others score by sound, prior
and freshness alone, so that the trees find the best of them. The best of both are the best of all.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.features import FEATURE_NAMES
from index.filters import Limits, outside
from index.hybrid.personal import Reach, scores_of
from index.live import LiveIndex
from index.retrieval import Candidates, Query, boosts_of, merge, search
from index.rows import is_absent, union

MOST_KEPT = 4
"""Orders that are kept of one profile: by bonus, and with or without what is known."""


def best_of(live: LiveIndex, query: Query, reach: Reach, plan: str) -> Callable[[int], Candidates]:
    """Return what finds the ``size`` best of all live tracks that pass the query's limits."""
    reached, excluded = _kept(live, query, reach)
    others = replace(query, excluded=excluded)

    def best(size: int) -> Candidates:
        first = Candidates(reached.rows[:size], reached.scores[:size])
        floor = float(first.scores[-1]) if len(first) == size else -np.inf
        rest = search(live, replace(others, floor=floor), size, plan)
        return merge(live, first, rest, size) if len(rest) else first

    return best


def _kept(live: LiveIndex, query: Query, reach: Reach) -> tuple[Candidates, NDArray[np.int64]]:
    """Return the reached tracks, and all that needs no search; kept where it is asked for again."""
    limits = query.limits
    if limits.codes is not None or len(limits.ranges) or len(limits.excluded):
        return _ranked(live, query, reach), union(query.excluded, reach.rows)
    key = (query.bonus, len(query.excluded))
    if key not in reach.kept:
        found = _ranked(live, query, reach), union(query.excluded, reach.rows)
        if len(reach.kept) >= MOST_KEPT:
            reach.kept.clear()
        reach.kept[key] = found
    kept: tuple[Candidates, NDArray[np.int64]] = reach.kept[key]
    return kept


def _ranked(live: LiveIndex, query: Query, reach: Reach) -> Candidates:
    """Return all reached tracks that pass, best first."""
    places = np.flatnonzero(_passing(live, query, reach.rows))
    scores = scores_of(live, reach, places, query.vector, boosts_of(live, query))
    rows = reach.rows[places]
    order = np.lexsort((live.ids_of(rows), -scores))
    return Candidates(rows[order], scores[order])


def _passing(live: LiveIndex, query: Query, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    passing = is_absent(rows, query.excluded)
    limits: Limits = query.limits
    if limits.codes is None and not len(limits.ranges):
        return passing
    tracks = live.take(rows)
    if limits.codes is not None:
        passing &= np.isin(tracks.genre_codes, limits.codes)
    if len(limits.ranges):
        passing &= ~outside(_features(live, rows), limits.ranges)
    return passing


def _features(live: LiveIndex, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    n = len(live.snapshot.track_ids)
    late = rows >= n
    features = np.empty((len(rows), len(FEATURE_NAMES)))
    features[~late] = live.snapshot.features[rows[~late]]
    features[late] = live.delta.tracks["features"][rows[late] - n]
    return features
