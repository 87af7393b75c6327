"""Query -> the exact best tracks of the whole score, over snapshot and delta.

Four plans, one answer:

*tree*
    Branch and bound over the trees of the boosted genres, then over the tree of all tracks
    (`index.snapshot.forest`); of a few genres if only those may come. The default.
*scan*
    Every row is scored: for weights of the signals that no forest is made for.
*order*
    Popular tracks are read off a precomputed order (`index.snapshot.orders`) if it is long enough.
*filtered scan*
    Every row that passes the filters is scored: where so few pass that a tree would be searched to
    its end, and for feature weights of the user's own, under which other tracks are near.

The delta's tracks are few and always scanned. All plans score by the same operations in the same
order, so they agree to the last bit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.features import FEATURE_NAMES
from index.live import LiveIndex, genre_slice
from index.retrieval.filters import NO_LIMITS, Limits, outside
from index.snapshot import POPULAR, ForestIndex

_NONE_DEAD = np.empty(0, dtype=np.bool_)
_ALL_GENRES = np.empty(0, dtype=np.int64)
_EVERYTHING = np.zeros(1, dtype=np.int64)
"""The tree of all tracks alone."""
_SAMPLE = 4096
"""Rows from which the share is told that passes the filters."""
_FEW = 16
"""A scan is cheaper where fewer than this many times k tracks pass the filters."""
_NO_SCORES = np.empty(0, dtype=np.float64)
_NO_RATIOS = np.empty(0, dtype=np.float64)


class Query(NamedTuple):
    """What a track is scored against; see `kernels.top_scores` for the formula."""

    vector: NDArray[np.float64]
    """(8,) unit vector, or zero; of the re-weighted features where ``ratios`` is given."""
    weights: NDArray[np.float64]
    """(3,) audio, popularity, freshness. Searched by trees if they are a `ForestIndex`'s own."""
    excluded: NDArray[np.int64]
    """Rows that are left out, ascending, each once."""
    signal: str = "popularity"
    """The column that is weighed as popularity: that, or ``prior`` for the forest of taste."""
    boosted: tuple[int, ...] = ()
    """Codes of genres whose boost is ``bonus``, each once; that of the others is 1."""
    bonus: float = 1.0
    limits: Limits = NO_LIMITS
    floor_scores: NDArray[np.float64] = _NO_SCORES
    """Scores of others, falling: who is not one of the best with those beside may be missing."""
    ratios: NDArray[np.float64] | None = None
    """(8,) factors on the coordinates of all vectors, for weights of the user's own."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows and their scores, best first, ties by ascending track id."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def first(self, k: int) -> "Candidates":
        """Return the ``k`` best of them."""
        return self if len(self) <= k else Candidates(self.rows[:k], self.scores[:k])


NONE = Candidates(np.empty(0, dtype=np.int64), np.empty(0))


def boosts_of(live: LiveIndex, query: Query) -> NDArray[np.float64]:
    """Return the factor of every genre code."""
    boosts = np.ones(len(live.snapshot.genres.names) + len(live.delta.new_genres))
    boosts[list(query.boosted)] = query.bonus

    return boosts


def plan_of(live: LiveIndex, query: Query, k: int) -> str:
    """Return the name of the cheapest plan that is exact."""
    if query.ratios is not None:
        return "filtered scan"
    if searchable_for(live, query) is None:
        return "scan" if _by_order(live, query, k) is None else "order"
    few = len(query.limits.ranges) > 0 and _passing(live, query.limits) < _FEW * k
    return "filtered scan" if few else "tree"


def search(live: LiveIndex, query: Query, k: int, plan: str | None = None) -> Candidates:
    """Return the ``k`` best of all live tracks that pass the limits, by the cheapest plan."""
    plan = plan or plan_of(live, query, k)
    inside = _inside(live, query, k, plan)
    if len(live.added_hidden) == 0:
        return inside
    if query.ratios is not None:
        return merge(live, inside, _scan_delta(live, query, k), k)
    return _with_late(live, query, inside, k)


def _inside(live: LiveIndex, query: Query, k: int, plan: str) -> Candidates:
    """Return the ``k`` best of the snapshot."""
    if plan == "tree":
        return _by_trees(live, query, k)
    found = _by_order(live, query, k) if plan == "order" else None
    return _by_scan(live, query, k) if found is None else found


def _with_late(live: LiveIndex, query: Query, inside: Candidates, k: int) -> Candidates:
    """Return the ``k`` best of those of the snapshot and of the delta's tracks."""
    late, limits = live.late_by(query.signal), query.limits
    if k <= 0 or limits.codes == ():
        return inside
    return Candidates(
        *kernels.merge_delta(
            late.arrays.table,
            late.blocks,
            live.added_hidden,
            live.snapshot.track_ids,
            inside.rows,
            inside.scores,
            query.excluded,
            _ALL_GENRES if limits.codes is None else np.array(limits.codes, dtype=np.int64),
            limits.ranges,
            query.vector,
            query.weights,
            np.array(query.boosted, dtype=np.int64),
            query.bonus,
            k,
        )
    )


