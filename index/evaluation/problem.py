"""What methods learn from: which list holds which song, and what is known of the songs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.storage import offsets_of

Numbers = NDArray[np.int64]
Matrix = Any
"""A `scipy.sparse.csr_array` (lists, songs) of ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Songs:
    """What is known of each song of a catalogue."""

    vectors: NDArray[np.float64]
    """(songs, 8) unit vectors of sound, zero where nothing is known."""
    artists: Numbers
    """(songs,) numbers of artists, -1 where unknown."""
    popularity: NDArray[np.float64]
    """(songs,) what the catalogue says, the more the better known; NaN where it says nothing."""

    def __len__(self) -> int:
        return len(self.artists)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A catalogue, and the lists that methods may learn from."""

    songs: Songs
    lists: Matrix
    listeners: Numbers = field(init=False)
    """(songs,) how many lists hold each song."""
    order: Numbers = field(init=False)
    """(songs,) the songs, best known first: on more lists, then more popular, then first."""

    def __post_init__(self) -> None:
        counts = np.asarray(self.lists.sum(axis=0)).ravel().astype(np.int64)
        known = np.nan_to_num(self.songs.popularity, nan=-1.0)
        object.__setattr__(self, "listeners", counts)
        object.__setattr__(self, "order", np.lexsort((-known, -counts)).astype(np.int64))


def incidence(lists: Sequence[Numbers], songs: int) -> Matrix:
    """Return the matrix (lists, songs) that has a one where a list holds a song, once or often."""
    unique = [np.unique(own) for own in lists]
    offsets = offsets_of([len(own) for own in unique])
    positions = np.concatenate([np.empty(0, np.int64), *unique])
    return csr_array((np.ones(len(positions)), positions, offsets), shape=(len(lists), songs))
