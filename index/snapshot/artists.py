"""Artists: which tracks are theirs, and how they sound as a whole.

A track counts for its first artist.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ArtistTable:
    """The rows of each artist of a snapshot."""

    keys: NDArray[np.int64]
    """(a,) hashes of the artists' names, ascending; tracks without an artist are left out."""
    offsets: NDArray[np.int64]
    """(a + 1,) ``rows[offsets[i]:offsets[i + 1]]`` are the tracks of artist ``i``."""
    rows: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.keys)

    def place_of(self, key: int) -> int | None:
        """Return the position of an artist; None for an unknown one."""
        at = int(np.searchsorted(self.keys, key))
        return at if at < len(self.keys) and self.keys[at] == key else None

    def rows_of(self, position: int) -> NDArray[np.int64]:
        """Return the rows of an artist, ascending."""
        span = slice(int(self.offsets[position]), int(self.offsets[position + 1]))
        return np.sort(self.rows[span]).astype(np.int64)

    def counts(self) -> NDArray[np.int64]:
        """Return the number of tracks of each artist, (a,)."""
        return np.diff(self.offsets)

    def sums(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of each of the ``columns`` (n, d) by artist, (a, d)."""
        found = np.zeros((len(self.keys), columns.shape[1]))
        for j in range(columns.shape[1] if len(self.keys) else 0):
            found[:, j] = np.add.reduceat(columns[:, j][self.rows], self.offsets[:-1])
        return found
