"""Histories as lists of songs, each song once: what training and a listener's reach start from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.kernels.histories import by_song
from index.storage import offsets_of

LATEST_HALF_LIFE = 10.0
"""A song so many songs back counts half of the latest one, where it matters what came lately."""
HALF_STRENGTH = 0.5
"""Evidence ``w`` makes a song count ``w / (|w| + HALF_STRENGTH)``: .67 after a play, .86 liked."""


@dataclass(frozen=True, slots=True, eq=False)
class Preferences:
    """What each listener has shown to like or not: one entry per listener and song."""

    offsets: NDArray[np.int64]
    """(lists + 1,) entries ``offsets[u]:offsets[u + 1]`` are those of listener ``u``."""
    items: NDArray[np.int32]
    """Codes of songs, in the order of the latest event of each."""
    strengths: NDArray[np.float64]
    """In (-1, 1)."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def owners(self) -> NDArray[np.int64]:
        """Return the list of each entry."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def only(self, chosen: NDArray[np.bool_]) -> "Preferences":
        """Return the lists with the ``chosen`` entries alone."""
        counts = np.bincount(self.owners[chosen], minlength=len(self))
        offsets = offsets_of(counts)
        return Preferences(offsets, self.items[chosen], self.strengths[chosen])

    def liked(self) -> "Preferences":
        """Return what is liked."""
        return self.only(self.strengths > 0)


def preferences_of(
    offsets: NDArray[np.int64], items: NDArray[np.int32], evidence: NDArray[np.float64]
) -> Preferences:
    """Gather events, oldest first within a listener, into lists.

    ``items`` below 0 are left out, and so are songs whose events cancel each other out.
    """
    n = int(items.max(initial=-1)) + 1
    starts, resolve_seeds, sums = by_song(offsets, items, evidence, n)
    return Preferences(starts, resolve_seeds, strengths_of(sums))


def strengths_of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much songs count of which a history says so much in all."""
    return np.asarray(sums / (np.abs(sums) + HALF_STRENGTH))


def recents_of(strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return strengths of one list, oldest first, that fade with every song that came after."""
    back = np.arange(len(strengths) - 1, -1, -1)
    return np.asarray(strengths * 2.0 ** (-back / LATEST_HALF_LIFE))