def scan(live: LiveIndex, query: Query, k: int) -> Candidates:
    """Return the ``k`` best by scoring every track: what `search` must agree with."""
    inside = _by_scan(live, query, k)
    return merge(live, inside, _scan_delta(live, query, k), k)


def searchable_for(live: LiveIndex, query: Query) -> ForestIndex | None:
    """Return the forest that is made for the weights of a query; None if there is none."""
    for searchable in (live.snapshot.sound, live.snapshot.taste):
        if query.weights is searchable.weights:
            return searchable
    return None


def _passing(live: LiveIndex, limits: Limits) -> float:
    """Estimate from a sample how many rows lie within the ranges, by feature."""
    features = live.snapshot.features
    step = max(len(features) // _SAMPLE, 1)
    sample = np.ascontiguousarray(features[::step])
    return float(np.count_nonzero(~outside(sample, limits.ranges))) * step


def _by_trees(live: LiveIndex, query: Query, k: int) -> Candidates:
    searchable = searchable_for(live, query)
    floor_scores = query.floor_scores if k <= len(live.snapshot.track_ids) else _NO_SCORES
    k = min(k, len(live.snapshot.track_ids))
    tree_order, boosted = _visits(live, query)
    if searchable is None or k <= 0 or not len(tree_order):
        return NONE

    return Candidates(
        *kernels.search_trees(
            searchable.arrays.table,
            tree_order,
            boosted,
            _NONE_DEAD if live.removed is None else live.removed,
            query.excluded,
            query.limits.ranges,
            query.vector,
            query.weights,
            query.bonus,
            k,
            floor_scores,
        )
    )


def _visits(live: LiveIndex, query: Query) -> tuple[NDArray[np.int64], int]:
    """Return the trees to search, the boosted ones first, and how many those are."""
    allowed = query.limits.codes
    if allowed is None and not query.boosted:
        return _EVERYTHING, 0
    known = len(live.snapshot.genres.names)
    boosted = [c + 1 for c in query.boosted if c < known and (allowed is None or c in allowed)]
    if allowed is None:
        return np.array((*boosted, 0), dtype=np.int64), len(boosted)
    others = [c + 1 for c in allowed if c < known and c + 1 not in boosted]
    return np.array([*boosted, *others], dtype=np.int64), len(boosted)


def _by_order(live: LiveIndex, query: Query, k: int) -> Candidates | None:
    """Return the ``k`` best by popularity; None where the kept order does not tell."""
    if query.weights is not POPULAR or len(query.limits.ranges):
        return None
    popular, found = live.snapshot.popular, []
    for start, stop in _slices(live, query.limits):
        first = popular.first(k, start=start, stop=stop, dead=live.removed, excluded=query.excluded)
        if first is None:
            return None
        found.append(Candidates(*first))
    return _best(live, found, k)


def _slices(live: LiveIndex, limits: Limits) -> list[tuple[int, int]]:
    if limits.codes is None:
        return [(0, len(live.snapshot.track_ids))]
    return [genre_slice(live, code) for code in limits.codes]


def _by_scan(live: LiveIndex, query: Query, k: int) -> Candidates:
    snapshot, limits = live.snapshot, query.limits
    hidden = _NONE_DEAD if live.removed is None else live.removed
    if len(limits.ranges):
        broken = outside(snapshot.features, limits.ranges)
        hidden = broken | hidden if len(hidden) else broken

    found = [
        _scan_rows(live, query, hidden, k, start, stop) for start, stop in _slices(live, limits)
    ]
    return _best(live, found, k)


def _scan_rows(
    live: LiveIndex,
    query: Query,
    hidden: NDArray[np.bool_],
    k: int,
    start: int,
    stop: int,
) -> Candidates:
    snapshot = live.snapshot
    return Candidates(
        *kernels.top_scores(
            snapshot.vectors,
            snapshot.track_ids,
            snapshot.genre_codes,
            getattr(snapshot, query.signal),
            snapshot.freshness,
            hidden,
            query.excluded,
            query.vector,
            boosts_of(live, query),
            query.weights,
            _ratios(query),
            start,
            stop,
            min(k, stop - start),
        )
    )


def _scan_delta(live: LiveIndex, query: Query, k: int) -> Candidates:
    added, n = live.added, len(live.snapshot.track_ids)
    size, limits = len(added.track_ids), query.limits
    hidden = live.added_hidden
    if limits.codes is not None:
        hidden = hidden | ~np.isin(added.genre_codes, limits.codes)
    if len(limits.ranges):
        hidden = hidden | outside(live.delta.tracks["features"], limits.ranges)

    rows, scores = kernels.top_scores(
        added.vectors,
        added.track_ids,
        added.genre_codes,
        getattr(added, query.signal),
        added.freshness,
        hidden,
        query.excluded[np.searchsorted(query.excluded, n) :] - n,
        query.vector,
        boosts_of(live, query),
        query.weights,
        _ratios(query),
        0,
        size,
        min(k, size),
    )
    return Candidates(rows + n, scores)


def _ratios(query: Query) -> NDArray[np.float64]:
    return _NO_RATIOS if query.ratios is None else query.ratios


def _best(live: LiveIndex, found: Sequence[Candidates], k: int) -> Candidates:
    return reduce(lambda one, other: merge(live, one, other, k), found, NONE)


def merge(live: LiveIndex, one: Candidates, other: Candidates, k: int) -> Candidates:
    """Return the ``k`` best of two lists, best first, without a row in common."""
    if not len(one) or not len(other):
        return (one if len(one) else other).first(k)
    ids = live.snapshot.track_ids, live.added.track_ids
    return Candidates(*kernels.merged(one.rows, one.scores, other.rows, other.scores, *ids, k))


def remaining(live: LiveIndex, query: Query, limits: Limits) -> list[tuple[str, int]]:
    """Return how many live tracks are left after each kind of filter, in the order of application.

    For a list that came out short: who asked for it wants to know which filter was too much.
    """
    snapshot, added = live.snapshot, live.added
    left = np.ones(len(snapshot.track_ids), dtype=np.bool_)
    if live.removed is not None:
        left &= ~live.removed
    left = np.concatenate((left, live.added_alive))
    stages = [("catalogue", int(left.sum()))]

    if limits.codes is not None:
        codes = np.concatenate((snapshot.genre_codes, added.genre_codes))
        left &= np.isin(codes, limits.codes)
        stages.append(("genre", int(left.sum())))
    for side, name, feature in _given(limits):
        one = np.full_like(limits.ranges, np.inf)
        one[0] = -np.inf
        one[side, feature] = limits.ranges[side, feature]
        left[: len(snapshot.track_ids)] &= ~outside(snapshot.features, one)
        left[len(snapshot.track_ids) :] &= ~outside(live.delta.tracks["features"], one)
        stages.append((name, int(left.sum())))
    for name, rows in (("exclude", limits.excluded), ("seed or heard", query.excluded)):
        if len(rows):
            left[rows] = False
            stages.append((name, int(left.sum())))
    return stages


def _given(limits: Limits) -> Iterator[tuple[int, str, int]]:
    for j, feature in enumerate(FEATURE_NAMES if len(limits.ranges) else ()):
        for side, prefix in enumerate(("min_", "max_")):
            if np.isfinite(limits.ranges[side, j]):
                yield side, prefix + feature, j
