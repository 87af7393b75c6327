"""How many tracks, users and interactions a live index stands for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.actions import ACTIONS
from index.live.delta import NO_ROW
from index.live.live_index import LiveIndex
from index.live.trending_counts import counted_events

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of what is there now, deleted rows not included."""

    tracks: int
    users: int
    by_action: tuple[int, ...]
    """Interactions by position of their action in `ACTIONS`."""


def live_totals(live: LiveIndex) -> Totals:
    """Count; the work grows with the events of the snapshot, so callers keep the result."""
    counted = live.delta.events["actions"][counted_events(live)]
    by_action = _snapshot_events(live) + _counts(counted)
    return Totals(live.track_count, _users(live), tuple(by_action.tolist()))


def _users(live: LiveIndex) -> int:
    snapshot = live.snapshot
    changed = (
        exists - (snapshot.user_position(user_id) is not None)
        for user_id, exists in live.delta.users.items()
    )
    return len(snapshot.histories.user_ids) + sum(changed)


def _snapshot_events(live: LiveIndex) -> Counts:
    """Count the snapshot's events of users and tracks that have not been deleted since."""
    histories = live.snapshot.histories
    if not live.delta.track_cuts and not live.delta.user_cuts:
        return _counts(histories.actions)

    kept = np.ones(len(histories.actions), dtype=np.bool_)
    if live.removed is not None:
        gone = np.zeros(len(live.removed), dtype=np.bool_)
        rows = np.flatnonzero(live.removed)
        ids = live.snapshot.track_ids[rows]
        gone[rows] = [live.current_row(track_id, NO_ROW) == NO_ROW for track_id in ids.tolist()]
        kept &= ~gone[histories.rows]
    for user_id in live.delta.user_cuts:
        position = live.snapshot.user_position(user_id)
        if position is not None:
            kept[histories.offsets[position] : histories.offsets[position + 1]] = False
    return _counts(histories.actions[kept])


def _counts(actions: NDArray[np.uint8]) -> Counts:
    return np.bincount(actions, minlength=len(ACTIONS))
