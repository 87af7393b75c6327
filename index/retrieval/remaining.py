"""How many tracks each filter of a query leaves."""

from collections.abc import Iterator

import numpy as np

from index.features import FEATURE_NAMES
from index.live import LiveIndex
from index.retrieval.filters import Limits, outside
from index.retrieval.query import Query


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
