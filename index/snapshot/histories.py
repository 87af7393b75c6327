"""Interactions as a generation keeps them: listener by listener, oldest first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.actions import ACTIONS
from index.catalogue import IdLookup, InteractionColumns
from index.kernels.histories import by_listener

_TASTEFUL = np.array([action.taste > 0 for action in ACTIONS])


@dataclass(frozen=True, slots=True)
class Events:
    """Interactions of known users with known tracks, sorted by user and time."""

    offsets: NDArray[np.int64]
    """(users + 1,) events ``offsets[i]:offsets[i + 1]`` belong to user i."""
    rows: NDArray[np.int32]
    actions: NDArray[np.uint8]
    ratings: NDArray[np.uint8]
    listened: NDArray[np.float32]
    at: NDArray[np.float64]


def sorted_events(
    interactions: InteractionColumns,
    user_ids: NDArray[np.int64],
    track_ids: NDArray[np.int64],
    id_order: NDArray[np.int64],
) -> Events:
    """Sort interactions; those of unknown users or tracks are left out.

    Parameters
    ----------
    user_ids : ascending
    track_ids : by row
    id_order : rows in ascending order of track id

    """
    users = IdLookup(user_ids).of(interactions.user_ids)
    positions = IdLookup(track_ids[id_order]).of(interactions.track_ids)
    order, offsets = by_listener(users, positions, interactions.at, len(user_ids))
    return Events(
        offsets=offsets,
        rows=id_order[positions[order]].astype(np.int32),
        actions=interactions.actions[order],
        ratings=interactions.ratings[order],
        listened=interactions.listened[order],
        at=interactions.at[order],
    )


def listeners(events: Events, n: int) -> NDArray[np.int64]:
    """Return by row how many users played, liked or collected the track, (n,)."""
    return kernels.count_listeners(events.offsets, events.rows, _TASTEFUL[events.actions], n)
