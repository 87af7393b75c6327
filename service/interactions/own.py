"""Interactions that this process has just committed -> what they change in its index."""

from datetime import datetime

import numpy as np

from index.catalogue import InteractionColumns
from index.live import Changes
from service.http import EPOCH
from service.indexing import interaction_columns, lengths, track_columns, whole_numbers
from service.interactions.record import NewEvents

_NO_TRACKS = track_columns([])
_NO_IDS = np.empty(0, np.int64)


def as_changes(new: NewEvents) -> Changes:
    """Return what reading the rows back would return, without reading them."""
    return Changes(
        tracks=_NO_TRACKS,
        removed_tracks=_NO_IDS,
        users=_NO_IDS,
        removed_users=_NO_IDS,
        interactions=_columns(new),
        count=len(new.entries),
    )


def _columns(new: NewEvents) -> InteractionColumns:
    rows = [
        (
            event.user_id,
            event.track_id,
            event.action,
            event.rating,
            event.listen_duration,
            _microseconds(event.created_at),
        )
        for event in new.events
    ]
    track_ids = whole_numbers(list(new.durations))
    return interaction_columns(rows, lengths(track_ids, list(new.durations.values())))


def _microseconds(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - EPOCH).total_seconds() * 1e6
