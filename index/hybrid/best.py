"""The exact best of the whole personal score: what a history reaches, and everything else.

Few tracks are reached by a history; those are scored one by one. All others score by sound, prior
and freshness alone, so that the trees find the best of them. The best of both are the best of all.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from index.filters import outside
from index.hybrid.personal import Reach, scores_of
from index.live import LiveIndex
from index.retrieval import Candidates, Query, boosts_of, merge, search
from index.rows import is_absent, union

MOST_KEPT, LENGTH_KEPT = 4, 512
"""Orders that are kept of one profile, by bonus and with or without what is known: their best."""


def best_of(live: LiveIndex, query: Query, reach: Reach, plan: str) -> Callable[[int], Candidates]:
    """Return what finds the ``size`` best of all live tracks that pass the query's limits."""
    others = query._replace(excluded=union(query.excluded, reach.rows))

    def best(size: int) -> Candidates:
        first = _first(live, query, reach, size)
        floor = float(first.scores[-1]) if len(first) == size else -np.inf
        rest = search(live, others._replace(floor=floor), size, plan)
        return merge(live, first, rest, size) if len(rest) else first

    return best


def _first(live: LiveIndex, query: Query, reach: Reach, size: int) -> Candidates:
    """Return the ``size`` best of the reached tracks; kept where they are asked for again."""
    limits = query.limits
    filtered = limits.codes is not None or len(limits.ranges) or len(limits.excluded)
    if filtered or size > LENGTH_KEPT:
        return _best(live, _scored(live, query, reach), size)
    key = (query.bonus, len(query.excluded))
    if key not in reach.kept:
        found = _best(live, _scored(live, query, reach), LENGTH_KEPT)
        if len(reach.kept) >= MOST_KEPT:
            reach.kept.clear()
        reach.kept[key] = found
    kept: Candidates = reach.kept[key]
    return Candidates(kept.rows[:size], kept.scores[:size])


def _scored(live: LiveIndex, query: Query, reach: Reach) -> Candidates:
    """Return all reached tracks that pass, in no order."""
    places = np.flatnonzero(_passing(live, query, reach.rows))
    scores = scores_of(live, reach, places, query.vector, boosts_of(live, query))
    return Candidates(reach.rows[places], scores)


def _best(live: LiveIndex, reached: Candidates, size: int) -> Candidates:
    rows, scores = reached.rows, reached.scores
    if size < len(rows):
        least = np.partition(scores, len(scores) - size)[len(scores) - size]
        among = np.flatnonzero(scores >= least)
        rows, scores = rows[among], scores[among]
    order = np.lexsort((live.ids_of(rows), -scores))[:size]
    return Candidates(rows[order], scores[order])


def _passing(live: LiveIndex, query: Query, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    passing = is_absent(rows, query.excluded)
    limits = query.limits
    if limits.codes is None and not len(limits.ranges):
        return passing
    tracks = live.take(rows)
    if limits.codes is not None:
        passing &= np.isin(tracks.genre_codes, limits.codes)
    if len(limits.ranges):
        passing &= ~outside(live.features_of(rows), limits.ranges)
    return passing
