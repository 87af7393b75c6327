"""The exact best of the whole personal score: what a history reaches, and everything else.

Few tracks are reached by a history; those are scored one by one. All others score by sound, prior
and freshness alone, so that the trees find the best of them. The best of both are the best of all.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.listener.candidates import PersonalCandidates
from index.live.live_index import LiveIndex
from index.retrieval.filters import Limits, outside
from index.retrieval.search_plan import Candidates, Query, merge, search
from index.row_sets import union

_NO_ROWS = np.empty(0, dtype=np.int64)
MOST_KEPT, LENGTH_KEPT = 4, 512
"""Lists that are kept of one profile, by bonus and with or without what is known, and how long."""


def best_of(
    live: LiveIndex, query: Query, reach: PersonalCandidates, plan: str
) -> Callable[[int], Candidates]:
    """Return what finds the ``size`` best of all live tracks that pass the query's limits."""
    limits = query.limits
    filtered = limits.codes is not None or len(limits.ranges) or len(limits.excluded)

    def best(size: int) -> Candidates:
        if filtered or size > LENGTH_KEPT:
            return _found(live, query, reach, plan, size)
        return _kept(live, query, reach, plan, size)

    return best


def _kept(
    live: LiveIndex, query: Query, reach: PersonalCandidates, plan: str, size: int
) -> Candidates:
    """Return the beginning of a list that is kept with its length; find it where none is."""
    key = (query.bonus, len(query.excluded))
    length: int
    found: Candidates | None
    length, found = reach.kept.get(key, (0, None))
    if found is None or length < size:
        length, found = size, _found(live, query, reach, plan, size)
        if len(reach.kept) >= MOST_KEPT:
            reach.kept.clear()
        reach.kept[key] = length, found
    return found.first(size)


def _found(
    live: LiveIndex, query: Query, reach: PersonalCandidates, plan: str, size: int
) -> Candidates:
    first = _best(live, query, reach, size)
    others = query._replace(excluded=union(query.excluded, reach.rows), floor_scores=first.scores)
    return merge(live, first, search(live, others, size, plan), size)


def _best(live: LiveIndex, query: Query, reach: PersonalCandidates, size: int) -> Candidates:
    """Return the best of the reached tracks that pass."""
    return Candidates(
        *kernels.top_k_of_partial(
            reach.rows,
            reach.genres,
            reach.sounds,
            reach.signals,
            union(query.excluded, _outside(live, query.limits, reach)),
            np.array(query.boosted, dtype=np.int64),
            query.bonus,
            query.weights,
            live.snapshot.track_ids,
            live.added.track_ids,
            size,
        )
    )


def _outside(live: LiveIndex, limits: Limits, reach: PersonalCandidates) -> NDArray[np.int64]:
    """Return the reached rows that genres or ranges keep out, ascending."""
    if limits.codes is None and not len(limits.ranges):
        return _NO_ROWS
    out = np.zeros(len(reach.rows), dtype=np.bool_)
    if limits.codes is not None:
        out |= ~np.isin(reach.genres, limits.codes)
    if len(limits.ranges):
        out |= outside(live.features_of(reach.rows), limits.ranges)
    return reach.rows[out]
