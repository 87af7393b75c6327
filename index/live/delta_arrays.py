"""The tracks of a delta as kernels take them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.kernels.array_table import Arrays
from index.live.column_log import ColumnLog
from index.row_sets import distinct

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
    """In the places of a snapshot's columns: see `index.kernels.tree_search`."""
    blocks: NDArray[np.float32]
    """Side by side, for a quick look at all."""

    @classmethod
    def of(cls, tracks: ColumnLog, signal: str) -> "LateTracks":
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
        return cls(arrays, kernels.pack_blocks(arrays.table))


@dataclass(frozen=True, slots=True, eq=False)
class LateCodes:
    """The songs and artists of all slots, by the codes of the snapshot; -1 for new ones."""

    songs: NDArray[np.int32]
    artists: NDArray[np.int32]
    by_song: NDArray[np.int64]
    """Slots in the order of their songs."""
    by_artist: NDArray[np.int64]

    @classmethod
    def of(cls, songs: NDArray[np.int32], artists: NDArray[np.int32]) -> "LateCodes":
        """Put slots in order."""
        return cls(songs, artists, np.argsort(songs), np.argsort(artists))

    def slots_of(self, songs: NDArray[np.int32], artists: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the slots of some songs and of some artists, ascending, each once."""
        of_songs = _among(self.songs, self.by_song, songs)
        return distinct(np.concatenate((of_songs, _among(self.artists, self.by_artist, artists))))


def _among(
    codes: NDArray[np.int32], order: NDArray[np.int64], wanted: NDArray[np.int32]
) -> NDArray[np.int64]:
    ascending = codes[order]
    firsts = np.searchsorted(ascending, wanted)
    counts = np.searchsorted(ascending, wanted, side="right") - firsts
    found = counts > 0
    spans = zip(firsts[found].tolist(), counts[found].tolist(), strict=True)
    nothing = np.empty(0, dtype=np.int64)
    return np.concatenate([nothing, *(order[first : first + count] for first, count in spans)])
