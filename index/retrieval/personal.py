"""The exact best of the whole personal score: what a history reaches, and everything else.

Few tracks are reached by a history; those are scored one by one. All others have a sound and a
static score alone, so that the trees find the best of them. The best of both are the best of all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.kernels import PartialScores
from index.learning import REACH_PARTS
from index.listener import PersonalCandidates
from index.live import LiveIndex
from index.retrieval.filters import Limits, outside
from index.retrieval.query import NO_ROWS, Candidates, Query, merge
from index.retrieval.search_plan import SearchPlan
from index.row_sets import union

MOST_KEPT, LENGTH_KEPT = 4, 512
"""Most lists cached per profile (by bonus and exclusion of known tracks), and their length."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonalPlan:
    """A plan for a listener whose history reaches some tracks."""

    others: SearchPlan
    """For all tracks that are not reached."""

    @property
    def name(self) -> str:
        """The name of the plan for all other tracks."""
        return self.others.name

    @property
    def query(self) -> Query:
        """What is searched for."""
        return self.others.query

    @property
    def part_names(self) -> tuple[str, ...]:
        """The names of the parts of a score."""
        return self.others.part_names + REACH_PARTS

    def best(self, k: int) -> Candidates:
        """Return the exact ``k`` best live tracks, fewer where there are no more."""
        limits = self.query.limits
        filtered = limits.codes is not None or len(limits.ranges) or len(limits.excluded)
        return self._found(k) if filtered or k > LENGTH_KEPT else self._cached(k)

    def parts(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the parts (k, parts) of the scores of ``rows``."""
        reached = self.query.candidates.parts_at(rows)
        return np.concatenate((self.others.parts(rows), reached), axis=1)

    def _cached(self, k: int) -> Candidates:
        """Return the beginning of a list that is cached with its length; search where none is."""
        query, lists = self.query, self.query.candidates.kept
        key = (query.bonus, len(query.excluded))
        length: int
        found: Candidates | None
        length, found = lists.get(key, (0, None))
        if found is None or length < k:
            length, found = k, self._found(k)
            if len(lists) >= MOST_KEPT:
                lists.clear()
            lists[key] = length, found
        return found.first(k)

    def _found(self, k: int) -> Candidates:
        live, query = self.others.live, self.query
        first = self._best_reached(k)
        excluded = union(query.excluded, query.candidates.rows)
        others = query._replace(excluded=excluded, floor_scores=first.scores)
        search = self.others.search._replace(excluded=excluded)
        plan = SearchPlan(live, others, search, self.name)
        return merge(live, first, plan.best(k), k)

    def _best_reached(self, k: int) -> Candidates:
        """Return the best of the reached tracks that pass."""
        live, reach = self.others.live, self.query.candidates
        excluded = union(self.query.excluded, _outside(live, self.query.limits, reach))
        partial = PartialScores(reach.rows, reach.genres, reach.sounds, reach.static)
        search = self.others.search._replace(excluded=excluded)
        ids = live.snapshot.track_ids, live.added.track_ids
        return Candidates(*kernels.top_k_of_partial(partial, search, *ids, k))


def _outside(live: LiveIndex, limits: Limits, reach: PersonalCandidates) -> NDArray[np.int64]:
    """Return the reached rows that genres or ranges keep out, ascending."""
    if limits.codes is None and not len(limits.ranges):
        return NO_ROWS
    out = np.zeros(len(reach.rows), dtype=np.bool_)
    if limits.codes is not None:
        out |= ~np.isin(reach.genres, limits.codes)
    if len(limits.ranges):
        out |= outside(live.features_of(reach.rows), limits.ranges)
    return reach.rows[out]
