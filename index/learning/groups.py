"""Tracks in groups: those of one song, those of one artist."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.storage import offsets_of

NO_GROUP = -1


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Which rows belong together, by codes ``0..g-1``."""

    keys: NDArray[np.int64]
    """(g,) what names a group from one generation to the next, ascending."""
    codes: NDArray[np.int32]
    """(n,) group of each row, `NO_GROUP` where it has none."""
    offsets: NDArray[np.int64]
    """(g + 1,) ``rows[offsets[c]:offsets[c + 1]]`` are those of group ``c``."""
    rows: NDArray[np.int32]
    """Group by group, the best known track first."""

    def codes_of(self, keys: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the group that each key names, `NO_GROUP` where there is none."""
        if not len(self.keys):
            return np.full(len(keys), NO_GROUP, dtype=np.int32)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, at, NO_GROUP).astype(np.int32)


def grouped(keys: NDArray[np.int64], fame: NDArray[np.float64]) -> Groups:
    """Group rows by their ``keys`` (n,), 0 for none; ``fame`` (n,) orders those of one group."""
    known, positions = np.unique(keys, return_inverse=True)
    codes = positions.astype(np.int32)
    if len(known) and (zero := np.searchsorted(known, 0)) < len(known) and known[zero] == 0:
        known = np.delete(known, zero)
        codes = np.where(codes == zero, NO_GROUP, codes - (codes > zero)).astype(np.int32)

    order = np.lexsort((-fame, codes))
    order = order[np.searchsorted(codes[order], 0) :]
    counts = np.bincount(codes[order], minlength=len(known))
    return Groups(
        keys=known,
        codes=codes,
        offsets=offsets_of(counts),
        rows=order.astype(np.int32),
    )


def songs_of(song_keys: NDArray[np.int64], track_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return keys of songs; a track whose song is unknown (0) is a song of its own."""
    return np.where(song_keys == 0, -track_ids, song_keys)
