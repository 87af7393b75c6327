"""Trending counts of a live index: the snapshot's, decayed, plus what arrived since."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.delta import NO_ROW
from index.trending import WINDOWS, Window, event_weights

if TYPE_CHECKING:
    from index.live import LiveIndex

KEPT_SECONDS = 60.0
"""Counts only decay for so long before events that left the window are looked for again."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of all rows in one window as of ``taken_at``."""

    window: Window
    since: float
    """When all events were looked at."""
    taken_at: float
    events: int
    """How many events of the delta are in it."""
    values: NDArray[np.float64]

    def fresh(self, now: float) -> bool:
        """Tell whether decay, and what arrived since, still lead from here to ``now``."""
        return self.taken_at <= now <= self.since + KEPT_SECONDS


def counts_at(counts: Counts, now: float) -> NDArray[np.float64]:
    """Return a copy of the counts, decayed to ``now``."""
    return counts.values * counts.window.decay(now - counts.taken_at)


def live_counts(live: "LiveIndex", window: int, now: float) -> Counts:
    """Count what every row of ``live`` has in a window of `WINDOWS` at ``now``."""
    kind, snapshot = WINDOWS[window], live.snapshot
    values = np.zeros(len(snapshot.track_ids) + len(live.delta.tracks), dtype=np.float64)
    values[: len(snapshot.track_ids)] = snapshot.trending[window]

    _withdraw_users(live, kind, values)
    _move_to_heirs(live, values)
    values *= kind.decay(now - snapshot.built_at)
    _add_events(live, kind, values, now, start=0)
    return Counts(kind, now, now, len(live.delta.events), values)


def counted_on(counts: Counts, live: "LiveIndex", now: float) -> Counts:
    """Return ``counts`` of an earlier version, from which ``live`` differs by new events only."""
    values = counts_at(counts, now)
    _add_events(live, counts.window, values, now, start=counts.events)
    return Counts(counts.window, counts.since, now, len(live.delta.events), values)


def _withdraw_users(live: "LiveIndex", window: Window, values: NDArray[np.float64]) -> None:
    """Take back what deleted users had added to the counts when the snapshot was built."""
    histories = live.snapshot.histories
    for user_id in live.delta.user_cuts:
        position = live.snapshot.user_position(user_id)
        if position is None:
            continue
        events = slice(int(histories.offsets[position]), int(histories.offsets[position + 1]))
        rows = histories.rows[events]
        before = values[rows]
        added = event_weights(
            window, histories.actions[events], histories.at[events], live.snapshot.built_at
        )
        np.subtract.at(values, rows, added)
        # What sums of floats leave behind must not look like a count.
        values[rows[np.abs(values[rows]) < 1e-9 * np.abs(before)]] = 0


def _move_to_heirs(live: "LiveIndex", values: NDArray[np.float64]) -> None:
    if live.removed is None:
        return
    for row in np.flatnonzero(live.removed).tolist():
        heir = live.heir(int(live.snapshot.track_ids[row]), NO_ROW)
        if heir != NO_ROW:
            values[heir] = values[row]
        values[row] = 0


def _add_events(
    live: "LiveIndex", window: Window, values: NDArray[np.float64], now: float, *, start: int
) -> None:
    events, rows = live.delta.events, event_rows(live, start)
    counted = np.flatnonzero(rows != NO_ROW)
    if counted.size:
        places = counted + start
        added = event_weights(window, events["actions"][places], events["at"][places], now)
        np.add.at(values, rows[counted], added)


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
    for place in np.flatnonzero(live.dead(rows)).tolist():
        rows[place] = live.heir(int(track_ids[place]), start + place)
    for user_id, cut in live.delta.user_cuts.items():
        gone = max(cut - start, 0)
        rows[:gone][user_ids[:gone] == user_id] = NO_ROW
    return rows
