"""A snapshot plus what changed since: the one immutable value that a request reads from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.delta import Delta
from index.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class TrackTable:
    """A handful of rows gathered from snapshot and delta, position by position."""

    track_ids: NDArray[np.int64]
    vectors: NDArray[np.float64]
    genre_codes: NDArray[np.int32]
    artist_keys: NDArray[np.int64]
    popularity: NDArray[np.float64]
    freshness: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class History:
    """One listener's interactions with tracks that still exist, oldest first."""

    rows: NDArray[np.int64]
    actions: NDArray[np.uint8]
    ratings: NDArray[np.uint8]
    listened: NDArray[np.float32]
    at: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LiveIndex:
    """Rows ``0..n-1`` are the snapshot's, rows ``n..`` the delta's added and changed tracks."""

    snapshot: Snapshot
    delta: Delta
