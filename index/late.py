"""The tracks of a delta as kernels take them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.append import Log
from index.kernels.tables import Arrays

_NO_LEAVES = (
    (np.empty(0, np.int32), np.int32),
    (np.empty(0, np.uint8), np.uint8),
    (np.empty(0, np.uint16), np.uint16),
    (np.empty(0, np.int64), np.int64),
)
"""Where a snapshot's columns have their trees."""


@dataclass(frozen=True, slots=True, eq=False)
class LateTracks:
    """All slots, dead ones too. Which are dead changes more often than they do."""

    arrays: Arrays
    """In the places of a snapshot's columns: see `index.kernels.trees`."""
    blocks: NDArray[np.float32]
    """Side by side, for a quick look at all."""

    @classmethod
    def of(cls, tracks: Log, signal: str) -> "LateTracks":
        """Lay out the tracks of a delta, with their column ``signal`` as popularity."""
        arrays = Arrays.of(
            [
                *_NO_LEAVES,
                (tracks["vectors"], np.float64),
                (tracks["track_ids"], np.int64),
                (tracks["genre_codes"], np.int32),
                (tracks[signal], np.float64),
                (tracks["freshness"], np.float64),
                (tracks["features"], np.float64),
            ]
        )
        return cls(arrays, kernels.lay_out(arrays.table))
