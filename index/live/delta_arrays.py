"""The tracks of a delta as kernels take them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.kernels import Prepared, Tracks
from index.live.column_log import ColumnLog
from index.row_sets import distinct
from index.signals import Kind
from index.snapshot import static_array

_NO_STATIC = np.empty(0, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class AddedTracks:
    """All slots of a delta as a kind of list scores them, deleted ones too."""

    tracks: Tracks
    blocks: NDArray[np.float32]
    """The same by `kernels.pack_blocks`, for a quick look at all."""
    prepared: Prepared
    """The same without trees."""

    @classmethod
    def of(cls, tracks: ColumnLog, kind: Kind) -> "AddedTracks":
        """Pack the tracks of a delta."""
        static = _NO_STATIC if kind == "similar" else tracks[static_array(kind)]
        columns = Tracks(
            tracks["vectors"],
            tracks["track_ids"],
            tracks["genre_codes"],
            static,
            tracks["features"],
        )
        prepared = kernels.prepare(columns, kernels.no_trees())
        return cls(columns, kernels.pack_blocks(columns), prepared)


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
