"""Trending counts of a live index: the snapshot's, decayed, and those that changes since touched.

Decay is one factor for all rows, so only rows with events of the delta, with events of deleted
users or with a new place have counts of their own here; nothing is ever as long as the catalogue.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.live.delta import NO_ROW
from index.trending import WINDOWS, Window, event_weights

if TYPE_CHECKING:
    from index.live.live_index import LiveIndex

KEPT_SECONDS = 60.0
"""Counts only decay for so long before events that left the window are looked for again."""

Rows = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The counts of one window as of ``taken_at`` that are not just the snapshot's, decayed."""

    index: int
    """Position of the window in `WINDOWS`."""
    since: float
    """When all events were looked at."""
    taken_at: float
    events: int
    """How many events of the delta are in it."""
    rows: Rows
    """Live rows of snapshot and delta, ascending. Other rows of the delta count 0."""
    track_ids: NDArray[np.int64]
    values: Values

    @property
    def window(self) -> Window:
        """The window that was counted in."""
        return WINDOWS[self.index]

    def fresh(self, now: float) -> bool:
        """Tell whether decay, and what arrived since, still lead from here to ``now``."""
        return self.taken_at <= now <= self.since + KEPT_SECONDS

    def decay(self, now: float) -> float:
        """Return what is left of ``values`` at ``now``."""
        return self.window.decay(now - self.taken_at)


def live_counts(live: "LiveIndex", index: int, now: float) -> Counts:
    """Count what changed rows of ``live`` have in a window of `WINDOWS` at ``now``."""
    rows, values = _carried(live, index)
    values *= WINDOWS[index].decay(now - live.snapshot.built_at)
    before = Counts(index, now, now, 0, rows, live.ids_of(rows), values)
    return counted_on(before, live, now)


def counted_on(counts: Counts, live: "LiveIndex", now: float) -> Counts:
    """Return ``counts`` of an earlier version, from which ``live`` differs by new events only."""
    events, start = live.delta.events, counts.events
    touched = event_rows(live, start)
    added = event_weights(counts.window, events["actions"][start:], events["at"][start:], now)
    counted = (touched != NO_ROW) & (added != 0)
    touched, added = touched[counted], added[counted]

    rows, track_ids, values = counts.rows, counts.track_ids, counts.values * counts.decay(now)
    new = np.unique(touched[~contains(rows, touched)])
    if len(new):
        at = np.searchsorted(rows, new)
        rows = np.insert(rows, at, new)
        track_ids = np.insert(track_ids, at, live.ids_of(new))
        values = np.insert(values, at, _decayed(live, counts.index, new, now))
    np.add.at(values, np.searchsorted(rows, touched), added)
    return Counts(counts.index, counts.since, now, len(events), rows, track_ids, values)


def contains(rows: Rows, wanted: Rows) -> NDArray[np.bool_]:
    """Tell which of ``wanted`` are among the ascending ``rows``."""
    if not len(rows):
        return np.zeros(len(wanted), dtype=np.bool_)
    at = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    return np.equal(rows[at], wanted)


def _decayed(live: "LiveIndex", index: int, rows: Rows, now: float) -> Values:
    """Return what ``rows`` that nothing has touched count at ``now``."""
    snapshot = live.snapshot
    values = np.zeros(len(rows), dtype=np.float64)
    old = rows < len(snapshot.track_ids)
    values[old] = snapshot.trending[index][rows[old]]
    return values * WINDOWS[index].decay(now - snapshot.built_at)


def _carried(live: "LiveIndex", index: int) -> tuple[Rows, Values]:
    """Return live rows whose count at the build differs from the snapshot's, and that count."""
    rows, values = _without_deleted_users(live, index)
    previous, heirs = _heirs(live)
    inherited = live.snapshot.trending[index][previous]
    less = contains(rows, previous)
    inherited[less] = values[np.searchsorted(rows, previous[less])]

    alive = ~live.dead(rows)
    return np.concatenate((rows[alive], heirs)), np.concatenate((values[alive], inherited))


def _without_deleted_users(live: "LiveIndex", index: int) -> tuple[Rows, Values]:
    """Return rows that deleted users had listened to, and counts without what they had added."""
    snapshot, histories = live.snapshot, live.snapshot.histories
    positions = [snapshot.user_position(user_id) for user_id in live.delta.user_cuts]
    spans = [
        histories.offsets[position : position + 2].tolist()
        for position in positions
        if position is not None
    ]
    events = np.concatenate([np.empty(0, np.int64), *(np.arange(*span) for span in spans)])

    rows, at = np.unique(histories.rows[events].astype(np.int64), return_inverse=True)
    before = snapshot.trending[index][rows]
    values = before.copy()
    added = event_weights(
        WINDOWS[index], histories.actions[events], histories.at[events], snapshot.built_at
    )
    np.subtract.at(values, at, added)
    # What sums of floats leave behind must not look like a count.
    values[np.abs(values) < 1e-9 * np.abs(before)] = 0
    return rows, values


def _heirs(live: "LiveIndex") -> tuple[Rows, Rows]:
    """Return dead rows of the snapshot whose tracks live on, and where those are now, ascending."""
    snapshot, delta = live.snapshot, live.delta
    slots = np.flatnonzero(delta.alive)
    # Deleting a track took its events along, even where the id is in use again.
    ids = delta.tracks["track_ids"][slots]
    if len(delta.track_cuts):
        kept = [track_id not in delta.track_cuts for track_id in ids.tolist()]
        slots, ids = slots[kept], ids[kept]
    previous = snapshot.rows_of(ids)
    known = previous != NO_ROW
    return previous[known], len(snapshot.track_ids) + slots[known]


def counted_events(live: "LiveIndex") -> NDArray[np.bool_]:
    """Tell of each event of the delta whether its track is live and its user was not deleted."""
    return np.not_equal(event_rows(live), NO_ROW)


def event_rows(live: "LiveIndex", start: int = 0) -> NDArray[np.int64]:
    """Return the row to which each event of the delta belongs now, `NO_ROW` where it is gone.

    ``start`` is the first event that is asked for.
    """
    events = live.delta.events
    track_ids, user_ids = events["track_ids"][start:], events["user_ids"][start:]
    rows: NDArray[np.int64] = events["rows"][start:].copy()
    for position in np.flatnonzero(live.dead(rows)).tolist():
        rows[position] = live.current_row(int(track_ids[position]), start + position)
    for user_id, cut in live.delta.user_cuts.items():
        gone = max(cut - start, 0)
        rows[:gone][user_ids[:gone] == user_id] = NO_ROW
    return rows
