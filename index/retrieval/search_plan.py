"""Query -> the exact best tracks of the whole score, over snapshot and delta, and their parts.

Four plans, one answer:

*tree*
    Branch and bound over the trees of the boosted genres, then over the tree of all tracks
    (`index.snapshot.forest`); of a few genres if only those may come. The default.
*scan*
    Every row is scored: for popular lists that the order does not answer.
*order*
    Popular tracks are read off a precomputed order (`index.snapshot.orders`) if it is long enough.
*filtered scan*
    Every row that passes the filters is scored: where so few pass that a tree would be searched to
    its end, and for feature weights of the user's own, under which other tracks are near.

The delta's tracks are few and always scanned. All plans score by the same operations in the same
order, so they agree to the last bit.
"""

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.kernels import Search, Tracks
from index.live import LiveIndex, genre_slice
from index.retrieval.filters import Limits, outside
from index.retrieval.parts import PART_NAMES, parts_of
from index.retrieval.query import NONE, Candidates, Query, merge, search_of

_EVERYTHING = np.zeros(1, dtype=np.int64)
"""The tree of all tracks alone."""
_SAMPLE = 4096
"""Rows from which the share is estimated that passes the filters."""
_FEW = 16
"""A scan is cheaper where fewer than this many times k tracks pass the filters."""
_NO_RATIOS = np.empty(0, dtype=np.float64)
_NO_SCORES = np.empty(0, dtype=np.float64)

Ranked = tuple[NDArray[np.int64], NDArray[np.float64]]
TopOf = Callable[[Tracks, Search, int, int, int, int], Ranked]
"""A scan of some tracks: their base, the positions from and to, and k."""


class SearchPlan(NamedTuple):
    """A plan for tracks that score by their sound and their static score."""

    live: LiveIndex
    query: Query
    search: Search
    name: str

    @property
    def part_names(self) -> tuple[str, ...]:
        """The names of the parts of a score."""
        return PART_NAMES[self.query.kind]

    def best(self, k: int) -> Candidates:
        """Return the exact ``k`` best live tracks, fewer where there are no more."""
        if self.query.limits.codes == () or k <= 0:
            return NONE
        if self.name == "tree":
            return _with_delta(self, _by_trees(self, k), k)
        found = _by_order(self.live, self.query, k) if self.name == "order" else None
        return scan(self.live, self.query, k) if found is None else _with_delta(self, found, k)

    def parts(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the parts (k, parts) of the scores of ``rows``."""
        return parts_of(self.live, self.query.kind, self.search, rows, self.query.ratios)


def search_plan(live: LiveIndex, query: Query, k: int) -> SearchPlan:
    """Return the cheapest exact plan that leaves the query's personal candidates aside."""
    return SearchPlan(live, query, search_of(live, query), _name_of(live, query, k))


def _name_of(live: LiveIndex, query: Query, k: int) -> str:
    if query.ratios is not None:
        return "filtered scan"
    if not live.snapshot.scorings[query.kind].has_trees:
        return "scan" if _by_order(live, query, k) is None else "order"
    few = len(query.limits.ranges) > 0 and _passing(live, query.limits) < _FEW * k
    return "filtered scan" if few else "tree"


def scan(live: LiveIndex, query: Query, k: int) -> Candidates:
    """Return the ``k`` best by scoring every track: what all plans must agree with."""
    ratios = _NO_RATIOS if query.ratios is None else query.ratios
    columns = live.snapshot.scorings[query.kind].tracks, live.added_for(query.kind).tracks

    def top_of(tracks: Tracks, search: Search, *span: int) -> Ranked:
        return kernels.top_scores(tracks, search, ratios, *span)

    return scan_all(live, columns, search_of(live, query), query.limits, k, top_of)


def scan_all(
    live: LiveIndex,
    columns: tuple[Tracks, Tracks],
    search: Search,
    limits: Limits,
    k: int,
    top_of: TopOf,
) -> Candidates:
    """Return the ``k`` best of the ``columns`` of snapshot and delta by a kernel that scans."""
    snapshot, added = columns
    n, slots = len(snapshot.track_ids), len(added.track_ids)
    found = [
        Candidates(*top_of(snapshot, search, 0, start, stop, min(k, stop - start)))
        for start, stop in _slices(live, limits)
    ]
    if slots and limits.codes != ():
        search = search._replace(deleted=live.added_hidden)
        found.append(Candidates(*top_of(added, search, n, 0, slots, min(k, slots))))
    return _best(live, found, k)


def _slices(live: LiveIndex, limits: Limits) -> list[tuple[int, int]]:
    """Return the ranges of snapshot rows that the allowed genres lie in."""
    if limits.codes is None:
        return [(0, len(live.snapshot.track_ids))]
    return [genre_slice(live, code) for code in limits.codes]


def _best(live: LiveIndex, found: list[Candidates], k: int) -> Candidates:
    return reduce(lambda one, other: merge(live, one, other, k), found, NONE)


def _with_delta(plan: SearchPlan, inside: Candidates, k: int) -> Candidates:
    """Return the ``k`` best of those of the snapshot and of the delta's tracks."""
    live = plan.live
    if len(live.added_hidden) == 0:
        return inside
    added = live.added_for(plan.query.kind)
    search = plan.search._replace(deleted=live.added_hidden)
    ids, rows, scores = live.snapshot.track_ids, inside.rows, inside.scores
    return Candidates(
        *kernels.merge_delta(added.tracks, added.blocks, search, ids, rows, scores, k)
    )


def _passing(live: LiveIndex, limits: Limits) -> float:
    """Estimate from a sample how many rows lie within the ranges, by feature."""
    features = live.snapshot.features
    step = max(len(features) // _SAMPLE, 1)
    sample = np.ascontiguousarray(features[::step])
    return float(np.count_nonzero(~outside(sample, limits.ranges))) * step


def _by_trees(plan: SearchPlan, k: int) -> Candidates:
    live, query = plan.live, plan.query
    scoring, n = live.snapshot.scorings[query.kind], len(live.snapshot.track_ids)
    floor_scores = query.floor_scores if k <= n else _NO_SCORES
    tree_order = _tree_order(live, query)
    if n == 0 or not len(tree_order):
        return NONE

    return Candidates(
        *kernels.search_trees(scoring.prepared, plan.search, tree_order, min(k, n), floor_scores)
    )


def _tree_order(live: LiveIndex, query: Query) -> NDArray[np.int64]:
    """Return the trees to search, the boosted ones first: what they yield prunes the others."""
    allowed = query.limits.codes
    if allowed is None and not query.boosted:
        return _EVERYTHING
    known = len(live.snapshot.genres.names)
    boosted = [c + 1 for c in query.boosted if c < known and (allowed is None or c in allowed)]
    if allowed is None:
        return np.array((*boosted, 0), dtype=np.int64)
    others = [c + 1 for c in allowed if c < known and c + 1 not in boosted]
    return np.array([*boosted, *others], dtype=np.int64)


def _by_order(live: LiveIndex, query: Query, k: int) -> Candidates | None:
    """Return the ``k`` best by popularity; None where the precomputed order is too short."""
    if len(query.limits.ranges):
        return None
    popular, found = live.snapshot.popular, []
    for start, stop in _slices(live, query.limits):
        first = popular.first(k, start=start, stop=stop, dead=live.removed, excluded=query.excluded)
        if first is None:
            return None
        found.append(Candidates(*first))
    return _best(live, found, k)
