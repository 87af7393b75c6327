"""Interactions as a generation keeps them: listener by listener, oldest first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.actions import ACTIONS
from index.arrays import offsets_of
from index.catalogue import InteractionColumns
from index.places import Places

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
    users = Places(user_ids).of(interactions.user_ids)
    places = Places(track_ids[id_order]).of(interactions.track_ids)
    order = np.flatnonzero((users >= 0) & (places >= 0))
    # Twice, by time and then by user: a stable sort of small integers takes no comparisons.
    order = order[np.argsort(interactions.at[order], kind="stable")]
    order = order[_stable_order(users[order], len(user_ids))]

    counts = np.bincount(users[order], minlength=len(user_ids))
    return Events(
        offsets=offsets_of(counts),
        rows=id_order[places[order]].astype(np.int32),
        actions=interactions.actions[order],
        ratings=interactions.ratings[order],
        listened=interactions.listened[order],
        at=interactions.at[order],
    )


def _stable_order(numbers: NDArray[np.int32], limit: int) -> NDArray[np.int64]:
    """Return the stable order of numbers below ``limit``: NumPy sorts 16 bits by radix."""
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    if limit > 1 << 16:
        high = (numbers >> 16).astype(np.uint16)
        order = order[np.argsort(high[order], kind="stable")]
    return order


def listeners(events: Events, n: int) -> NDArray[np.int64]:
    """Return by row how many users played, liked or collected the track, (n,)."""
    return kernels.count_listeners(events.offsets, events.rows, _TASTEFUL[events.actions], n)
