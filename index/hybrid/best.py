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
"""Lists that are kept of one profile, by bonus and with or without what is known, and how long."""


def best_of(live: LiveIndex, query: Query, reach: Reach, plan: str) -> Callable[[int], Candidates]:
    """Return what finds the ``size`` best of all live tracks that pass the query's limits."""
    limits = query.limits
    filtered = limits.codes is not None or len(limits.ranges) or len(limits.excluded)

    def best(size: int) -> Candidates:
        if filtered or size > LENGTH_KEPT:
            return _found(live, query, reach, plan, size)
        return _kept(live, query, reach, plan, size)

    return best


def _kept(live: LiveIndex, query: Query, reach: Reach, plan: str, size: int) -> Candidates:
    """Return the beginning of a list that is kept with its length; find it where none is."""
    key = (query.bonus, len(query.excluded))
    length, found = reach.kept.get(key, (0, None))
    if found is None or length < size:
        length, found = size, _found(live, query, reach, plan, size)
        if len(reach.kept) >= MOST_KEPT:
            reach.kept.clear()
        reach.kept[key] = length, found
    return found if length == size else Candidates(found.rows[:size], found.scores[:size])


def _found(live: LiveIndex, query: Query, reach: Reach, plan: str, size: int) -> Candidates:
    first = _best(live, _scored(live, query, reach), size)
    others = query._replace(
        excluded=union(query.excluded, reach.rows),
        floor=float(first.scores[-1]) if len(first) == size else -np.inf,
    )
    rest = search(live, others, size, plan)
    return merge(live, first, rest, size) if len(rest) else first


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
