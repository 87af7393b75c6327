"""Taste profiles, kept until they could be different ones."""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from index.listener.profile import TasteProfile, taste_profile
from index.listener.taste_edits import edits_of
from index.live import LiveIndex

MOST_PROFILES = 1_024
"""A profile of 200 interactions, with all that it reaches, takes 75 kB."""


class _State(NamedTuple):
    """What a profile depends on. All of it only ever grows within a generation."""

    database: str
    generation: int
    last_event: int
    """Position of the listener's latest event in the delta."""
    cut: int
    """Position in the delta before which the listener's events are gone."""
    tracks: int
    """Tracks that were added or changed: their rows are others now."""
    removals: int
    edits: bytes
    """What the listener says of their own taste."""


class Profiles:
    """The profiles that were asked for last; any thread may ask."""

    def __init__(self, most: int = MOST_PROFILES) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[int, tuple[_State, TasteProfile]] = OrderedDict()

    def of(self, live: LiveIndex, user_id: int) -> TasteProfile | None:
        """Return a listener's profile; None for an unknown one.

        Its rows are those of ``live``.
        """
        if not live.has_user(user_id):
            return None
        state = _state(live, user_id)
        with self._lock:
            kept = self._kept.get(user_id)
            if kept is not None and kept[0] == state:
                self._kept.move_to_end(user_id)
                return kept[1]

        history = live.history(user_id)
        if history is None:
            return None
        profile = taste_profile(live, history, edits_of(state.edits))
        with self._lock:
            self._kept[user_id] = state, profile
            self._kept.move_to_end(user_id)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return profile


def _state(live: LiveIndex, user_id: int) -> _State:
    delta = live.delta
    return _State(
        database=live.snapshot.database,
        generation=live.snapshot.generation,
        last_event=delta.last_events.get(user_id, -1),
        cut=delta.user_cuts.get(user_id, -1),
        tracks=len(delta.tracks),
        removals=len(delta.track_cuts),
        edits=live.taste_edits(user_id),
    )
